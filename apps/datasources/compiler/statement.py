"""The shape of a question -> one SELECT. Values are only named here, never seen.

Rows come as `data`. Mostly they are aggregated as they are; where a zone's clock is written out,
the first dimension keeps only its top, or percentiles are counted off, subqueries prepare them in
stages, each under the same name with all columns of the one before.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from sqlglot import exp

from apps.datasources.compiler.aggregates import (
    DATA,
    Aggregates,
    Places,
    columns_of,
    identifier,
)
from apps.datasources.compiler.dialects.base import Dialect
from apps.datasources.compiler.where import condition
from apps.datasources.compiler.zones import Clock
from apps.datasources.conditions import Condition, Group, wrong
from apps.datasources.definition import ColumnDef, Definition, MeasureDef
from apps.datasources.frame import FrameColumn
from apps.datasources.query import BIN_SECONDS, Dimension, Order, Query

BEST, BLANK, VALUE, FOUND = "best", "blank", "value", "found"
OURS = "_sightline_"  # what the names of prepared columns begin with


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are grouped by, and what it means. group: a plain column that it follows from."""

    expression: exp.Expr
    column: FrameColumn
    group: exp.Expr | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A shape with all that its SQL depends on. span: the names of the window's edges."""

    shape: Query
    definition: Definition
    dialect: Dialect
    clock: Clock
    span: tuple[str, str] = ("from", "to")
    places: Places = field(default_factory=Places)
    stages: dict[int, dict[str, exp.Expr]] = field(default_factory=dict)

    def staged(self, stage: int, name: str, value: exp.Expr) -> exp.Column:
        """The value as a column that a stage prepares."""
        self.stages.setdefault(stage, {})[OURS + name] = value
        return identifier(OURS + name)

    @property
    def has_changes(self) -> bool:
        """Whether the zone's clock must be written out."""
        return bool(self.clock.offset or self.clock.changes)


def statement(asked: Asked) -> tuple[exp.Select, tuple[FrameColumn, ...]]:
    """The SELECT without its limit, and its columns. Raises UserError."""
    if asked.shape.columns:
        return _raw(asked)
    keys, measures = _keys(asked), _measures(asked)
    aggregates = Aggregates(asked.definition, asked.dialect, _filters_of(asked), asked.places)
    values = [aggregates.of(each) for each in measures]
    if asked.shape.top or asked.places.numbers or asked.stages:
        select, keys = _prepared(asked, keys, measures)
    else:
        select = _met(asked)
    columns = [*(key.column for key in keys), *(measure_column(each) for each in measures)]
    _check_twins(columns)
    for column, value in zip(columns, [*(key.expression for key in keys), *values], strict=True):
        select = select.select(exp.alias_(value, column.name, quoted=True), copy=False)
    if keys:
        groups = [key.group or exp.Literal.number(at) for at, key in enumerate(keys, 1)]
        select = select.group_by(*groups, copy=False)
    return _ordered(select, asked.shape, columns, asked.dialect), tuple(columns)


def relation_of(definition: Definition, dialect: Dialect) -> exp.Expr:
    """Where the rows are: a file of ours, a person's SELECT, or a table."""
    if definition.sql:
        if "\x00" in definition.sql:
            raise wrong("sql", _("The SQL holds a NUL character."))
        # on lines of its own: it may end in a comment
        return exp.Subquery(this=exp.var(f"\n{definition.sql}\n"))
    if definition.source_kind == "duckdb":
        path = exp.Literal.string(str(settings.UPLOADS / definition.relation))
        return exp.Anonymous(this="READ_PARQUET", expressions=[path])
    parts = definition.relation.rsplit(".", dialect.name_parts - 1)
    names = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    return exp.Table(**dict(zip(("this", "db", "catalog"), names, strict=False)))


def _rows(asked: Asked) -> exp.Select:
    rows = relation_of(asked.definition, asked.dialect)
    is_table = not isinstance(rows, exp.Anonymous)
    return exp.Select().from_(exp.alias_(rows, DATA, quoted=True, table=is_table), copy=False)


def _met(asked: Asked) -> exp.Select:
    """The rows that meet the conditions."""
    rows = _rows(asked)
    for each in _conditions(asked):
        rows = rows.where(each, copy=False)
    return rows


def _raw(asked: Asked) -> tuple[exp.Select, tuple[FrameColumn, ...]]:
    select, columns = _met(asked), []
    for name in asked.shape.columns:
        column = asked.definition.column(name, "columns")
        value: exp.Expr = identifier(column.name)
        value = asked.dialect.shown(value) if column.type == "time" else value
        select = select.select(exp.alias_(value, column.name, quoted=True), copy=False)
        columns.append(_frame_column(column))
    return _ordered(select, asked.shape, columns, asked.dialect), tuple(columns)


# -- keys and measures


def _keys(asked: Asked) -> list[Key]:
    found = []
    if asked.shape.grain:
        time = _time_column(asked)
        name = identifier(time.name)
        found.append(_bucket(asked, name, replace(_frame_column(time), role="time")))
    return [*found, *(_dimension(asked, each) for each in asked.shape.dimensions)]


def _bucket(asked: Asked, time: exp.Column, meaning: FrameColumn) -> Key:
    dialect, clock, grain = asked.dialect, asked.clock, asked.shape.grain or ""
    if not asked.has_changes or grain in BIN_SECONDS:
        return Key(dialect.bucket(time, grain, clock), meaning)
    local = _local(asked, time, "step")
    start = asked.staged(3, "start", dialect.start(local, grain, clock))
    return Key(dialect.instant(start, clock), meaning, group=start)  # once a group, not a row


def _local(asked: Asked, time: exp.Column, name: str) -> exp.Column:
    """The wall clock, in stages: each is named often by the next."""
    at = asked.staged(1, f"at_{name}", asked.dialect.instant_of(time))
    return asked.staged(2, f"local_{name}", asked.dialect.local(at, asked.clock))


def _dimension(asked: Asked, dimension: Dimension) -> Key:
    column = asked.definition.column(dimension.column, "dimensions")
    name, meaning = identifier(column.name), replace(_frame_column(column), role="dimension")
    if dimension.part:
        if column.type != "time":
            message = _("Only a time column has an hour, a weekday or a month.")
            raise wrong("dimensions", message)
        if asked.has_changes:
            local = _local(asked, name, dimension.name)
            part = asked.dialect.part_of(local, dimension.part)
        else:
            part = asked.dialect.part(name, dimension.part, asked.clock)
        return Key(
            part, replace(meaning, name=dimension.name, type="number", format=dimension.part)
        )
    if column.type == "time":
        return Key(asked.dialect.shown(name), meaning)
    return Key(asked.dialect.key(name, column.type), meaning)


def _measures(asked: Asked) -> list[MeasureDef]:
    return [asked.definition.measure(name) for name in asked.shape.measures]


def _time_column(asked: Asked) -> ColumnDef:
    column = asked.definition.column(asked.shape.time or "", "time")
    if column.type != "time":
        raise wrong("time", _("“%(name)s” is not a time column.") % {"name": column.name})
    return column


def _check_twins(columns: list[FrameColumn]) -> None:
    names = [column.name for column in columns]
    if twins := sorted({name for name in names if names.count(name) > 1}):
        message = _("Two columns of the answer would be called “%(name)s”.")
        raise wrong("measures", message % {"name": twins[0]})


# -- conditions


def _conditions(asked: Asked) -> list[exp.Expr]:
    """The window, then policies and filters, all joined by AND."""
    found: list[exp.Expr] = []
    if asked.shape.window:
        time = asked.dialect.compared(identifier(_time_column(asked).name))
        start, end = (asked.dialect.parameter(_token(name, "time"), "time") for name in asked.span)
        found.append(exp.GTE(this=time, expression=start))
        found.append(exp.LT(this=time.copy(), expression=end))
    return found + _listed(asked, asked.shape.filters, "f")


def _filters_of(asked: Asked) -> Any:
    return lambda number, items: _listed(asked, items, f"m{number}_")


def _listed(asked: Asked, items: tuple[Condition, ...], prefix: str) -> list[exp.Expr]:
    """Conditions whose values are called prefix0, prefix1 ... in the order of their writing."""
    taken = 0

    def one(each: Condition) -> exp.Expr:
        nonlocal taken
        if isinstance(each, Group):
            parts = [one(item) for item in each.items]
            joined = exp.or_(*parts) if each.join == "any" else exp.and_(*parts)
            return exp.paren(joined)
        column = asked.definition.column(each.column, "filters")
        values = []
        for value in each.values:
            type_ = "integer" if column.type == "number" and type(value) is int else column.type
            token = _token(f"{prefix}{taken}", type_)
            values.append(asked.dialect.parameter(token, type_))
            taken += 1
        return condition(identifier(column.name), column.type, each.op, values, asked.dialect)

    return [one(each) for each in items]


def _token(name: str, type_: str) -> str:
    return f"\x00{name}:{type_}\x00"


# -- prepared rows


def _prepared(
    asked: Asked, keys: list[Key], measures: list[MeasureDef]
) -> tuple[exp.Select, list[Key]]:
    """Rows with what the keys and percentiles need computed before."""
    rows = _met(asked)
    for name in _needed(asked, measures):
        rows = rows.select(exp.alias_(identifier(name), name, quoted=True), copy=False)
    if not rows.expressions:
        rows = rows.select(exp.alias_(exp.Literal.number(1), f"{OURS}row", quoted=True), copy=False)
    for _number, stage in sorted(asked.stages.items()):
        rows = _with(_staged(rows, asked.dialect), stage)
    ctes = None
    if asked.shape.top:
        rows, keys = _topped(asked, _staged(rows, asked.dialect), keys)
        ctes = rows.args.pop("with_")
    if asked.places.numbers:
        names = {f"{OURS}key_{at}": key.expression for at, key in enumerate(keys)}
        keys = [Key(identifier(f"{OURS}key_{at}"), key.column) for at, key in enumerate(keys)]
        rows = _with(_staged(rows, asked.dialect), {**names, **asked.places.numbers})
        rows = _ranked(_staged(rows, asked.dialect), asked.places, keys)
    select = exp.Select().from_(_inner(rows, asked.dialect), copy=False)
    if ctes:
        select.set("with_", ctes)
    return select, keys


def _needed(asked: Asked, measures: list[MeasureDef]) -> list[str]:
    """The columns of the rows themselves that later stages read."""
    found = {name for each in measures for name in columns_of(each, asked.definition)}
    found |= {each.column for each in asked.shape.dimensions}
    if asked.shape.grain and asked.shape.time:
        found.add(asked.shape.time)
    return sorted(found)


def _staged(rows: exp.Select, dialect: Dialect) -> exp.Select:
    """One stage further: all columns so far."""
    everything = exp.Column(this=exp.Star(), table=_quoted(DATA))
    return exp.Select().select(everything).from_(_inner(rows, dialect), copy=False)


def _inner(rows: exp.Select, dialect: Dialect) -> exp.Subquery:
    return dialect.fenced(rows).subquery(_quoted(DATA))


def _with(rows: exp.Select, columns: dict[str, exp.Expr]) -> exp.Select:
    for name, value in columns.items():
        rows = rows.select(exp.alias_(value.copy(), name, quoted=True), copy=False)
    return rows


def _ranked(rows: exp.Select, places: Places, keys: list[Key]) -> exp.Select:
    """With the place of each number in its group, and how many there are."""
    for name in places.numbers:
        number = identifier(name)
        missing = exp.Case().when(exp.Is(this=number, expression=exp.Null()), "1").else_("0")
        groups = [key.expression.copy() for key in keys]
        place = exp.Window(
            this=exp.RowNumber(),
            partition_by=[*groups, missing],
            order=exp.Order(expressions=[exp.Ordered(this=number.copy(), desc=False)]),
        )
        count = exp.Window(this=exp.Count(this=number.copy()), partition_by=groups)
        rows = _with(rows, {f"{name}_place": place, f"{name}_n": count})
    return rows


def _quoted(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _topped(asked: Asked, rows: exp.Select, keys: list[Key]) -> tuple[exp.Select, list[Key]]:
    """Only rows with one of the best values of the first dimension, or all others as one group."""
    top, first = asked.shape.top, 1 if asked.shape.grain else 0
    key = keys[first]
    rows, is_top = _joined_with_best(asked, rows, key)
    if not (top and top.other):
        return rows.where(is_top, copy=False), keys
    one, none = exp.Literal.number(1), exp.Literal.number(0)
    kept = exp.Case().when(is_top, key.expression)
    is_other = exp.Case().when(is_top.copy(), none).else_(one)
    rows = _with(rows, {f"{OURS}kept": kept, f"{OURS}other": is_other})
    flag = FrameColumn(f"{key.column.name}__other", _("Other"), "flag", "boolean")
    pair = [
        Key(identifier(f"{OURS}kept"), replace(key.column, other=True)),
        Key(identifier(f"{OURS}other"), flag),
    ]
    return rows, [*keys[:first], *pair, *keys[first + 1 :]]


def _joined_with_best(asked: Asked, rows: exp.Select, key: Key) -> tuple[exp.Select, exp.Expr]:
    """The rows beside the best values of the key, and whether a row has one of them.

    The best are joined by equality, so that the join can be hashed; a real null among them is
    known from a row of its own.
    """
    is_empty = exp.Is(this=identifier(VALUE, BEST), expression=exp.Null())
    blank = exp.Select().select(exp.alias_(exp.Count(this=exp.Star()), FOUND, quoted=True))
    blank = blank.from_(exp.Table(this=_quoted(BEST))).where(is_empty)
    rows = rows.with_(_quoted(BEST), as_=_best(asked), copy=False)
    same = exp.EQ(this=key.expression.copy(), expression=identifier(VALUE, BEST))
    rows = rows.join(exp.Table(this=_quoted(BEST)), on=same, join_type="left", copy=False)
    rows = rows.join(blank.subquery(_quoted(BLANK)), join_type="cross", copy=False)
    # a system may fill what a left join has not found with zeros
    found = exp.func("COALESCE", identifier(FOUND, BEST), exp.Literal.number(0))
    of_null = exp.and_(
        exp.Is(this=key.expression.copy(), expression=exp.Null()),
        exp.GT(this=identifier(FOUND, BLANK), expression=exp.Literal.number(0)),
    )
    return rows, exp.paren(exp.or_(exp.EQ(this=found, expression=exp.Literal.number(1)), of_null))


def _best(asked: Asked) -> exp.Select:
    """The largest values of the first dimension by the measure, over the whole question."""
    top = asked.shape.top
    assert top is not None  # noqa: S101 - its only caller has looked
    shape = replace(
        asked.shape,
        measures=(top.by,),
        dimensions=asked.shape.dimensions[:1],
        grain=None,
        top=None,
        order=(Order(top.by, descending=True),),
    )
    ranking = replace(asked, shape=shape, span=("top_from", "top_to"), places=Places(), stages={})
    select, columns = statement(ranking)
    ranked = select.limit(top.limit, copy=False).subquery(_quoted("ranked"))
    return (
        exp.Select()
        .from_(ranked, copy=False)
        .select(
            exp.alias_(identifier(columns[0].name, "ranked"), VALUE, quoted=True),
            exp.alias_(exp.Literal.number(1), FOUND, quoted=True),
            copy=False,
        )
    )


# -- order


def _ordered(
    select: exp.Select, shape: Query, columns: list[FrameColumn], dialect: Dialect
) -> exp.Select:
    orders = orders_of(shape, columns)
    values = {column.name for column in columns if column.role == "measure"}
    if dialect.sorts_outside and any(o.by in values and not o.descending for o in orders):
        ctes = select.args.pop("with_", None)
        select = exp.Select().select("*").from_(select.subquery(_quoted(DATA)), copy=False)
        if ctes:
            select.set("with_", ctes)
    for order in orders:
        name = exp.column(order.by, quoted=True)
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
        parts = any(dimension.part for dimension in shape.dimensions)
        asked = [] if parts else [Order(shape.measures[0], descending=True)]
    flags = [Order(column.name) for column in columns if column.role == "flag"]
    times = [Order(column.name) for column in columns if column.role == "time"]
    others = [Order(column.name) for column in columns if column.role == "dimension"]
    wanted = [*asked, *times, *flags, *others] if shape.grain else [*flags, *asked, *others]
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
    )
