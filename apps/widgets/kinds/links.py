"""Addresses in options: where a card may lead to, and what it may embed."""

import re
from typing import Final
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
UNSEEN: Final = re.compile(r"[\x00-\x20\\\x7f-\xa0]")


def clean_link(value: str) -> str:
    """https:// or a page of ours; nothing is nothing. Raises ValidationError."""
    if not value:
        return ""
    is_own = value.startswith("/") and not value.startswith("//")
    if UNSEEN.search(value) or not (is_own or _host_of(value)):
        raise forms.ValidationError(_("Write an address that begins with https:// or with /."))
    return value


def clean_embed(value: str) -> str:
    """An https address on a host that the operator allows. Raises ValidationError."""
    host = _host_of(value)
    if not host:
        raise forms.ValidationError(_("Write an address that begins with https://."))
    if not may_embed(value):
        known = ", ".join(settings.EMBED_HOSTS) or _("none")
        message = _(
            "Pages of “%(host)s” may not be shown here. Allowed: %(known)s. An operator adds hosts "
            "with EMBED_HOSTS."
        )
        raise forms.ValidationError(message % {"host": host, "known": known})
    return value


def may_embed(value: str) -> bool:
    """Whether the address is https on an allowed host, now."""
    return bool(host := _host_of(value)) and host in settings.EMBED_HOSTS


def _host_of(value: str) -> str:
    """The host of an https address without user and port; nothing for any other."""
    if UNSEEN.search(value):
        return ""
    try:
        parts = urlsplit(value)
        plain = parts.scheme == "https" and parts.port is None and "@" not in parts.netloc
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    return host if plain and HOST.fullmatch(host) else ""
