"""The shape of a question -> one SELECT. Values are only named here, never seen.

Rows come as `data` (rows.py). Mostly they are aggregated as they are; where a zone's clock is
written out, the first dimension keeps only its top, or percentiles are counted off, they are
prepared before (prepared.py).
"""

from dataclasses import replace

from django.utils.translation import gettext as _
from sqlglot import exp

from apps.datasources.compiler.aggregates import DATA, Aggregates, alias_of, identifier
from apps.datasources.compiler.dialects.base import Dialect
from apps.datasources.compiler.groups import age_keys, bin_key, local
from apps.datasources.compiler.prepared import prepared, quoted
from apps.datasources.compiler.rows import Asked, Key, filters_of, met, time_column
from apps.datasources.conditions import wrong
from apps.datasources.definition import ColumnDef, MeasureDef
from apps.datasources.frame import FrameColumn
from apps.datasources.query import BIN_SECONDS, Dimension, Order, Query


def statement(asked: Asked) -> tuple[exp.Select, tuple[FrameColumn, ...]]:
    """The SELECT without its limit, and its columns. Raises UserError."""
    if asked.shape.columns:
        return _raw(asked)
    keys, measures = _keys(asked), _measures(asked)
    aggregates = Aggregates(asked.definition, asked.dialect, filters_of(asked), asked.places)
    values = [aggregates.of(each) for each in measures]
    if asked.shape.top or asked.places.numbers or asked.stages:
        select, keys = prepared(asked, keys, measures, statement)
    else:
        select = met(asked)
    columns = [*(key.column for key in keys), *(measure_column(each) for each in measures)]
    _check_twins(columns)
    values = [*(key.expression for key in keys), *values]
    for at, (column, value) in enumerate(zip(columns, values, strict=True)):
        name = alias_of(column.name, at)
        select = select.select(exp.alias_(value, name, quoted=True), copy=False)
    if keys:
        groups = [key.group or exp.Literal.number(at) for at, key in enumerate(keys, 1)]
        select = select.group_by(*groups, copy=False)
    return _ordered(select, asked.shape, columns, asked.dialect), tuple(columns)


def _raw(asked: Asked) -> tuple[exp.Select, tuple[FrameColumn, ...]]:
    select, columns = met(asked), []
    for name in asked.shape.columns:
        column = asked.definition.column(name, "columns")
        value: exp.Expr = identifier(column.name)
        value = asked.dialect.shown(value) if column.type == "time" else value
        select = select.select(exp.alias_(value, column.name, quoted=True), copy=False)
        columns.append(_frame_column(column))
    return _ordered(select, asked.shape, columns, asked.dialect), tuple(columns)


# -- keys and measures


def _keys(asked: Asked) -> list[Key]:
    found: list[Key] = []
    if asked.shape.grain or asked.shape.cohort:
        column = time_column(asked)
        time = replace(_frame_column(column), role="time")
        if asked.shape.cohort:
            return age_keys(asked, asked.shape.cohort, time)
        found.append(_bucket(asked, identifier(column.name), time))
    return [*found, *(_dimension(asked, each) for each in asked.shape.dimensions)]


def _bucket(asked: Asked, time: exp.Column, meaning: FrameColumn) -> Key:
    dialect, clock, grain = asked.dialect, asked.clock, asked.shape.grain or ""
    if not asked.has_changes or grain in BIN_SECONDS:
        return Key(dialect.bucket(time, grain, clock), meaning)
    wall = local(asked, time, "step")
    start = asked.staged(3, "start", dialect.start(wall, grain, clock))
    return Key(dialect.instant(start, clock), meaning, group=start)  # once a group, not a row


def _dimension(asked: Asked, dimension: Dimension) -> Key:
    column = asked.definition.column(dimension.column, "dimensions")
    name, meaning = identifier(column.name), replace(_frame_column(column), role="dimension")
    if dimension.part:
        if column.type != "time":
            message = _("Only a time column has an hour, a weekday or a month.")
            raise wrong("dimensions", message)
        if asked.has_changes:
            wall = local(asked, name, dimension.name)
            part = asked.dialect.part_of(wall, dimension.part)
        else:
            part = asked.dialect.part(name, dimension.part, asked.clock)
        return Key(
            part, replace(meaning, name=dimension.name, type="number", format=dimension.part)
        )
    if dimension.is_binned:
        return bin_key(asked, dimension, column.type, meaning)
    if column.type == "time":
        return Key(asked.dialect.shown(name), meaning)
    return Key(asked.dialect.key(name, column.type), meaning)


def _measures(asked: Asked) -> list[MeasureDef]:
    return [asked.definition.measure(name) for name in asked.shape.measures]


def _check_twins(columns: list[FrameColumn]) -> None:
    names = [column.name for column in columns]
    if twins := sorted({name for name in names if names.count(name) > 1}):
        roles = {column.role for column in columns if column.name == twins[0]}
        message = _("Two columns of the answer would be called “%(name)s”.")
        field = "measures" if "measure" in roles else "dimensions"
        raise wrong(field, message % {"name": twins[0]})


# -- order


def _ordered(
    select: exp.Select, shape: Query, columns: list[FrameColumn], dialect: Dialect
) -> exp.Select:
    orders = orders_of(shape, columns)
    values = {column.name for column in columns if column.role == "measure"}
    if dialect.sorts_outside and any(o.by in values and not o.descending for o in orders):
        ctes = select.args.pop("with_", None)
        select = exp.Select().select("*").from_(select.subquery(quoted(DATA)), copy=False)
        if ctes:
            select.set("with_", ctes)
    aliases = {column.name: alias_of(column.name, at) for at, column in enumerate(columns)}
    for order in orders:
        name = exp.column(order.by if shape.columns else aliases[order.by], quoted=True)
        select = select.order_by(*dialect.ordered(name, order.descending), copy=False)
    return select


def orders_of(shape: Query, columns: list[FrameColumn]) -> list[Order]:
    """As asked; else by time and dimensions, or the largest first for plain categories.

    The group of all others comes last: of all, or of its step.
    """
    names = [column.name for column in columns]
    asked = list(shape.order)
    for order in asked:
        if order.by not in names:
            message = _("Sort by something that the query asks for: %(names)s.")
            raise wrong("order", message % {"names": ", ".join(names)})
    if shape.columns:
        is_by_time = not asked and shape.time in names
        return [Order(shape.time or "", descending=True)] if is_by_time else asked
    if not asked and shape.dimensions and not shape.grain:
        in_order = any(dimension.is_ordered for dimension in shape.dimensions)
        asked = [] if in_order else [Order(shape.measures[0], descending=True)]
    flags = [Order(column.name) for column in columns if column.role == "flag"]
    times = [Order(column.name) for column in columns if column.role == "time"]
    others = [Order(column.name) for column in columns if column.role == "dimension"]
    is_over_time = shape.grain or shape.cohort
    wanted = [*asked, *times, *flags, *others] if is_over_time else [*flags, *asked, *others]
    first: dict[str, Order] = {}
    for order in wanted:
        first.setdefault(order.by, order)
    return list(first.values())


# -- what columns mean


def _frame_column(column: ColumnDef) -> FrameColumn:
    role = {"time": "time", "number": "measure"}.get(column.type, "dimension")
    return FrameColumn(column.name, column.label, role, column.type, column.unit, column.format)


def measure_column(measure: MeasureDef) -> FrameColumn:
    """What the column of a measure means."""
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
