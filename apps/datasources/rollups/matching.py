"""Whether a roll-up answers a question exactly, and what one would have to hold. Nothing is run.

A question reads some columns as they are, and it may read one column of times in steps: by its
grain, its window, the parts of a wall clock, or conditions that fall between steps. A roll-up
answers it if it holds the first, and steps of the second that no bound of the question cuts.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources.compiler import windows_of
from apps.datasources.compiler.partials import partials_of, read_by
from apps.datasources.compiler.values import checked
from apps.datasources.compiler.zones import clock_changes
from apps.datasources.conditions import Condition, leaves
from apps.datasources.definition import Definition
from apps.datasources.query import BIN_SECONDS, Query
from apps.datasources.rollups.shapes import EPOCH, Rolled, Rollup, Wanted, inside, whole_steps

DAY, HOUR = 86_400, 3600
BUCKETS = (DAY, HOUR, 900)  # the coarsest that serves is taken
Span = tuple[datetime, datetime]
PARTS = {"hour": HOUR, "weekday": DAY, "month": DAY}  # what steps must divide


@dataclass(frozen=True, slots=True)
class _Reads:
    """What a question reads. conditions: (column, operator, values) of filters and policies."""

    query: Query
    definition: Definition
    top_of: Window | None
    conditions: tuple[tuple[str, str, tuple[Any, ...]], ...]
    parts: frozenset[str]
    measured: frozenset[str]

    def beside(self, time: str, bucket: int) -> frozenset[str] | None:
        """The columns to be held as they are if `time` is held in steps, or None: it cannot be."""
        query, found = self.query, set()
        steps: list[int] = []  # which the buckets must divide, on the wall clock
        for each in query.dimensions:
            if each.column != time:
                found.add(each.column)
            elif each.part:
                steps.append(PARTS[each.part])
            else:
                return None
        for column, op, values in self.conditions:
            if column != time:
                found.add(column)
            elif not _falls_between(op, values, bucket):
                return None
        if query.time and query.time != time and (query.grain or query.window):
            found.add(query.time)
        elif query.grain and query.grain in BIN_SECONDS:
            if BIN_SECONDS[query.grain] % bucket:  # these are counted in UTC
                return None
        elif query.grain:
            steps.append(DAY)
        if any(step % bucket for step in steps) or (steps and not self._clock_fits(bucket)):
            return None
        return frozenset(found)

    def _clock_fits(self, bucket: int) -> bool:
        """Whether all clock changes, and all clocks between them, fall on steps."""
        if self.query.timezone == "UTC":
            return True
        offset, changes = clock_changes(self.query.timezone, *windows_of(self.query, self.top_of))
        marks = [offset, *(mark for each in changes for mark in (each.at, each.after))]
        return not any(mark % bucket for mark in marks)

    @property
    def times(self) -> list[str]:
        """The columns of times that it may read in steps, the question's own first."""
        query = self.query
        wanted = [query.time] if query.time and (query.grain or query.window) else []
        wanted += [each.column for each in query.dimensions if each.part]
        wanted += [self.definition.time_column]
        read = {column for column, _op, _values in self.conditions} | set(wanted[:-1])
        return [name for name in dict.fromkeys(wanted) if name in read]


def rolled(
    query: Query,
    definition: Definition,
    policies: tuple[Condition, ...],
    top_of: Window | None = None,
) -> Rolled | None:
    """The smallest roll-up of the definition that answers the question exactly."""
    reads = _reads(query, definition, policies, top_of) if definition.rollups else None
    if reads is None:
        return None
    for rollup in sorted(definition.rollups, key=lambda each: each.row_count):
        edges = _edges(rollup, reads)
        if edges is not None:
            return Rolled(rollup, edges)
    return None


def wanted(query: Query, definition: Definition, policies: tuple[Condition, ...]) -> Wanted | None:
    """What a roll-up must hold to answer the question, or None if none can."""
    reads = _reads(query, definition, policies, None)
    if reads is None or not reads.parts <= _kept_of(definition):
        return None
    for time in reads.times:
        for bucket in BUCKETS:
            columns, steps = reads.beside(time, bucket), partial(whole_steps, bucket=bucket)
            if columns is not None and _cut(reads, time, steps) is not None:
                return Wanted(time, bucket, tuple(sorted(columns)))
    if reads.times:
        return None
    return Wanted("", 0, tuple(sorted(reads.beside("", 1) or ())))


def holds(rollup: Wanted, other: Wanted) -> bool:
    """Whether what answers by `rollup` includes all that would answer by `other`."""
    if other.time and (other.time != rollup.time or other.bucket % rollup.bucket):
        return False
    return set(other.columns) <= set(rollup.columns)


def joined(one: Wanted, other: Wanted) -> Wanted | None:
    """What holds both, or None if they are in steps of different times."""
    if one.time and other.time and one.time != other.time:
        return None
    time, columns = one.time or other.time, set(one.columns) | set(other.columns)
    if time in columns:
        return None
    bucket = min(each.bucket for each in (one, other) if each.time) if time else 0
    return Wanted(time, bucket, tuple(sorted(columns)))


def _reads(
    query: Query, definition: Definition, policies: tuple[Condition, ...], top_of: Window | None
) -> _Reads | None:
    """None for what no roll-up answers, also for what cannot be asked: the compiler says why."""
    names = [*query.measures, *([query.top.by] if query.top else [])]
    if query.columns or query.cohort or not names:
        return None
    try:
        measures = [definition.measure(name) for name in names]
        kept = [partials_of(each, definition) for each in measures]
        if any(each is None for each in kept):
            return None
        parts = [part for each in kept for part in each or ()]
        measured = {column for part in parts for column in read_by(part.measure, definition)}
        conditions = tuple(_conditions((*policies, *query.filters), definition, query.timezone))
        for each in query.dimensions:
            if each.part and definition.column(each.column, "dimensions").type != "time":
                return None
    except UserError:
        return None
    names_of_parts = frozenset(part.name for part in parts)
    return _Reads(query, definition, top_of, conditions, names_of_parts, frozenset(measured))


@lru_cache(maxsize=256)
def _kept_of(definition: Definition) -> frozenset[str]:
    """What a roll-up keeps: the parts of the dataset's own measures, not those of the moment."""
    found: set[str] = set()
    for measure in definition.measures:
        with suppress(UserError):  # its columns are gone
            found |= {part.name for part in partials_of(measure, definition) or ()}
    return frozenset(found)


def _conditions(
    items: tuple[Condition, ...], definition: Definition, timezone: str
) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    values = checked(items, definition, timezone)
    for each, some in zip(leaves(items), values, strict=True):
        yield each.column, each.op, some


def _edges(rollup: Rollup, reads: _Reads) -> frozenset[str] | None:
    """The ends of windows that lie within a step, or None if the roll-up does not answer."""
    held = rollup.holds
    if not reads.parts <= rollup.parts:
        return None
    columns = reads.beside(held.time, held.bucket or 1)
    if columns is None or not columns <= set(held.columns):
        return None
    types = dict(rollup.types)
    read = columns | reads.measured | ({held.time} - {""})
    known = {each.name: each.type for each in reads.definition.columns}
    if any(name not in known or known[name] != types.get(name) for name in read):
        return None
    return _cut(reads, held.time, lambda window: inside(rollup, window), rollup.clean is None)


def _cut(
    reads: _Reads, time: str, steps: Callable[[Window], Span], may_be_open: bool = True
) -> frozenset[str] | None:
    """The ends of windows over `time` that lie outside of their steps; None if there is no step,
    or if there is no window and there must be one.
    """
    query, found = reads.query, set()
    if not time or query.time != time or not query.window:
        return frozenset() if may_be_open else None
    spans = {"": query.window}
    if query.top:
        spans["top_"] = reads.top_of or query.window
    for prefix, window in spans.items():
        start, end = steps(window)
        if start >= end:
            return None
        found |= {f"{prefix}from"} if start != window.start else set()
        found |= {f"{prefix}to"} if end != window.end else set()
    return frozenset(found)


def _falls_between(op: str, values: tuple[Any, ...], bucket: int) -> bool:
    """Whether a condition on times is met by all or none of each step."""
    if op in ("is_null", "not_null"):
        return True
    return op in ("ge", "lt", "within") and all(_is_edge(each, bucket) for each in values)


def _is_edge(moment: datetime, bucket: int) -> bool:
    return not (moment.astimezone(UTC) - EPOCH) % timedelta(seconds=bucket)
