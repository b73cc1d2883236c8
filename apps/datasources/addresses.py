"""Where a source may be: any address but our own and those that no source should have."""

import ipaddress
import socket

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import UserError


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


def _wrong(message: str) -> UserError:
    return UserError(message, field="settings.host", code="invalid_source")
