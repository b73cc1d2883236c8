"""Rows with what keys and percentiles need computed before, in stages.

Each stage is a subquery under the name of the rows, with all columns of the one before: the wall
clock where a zone's changes are written out, the top of a dimension, the places of numbers.
"""

from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _
from sqlglot import exp

from apps.datasources.compiler.aggregates import DATA, Places, alias_of, columns_of, identifier
from apps.datasources.compiler.dialects.base import Dialect
from apps.datasources.compiler.groups import cohorts_shown
from apps.datasources.compiler.rows import OURS, Asked, Key, met
from apps.datasources.definition import MeasureDef
from apps.datasources.frame import FrameColumn
from apps.datasources.query import Order

BEST, BLANK, VALUE, FOUND = "best", "blank", "value", "found"
State = Callable[[Asked], tuple[exp.Select, tuple[FrameColumn, ...]]]


def prepared(
    asked: Asked, keys: list[Key], measures: list[MeasureDef], state: State
) -> tuple[exp.Select, list[Key]]:
    """The rows, and the keys in terms of them. state: makes the SELECT of another question."""
    rows = met(asked)
    for name in _needed(asked, measures):
        rows = rows.select(exp.alias_(identifier(name), name, quoted=True), copy=False)
    if not rows.expressions:
        rows = rows.select(exp.alias_(exp.Literal.number(1), f"{OURS}row", quoted=True), copy=False)
    for _number, stage in sorted(asked.stages.items()):
        rows = _with(_staged(rows, asked.dialect), stage)
    if asked.shape.cohort and asked.shape.window:
        rows = _staged(rows, asked.dialect).where(*cohorts_shown(asked), copy=False)
    ctes = None
    if asked.shape.top:
        rows, keys = _topped(asked, _staged(rows, asked.dialect), keys, state)
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
    if (asked.shape.grain or asked.shape.cohort) and asked.shape.time:
        found.add(asked.shape.time)
    if asked.shape.cohort:
        found.add(asked.shape.cohort.entity)
    return sorted(found)


def _staged(rows: exp.Select, dialect: Dialect) -> exp.Select:
    """One stage further: all columns so far."""
    everything = exp.Column(this=exp.Star(), table=quoted(DATA))
    return exp.Select().select(everything).from_(_inner(rows, dialect), copy=False)


def _inner(rows: exp.Select, dialect: Dialect) -> exp.Subquery:
    return dialect.fenced(rows).subquery(quoted(DATA))


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


def quoted(name: str) -> exp.Identifier:
    """A name of ours, as systems that fold names must have it."""
    return exp.to_identifier(name, quoted=True)


def _topped(
    asked: Asked, rows: exp.Select, keys: list[Key], state: State
) -> tuple[exp.Select, list[Key]]:
    """Only rows with one of the best values of the first dimension, or all others as one group."""
    top, first = asked.shape.top, 1 if asked.shape.grain else 0
    key = keys[first]
    rows, is_top = _joined_with_best(rows, key, _best(asked, state))
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


def _joined_with_best(rows: exp.Select, key: Key, best: exp.Select) -> tuple[exp.Select, exp.Expr]:
    """The rows beside the best values of the key, and whether a row has one of them.

    The best are joined by equality, so that the join can be hashed; a real null among them is
    known from a row of its own.
    """
    is_empty = exp.Is(this=identifier(VALUE, BEST), expression=exp.Null())
    blank = exp.Select().select(exp.alias_(exp.Count(this=exp.Star()), FOUND, quoted=True))
    blank = blank.from_(exp.Table(this=quoted(BEST))).where(is_empty)
    rows = rows.with_(quoted(BEST), as_=best, copy=False)
    same = exp.EQ(this=key.expression.copy(), expression=identifier(VALUE, BEST))
    rows = rows.join(exp.Table(this=quoted(BEST)), on=same, join_type="left", copy=False)
    rows = rows.join(blank.subquery(quoted(BLANK)), join_type="cross", copy=False)
    # a system may fill what a left join has not found with zeros
    found = exp.func("COALESCE", identifier(FOUND, BEST), exp.Literal.number(0))
    of_null = exp.and_(
        exp.Is(this=key.expression.copy(), expression=exp.Null()),
        exp.GT(this=identifier(FOUND, BLANK), expression=exp.Literal.number(0)),
    )
    return rows, exp.paren(exp.or_(exp.EQ(this=found, expression=exp.Literal.number(1)), of_null))


def _best(asked: Asked, state: State) -> exp.Select:
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
    select, columns = state(ranking)
    ranked = select.limit(top.limit, copy=False).subquery(quoted("ranked"))
    return (
        exp.Select()
        .from_(ranked, copy=False)
        .select(
            exp.alias_(identifier(alias_of(columns[0].name, 0), "ranked"), VALUE, quoted=True),
            exp.alias_(exp.Literal.number(1), FOUND, quoted=True),
            copy=False,
        )
    )
