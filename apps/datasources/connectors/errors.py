"""How a source fails, in words that help."""

from apps.core.errors import Unavailable


class SourceError(Unavailable):
    """The source refused, broke off or does not answer. Never holds its address or the SQL."""

    code = "source_failed"


class SourceTimeout(SourceError):
    """The query took longer than its limit and was cancelled."""

    code = "source_timeout"
