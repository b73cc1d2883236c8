"""How many wrong passwords are borne: per account and per address, for page and API alike.

An attempt is counted before its password is looked at and taken back when it was right, so that
fifty attempts at the same instant cannot slip past the limit together.
"""

import hashlib
import ipaddress
import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core import redis
from apps.core.errors import TooMany

logger = logging.getLogger("sightline.security")
ADDRESS_FACTOR = 3  # an office behind one address has several forgetful people


def check(email: str, address: str) -> None:
    """Count one attempt. Raises TooMany once the account or the address has had its share.

    An unknown account is counted like a known one, so that the answer tells nothing about it.
    """
    keys = _keys(email, address)
    with redis.client().pipeline() as pipe:
        for key in keys:
            pipe.incr(key)
            pipe.expire(key, settings.SIGN_IN_WINDOW_S, nx=True)
            pipe.ttl(key)
        answers = pipe.execute()
    limits = (settings.SIGN_IN_LIMIT, settings.SIGN_IN_LIMIT * ADDRESS_FACTOR)
    waits = [
        max(1, left_s)
        for count, left_s, limit in zip(answers[0::3], answers[2::3], limits, strict=True)
        if count > limit
    ]
    if waits:
        logger.warning("sign-in refused: too many attempts, from %s", address)
        message = _("Too many attempts. Wait a few minutes and try again.")
        raise TooMany(message, retry_after_s=max(waits))


def failed(email: str, address: str) -> None:
    """The password was wrong: the attempt stays counted, and the log says so without the name."""
    account, _address = _keys(email, address)
    logger.warning("sign-in failed: account %s, from %s", account[-12:], address)


def succeeded(email: str, address: str) -> None:
    """The password was right: the account starts anew, the address gets this attempt back."""
    account, place = _keys(email, address)
    with redis.client().pipeline() as pipe:
        pipe.delete(account)
        pipe.decr(place)
        pipe.expire(place, settings.SIGN_IN_WINDOW_S, nx=True)
        pipe.execute()


def address_of(request: HttpRequest) -> str:
    """The caller's address; of IPv6 the network of a household, which is what one caller has."""
    text = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """Every page that signs in goes through Django's login(), which tells us here."""
    if request is not None and request.method == "POST":
        succeeded(user.email, address_of(request))


def _keys(email: str, address: str) -> tuple[str, str]:
    account = hashlib.sha256(email.strip().lower().encode("utf-8", "replace")).hexdigest()
    return f"sightline:sign-in:account:{account}", f"sightline:sign-in:address:{address}"
