"""Measures taken apart: into plain ones, and those into aggregates that can be put together again.

The sum of sums is the sum of all; a mean is kept as a sum and a number of values. What is counted
once or ranked over all rows (different values, medians, percentiles) cannot be put together.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson

from apps.datasources.conditions import Condition, leaves
from apps.datasources.definition import Definition, MeasureDef

MOST_DEEP = 8  # measures of measures; more is a circle
OURS = "_sightline_"  # what the names of prepared columns begin with
LONGEST = 63  # bytes of a name in PostgreSQL
KINDS: dict[str, tuple[str, ...]] = {  # aggregate -> what is kept for it
    "count": ("rows",),
    "sum": ("sum",),
    "min": ("min",),
    "max": ("max",),
    "avg": ("sum", "known"),
}


@dataclass(frozen=True, slots=True)
class Partial:
    """A column of a roll-up. kind: rows, sum, min, max, or known: how many numbers there are.

    The name says all: what has the same name over the same rows has the same values.
    """

    name: str
    kind: str
    measure: MeasureDef


def partials_of(
    measure: MeasureDef, definition: Definition, deep: int = 0
) -> tuple[Partial, ...] | None:
    """What must be kept to compute it, or None if it cannot be put together. Raises UserError."""
    found: list[Partial] = []
    for name in (measure.numerator, measure.denominator, measure.base):
        if name and deep < MOST_DEEP:
            part = narrowed(definition.measure(name), measure)
            more = partials_of(part, definition, deep + 1)
            if more is None:
                return None
            found += more
    if found:
        return tuple(found)
    if measure.aggregate not in KINDS or not _can_be_kept(measure, definition):
        return None
    return tuple(
        Partial(name_of(kind, measure, definition), kind, measure)
        for kind in KINDS[measure.aggregate]
    )


def name_of(kind: str, measure: MeasureDef, definition: Definition) -> str:
    """The column of a roll-up; conditions are told apart by their digest."""
    name = OURS + kind + (f"({measure.column})" if kind != "rows" else "")
    conditions = [each.as_json() for _number, some in own(measure, definition) for each in some]
    if conditions:
        texts = sorted(orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in conditions)
        name = f"{name} {_digest(b','.join(texts))}"
    return name if len(name.encode()) <= LONGEST else f"{OURS}{kind} {_digest(name.encode())}"


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


def read_by(measure: MeasureDef, definition: Definition) -> Iterator[str]:
    """The names of the columns behind a plain measure."""
    if measure.aggregate != "count":
        yield measure.column
    for _number, conditions in own(measure, definition):
        yield from (each.column for each in leaves(conditions))


def narrowed(part: MeasureDef, whole: MeasureDef) -> MeasureDef:
    """The part of a measure over the rows that the whole is about."""
    return replace(part, also=(*part.also, whole.name, *whole.also)) if whole.filters else part


def own(measure: MeasureDef, definition: Definition) -> list[tuple[int, tuple[Condition, ...]]]:
    """The conditions of a measure and of those that it is a part of, by the measure's number."""
    names = [each.name for each in definition.measures]
    found = [(names.index(measure.name), measure.filters)] if measure.filters else []
    for name in measure.also:
        number = names.index(name)
        found.append((number, definition.measures[number].filters))
    return found


def _can_be_kept(measure: MeasureDef, definition: Definition) -> bool:
    """Numbers only, and no condition that moves with the clock."""
    if measure.aggregate != "count":
        column = definition.column(measure.column, "measures")
        if column.type not in ("number", "boolean"):
            return False
    conditions = [each for _number, some in own(measure, definition) for each in leaves(some)]
    return all(each.op != "within" for each in conditions)
