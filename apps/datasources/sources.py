"""What the settings of a source may be: known keys, and an address that is not our own."""

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources.models import Source

KEYS: dict[str, tuple[str, ...]] = {
    Source.Kind.POSTGRESQL: ("host", "port", "dbname", "user", "sslmode"),
}
SSL_MODES = ("disable", "allow", "prefer", "require")  # the others name files
ADDRESSING = ("host", "port", "dbname", "user")  # a password is for these, and for no others


def checked(kind: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are kept. Raises UserError on "settings"."""
    if kind not in KEYS:
        raise _wrong(_("Sources of this kind are made by uploads and streams."), "kind")
    known = KEYS[kind]
    if unknown := sorted(str(key)[:40] for key in details if key not in known):
        message = _("Unknown: %(names)s. Known are %(known)s.")
        raise _wrong(message % {"names": ", ".join(unknown), "known": ", ".join(known)})
    for key in ("host", "dbname", "user"):
        value = details.get(key)
        if not isinstance(value, str) or not 0 < len(value) <= 253 or not value.isprintable():
            raise _wrong(_("“%(key)s” is missing or is no text.") % {"key": key})
    port = details.get("port", 5432)
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65_535:
        raise _wrong(_("A port is a whole number from 1 to 65535."))
    if details.get("sslmode", "prefer") not in SSL_MODES:
        raise _wrong(_("The SSL mode is one of %(modes)s.") % {"modes": ", ".join(SSL_MODES)})
    reachable(str(details["host"]), port)
    return {**details, "port": port}


def reachable(host: str, port: int) -> list[str]:
    """The addresses of a host, if a source may be there. Raises UserError.

    Never an address that is no single machine's, nor a link-local one, where clouds keep secrets;
    never our own database; loopback and private addresses only within SOURCE_NETWORKS.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _wrong(_("This host is not known.")) from error
    addresses = [str(item[4][0]) for item in found]
    if not all(_is_allowed(text) for text in addresses):
        message = _("Sources may not be at this address. An operator can allow its network.")
        raise _wrong(message)
    own = settings.DATABASES["default"]
    if port == int(own["PORT"] or 5432) and set(addresses) & _addresses(own["HOST"]):
        raise _wrong(_("This is Sightline's own database."))
    return addresses


def _is_allowed(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    inner = [getattr(address, name, None) for name in ("ipv4_mapped", "sixtofour")]
    for each in (address, *filter(None, inner)):
        if each.is_multicast or each.is_unspecified or each.is_link_local or each.is_reserved:
            return False
        allowed = any(each in ipaddress.ip_network(net) for net in settings.SOURCE_NETWORKS)
        if not (each.is_global or allowed):
            return False
    return True


def _addresses(host: str) -> set[str]:
    try:
        return {str(item[4][0]) for item in socket.getaddrinfo(host or "127.0.0.1", None)}
    except OSError:
        return set()


def _wrong(message: str, field: str = "settings") -> UserError:
    return UserError(message, field=field, code="invalid_source")
