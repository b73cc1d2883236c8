"""Which kind suits a question: pure, by the shape of what is asked and of its answer.

The one rule behind "New card", the form's suggestion, and Explore, whose page gets it as a table.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.datasources.definition import Definition
from apps.widgets.groups import groups_of
from apps.widgets.kinds import Kind

LINES, BARS = 4, 3  # measures that one picture can hold
CLOUD = 40  # so many groups of two measures are points rather than bars
MANY = 60  # more lines than this say less than a table
COUNTED = 5  # Explore's table holds questions of up to so many measures, and dimensions


@dataclass(frozen=True, slots=True)
class Asked:
    """The shape of a question. `parts`: how many of its dimensions are parts of a time (hour,
    weekday). `groups`: how many groups the answer has, if it is known. `pivot`: one dimension
    stands across. `has_time`: the dataset has a time column.
    """

    measures: int = 1
    dimensions: int = 0
    over_time: bool = False
    parts: int = 0
    raw: bool = False
    pivot: bool = False
    groups: int | None = None
    has_time: bool = True

    @classmethod
    def of(cls, query: dict[str, Any], kind: Kind | None, shape: Definition | None) -> "Asked":
        """The shape of a stored question, as a kind asks it."""
        dimensions = query.get("dimensions") or []
        return cls(
            measures=len(query.get("measures") or []),
            dimensions=len(dimensions),
            over_time=bool(query.get("grain") or (kind and kind.over_time)),
            parts=sum(1 for each in dimensions if _is_part(each)),
            raw=bool(query.get("columns")),
            has_time=bool(shape is None or shape.time_column),
        )


def automatic(asked: Asked) -> str:
    """The slug of the kind that shows such an answer best."""
    groups = asked.groups or 0
    if asked.raw or asked.pivot or groups > 1000:
        return "table"
    if asked.over_time:
        return (
            "line"
            if asked.dimensions < 2 and asked.measures <= LINES and groups <= MANY
            else "table"
        )
    if not asked.dimensions:
        return "big_number" if asked.measures == 1 else "table"
    if asked.dimensions == 1:
        if asked.measures == 2 and groups >= CLOUD:
            return "scatter"
        return "bar" if asked.measures <= BARS else "table"
    if asked.dimensions > 2 or asked.measures > 1:
        return "table"
    return "heatmap" if asked.parts or groups >= CLOUD else "bar"


def first_question(shape: Definition | None) -> tuple[str, tuple[str, ...]]:
    """What a new card opens with: a kind and its dimensions. Over time if the rows have one."""
    if shape is None or shape.time_column:
        return automatic(Asked(over_time=True)), ()
    groups = groups_of(shape)[:1]
    return automatic(Asked(dimensions=len(groups), has_time=False)), tuple(groups)


def table() -> dict[str, str]:
    """automatic() for the questions of Explore: "measures dimensions grain parts pivot" -> slug."""
    sides = product(range(COUNTED + 1), range(COUNTED + 1), (0, 1), (0, 1), (0, 1))
    return {
        f"{measures} {dimensions} {grain} {parts} {pivot}": automatic(
            Asked(measures, dimensions, bool(grain), parts, pivot=bool(pivot))
        )
        for measures, dimensions, grain, parts, pivot in sides
    }


def lacks(kind: Kind, asked: Asked) -> list[str]:
    """What a question would need for this kind to draw it, in words; nothing if it fits."""
    if kind.needs_metric:
        return [_("a metric")]
    if not kind.needs_query:
        return [_("no question")]
    if asked.raw:
        return [] if kind.lists_rows else [_("measures instead of raw rows")]
    found = [_("a time column")] if kind.over_time and not asked.has_time else []
    axes = asked.dimensions + bool(kind.time_axis and asked.over_time and not kind.over_time)
    fewest, most = kind.measures
    if not fewest <= asked.measures <= most:
        found.append(_bounds(asked.measures < fewest, fewest, most, measures=True))
    fewest, most = kind.dimensions
    if not fewest <= axes <= most:
        found.append(_bounds(axes < fewest, fewest, most, measures=False))
    return found


def as_asked_by(query: dict[str, Any], before: Kind, after: Kind) -> dict[str, Any]:
    """The same question for another kind: time that was a matter of course is asked for."""
    if before.over_time and not after.over_time and after.time_axis:
        return {**query, "grain": query.get("grain") or "auto"}
    if before.over_time and not after.over_time:
        return {name: value for name, value in query.items() if name != "grain"}
    return dict(query)


def for_kind(asked: Asked, before: Kind, after: Kind) -> Asked:
    """The shape of as_asked_by()."""
    if before.over_time and not after.over_time:
        return replace(asked, over_time=after.time_axis)
    return asked


def _is_part(dimension: Any) -> bool:
    return bool(dimension.get("part")) if isinstance(dimension, dict) else ":" in str(dimension)


def _bounds(is_few: bool, fewest: int, most: int, *, measures: bool) -> str:
    n = fewest if is_few else most
    if measures and is_few:
        return ngettext("%(n)s measure", "%(n)s measures", n) % {"n": n}
    if measures:
        return _("at most %(n)s measures") % {"n": n}
    if is_few:
        return ngettext("%(n)s group", "%(n)s groups", n) % {"n": n}
    return _("at most %(n)s groups") % {"n": n} if n else _("no groups")
