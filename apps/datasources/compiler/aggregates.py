"""Measures -> aggregates over the rows of `data`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect
from apps.datasources.compiler.partials import (
    KINDS,
    LONGEST,
    MOST_DEEP,
    OURS,
    Partial,
    name_of,
    narrowed,
    own,
    partials_of,
)
from apps.datasources.conditions import Condition, leaves, wrong
from apps.datasources.definition import Definition, MeasureDef

SIMPLE: dict[str, Any] = {"sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max}
DATA = "data"
COMBINED: dict[str, Any] = {"rows": exp.Sum, "known": exp.Sum, **SIMPLE}  # kind of partial


def identifier(name: str, table: str | None = DATA) -> exp.Column:
    """A quoted column of the rows, or of another relation."""
    if "\x00" in name:
        raise wrong("dataset", _("A column's name holds a NUL character."))
    return exp.column(name, table=table, quoted=True)


def alias_of(name: str, at: int) -> str:
    """What a column of the answer is called within the statement; `at` is its place.

    What not every system takes as a name (brackets, many letters) gets one of ours; plans.py
    gives it its own back.
    """
    is_plain = not set("()[]>") & set(name) and len(name.encode()) <= LONGEST
    return name if is_plain else f"{OURS}column_{at}"


@dataclass(slots=True)
class Places:
    """Percentiles to count off, for systems without an exact one: numbers by their names."""

    numbers: dict[str, exp.Expr] = field(default_factory=dict)

    def name_of(self, number: exp.Expr, dialect: str) -> str:
        """The same number is ranked once."""
        text = number.sql(dialect)
        for name, known in self.numbers.items():
            if known.sql(dialect) == text:
                return name
        name = f"_sightline_{len(self.numbers) + 1}"
        self.numbers[name] = number
        return name


@dataclass(frozen=True, slots=True)
class Aggregates:
    """What is needed to say a measure. where: (number of the measure, conditions) -> SQL."""

    definition: Definition
    dialect: Dialect
    where: Callable[[int, tuple[Condition, ...]], list[exp.Expr]]
    places: Places

    def of(self, measure: MeasureDef, deep: int = 0) -> exp.Expr:
        """The aggregate. Raises UserError on "measures"."""
        if measure.aggregate == "ratio":
            return self._ratio(measure, deep)
        if self.definition.rolled and measure.aggregate in KINDS:
            return self._combined(measure)
        met = self._met(measure)
        if measure.aggregate == "count":
            return exp.Count(this=_only(exp.Literal.number(1), met) if met else exp.Star())
        column = self.definition.column(measure.column, "measures")
        name = identifier(column.name)
        if measure.aggregate == "count_distinct":
            key = _only(self.dialect.key(name, column.type), met)
            return exp.Count(this=exp.Distinct(expressions=[key]))
        number = _only(self._number(measure), met)
        if measure.aggregate in ("median", "percentile"):
            return self._percentile(number, measure)
        if measure.aggregate == "is_whole":
            return self._is_whole(number)
        if measure.aggregate not in SIMPLE:
            message = _("“%(measure)s” is computed from another measure, and so is this one.")
            raise wrong("measures", message % {"measure": measure.label})
        return exp.cast(SIMPLE[measure.aggregate](this=number), "double")

    def part(self, partial: Partial) -> exp.Expr:
        """What one row gives to a partial aggregate; null if nothing."""
        met, one = self._met(partial.measure), exp.cast(exp.Literal.number(1), "bigint")
        if partial.kind == "rows":
            return _only(one, met)
        number = _only(self._number(partial.measure), met)
        if partial.kind != "known":
            return number
        return exp.Case().when(exp.not_(exp.Is(this=number, expression=exp.Null())), one)

    def put_together(self, kind: str, parts: exp.Expr) -> exp.Expr:
        """Partial aggregates as one of the same kind."""
        found: exp.Expr = COMBINED[kind](this=parts)
        if kind not in ("rows", "known"):
            return exp.cast(found, "double")
        return exp.func("COALESCE", exp.cast(found, "bigint"), exp.Literal.number(0))

    def _combined(self, measure: MeasureDef) -> exp.Expr:
        """The measure from partial aggregates."""
        parts = [
            self.put_together(kind, identifier(name_of(kind, measure, self.definition)))
            for kind in KINDS[measure.aggregate]
        ]
        if len(parts) == 1:
            return parts[0]
        total, known = parts
        return exp.Div(this=total, expression=exp.func("NULLIF", known, exp.Literal.number(0)))

    def _number(self, measure: MeasureDef) -> exp.Expr:
        """The numbers that it is about, null for what is none."""
        column = self.definition.column(measure.column, "measures")
        if column.type not in ("number", "boolean"):
            message = _("“%(measure)s” needs numbers, and “%(column)s” has none.")
            raise wrong("measures", message % {"measure": measure.label, "column": column.label})
        name = identifier(column.name)
        return _yes_as_one(name) if column.type == "boolean" else self.dialect.number(name)

    def _ratio(self, measure: MeasureDef, deep: int) -> exp.Expr:
        if deep >= MOST_DEEP:
            message = _("“%(measure)s” is a ratio of itself.") % {"measure": measure.label}
            raise wrong("measures", message)
        above, below = (
            self.of(narrowed(self.definition.measure(name), measure), deep + 1)
            for name in (measure.numerator, measure.denominator)
        )
        nothing = exp.func("NULLIF", exp.cast(below, "double"), exp.Literal.number(0))
        return exp.Div(this=exp.cast(above, "double"), expression=nothing)

    def _met(self, measure: MeasureDef) -> exp.Expr | None:
        """The conditions of the measure itself, or None."""
        found = [
            condition
            for number, items in own(measure, self.definition)
            for condition in self.where(number, items)
        ]
        return exp.and_(*found) if found else None

    def _is_whole(self, number: exp.Expr) -> exp.Expr:
        """1 if no number has a fraction, else 0; null if there is none."""
        text = "MIN(CASE WHEN number = whole THEN 1 WHEN NOT number IS NULL THEN 0 END)"
        whole = self.dialect.floor(number.copy())
        return exp.cast(self.dialect.sql(text, number=number, whole=whole), "double")

    def _percentile(self, number: exp.Expr, measure: MeasureDef) -> exp.Expr:
        percent = 50.0 if measure.aggregate == "median" else measure.percentile
        if percent is None or not 0 <= percent <= 100:
            message = _("“%(measure)s” needs a percentile from 0 to 100.")
            raise wrong("measures", message % {"measure": measure.label})
        fraction = percent / 100
        if self.dialect.has_percentile:
            return exp.cast(self.dialect.percentile(number, fraction), "double")
        return self._counted_off(self.places.name_of(number, self.dialect.name), fraction)

    def _counted_off(self, name: str, fraction: float) -> exp.Expr:
        """The value between the two neighbours of the place, weighed by its distance to them."""
        text = (
            "SUM(CASE WHEN place - 1 = low THEN number * (1 - (spot - low)) "
            "WHEN place - 2 = low THEN number * (spot - low) END)"
        )
        n = identifier(f"{name}_n")
        spot = exp.Mul(
            this=exp.Literal.number(repr(fraction)),
            expression=exp.paren(exp.Sub(this=n, expression=exp.Literal.number(1))),
        )
        found: exp.Expr = self.dialect.sql(
            text,
            place=identifier(f"{name}_place"),
            number=identifier(name),
            spot=spot,
            low=self.dialect.floor(spot),
        )
        return found


def _only(value: exp.Expr, met: exp.Expr | None) -> exp.Expr:
    return exp.Case().when(met, value) if met else value


def _yes_as_one(column: exp.Expr) -> exp.Expr:
    one, none = (exp.cast(exp.Literal.number(n), "double") for n in (1, 0))
    return exp.Case().when(column, one).when(exp.not_(column.copy()), none)


def columns_of(measure: MeasureDef, definition: Definition, deep: int = 0) -> set[str]:
    """The names of all columns that it reads, of the rows or of the roll-up in their place."""
    if definition.rolled:
        return {each.name for each in partials_of(measure, definition) or ()}
    conditions = [each for _number, some in own(measure, definition) for each in leaves(some)]
    found = {each.column for each in conditions}
    if measure.aggregate == "ratio" and deep < MOST_DEEP:
        for name in (measure.numerator, measure.denominator):
            found |= columns_of(definition.measure(name), definition, deep + 1)
    elif measure.column and measure.aggregate != "count":
        found.add(measure.column)
    return found
