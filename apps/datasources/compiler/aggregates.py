"""Measures -> aggregates over the rows of `data`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect
from apps.datasources.conditions import Condition, leaves, wrong
from apps.datasources.definition import Definition, MeasureDef

SIMPLE: dict[str, Any] = {"sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max}
DATA = "data"
MOST_DEEP = 8  # ratios of ratios; more is a circle


def identifier(name: str, table: str | None = DATA) -> exp.Column:
    """A quoted column of the rows, or of another relation."""
    if "\x00" in name:
        raise wrong("dataset", _("A column's name holds a NUL character."))
    return exp.column(name, table=table, quoted=True)


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
        met = self._met(measure)
        if measure.aggregate == "count":
            return exp.Count(this=_only(exp.Literal.number(1), met) if met else exp.Star())
        column = self.definition.column(measure.column, "measures")
        name = identifier(column.name)
        if measure.aggregate == "count_distinct":
            key = _only(self.dialect.key(name, column.type), met)
            return exp.Count(this=exp.Distinct(expressions=[key]))
        if column.type not in ("number", "boolean"):
            message = _("“%(measure)s” needs numbers, and “%(column)s” has none.")
            raise wrong("measures", message % {"measure": measure.label, "column": column.label})
        number = _yes_as_one(name) if column.type == "boolean" else self.dialect.number(name)
        number = _only(number, met)
        if measure.aggregate in ("median", "percentile"):
            return self._percentile(number, measure)
        if measure.aggregate not in SIMPLE:
            message = _("“%(measure)s” is computed from another measure, and so is this one.")
            raise wrong("measures", message % {"measure": measure.label})
        return exp.cast(SIMPLE[measure.aggregate](this=number), "double")

    def _ratio(self, measure: MeasureDef, deep: int) -> exp.Expr:
        if deep >= MOST_DEEP:
            message = _("“%(measure)s” is a ratio of itself.") % {"measure": measure.label}
            raise wrong("measures", message)
        above, below = (
            self.of(_narrowed(self.definition.measure(name), measure), deep + 1)
            for name in (measure.numerator, measure.denominator)
        )
        nothing = exp.func("NULLIF", exp.cast(below, "double"), exp.Literal.number(0))
        return exp.Div(this=exp.cast(above, "double"), expression=nothing)

    def _met(self, measure: MeasureDef) -> exp.Expr | None:
        """The conditions of the measure itself, or None."""
        found = [
            condition
            for number, items in _own(measure, self.definition)
            for condition in self.where(number, items)
        ]
        return exp.and_(*found) if found else None

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


def _narrowed(part: MeasureDef, whole: MeasureDef) -> MeasureDef:
    """The part of a ratio over the rows that the ratio is about."""
    return replace(part, also=(*part.also, whole.name, *whole.also)) if whole.filters else part


def _own(measure: MeasureDef, definition: Definition) -> list[tuple[int, tuple[Condition, ...]]]:
    """The conditions of a measure and of those that it is a part of, by the measure's number."""
    names = [each.name for each in definition.measures]
    found = [(names.index(measure.name), measure.filters)] if measure.filters else []
    for name in measure.also:
        number = names.index(name)
        found.append((number, definition.measures[number].filters))
    return found


def columns_of(measure: MeasureDef, definition: Definition, deep: int = 0) -> set[str]:
    """The names of all columns that it reads."""
    found = {each.column for each in leaves(measure.filters)}
    if measure.aggregate == "ratio" and deep < MOST_DEEP:
        for name in (measure.numerator, measure.denominator):
            found |= columns_of(definition.measure(name), definition, deep + 1)
    elif measure.column and measure.aggregate != "count":
        found.add(measure.column)
    return found
