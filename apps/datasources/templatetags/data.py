"""Values of rows as text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.datasources.models import Column

register = template.Library()


@register.filter
def at(items: Sequence[Any], index: int) -> Any:
    """The item of that index."""
    return items[index]


@register.filter
def type_words(name: str) -> str:
    """A column's type as people call it."""
    return str(Column.Type(name).label) if name in Column.Type.values else name


@register.filter
def plain(value: Any) -> str:
    """A cell: nothing as a dash, a time without idle zeros, a number as the reader writes it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return f"{value:%Y-%m-%d}" if is_day else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return str(number_format(f"{value:.10g}", use_l10n=True))
    return str(value)
