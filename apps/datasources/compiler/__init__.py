"""Query + row policies -> SQL. Nobody else builds SQL on user data.

Two steps, because printing SQL costs more than asking a small table: the *shape* of a question
(all but its values) is compiled once and kept; the values travel beside it as parameters.
`statement` makes the shape's SELECT, `dialects` say it to each system, `values` checks values.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.window import Window
from apps.datasources.compiler.dialects import DIALECTS
from apps.datasources.compiler.dialects.base import Dialect
from apps.datasources.compiler.rows import Asked
from apps.datasources.compiler.statement import statement
from apps.datasources.compiler.values import blank, checked
from apps.datasources.compiler.zones import Change, Clock, clock_changes
from apps.datasources.conditions import Condition, of_policies
from apps.datasources.definition import Definition
from apps.datasources.frame import FrameColumn
from apps.datasources.query import Query
from apps.datasources.rollups.shapes import Rolled, Rollup, inside
from apps.datasources.steps import Steps

__all__ = ["DIALECTS", "Compiled", "compile_query"]

# Kinds that do not speak SQL: a function like compile_query each, imported when first asked for.
COMPILERS = {
    "opensearch": "apps.datasources.compiler_opensearch.compile_opensearch",
    "prometheus": "apps.datasources.compiler_promql.compile_promql",
    "http": "apps.datasources.extracts.not_yet_copied",
}
_ANY_WINDOW = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC))
NO_CHANGES: tuple[int, tuple[Change, ...]] = (0, ())
STYLES = {"numbered": "${n}", "named": "{p{n}:{type}}", "format": "%s", "qmark": "?"}
_TOKEN = re.compile("\x00([a-z0-9_]+):([a-z]+)\x00")


@dataclass(frozen=True, slots=True)
class Compiled:
    """One statement, its parameters in the order of its placeholders, and its columns.

    It asks for one row more than `limit`, so that a cut answer is known as cut. `also`: what else
    is asked for the same answer, such as a total. `rollup` is what it reads in place of the rows.
    """

    sql: str
    parameters: tuple[Any, ...]
    columns: tuple[FrameColumn, ...]
    limit: int
    also: tuple["Compiled", ...] = ()
    rollup: Rollup | None = None


def compile_query(
    query: Query,
    definition: Definition,
    policies: tuple[Condition, ...],
    hidden: frozenset[str] = frozenset(),
    *,
    most: int | None = None,
    top_of: Window | None = None,
) -> Compiled:
    """Compile for the dialect of the dataset's source. Raises UserError with the wrong field.

    policies: the filters of the asking user's row policies; they come first and cannot be undone,
    since every filter is joined by AND. hidden: columns that the question may not name, though
    policies may. most: rows at the most, for who may take more than a question may. top_of: the
    window whose top is meant, if it is not the query's own.
    Neither `compare` nor what is computed from other measures is compiled here (plans.py).
    """
    if other := COMPILERS.get(definition.source_kind):
        compiled: Compiled = import_string(other)(
            query, definition, policies, hidden, most=most, top_of=top_of
        )
        return compiled
    seen = definition.without(hidden)
    with of_policies():
        values = checked(policies, definition, query.timezone)
    values += checked(query.filters, seen, query.timezone)
    _check_names(query, seen)
    dialect = DIALECTS[definition.source_kind]
    most = most or settings.QUERY_MAX_ROWS
    limit = min(query.limit or most, most)
    shape = replace(
        query,
        window=_ANY_WINDOW if query.window else None,
        filters=blank((*policies, *query.filters), values),
        limit=limit,
        compare=None,
    )
    offset, changes = NO_CHANGES
    if dialect.needs_changes and query.timezone != "UTC":
        offset, changes = clock_changes(query.timezone, *windows_of(query, top_of))
    made = _statement(shape, definition, offset, changes)
    rolled = definition.rolled
    bound = _bound(_whole_cohorts(query, definition), top_of, values, rolled)
    for number in made.measures:
        found = checked(definition.measures[number].filters, definition, query.timezone, "measures")
        flat = [value for each in found for value in each]
        bound |= {f"m{number}_{at}": value for at, value in enumerate(flat)}
    parameters = tuple(dialect.value(bound[name]) for name in made.names)
    used = rolled.rollup if rolled else None
    return Compiled(made.sql, parameters, made.columns, limit, rollup=used)


@dataclass(frozen=True, slots=True)
class Statement:
    """The SQL of a shape; `names` are of the values that it wants, in its order."""

    sql: str
    names: tuple[str, ...]
    columns: tuple[FrameColumn, ...]
    measures: tuple[int, ...]  # whose filters it holds


@lru_cache(maxsize=2048)
def _statement(
    shape: Query, definition: Definition, offset: int, changes: tuple[Change, ...]
) -> Statement:
    """The SQL of a shape. Values of filters are only counted here."""
    dialect = DIALECTS[definition.source_kind]
    clock = Clock(
        shape.timezone, definition.week_start, definition.fiscal_year_start, offset, changes
    )
    select, columns = statement(Asked(shape, definition, dialect, clock))
    select = select.limit((shape.limit or 0) + 1, copy=False)
    sql, names = placed(select.sql(dialect.name), dialect)
    measures = {int(name[1:].split("_")[0]) for name in names if name.startswith("m")}
    return Statement(sql, names, columns, tuple(sorted(measures)))


def placed(sql: str, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """The statement with the driver's placeholders, and the names of what belongs there."""
    names: list[str] = []

    def put(found: re.Match[str]) -> str:
        name, style = found[1], STYLES[dialect.placeholders]
        if "{n}" not in style:
            names.append(name)
            return style
        if name not in names:
            names.append(name)
        type_ = dialect.types.get(found[2], "")
        return style.replace("{n}", str(names.index(name) + 1)).replace("{type}", type_)

    if dialect.placeholders == "format":
        sql = sql.replace("%", "%%")
    return _TOKEN.sub(put, sql), tuple(names)


def windows_of(query: Query, top_of: Window | None) -> tuple[Window | None, ...]:
    """What bounds the times whose wall clock is asked; nothing bounds those of other columns, nor
    those of cohorts.
    """
    if query.cohort or any(each.part and each.column != query.time for each in query.dimensions):
        return ()
    return (query.window, top_of)


def _whole_cohorts(query: Query, definition: Definition) -> Query:
    """With a window that cuts no cohort."""
    if not query.cohort or not query.window:
        return query
    calendar = (definition.week_start, definition.fiscal_year_start)
    steps = Steps(query.cohort.grain, query.timezone, *calendar)
    return query.within(steps.whole(query.window))


def _bound(
    query: Query, top_of: Window | None, values: list[tuple[Any, ...]], rolled: Rolled | None
) -> dict[str, Any]:
    """Values by the names that statements know them by."""
    flat = [value for each in values for value in each]
    bound: dict[str, Any] = {f"f{at}": value for at, value in enumerate(flat)}
    for prefix, window in (("", query.window), ("top_", top_of or query.window)):
        if window:
            bound[f"{prefix}from"] = window.start.astimezone(UTC)
            bound[f"{prefix}to"] = window.end.astimezone(UTC)
            if rolled and rolled.edges:
                start, end = inside(rolled.rollup, window)
                bound[f"{prefix}from_in"], bound[f"{prefix}to_in"] = start, end
    return bound


def _check_names(query: Query, seen: Definition) -> None:
    """Whatever the question names must be there for who asks."""
    for name in query.columns:
        seen.column(name, "columns")
    for dimension in query.dimensions:
        seen.column(dimension.column, "dimensions")
    for name in query.measures:
        seen.measure(name)
    if query.top:
        seen.measure(query.top.by, "top")
    if query.time:
        seen.column(query.time, "time")
    if query.cohort:
        seen.column(query.cohort.entity, "cohort")
