"""The choices of a source's settings in people's words, and which fields a choice has a use for."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from apps.datasources.connectors.base import Setting

_TLS: dict[str, str | Promise] = {
    "disable": gettext_lazy("Never encrypted"),
    "allow": gettext_lazy("Encrypted only if the server insists"),
    "prefer": gettext_lazy("Encrypted if the server can"),
    "require": gettext_lazy("Always encrypted"),
    "verify": gettext_lazy("Always encrypted, and the certificate is checked"),
}
WORDS: dict[str, dict[str, str | Promise]] = {  # setting -> choice -> words
    "tls": _TLS,
    "sslmode": _TLS,
    "auth": {
        "none": gettext_lazy("No sign-in needed"),
        "password": gettext_lazy("User and password"),
        "token": gettext_lazy("Token"),
        "header": gettext_lazy("Key in a header"),
        "api_key": gettext_lazy("API key"),
        "jwt": gettext_lazy("JSON Web Token"),
        "key": gettext_lazy("Private key"),
    },
    "format": {"json": gettext_lazy("JSON"), "csv": gettext_lazy("CSV")},
}
NEEDED: dict[str, dict[str, tuple[str, ...]]] = {  # kind -> setting -> ways to sign in that use it
    "http": {
        "user": ("password",),
        "header": ("header",),
        "password": ("token", "header", "password"),
    },
    "opensearch": {"user": ("password",), "password": ("password", "api_key")},
    "prometheus": {"user": ("password",), "password": ("password", "token")},
    "trino": {"password": ("password", "jwt")},
}


def words_of(setting: Setting, value: Any) -> str:
    """A chosen value as people read it."""
    return str(WORDS.get(setting.name, {}).get(str(value), value))


def needed_for(kind: str, setting: Setting) -> str:
    """The choices with which a field is shown, with spaces between; "" is always."""
    return " ".join(NEEDED.get(kind, {}).get(setting.name, ()))
