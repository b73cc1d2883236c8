"""How a source fails, in words that help."""

from apps.core.errors import TooLarge, Unavailable, UserError


class SourceError(Unavailable):
    """The source refused, broke off or does not answer. Never holds its address or the SQL.

    `field` names the setting to look at, where one is to blame. Only an error whose
    `is_outage` is true counts for the circuit breaker.
    """

    code = "source_failed"
    is_outage = True


class SourceTimeout(SourceError):
    """The query took longer than its limit and was cancelled."""

    code = "source_timeout"


class SourceSlow(SourceTimeout):
    """The source itself gave the query up at its limit: it is well, the query is too much."""

    is_outage = False


class SourceDown(SourceError):
    """The circuit breaker is open: the source has failed again and again, and is left alone."""

    code = "source_down"
    is_outage = False


class SourceBusy(SourceError):
    """As many of our threads as may be are waiting for this source already."""

    code = "source_busy"
    is_outage = False


class SourceRefused(SourceError):
    """The source is well and says no: a vanished table, a missing right, a wrong password."""

    code = "source_refused"
    is_outage = False


class SourceTooLarge(TooLarge):
    """The answer has more bytes than may be fetched."""

    code = "answer_too_large"


class QueryRefused(UserError):
    """A person's SQL that the source does not understand; the message is the source's own."""

    code = "sql_error"


class QueryCancelled(UserError):
    """The person who asked has cancelled."""

    code = "cancelled"
