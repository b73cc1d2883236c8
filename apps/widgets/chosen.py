"""What the texts of a page's filter mean on a column: values, and ranges of numbers and times.

    range = [ edge ] ".." [ edge ]        10..20   -5..-2.5   10..   ..20   2026-03-01..2026-04-01

A range is half open: it begins at its first edge and ends before its second. At least one of them
is there. On a column of numbers an edge is a number as JSON writes it; on one of times a date, a
moment of ISO 8601 with its dashes and colons, or milliseconds since 1970, in the view's zone unless
it has its own. On other columns ".." is text like any other. static/js/lib/range.js reads and
writes the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.core.figures import figure
from apps.core.window import iso, moment, zone_of
from apps.datasources.conditions import Condition, Filter, Group, wrong
from apps.datasources.definition import ColumnDef

SIGN = ".."
RANGED = ("number", "time")  # types of columns that have ranges
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_MS = re.compile(r"-?\d{11,14}", re.ASCII)
_ISO = re.compile(  # as in range.js: dashes and colons, or eight digits could be a date or a number
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Range:
    """[low, high) of a number or a time; None where it is open. An edge is a float, or a datetime
    that knows its zone.
    """

    low: float | datetime | None
    high: float | datetime | None


def is_range(text: str, type_: str) -> bool:
    """Whether a text is meant as a range on a column of that type."""
    return type_ in RANGED and SIGN in text


def read_range(text: str, column: ColumnDef, timezone: str = "UTC") -> Range:
    """The range that a text names on a column. Raises UserError on "filters"."""
    parts = text.strip().split(SIGN)
    if len(parts) != 2 or not any(parts):
        raise _no_range(text, column)
    low, high = (_edge(part.strip(), text, column, timezone) for part in parts)
    if low is not None and high is not None and low >= high:  # type: ignore[operator]
        message = _("“%(low)s..%(high)s” is no range of “%(name)s”: from must be below to.")
        named = {"low": parts[0][:40], "high": parts[1][:40], "name": column.name}
        raise wrong("filters", message % named)
    return Range(low, high)


def conditions(
    column: ColumnDef, texts: Sequence[str | float | bool], timezone: str = "UTC"
) -> tuple[Condition, ...]:
    """What a row must meet: one of the values, or lie in one of the ranges.

    Raises UserError on "filters" for a text that looks like a range and is none.
    """
    ranges = [each for each in texts if is_range(str(each), column.type)]
    values = [_value(each, column, timezone) for each in texts if each not in ranges]
    found = [_within(read_range(str(each), column, timezone), column) for each in ranges]
    if values:
        found.insert(0, (Filter(column.name, "in", tuple(values)),))
    if len(found) == 1:
        return found[0]
    return (
        Group("any", tuple(each[0] if len(each) == 1 else Group("all", each) for each in found)),
    )


def words(texts: Sequence[str], column: ColumnDef | None, timezone: str = "UTC") -> str:
    """Values and ranges as people read them: "10 – 20 min", "≥ 5". What is no range stays."""
    return ", ".join(_words(text, column, timezone) for text in texts)


def _words(text: str, column: ColumnDef | None, timezone: str) -> str:
    if column is None or not is_range(text, column.type):
        return text
    try:
        found = read_range(text, column, timezone)
    except UserError:
        return text
    if found.low is None:
        return f"< {_said(found.high, column, timezone)}"
    if found.high is None:
        return f"≥ {_said(found.low, column, timezone)}"
    low = _said(found.low, column, timezone, unit=False)
    return f"{low} – {_said(found.high, column, timezone)}"


def _said(
    edge: float | datetime | None, column: ColumnDef, timezone: str, *, unit: bool = True
) -> str:
    if isinstance(edge, datetime):
        local = edge.astimezone(zone_of(timezone))
        is_day = (local.hour, local.minute, local.second) == (0, 0, 0)
        return str(date_format(local, "j M Y" if is_day else "j M Y, H:i"))
    return figure(edge, column.format, column.unit if unit else "")


def _within(found: Range, column: ColumnDef) -> tuple[Condition, ...]:
    edges = (("ge", found.low), ("lt", found.high))
    return tuple(Filter(column.name, op, (_plain(edge),)) for op, edge in edges if edge is not None)


def _plain(edge: float | datetime) -> str | float:
    return iso(edge) if isinstance(edge, datetime) else edge


def _edge(part: str, text: str, column: ColumnDef, timezone: str) -> float | datetime | None:
    if not part:
        return None
    if column.type == "number":
        if not _NUMBER.fullmatch(part) or not isfinite(float(part)):
            raise _no_range(text, column)
        return int(part) if part.lstrip("+-").isdigit() else float(part)
    if not (_MS.fullmatch(part) or _ISO.fullmatch(part)):  # nor does it move with the clock
        raise _no_range(text, column)
    try:
        return moment(part, zone=zone_of(timezone), now=datetime.now(UTC), is_end=False)
    except UserError as error:
        raise _no_range(text, column) from error


def _value(value: str | float | bool, column: ColumnDef, timezone: str) -> str | float | bool:
    """Milliseconds, as marks give a time, are a time."""
    if column.type == "time" and _MS.fullmatch(str(value)):
        return iso(moment(str(value), zone=zone_of(timezone), now=datetime.now(UTC), is_end=False))
    return value


def _no_range(text: str, column: ColumnDef) -> UserError:
    message = _("“%(text)s” is no range of “%(name)s”. Write %(example)s; one end may be left out.")
    example = "10..20" if column.type == "number" else "2026-03-01..2026-04-01"
    named = {"text": text[:80], "name": column.name, "example": example}
    return wrong("filters", message % named)
