"""Clock changes of a time zone, for systems whose SQL knows no zones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlglot import exp

from apps.core.window import Window, zone_of

MARGIN = timedelta(days=2)
YEARS = (1970, 2050)  # what is known of a question without a range


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` (seconds since 1970) on, clocks are `after` seconds ahead of UTC, not `before`."""

    at: int
    before: int
    after: int

    @property
    def local_at(self) -> int:
        """The same on the wall: an hour that is skipped or doubled is read by the old offset."""
        return self.at + max(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Clock:
    """The calendar that a question follows. `changes` only where the system needs them."""

    timezone: str
    week_start: int
    fiscal_year_start: int
    offset: int = 0
    changes: tuple[Change, ...] = ()


def clock_changes(timezone: str, *windows: Window | None) -> tuple[int, tuple[Change, ...]]:
    """The offset at first, and its changes, over whole years that hold the windows."""
    known = [window for window in windows if window]
    if not known:
        return _changes(timezone, *YEARS)
    first = min(window.start for window in known) - MARGIN
    return _changes(timezone, first.year, (max(window.end for window in known) + MARGIN).year)


@lru_cache(maxsize=256)
def _changes(timezone: str, first: int, last: int) -> tuple[int, tuple[Change, ...]]:
    zone = zone_of(timezone)

    def offset(at: datetime) -> int:
        found = at.astimezone(zone).utcoffset() or timedelta()
        return round(found.total_seconds())

    at, end = (
        datetime(max(first, 2), 1, 1, tzinfo=UTC),
        datetime(min(last, 9998), 12, 31, tzinfo=UTC),
    )
    start, before, found = offset(at), offset(at), []
    while at < end:
        following = at + timedelta(days=1)
        if (after := offset(following)) != before:
            low, high = at, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            found.append(Change(round(high.timestamp()), before, after))
        at, before = following, after
    return start, tuple(found)


def offset_at(
    moment: exp.Expr, clock: Clock, edge: Callable[[int], str], dialect: str, *, is_local: bool
) -> exp.Expr:
    """The offset from UTC in seconds at `moment`, as a tree of CASEs that is as flat as can be.

    edge: seconds since 1970 as a literal that compares with `moment`. The tree is text, since
    eighty years of clock changes take sqlglot a second to print.
    """
    at = moment.sql(dialect)

    def tree(changes: tuple[Change, ...], before: int) -> str:
        if not changes:
            return str(before)
        middle = len(changes) // 2
        change = changes[middle]
        here = edge(change.local_at if is_local else change.at)
        earlier, later = tree(changes[:middle], before), tree(changes[middle + 1 :], change.after)
        return f"CASE WHEN {at} < {here} THEN {earlier} ELSE {later} END"

    found: exp.Expr = exp.var(tree(clock.changes, clock.offset))
    return found
