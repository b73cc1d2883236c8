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
