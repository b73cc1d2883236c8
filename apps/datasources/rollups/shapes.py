"""What a roll-up is. Only data, which definition, compiler and matching share."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apps.core.window import Window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a roll-up is to hold: times in steps of `bucket` seconds, other columns as they are.

    Without a `time` the bucket is 0.
    """

    time: str
    bucket: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rollup:
    """A file in settings.UPLOADS, or a view of a stream: a row for each step of its time and each
    set of its columns.

    parts: the names of its partial aggregates (compiler/partials.py). types: the columns that it
    was made of, those under the aggregates too, with their types at that time. clean: the span in
    which it is up to date, if the rows may change.
    """

    file: str
    holds: Wanted
    parts: frozenset[str]
    types: tuple[tuple[str, str], ...]
    row_count: int
    size: int
    made_at: float
    clean: Window | None = None


@dataclass(frozen=True, slots=True)
class Rolled:
    """A roll-up in use for one question.

    edges: the ends of windows ("from", "to", "top_from", "top_to") that lie within a step. What is
    between such an end and the nearest step is read from the rows.
    """

    rollup: Rollup
    edges: frozenset[str] = frozenset()


def inside(rollup: Rollup, window: Window) -> tuple[datetime, datetime]:
    """The span of a window that the roll-up answers for; empty if its end is not later."""
    start, end = whole_steps(window, rollup.holds.bucket)
    if rollup.clean is None:
        return start, end
    first, last = whole_steps(rollup.clean, rollup.holds.bucket)
    return max(start, first), min(end, last)


def whole_steps(window: Window, bucket: int) -> tuple[datetime, datetime]:
    """The span of the steps that lie within the window whole; empty if its end is not later."""
    step = timedelta(seconds=bucket)
    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    return start + (EPOCH - start) % step, end - (end - EPOCH) % step
