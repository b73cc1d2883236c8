"""Measures that are computed from the values of another one, their base, after it was asked.

In Python and not in SQL: a step that is missing must count as missing, which LAG does not know,
and what stands outside the answer (the step before the window, the rows beyond the limit, a year
ago) is asked by statements of its own (plans.py).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from apps.datasources.definition import MeasureDef
from apps.datasources.query import Query
from apps.datasources.steps import Step, Steps

OVER_TIME = ("running_total", "change", "growth", "growth_year")
DERIVED = (*OVER_TIME, "share")
Group = tuple[Any, ...]
Place = tuple[Step | None, Group]
Values = Mapping[Place, float | None]


@dataclass(frozen=True, slots=True)
class Known:
    """The base's values by place, in the answer and outside of it."""

    here: Values
    before: Values = field(default_factory=dict)
    year_ago: Values = field(default_factory=dict)
    totals: Values = field(default_factory=dict)


def calculated(
    measure: MeasureDef, places: list[Place], known: Known, query: Query, steps: Steps | None
) -> pa.Array:
    """The measure at each place. Null where a part is missing, or would be divided by zero."""
    if measure.aggregate == "share":
        return pa.array(_shares(places, known, query), pa.float64())
    assert steps is not None  # noqa: S101 - refused by plans.py without a grain
    if measure.aggregate == "running_total":
        return pa.array(_running(places, known.here), pa.float64())
    earlier: Callable[[Step], Step | None] = lambda at: steps.moved(at, -1)  # noqa: E731
    others = known.before
    if measure.aggregate == "growth_year":
        earlier, others = lambda at: steps.year_later(at, -1), known.year_ago
    found = []
    for at, group in places:
        place = (earlier(at) if at is not None else None, group)
        then = known.here[place] if place in known.here else others.get(place)
        found.append(_difference(known.here[at, group], then, measure.aggregate))
    return pa.array(found, pa.float64())


def places_of(
    table: pa.Table, query: Query, keys: Iterable[str], steps: Steps | None
) -> list[Place]:
    """Where each row stands: its step, and the values that it is grouped by."""
    names = list(keys)
    groups = list(zip(*(table.column(name).to_pylist() for name in names), strict=True))
    if not names:
        groups = [()] * table.num_rows
    if steps is None or not query.time:
        return [(None, group) for group in groups]
    times = table.column(query.time).to_pylist()
    known: dict[Any, Step | None] = {None: None}
    for at in times:
        if at not in known:
            known[at] = steps.of(at)
    return [(known[at], group) for at, group in zip(times, groups, strict=True)]


def _difference(now: float | None, then: float | None, kind: str) -> float | None:
    if now is None or then is None:
        return None
    if kind == "change":
        return now - then
    return (now - then) / abs(then) if then else None


def _shares(places: list[Place], known: Known, query: Query) -> list[float | None]:
    """Of the total of the step where steps are split; else of the whole question."""
    found: list[float | None] = []
    for at, group in places:
        value = known.here[at, group]
        total = known.totals.get((at if query.dimensions else None, ()))
        found.append(value / total if value is not None and total else None)
    return found


def _running(places: list[Place], values: Values) -> list[float | None]:
    """Of each group by itself. Where nothing was added it stays; it is null before its first."""
    totals: dict[Group, float] = {}
    at_place: dict[Place, float | None] = {}
    for at, group in sorted((p for p in places if p[0] is not None), key=lambda p: p[0]):  # type: ignore[arg-type, return-value]
        value = values[at, group]
        if value is not None:
            totals[group] = totals.get(group, 0.0) + value
        at_place[at, group] = totals.get(group)
    return [at_place.get(place) for place in places]
