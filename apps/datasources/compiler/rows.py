"""The rows of a dataset that meet the conditions of a question, as SQL."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from sqlglot import exp

from apps.datasources import guard
from apps.datasources.compiler.aggregates import DATA, Aggregates, Places, identifier
from apps.datasources.compiler.dialects.base import Dialect
from apps.datasources.compiler.partials import OURS, Partial, partials_of
from apps.datasources.compiler.where import condition
from apps.datasources.compiler.zones import Clock
from apps.datasources.conditions import Condition, Group, leaves, wrong
from apps.datasources.definition import ColumnDef, Definition
from apps.datasources.frame import FrameColumn
from apps.datasources.query import Query
from apps.datasources.rollups.shapes import Rolled

__all__ = ["OURS", "Asked", "Key"]


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


def relation_of(definition: Definition, dialect: Dialect) -> exp.Expr:
    """Where the rows are: a file of ours, a person's SELECT, or a table."""
    if definition.sql:  # looked at again: what was saved may be older than the guard
        asked = guard.checked_sql(definition.sql, definition.source_kind)
        # A table to sqlglot: some of its dialects look into a subquery, where there is no tree.
        return exp.Table(this=exp.var(f"(\n{asked}\n)"))
    return _place(definition.relation, definition, dialect)


def _place(name: str, definition: Definition, dialect: Dialect) -> exp.Expr:
    """A file of ours, or a table or view."""
    if definition.source_kind == "duckdb":
        path = exp.Literal.string(str(settings.UPLOADS / name))
        return exp.Anonymous(this="READ_PARQUET", expressions=[path])
    parts = name.rsplit(".", dialect.name_parts - 1)
    names = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    return exp.Table(**dict(zip(("this", "db", "catalog"), names, strict=False)))


def _rows(asked: Asked) -> exp.Select:
    if asked.definition.rolled:
        return from_rows(_rolled(asked, asked.definition.rolled))
    return from_rows(relation_of(asked.definition, asked.dialect))


def from_rows(rows: exp.Expr) -> exp.Select:
    is_table = not isinstance(rows, exp.Anonymous)
    return exp.Select().from_(exp.alias_(rows, DATA, quoted=True, table=is_table), copy=False)


def _rolled(asked: Asked, rolled: Rolled) -> exp.Expr:
    """The roll-up; at edges within its steps, the rows between, each an aggregate of its own."""
    start, end = asked.span
    kept = _place(rolled.rollup.file, asked.definition, asked.dialect)
    if not rolled.edges & {start, end}:
        return kept
    measures = [asked.definition.measure(name) for name in asked.shape.measures]
    found = [part for each in measures for part in partials_of(each, asked.definition) or ()]
    parts = list({part.name: part for part in found}.values())
    time, read = rolled.rollup.holds.time, {each.column for each in leaves(asked.shape.filters)}
    read |= {each.column for each in asked.shape.dimensions}
    columns = tuple(name for name in rolled.rollup.holds.columns if name in read)
    names = [time, *columns, *(part.name for part in parts)]
    inside = from_rows(kept).select(*(identifier(name) for name in names), copy=False)
    branches = [inside]
    for name, how, between in (
        (start, exp.GTE, (start, f"{start}_in")),
        (end, exp.LT, (f"{end}_in", end)),
    ):
        if name in rolled.edges:
            inside.where(_beyond(asked, time, f"{name}_in", how), copy=False)
            rows = as_partials(asked, columns, parts, time)
            rows.where(_beyond(asked, time, between[0], exp.GTE), copy=False)
            branches.append(rows.where(_beyond(asked, time, between[1], exp.LT), copy=False))
    return exp.Subquery(this=exp.union(*branches, distinct=False, copy=False))


def as_partials(
    asked: Asked, columns: tuple[str, ...], parts: list[Partial], time: str
) -> exp.Select:
    """The rows themselves as a roll-up would hold them, but for the steps of time."""
    aggregates = Aggregates(asked.definition, asked.dialect, filters_of(asked), asked.places)
    rows = from_rows(relation_of(asked.definition, asked.dialect))
    if time:
        rows.select(exp.alias_(identifier(time), time, quoted=True), copy=False)
    for name in columns:
        column = asked.definition.column(name, "columns")
        value = asked.dialect.key(identifier(name), column.type)
        rows.select(exp.alias_(value, name, quoted=True), copy=False)
    for part in parts:
        rows.select(exp.alias_(aggregates.part(part), part.name, quoted=True), copy=False)
    return rows


def _beyond(asked: Asked, time: str, name: str, how: Any) -> exp.Expr:
    edge = asked.dialect.parameter(_token(name, "time"), "time")
    found: exp.Expr = how(this=asked.dialect.compared(identifier(time)), expression=edge)
    return found


def met(asked: Asked) -> exp.Select:
    """The rows that meet the conditions."""
    rows = _rows(asked)
    for each in _conditions(asked):
        rows = rows.where(each, copy=False)
    return rows


def _conditions(asked: Asked) -> list[exp.Expr]:
    """The window, then policies and filters, all joined by AND."""
    found: list[exp.Expr] = []
    if asked.shape.cohort:  # whose window is of cohorts, not of rows
        found += _of_cohorts(asked, asked.shape.cohort.entity)
    elif asked.shape.window:
        time = asked.dialect.compared(identifier(time_column(asked).name))
        start, end = edges(asked)
        found.append(exp.GTE(this=time, expression=start))
        found.append(exp.LT(this=time.copy(), expression=end))
    return found + _listed(asked, asked.shape.filters, "f")


def edges(asked: Asked) -> tuple[exp.Expr, exp.Expr]:
    """The start and the end of the window, as what times compare with."""
    start, end = (asked.dialect.parameter(_token(name, "time"), "time") for name in asked.span)
    return start, end


def _of_cohorts(asked: Asked, entity: str) -> list[exp.Expr]:
    """Rows that have an entity and a time."""
    columns = (asked.definition.column(entity, "cohort"), time_column(asked))
    return [
        condition(identifier(each.name), each.type, "not_null", [], asked.dialect)
        for each in columns
    ]


def filters_of(asked: Asked) -> Any:
    """The conditions of a measure by its number in the definition."""
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


def time_column(asked: Asked) -> ColumnDef:
    """The question's time column. Raises UserError."""
    column = asked.definition.column(asked.shape.time or "", "time")
    if column.type != "time":
        raise wrong("time", _("“%(name)s” is not a time column.") % {"name": column.name})
    return column
