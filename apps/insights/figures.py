"""Periods as people read them; numbers are written by core.figures."""

from datetime import UTC, datetime, timedelta

from apps.core.window import zone_of
from apps.datasources.query import BIN_SECONDS

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def period_label(start: datetime, end: datetime, grain: str, timezone: str = "UTC") -> str:
    """The span [start, end) in words: "24–30 December 2017", "March 2014", "Q1 2014"."""
    zone = zone_of(timezone)
    first, last = start.astimezone(zone), (end - timedelta(microseconds=1)).astimezone(zone)
    if grain in BIN_SECONDS:
        return _clock_label(first, end.astimezone(zone), start, end)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if grain == "year" and first.year == last.year:
        return str(first.year)
    if grain == "quarter" and months == 3:
        return f"Q{(first.month + 2) // 3} {first.year}"
    if grain in ("month", "quarter", "year"):
        return _between(f"{_month(first)} {first.year}", f"{_month(last)} {last.year}")
    if (first.year, first.month, first.day) == (last.year, last.month, last.day):
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last)}"
    if first.year == last.year:
        return f"{first.day} {_month(first)} – {_day(last)}"
    return f"{_day(first)} – {_day(last)}"


def _clock_label(first: datetime, until: datetime, start: datetime, end: datetime) -> str:
    if (end - start).total_seconds() == 86_400 and first.hour == first.minute == 0:
        return _day(first)
    if first.date() == until.date():
        return f"{_day(first)} {first:%H:%M} – {until:%H:%M}"
    return f"{_day(first)} {first:%H:%M} – {_day(until)} {until:%H:%M}"


def _between(first: str, last: str) -> str:
    return first if first == last else f"{first} – {last}"


def _day(at: datetime) -> str:
    return f"{at.day} {_month(at)} {at.year}"


def _month(at: datetime) -> str:
    return MONTHS[at.month - 1]


def moment_label(at: datetime, timezone: str = "UTC") -> str:
    """A moment with its zone, as mails and lists say it."""
    local = at.astimezone(zone_of(timezone))
    return f"{_day(local)} {local:%H:%M:%S} {local.tzname() or UTC}"
