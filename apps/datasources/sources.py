"""A source's settings: checked against its connector's table, and made into a Connection."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources.connectors import BUILT_IN, CONNECTORS, connector
from apps.datasources.connectors.base import Connection, Setting
from apps.datasources.models import Source


def settings_of(kind: str) -> tuple[Setting, ...]:
    """What there is to fill in for a kind that a person may connect. Raises UserError on "kind"."""
    if kind not in CONNECTORS or kind in BUILT_IN:
        raise _wrong(_("Sources of this kind are made by uploads and streams."), "kind")
    found: tuple[Setting, ...] = connector(kind).SETTINGS
    return found


def checked(kind: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are kept, defaults filled in, without secrets.

    Raises UserError; its field is "settings.<name>". Whether there is such a host is asked by
    `addresses.reachable`, here and again whenever a connector connects.
    """
    table = {each.name: each for each in settings_of(kind) if each.kind != "secret"}
    if unknown := sorted(str(key)[:40] for key in details if key not in table):
        message = _("Unknown: %(names)s. Known are %(known)s.")
        raise _wrong(message % {"names": ", ".join(unknown), "known": ", ".join(table)})
    found = {name: _value(each, details.get(name)) for name, each in table.items()}
    if check := getattr(connector(kind), "check_settings", None):
        check(found)
    return found


def is_file(setting: Setting) -> bool:
    """Whether the setting names a file that is uploaded here, under a name of our own."""
    return setting.kind == "file" or setting.name == "file"


def has_moved(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the settings lead elsewhere, so that a kept secret must be given again."""
    names = [each.name for each in settings_of(kind) if each.is_address]
    return any(old.get(name) != new.get(name) for name in names)


def connection_of(source: Source) -> Connection:
    """What the connector needs of a kept source. Raises secrets.Tampered."""
    return replace(
        connection_to(source.kind, source.settings, source.password()),
        source_id=source.pk,
        stamp=source.updated_at.isoformat(),
    )


def connection_to(kind: str, details: Mapping[str, Any], secret: str) -> Connection:
    """The same for settings that are tried before they are kept."""
    return Connection(kind=kind, settings=dict(details), secret=secret)


def _value(setting: Setting, value: Any) -> Any:
    """One setting in its type, or its default. Raises UserError."""
    field = f"settings.{setting.name}"
    if value in (None, ""):
        if setting.is_required and setting.default in (None, ""):
            raise _wrong(_("“%(name)s” is missing.") % {"name": setting.label}, field)
        return setting.default
    if setting.kind == "boolean":
        if not isinstance(value, bool):
            raise _wrong(_("“%(name)s” is yes or no.") % {"name": setting.label}, field)
        return value
    if setting.kind == "number":
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65_535:
            message = _("“%(name)s” is a whole number from 1 to 65535.")
            raise _wrong(message % {"name": setting.label}, field)
        return value
    if not isinstance(value, str) or len(value) > 2000 or not value.isprintable():
        raise _wrong(_("“%(name)s” is a text.") % {"name": setting.label}, field)
    if setting.kind == "choice" and value not in setting.choices:
        message = _("“%(name)s” is one of %(choices)s.")
        choices = ", ".join(setting.choices)
        raise _wrong(message % {"name": setting.label, "choices": choices}, field)
    return value.strip()


def _wrong(message: str, field: str = "settings") -> UserError:
    return UserError(message, field=field, code="invalid_source")
