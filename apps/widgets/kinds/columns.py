"""How the columns of a table look: the option `columns`, a list of settings, and its form rows.

[{"column", "label", "hide", "format", "show", "good", "warn", "link"}], all but `column` optional.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.datasources.definition import Definition

MOST_SETTINGS = 60
MOST_CHARACTERS = 500
KEYS = ("column", "label", "hide", "format", "show", "good", "warn", "link")
FORMATS: dict[str, str | Promise] = {
    "": gettext_lazy("As the column"),
    "integer": gettext_lazy("Whole number"),
    "decimal": gettext_lazy("Decimals"),
    "compact": gettext_lazy("Short (1.2k)"),
    "percent": gettext_lazy("Percent"),
    "currency": gettext_lazy("Currency"),
    "duration": gettext_lazy("Duration"),
}
SHOWS: dict[str, str | Promise] = {
    "": gettext_lazy("Plain"),
    "scale": gettext_lazy("Shaded by value"),
    "bar": gettext_lazy("Bar"),
    "tone": gettext_lazy("Shaded by thresholds"),
    "icon": gettext_lazy("Mark by thresholds"),
}
PLACE = re.compile(r"\{([^{}]*)\}")
LINK = re.compile(r"^(https://[^\s/\\?#{}@]+([/?#]|$)|/(?![/\\]))", re.IGNORECASE)
TEXTS = ("column", "label", "format", "show", "link")


class ColumnSettingsWidget(forms.Widget):
    """A row of fields per setting. The offered columns are set by ColumnSettings.offer."""

    offered: tuple[tuple[str, str], ...] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The rows of a posted form, or the list itself from JSON."""
        if not hasattr(data, "getlist"):
            return data.get(name)
        names = {key: data.getlist(f"{name}.{key}") for key in KEYS}
        rows = zip(*(_padded(names[key], len(names["column"])) for key in KEYS), strict=True)
        return [row for row in (_typed(dict(zip(KEYS, each, strict=True))) for each in rows) if row]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """A form without rows means none."""
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """Its rows, and an empty one to copy."""
        rows = [each for each in value or [] if isinstance(each, Mapping)]
        known = {value for value, _label in self.offered}
        others = [(each["column"],) * 2 for each in rows if each.get("column") not in known]
        context = {
            "name": name,
            "rows": rows,
            "offered": [*self.offered, *others],
            "formats": FORMATS.items(),
            "shows": SHOWS.items(),
        }
        return render_to_string("widgets/_column_settings.html", context)


class ColumnSettings(forms.Field):
    """A list of settings, checked. Raises ValidationError that names the column and the remedy."""

    widget = ColumnSettingsWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, initial=list, **kwargs)

    def offer(self, shape: Definition) -> None:
        """Let it choose among the columns and measures that somebody sees."""
        measures = [(each.name, each.label) for each in shape.measures]
        self.widget.offered = (*measures, *((each.name, each.label) for each in shape.columns))

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """The settings without what is empty."""
        if callable(value):
            value = value()
        if value in (None, ""):
            return []
        if not isinstance(value, list) or len(value) > MOST_SETTINGS:
            message = _("Columns are a list of at most %(most)s settings.")
            raise ValidationError(message % {"most": MOST_SETTINGS})
        found = [_checked(each) for each in value]
        names = [each["column"] for each in found]
        if twice := next((name for name in names if names.count(name) > 1), None):
            message = _("The column “%(name)s” has two settings. Put them into one.")
            raise ValidationError(message % {"name": twice})
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it says something else."""
        return bool(initial or []) != bool(data) or list(initial or []) != list(data or [])


def names_in(settings: Any) -> list[str]:
    """Every column that settings name, in their links too."""
    found: list[str] = []
    for each in settings or []:
        found.append(str(each.get("column", "")))
        found += [name for name in PLACE.findall(each.get("link", "")) if name != "value"]
    return [name.removesuffix("__before") for name in found if name]


def _padded(values: list[str], length: int) -> list[str]:
    return [*values[:length], *[""] * (length - len(values))]


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the form as JSON would have it; thresholds that are no numbers stay as typed."""
    if not row["column"]:
        return {}
    row["hide"] = row["hide"] == "1"
    for name in ("good", "warn"):
        try:
            row[name] = float(row[name].replace(",", ".")) if row[name].strip() else None
        except ValueError:
            continue
    return {name: value for name, value in row.items() if value not in ("", None, False)}


def _checked(item: Any) -> dict[str, Any]:
    """One setting. Raises ValidationError."""
    if not isinstance(item, Mapping) or not isinstance(item.get("column"), str):
        raise ValidationError(_("A setting is an object with the name of its “column”."))
    name = item["column"]
    if not 0 < len(name) <= 130:
        raise ValidationError(_("Name the column of each setting."))
    if unknown := sorted(str(key)[:40] for key in item if key not in KEYS):
        raise _wrong(name, _("%(unknown)s is unknown. There are: %(known)s."), unknown=unknown[0])
    for key in TEXTS:
        if not isinstance(item.get(key, ""), str) or len(item.get(key, "")) > MOST_CHARACTERS:
            raise _wrong(name, _("“%(key)s” is a text of at most 500 characters."), key=key)
    if not isinstance(item.get("hide", False), bool):
        raise _wrong(name, _("“hide” is true or false."))
    for key, known in (("format", FORMATS), ("show", SHOWS)):
        if item.get(key, "") not in known:
            there = ", ".join(each for each in known if each)
            raise _wrong(name, _("“%(key)s” is one of: %(there)s."), key=key, there=there)
    _check_thresholds(name, item)
    if item.get("link"):
        _check_link(name, item["link"])
    return {key: item[key] for key in KEYS if item.get(key) not in (None, "", False)}


def _check_thresholds(name: str, item: Mapping[str, Any]) -> None:
    limits = [item.get("good"), item.get("warn")]
    for limit in limits:
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if limit is not None and not (is_number and math.isfinite(limit)):
            raise _wrong(name, _("a threshold is a number."))
    if item.get("show") in ("tone", "icon") and limits == [None, None]:
        raise _wrong(name, _("write at least one threshold, “good from” or “fair from”."))


def _check_link(name: str, link: str) -> None:
    """A template that can only lead to a fixed host by https, or into the product."""
    if not LINK.match(link) or any(each < " " for each in link):
        message = _(
            "a link begins with https:// and a host, or with one slash for a page of this site. "
            "{value} stands for the cell, {name} for another column."
        )
        raise _wrong(name, message)
    if "" in PLACE.findall(link):
        raise _wrong(name, _("{} in a link names no column."))


def _wrong(column: str, message: str, **values: str) -> ValidationError:
    values |= {"known": ", ".join(KEYS)}
    return ValidationError(f"“{column[:60]}”: {message % values if '%(' in message else message}")
