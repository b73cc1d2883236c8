"""How a source of tables fails, in the same words for every kind.

Each function gives the error to raise. Its `field` names the setting to look at, so that
"test connection" can point there.
"""

from django.utils.translation import gettext as _

from apps.datasources.connectors.base import Limits, Watch
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

OWN_WORDS = 500  # characters of a source's own message that a person gets to read


def unreachable(field: str = "host") -> SourceError:
    """No connection came about."""
    message = _("Nothing answers at this host and port. Check both, and that it runs.")
    return SourceError(message, field=field)


def silent() -> SourceError:
    """Somebody takes the connection and then says nothing in time, or nothing sensible."""
    message = _(
        "What answers at this host and port says nothing in time, or not what is expected."
        " Check the port, or try again in a moment."
    )
    return SourceError(message, field="port")


def broken_off() -> SourceError:
    """The connection ended, or nonsense came, amid an answer."""
    return SourceError(_("The source broke off its answer. Try again in a moment."))


def no_tls(field: str = "tls") -> SourceError:
    """The two sides do not agree on encryption, or the certificate is not to be trusted."""
    message = _("No encrypted connection comes about. Check the choice of TLS and the certificate.")
    return SourceError(message, field=field)


def wrong_password() -> SourceRefused:
    """The user or the secret is not accepted."""
    message = _("The source does not accept this user and password.")
    return SourceRefused(message, field="password")


def unknown(field: str) -> SourceRefused:
    """The database, catalog or project is not there, or not for this user."""
    message = _("There is no such database there, or this user may not use it.")
    return SourceRefused(message, field=field)


def no_right(field: str = "user") -> SourceRefused:
    """Signed in, but not allowed to read."""
    message = _("The source's user may not read this. Grant it the right to select.")
    return SourceRefused(message, field=field)


def refused(limits: Limits, words: str) -> SourceRefused | QueryRefused:
    """A statement that the source does not take; `words`, its own, for who wrote the statement."""
    if limits.is_persons_sql:
        return QueryRefused(" ".join(words.split())[:OWN_WORDS], field="sql")
    return SourceRefused(_("The source refused the query. Its tables may have changed."))


def writes(limits: Limits) -> SourceRefused | QueryRefused:
    """A statement that would do more than read."""
    return refused(limits, _("Only one statement that reads is allowed here."))


def late() -> SourceTimeout:
    """The time of the statement is over."""
    return SourceTimeout(_("The source took too long. Choose a shorter range."))


def ended(watch: Watch) -> SourceTimeout | QueryCancelled:
    """Why a watch ended the statement."""
    if watch.is_cancelled:
        return QueryCancelled(_("The query was cancelled."))
    return late()


def too_large(limits: Limits) -> SourceTooLarge:
    """More bytes than one answer may have."""
    message = _("The answer is larger than %(megabytes)s MB. Ask for fewer rows or columns.")
    return SourceTooLarge(message % {"megabytes": max(1, limits.bytes // 1_000_000)})


def missing_driver() -> SourceRefused:
    """The kind's driver is not part of this installation."""
    message = _(
        "This installation has no driver for this kind of source. "
        "An operator can install requirements/warehouses.txt."
    )
    return SourceRefused(message, field="kind")
