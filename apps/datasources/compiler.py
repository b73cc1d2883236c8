"""Query + row policies -> SQL. Nobody else builds SQL on user data.

Two steps, because printing SQL costs more than asking a small table: the *shape* of a question
(all but its values) is compiled once and kept; the values travel beside it as parameters.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from sqlglot import exp

from apps.core.errors import UserError
from apps.datasources.definition import ColumnDef, Definition, MeasureDef
from apps.datasources.frame import FrameColumn
from apps.datasources.query import OPERATORS, Filter, Query

# Kinds that do not speak SQL: a function like compile_query each, imported when first asked for.
COMPILERS = {
    "opensearch": "apps.datasources.compiler_opensearch.compile_opensearch",
    "prometheus": "apps.datasources.compiler_promql.compile_promql",
    "http": "apps.datasources.extracts.not_yet_copied",
}
DIALECTS = {"store": "postgres", "postgresql": "postgres", "duckdb": "duckdb"}
BINS = {
    "second": "1 second",
    "5second": "5 seconds",
    "15second": "15 seconds",
    "minute": "1 minute",
    "5minute": "5 minutes",
    "15minute": "15 minutes",
    "hour": "1 hour",
}
COMPARISONS: dict[str, Any] = {
    "eq": exp.EQ,
    "ne": exp.NEQ,
    "lt": exp.LT,
    "le": exp.LTE,
    "gt": exp.GT,
    "ge": exp.GTE,
}
AGGREGATES: dict[str, Any] = {
    "sum": exp.Sum,
    "avg": exp.Avg,
    "min": exp.Min,
    "max": exp.Max,
    "median": exp.Median,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """One statement with numbered parameters ($1...), and what its columns mean.

    It asks for one row more than `limit`, so that a cut answer is known as cut.
    """

    sql: str
    parameters: tuple[Any, ...]
    columns: tuple[FrameColumn, ...]
    limit: int


def compile_query(
    query: Query,
    definition: Definition,
    policies: tuple[Filter, ...],
    hidden: frozenset[str] = frozenset(),
    most: int | None = None,
) -> Compiled:
    """Compile for the dialect of the dataset's source. Raises UserError with the wrong field.

    policies: the filters of the asking user's row policies; they come first and cannot be undone,
    since every filter is joined by AND. hidden: columns that the question may not name, though
    policies may. most: rows at the most, for who may take more than a question may.
    """
    if other := COMPILERS.get(definition.source_kind):
        compiled: Compiled = import_string(other)(query, definition, policies, hidden, most)
        return compiled
    seen = definition.without(hidden)
    filters = (*policies, *query.filters)
    checked = (
        *(_checked(each, definition) for each in policies),
        *(_checked(each, seen) for each in query.filters),
    )
    _check_names(query, seen)
    window = query.window
    edges: tuple[datetime, ...] = ()
    if window:
        edges = (window.start.astimezone(UTC), window.end.astimezone(UTC))
    if DIALECTS[definition.source_kind] == "duckdb":
        edges = tuple(edge.replace(tzinfo=None) for edge in edges)
        checked = tuple(_naive(each) for each in checked)
    shape = replace(
        query,
        window=_ANY_WINDOW if window else None,
        filters=tuple(Filter(f.column, f.op, ("",) * len(f.values)) for f in filters),
        limit=min(query.limit or settings.QUERY_MAX_ROWS, most or settings.QUERY_MAX_ROWS),
    )
    sql, columns = _statement(shape, definition)
    values = tuple(value for each in checked for value in each.values)
    return Compiled(sql, (*edges, *values), columns, shape.limit or 0)


def _check_names(query: Query, seen: Definition) -> None:
    """Whatever the question names must be there for who asks."""
    for name in query.columns:
        seen.column(name, "columns")
    for dimension in query.dimensions:
        seen.column(dimension.column, "dimensions")
    for name in query.measures:
        seen.measure(name)
    if query.time:
        seen.column(query.time, "time")


def _any_window() -> Any:
    from apps.core.window import Window

    return Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC))


_ANY_WINDOW = _any_window()


@lru_cache(maxsize=2048)
def _statement(shape: Query, definition: Definition) -> tuple[str, tuple[FrameColumn, ...]]:
    """The SQL of a shape. Values of filters are only counted here."""
    dialect = DIALECTS[definition.source_kind]
    select = exp.Select().from_(_relation(definition))
    columns: list[FrameColumn] = []
    groups: list[exp.Expression] = []

    def add(expression: exp.Expression, column: FrameColumn, group: bool = False) -> None:
        nonlocal select
        select = select.select(exp.alias_(expression, column.name, quoted=True), copy=False)
        columns.append(column)
        if group:
            groups.append(exp.Literal.number(len(columns)))

    for name in shape.columns:
        column = definition.column(name, "columns")
        add(_identifier(column.name), _frame_column(column))
    if shape.grain:
        time = _time_column(shape, definition)
        bucket = _bucket(_identifier(time.name), shape.grain, shape.timezone, dialect)
        add(bucket, replace(_frame_column(time), role="time"), group=True)
    for dimension in shape.dimensions:
        column = definition.column(dimension.column, "dimensions")
        expression: exp.Expression = _identifier(column.name)
        meaning = replace(_frame_column(column), role="dimension")
        if dimension.part:
            if column.type != "time":
                message = _("Only a time column has an hour, a weekday or a month.")
                raise UserError(message, field="dimensions", code="invalid_query")
            expression = _part(expression, dimension.part, shape.timezone, dialect)
            meaning = replace(meaning, name=dimension.name, type="number", format=dimension.part)
        add(expression, meaning, group=True)
    for name in shape.measures:
        measure = definition.measure(name)
        add(_aggregate(measure, definition), _measure_column(measure))

    for condition in _conditions(shape, definition, dialect):
        select = select.where(condition, copy=False)
    if groups:
        select = select.group_by(*groups, copy=False)
    for order in _orders(shape, columns):
        select = select.order_by(order, copy=False)
    select = select.limit((shape.limit or 0) + 1, copy=False)
    return select.sql(dialect), tuple(columns)


def _relation(definition: Definition) -> exp.Expression:
    if definition.source_kind == "duckdb":
        path = settings.UPLOADS / definition.relation
        return exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(path))])
    schema, _dot, table = definition.relation.rpartition(".")
    return exp.table_(table, db=schema or None, quoted=True)


def _identifier(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _time_column(shape: Query, definition: Definition) -> ColumnDef:
    column = definition.column(shape.time or "", "time")
    if column.type != "time":
        message = _("“%(name)s” is not a time column.") % {"name": column.name}
        raise UserError(message, field="time", code="invalid_query")
    return column


def _local(time: exp.Expression, timezone: str, dialect: str) -> exp.Expression:
    """The wall clock of the zone. PostgreSQL holds instants; our Parquet files hold naive UTC."""
    if dialect == "duckdb":
        if timezone == "UTC":
            return time
        time = _at_zone(time, "UTC")
    return _at_zone(time, timezone)


def _instant(local: exp.Expression, timezone: str, dialect: str) -> exp.Expression:
    """The reverse of _local."""
    if dialect == "duckdb":
        return local if timezone == "UTC" else _at_zone(_at_zone(local, timezone), "UTC")
    return _at_zone(local, timezone)


def _at_zone(time: exp.Expression, timezone: str) -> exp.Expression:
    return exp.AtTimeZone(this=exp.paren(time, copy=False), zone=exp.Literal.string(timezone))


def _bucket(time: exp.Expression, grain: str, timezone: str, dialect: str) -> exp.Expression:
    """The start of the step that holds `time`.

    Steps of a day or longer follow the zone's calendar; shorter ones are counted in UTC, so that
    the doubled hour of a clock change stays two hours.
    """
    if step := BINS.get(grain):
        interval = exp.Cast(this=exp.Literal.string(step), to=exp.DataType.build("interval"))
        if dialect == "duckdb":
            return exp.Anonymous(this="time_bucket", expressions=[interval, time])
        origin = exp.cast(exp.Literal.string("2000-01-01T00:00:00Z"), "timestamptz")
        return exp.Anonymous(this="date_bin", expressions=[interval, time, origin])
    unit = exp.Literal.string(grain)
    local = exp.Anonymous(this="date_trunc", expressions=[unit, _local(time, timezone, dialect)])
    if dialect == "duckdb":  # date_trunc gives a DATE there
        local = exp.cast(local, "timestamp")  # type: ignore[assignment]
    return _instant(local, timezone, dialect)


def _part(time: exp.Expression, part: str, timezone: str, dialect: str) -> exp.Expression:
    unit = {"hour": "HOUR", "weekday": "ISODOW", "month": "MONTH"}[part]
    value = exp.Extract(this=exp.var(unit), expression=_local(time, timezone, dialect))
    number = exp.cast(value, "int")
    return exp.Sub(this=number, expression=exp.Literal.number(1)) if part == "weekday" else number


def _aggregate(measure: MeasureDef, definition: Definition) -> exp.Expression:
    if measure.aggregate == "count":
        return exp.Count(this=exp.Star())
    if measure.aggregate == "ratio":
        above = _aggregate(definition.measure(measure.numerator), definition)
        below = _aggregate(definition.measure(measure.denominator), definition)
        nothing = exp.func("NULLIF", below, exp.Literal.number(0))
        return exp.Div(this=exp.cast(above, "double"), expression=nothing)
    column = _identifier(definition.column(measure.column, "measures").name)
    if measure.aggregate == "count_distinct":
        return exp.Count(this=exp.Distinct(expressions=[column]))
    number = exp.cast(column, "double")
    return exp.cast(AGGREGATES[measure.aggregate](this=number), "double")


def _conditions(shape: Query, definition: Definition, dialect: str) -> list[exp.Expression]:
    """Window, then filters, each taking the next numbered parameters."""
    taken = 0

    def parameter() -> exp.Parameter:
        nonlocal taken
        taken += 1
        return exp.Parameter(this=exp.Literal.number(taken))

    found: list[exp.Expression] = []
    if shape.window:
        time = _identifier(_time_column(shape, definition).name)
        found.append(exp.GTE(this=time, expression=_typed(parameter(), "time", dialect)))
        found.append(exp.LT(this=time.copy(), expression=_typed(parameter(), "time", dialect)))
    for each in shape.filters:
        column = definition.column(each.column, "filters")
        values = [_typed(parameter(), column.type, dialect) for _value in each.values]
        found.append(_condition(_identifier(column.name), each.op, values))
    return found


def _typed(parameter: exp.Parameter, type_: str, dialect: str) -> exp.Expression:
    time = "timestamp" if dialect == "duckdb" else "timestamptz"
    names = {"time": time, "number": "double", "text": "text", "boolean": "boolean"}
    return exp.cast(parameter, names[type_])


def _condition(column: exp.Column, op: str, values: list[exp.Expression]) -> exp.Expression:
    if op in COMPARISONS:
        comparison: exp.Expression = COMPARISONS[op](this=column, expression=values[0])
        return comparison
    if op in ("in", "not_in"):
        chosen = exp.In(this=column, expressions=values)
        return chosen if op == "in" else exp.not_(chosen)
    if op == "between":
        return exp.Between(this=column, low=values[0], high=values[1])
    if op == "contains":
        position = exp.StrPosition(
            this=exp.func("LOWER", column), substr=exp.func("LOWER", values[0])
        )
        return exp.GT(this=position, expression=exp.Literal.number(0))
    empty = exp.Is(this=column, expression=exp.Null())
    return empty if op == "is_null" else exp.not_(empty)


def _checked(each: Filter, definition: Definition) -> Filter:
    """The filter with its values in the column's type. Raises UserError on "filters"."""
    column = definition.column(each.column, "filters")
    if each.op not in OPERATORS or (each.op == "contains" and column.type != "text"):
        message = _("“%(op)s” does not work on “%(name)s”.")
        values = {"op": each.op[:40], "name": column.name}
        raise UserError(message % values, field="filters", code="invalid_query")
    return replace(each, values=tuple(_value(value, column) for value in each.values))


def _value(value: Any, column: ColumnDef) -> Any:
    """One filter value as the column's type, or UserError."""
    try:
        if column.type == "number":
            if isinstance(value, bool):
                raise ValueError
            return float(value)
        if column.type == "boolean":
            return {"true": True, "false": False}[str(value).lower()]
        if column.type == "time":
            moment = datetime.fromisoformat(str(value))
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return str(value)
    except (ValueError, KeyError, OverflowError) as error:
        message = _("“%(value)s” does not fit “%(name)s”, which is of type %(type)s.")
        parts = {"value": str(value)[:40], "name": column.name, "type": column.type}
        raise UserError(message % parts, field="filters", code="invalid_query") from error


def _naive(each: Filter) -> Filter:
    """Times as naive UTC, which is how our Parquet files hold them."""
    values: tuple[Any, ...] = each.values
    return replace(each, values=tuple(_without_zone(value) for value in values))


def _without_zone(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _orders(shape: Query, columns: list[FrameColumn]) -> list[exp.Ordered]:
    """As asked; else by time and dimensions, or the largest first for plain categories."""
    names = [column.name for column in columns]
    asked = [(order.by, order.descending) for order in shape.order]
    for name, _descending in asked:
        if name not in names:
            message = _("Sort by something that the query asks for: %(names)s.")
            raise UserError(message % {"names": ", ".join(names)}, field="order")
    if not asked and shape.measures and shape.dimensions and not shape.grain:
        parts = any(dimension.part for dimension in shape.dimensions)
        asked = [] if parts else [(shape.measures[0], True)]
    keys = [column.name for column in columns if column.role != "measure"]
    settled = {name for name, _descending in asked}
    asked += [(name, False) for name in keys if name not in settled and not shape.columns]
    if shape.columns and not asked and shape.time and shape.time in names:
        asked = [(shape.time, True)]
    return [
        exp.Ordered(
            this=exp.Literal.number(names.index(name) + 1), desc=descending, nulls_first=False
        )
        for name, descending in asked
    ]


def _frame_column(column: ColumnDef) -> FrameColumn:
    role = "time" if column.type == "time" else "dimension"
    if column.type == "number":
        role = "measure"
    return FrameColumn(column.name, column.label, role, column.type, column.unit, column.format)


def _measure_column(measure: MeasureDef) -> FrameColumn:
    return FrameColumn(
        measure.name,
        measure.label,
        "measure",
        "number",
        measure.unit,
        measure.format,
        measure.good,
    )
