"""What there is to fill in for a source that is asked over HTTP at one address."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.connectors import web
from apps.datasources.connectors.base import Setting


def settings_for(
    example: Any, sign_ins: tuple[str, ...], default: str, secret: Any
) -> tuple[Setting, ...]:
    """The table of settings. example: an address; secret: what the secret is called."""
    sign_in = gettext_lazy("Sign in by")
    check = gettext_lazy("Check the certificate")
    return (
        Setting("url", gettext_lazy("Address"), is_required=True, is_address=True, help=example),
        Setting("auth", sign_in, "choice", default=default, choices=sign_ins, is_address=True),
        Setting("user", gettext_lazy("User"), is_address=True),
        Setting("password", secret, "secret"),
        Setting("check_certificate", check, "boolean", default=True, is_address=True),
    )


def check_settings(details: dict[str, Any]) -> None:
    """Whether a source may be there. Raises UserError."""
    web.checked_url(details["url"])
    if details["auth"] == "password" and not details["user"]:
        raise UserError(_("Name the user."), field="settings.user", code="invalid_source")
