"""Values of conditions: checked against their columns, and kept out of the statement."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources.conditions import (
    OF_TEXTS,
    OPERATORS,
    Condition,
    Filter,
    Group,
    leaves,
    span,
    wrong,
)
from apps.datasources.definition import ColumnDef, Definition

WHOLE = 2**63  # whole numbers below it travel as such: a double would round them


def checked(
    items: Iterable[Condition], definition: Definition, timezone: str, field: str = "filters"
) -> list[tuple[Any, ...]]:
    """The values of each plain condition in its column's type. Raises UserError on `field`."""
    return [_values(each, definition, timezone, field) for each in leaves(items)]


def blank(items: tuple[Condition, ...], values: Iterable[tuple[Any, ...]]) -> tuple[Condition, ...]:
    """The conditions without their values: 0 where a whole number was, else an empty text."""
    left = iter(values)

    def without(each: Condition) -> Condition:
        if isinstance(each, Group):
            return Group(each.join, tuple(without(item) for item in each.items))
        kinds = tuple(0 if type(value) is int else "" for value in next(left))
        return replace(each, values=kinds)

    return tuple(without(each) for each in items)


def values_fit(items: Iterable[Filter], types: Mapping[str, str]) -> None:
    """Raises UserError on "filters" for a condition that does not fit its column's type; before
    it is kept with a dataset whose columns (name -> type) may be as new as it is.
    """
    for each in items:
        _fitting(each, ColumnDef(each.column, each.column, types[each.column], "", ""), "UTC")


def _values(each: Filter, definition: Definition, timezone: str, field: str) -> tuple[Any, ...]:
    return _fitting(each, definition.column(each.column, field), timezone, field)


def _fitting(
    each: Filter, column: ColumnDef, timezone: str, field: str = "filters"
) -> tuple[Any, ...]:
    wanted = "text" if each.op in OF_TEXTS else "time" if each.op == "within" else column.type
    if each.op not in OPERATORS or column.type != wanted:
        message = _("“%(op)s” does not work on “%(name)s”.")
        raise wrong(field, message % {"op": each.op[:40], "name": column.name})
    if each.op == "within":
        start, end = (str(value) for value in each.values)
        found = span(start, end, timezone=timezone, field=field)
        return (found.start.astimezone(UTC), found.end.astimezone(UTC))
    return tuple(_value(value, column, field) for value in each.values)


def _value(value: Any, column: ColumnDef, field: str) -> Any:
    """One value as the column's type, or UserError."""
    try:
        if column.type == "number":
            return _number(value)
        if column.type == "boolean":
            return {"true": True, "false": False}[str(value).lower()]
        if column.type == "time":
            moment = datetime.fromisoformat(str(value))
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return str(value)
    except (ValueError, KeyError, OverflowError) as error:
        message = _("“%(value)s” does not fit “%(name)s”, which is of type %(type)s.")
        parts = {"value": str(value)[:40], "name": column.name, "type": column.type}
        raise UserError(message % parts, field=field, code="invalid_query") from error


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise ValueError
    try:
        whole = int(value) if isinstance(value, str | int) else None
    except ValueError:
        whole = None
    if whole is not None and -WHOLE <= whole < WHOLE:
        return whole
    number = float(value)
    if not math.isfinite(number):  # no row has it: what is infinite counts as missing
        raise ValueError
    return number
