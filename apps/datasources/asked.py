"""A Query taken apart for systems that speak no SQL: names checked, values in their types.

What SQL's compiler does while it builds a statement is done here once for all the others.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources.conditions import of_policies
from apps.datasources.definition import ColumnDef, Definition, MeasureDef
from apps.datasources.frame import FrameColumn
from apps.datasources.query import Query

MAX_DEPTH = 6
TEXT_OPERATORS = ("contains", "not_contains", "starts_with", "ends_with")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "between", "in", "not_in", "is_null", "not_null")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; times are aware datetimes. "within" has become two moments."""

    column: ColumnDef
    op: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions of which all, or any, must hold."""

    is_any: bool
    parts: tuple["Node", ...]


Node = Condition | Joined


@dataclass(frozen=True, slots=True)
class Key:
    """What is grouped by: a column, a step of time (`grain`), or a part of a time."""

    name: str
    column: ColumnDef
    grain: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose every name exists. `raw` are columns of plain rows; else keys and measures.

    policies come apart from filters, so that nobody can mix them up. order: every key of the
    answer's order, (name, descending), nulls last.
    """

    raw: tuple[ColumnDef, ...]
    keys: tuple[Key, ...]
    measures: tuple[MeasureDef, ...]
    policies: tuple[Node, ...]
    filters: tuple[Node, ...]
    time: ColumnDef | None
    columns: tuple[FrameColumn, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int


def take_apart(
    query: Query,
    definition: Definition,
    policies: Iterable[Any],
    hidden: frozenset[str],
    most: int | None,
) -> Asked:
    """Raises UserError with the wrong field. hidden: what the question may not name.

    most: rows at the most, where that is not QUERY_MAX_ROWS.
    """
    seen = definition.without(hidden)
    raw = tuple(seen.column(name, "columns") for name in query.columns)
    time = seen.column(query.time, "time") if query.time else None
    if time and time.type != "time":
        raise wrong("time", _("“%(name)s” is not a time column.") % {"name": time.name})
    if query.cohort:
        raise wrong("cohort", _("This source cannot tell cohorts. A copy of its rows can."))
    keys = [Key(time.name, time, grain=query.grain)] if time and query.grain else []
    for dimension in query.dimensions:
        column = seen.column(dimension.column, "dimensions")
        if dimension.part and column.type != "time":
            message = _("Only a time column has an hour, a weekday or a month.")
            raise wrong("dimensions", message)
        if dimension.is_binned:
            raise no_bins()
        keys.append(Key(dimension.name, column, part=dimension.part or ""))
    measures = tuple(seen.measure(name) for name in query.measures)
    columns = (
        *(_raw_column(column) for column in raw),
        *(_key_column(key) for key in keys),
        *(_measure_column(measure) for measure in measures),
    )
    with of_policies():
        held = conditions(policies, definition, query.timezone)
    return Asked(
        raw=raw,
        keys=tuple(keys),
        measures=measures,
        policies=held,
        filters=conditions(query.filters, seen, query.timezone),
        time=time,
        columns=columns,
        order=_order(query, columns),
        limit=min(query.limit or settings.QUERY_MAX_ROWS, most or settings.QUERY_MAX_ROWS),
    )


def parts_of(measure: MeasureDef, definition: Definition) -> tuple[MeasureDef, ...]:
    """The measures that a system must compute for this one: itself, or a ratio's two, over the
    rows that the ratio itself is about.
    """
    if measure.aggregate != "ratio":
        return (measure,)
    parts = tuple(definition.measure(name) for name in (measure.numerator, measure.denominator))
    if not measure.filters:
        return parts
    return tuple(
        replace(part, name=f"{measure.name}/{part.name}", filters=(*part.filters, *measure.filters))
        for part in parts
    )


def conditions(filters: Iterable[Any], definition: Definition, timezone: str) -> tuple[Node, ...]:
    """Filters and groups of filters as a tree. Raises UserError on "filters"."""
    return tuple(_node(each.as_json(), definition, timezone, 0) for each in filters)


def _node(item: dict[str, Any], definition: Definition, timezone: str, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise wrong("filters", _("The conditions are nested too deeply."))
    for joined in ("any", "all"):
        if joined in item:
            inner = (_node(each, definition, timezone, depth + 1) for each in item[joined])
            return Joined(joined == "any", tuple(inner))
    column, op, values = definition.column(item["column"], "filters"), item["op"], item["values"]
    if op == "within" and column.type == "time":
        span = Window.parse(str(values[0]), str(values[1]), timezone=timezone)
        edges = (Condition(column, "ge", (span.start,)), Condition(column, "lt", (span.end,)))
        return Joined(False, edges)
    if op not in (TEXT_OPERATORS + COMPARISONS if column.type == "text" else COMPARISONS):
        message = _("“%(op)s” does not work on “%(name)s”.")
        raise wrong("filters", message % {"op": op[:40], "name": column.name})
    return Condition(column, op, tuple(_value(value, column) for value in values))


def _value(value: Any, column: ColumnDef) -> Any:
    """One filter value in the column's type, or UserError."""
    try:
        if column.type == "number":
            return _number(value)
        if column.type == "boolean":
            return {"true": True, "false": False}[str(value).lower()]
        if column.type == "time":
            moment = datetime.fromisoformat(str(value))
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return str(value)
    except (ValueError, KeyError, OverflowError) as error:
        message = _("“%(value)s” does not fit “%(name)s”, which is of type %(type)s.")
        parts = {"value": str(value)[:40], "name": column.name, "type": column.type}
        raise wrong("filters", message % parts) from error


def _number(value: Any) -> int | float:
    """A whole number as such: a double would round a long one."""
    if isinstance(value, bool):
        raise ValueError
    try:
        return int(value) if isinstance(value, str | int) else int(str(value).removesuffix(".0"))
    except ValueError:
        number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _order(query: Query, columns: tuple[FrameColumn, ...]) -> tuple[tuple[str, bool], ...]:
    """As asked; else by time and dimensions, or the largest first for plain categories."""
    names = [column.name for column in columns]
    asked = [(order.by, order.descending) for order in query.order]
    for name, _descending in asked:
        if name not in names:
            message = _("Sort by something that the query asks for: %(names)s.")
            raise wrong("order", message % {"names": ", ".join(names)})
    if query.columns:
        is_there = query.time and query.time in names
        return tuple(asked) or (((query.time or "", True),) if is_there else ())
    if not asked and query.dimensions and not query.grain:
        parts = any(dimension.is_ordered for dimension in query.dimensions)
        asked = [] if parts else [(query.measures[0], True)]
    settled = {name for name, _descending in asked}
    keys = [column.name for column in columns if column.name not in query.measures]
    return (*asked, *((name, False) for name in keys if name not in settled))


def _raw_column(column: ColumnDef) -> FrameColumn:
    role = {"time": "time", "number": "measure"}.get(column.type, "dimension")
    return FrameColumn(column.name, column.label, role, column.type, column.unit, column.format)


def _key_column(key: Key) -> FrameColumn:
    column = key.column
    if key.part:
        return FrameColumn(key.name, column.label, "dimension", "number", "", key.part)
    role = "time" if key.grain else "dimension"
    return FrameColumn(key.name, column.label, role, column.type, column.unit, column.format)


def _measure_column(measure: MeasureDef) -> FrameColumn:
    return FrameColumn(
        measure.name,
        measure.label,
        "measure",
        "number",
        measure.unit,
        measure.format,
        measure.good,
        adds_up=measure.adds_up,
    )


def no_bins() -> UserError:
    """The error of bins where no SQL is spoken."""
    return wrong("dimensions", _("This source cannot put numbers into bins. A copy of it can."))


def wrong(field: str, message: str) -> UserError:
    """A question that cannot be answered, and which part of it is to blame."""
    return UserError(message, field=field, code="invalid_query")
