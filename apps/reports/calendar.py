"""When a report is due: pure date arithmetic, time zones included. No clock, no database."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_due(
    every: str, *, weekday: int, day: int, at: time, timezone: str, after: datetime
) -> datetime:
    """The first slot after `after`, in UTC.

    every: "day", "week" or "month". weekday: 0 is Monday, for weeks. day: 1 to 31, for months;
    a shorter month has its slot on its last day. at: wall clock in `timezone`. A wall clock that
    is skipped in spring means the same moment an hour later by the new clock; one that comes
    twice in autumn means the first. Raises ValueError for an unknown period or a naive `after`.
    """
    if after.tzinfo is None:
        raise ValueError("`after` must be aware")
    zone = ZoneInfo(timezone)
    # one period earlier, since a slot that summer time moved may lie a calendar day later
    on = _first(every, after.astimezone(zone).date() - timedelta(days=1), weekday, day)
    while (slot := _moment(on, at, zone)) <= after:
        on = _first(every, on + timedelta(days=1), weekday, day)
    return slot


def _first(every: str, since: date, weekday: int, day: int) -> date:
    """The first date of the rhythm on or after `since`."""
    if every == "day":
        return since
    if every == "week":
        return since + timedelta(days=(weekday - since.weekday()) % 7)
    if every == "month":
        on = _in_month(since.year, since.month, day)
        if on >= since:
            return on
        year, month = (since.year + 1, 1) if since.month == 12 else (since.year, since.month + 1)
        return _in_month(year, month, day)
    raise ValueError(f"no such period: {every}")


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _moment(on: date, at: time, zone: ZoneInfo) -> datetime:
    """fold=0 is the first of two, and the old offset in a gap; both are what the promise says."""
    return datetime.combine(on, at.replace(tzinfo=None, fold=0), zone).astimezone(UTC)
