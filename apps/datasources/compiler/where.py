"""Conditions -> SQL."""

from typing import Any

from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect

COMPARISONS: dict[str, Any] = {
    "eq": exp.EQ,
    "ne": exp.NEQ,
    "lt": exp.LT,
    "le": exp.LTE,
    "gt": exp.GT,
    "ge": exp.GTE,
}
UNSURE = ("ne", "not_in", "lt", "le", "gt", "ge")  # could be true of NaN or of infinity


def condition(
    column: exp.Expr, type_: str, op: str, values: list[exp.Expr], dialect: Dialect
) -> exp.Expr:
    """One condition. A number that is NaN or infinite is missing, so it meets none but is_null."""
    is_number = type_ == "number" and dialect.has_infinity
    if type_ == "time" and values:
        column = dialect.compared(column)
    if op in ("is_null", "not_null"):
        if is_number:  # never null itself
            found = exp.func("COALESCE", dialect.is_finite(column), exp.false())
            return exp.not_(found) if op == "is_null" else found
        empty = exp.Is(this=column, expression=exp.Null())
        return empty if op == "is_null" else exp.not_(empty)
    met = _met(column, op, values, dialect)
    return exp.and_(met, dialect.is_finite(column.copy())) if is_number and op in UNSURE else met


def _met(column: exp.Expr, op: str, values: list[exp.Expr], dialect: Dialect) -> exp.Expr:
    if op in COMPARISONS:
        comparison: exp.Expr = COMPARISONS[op](this=column, expression=values[0])
        return comparison
    if op in ("in", "not_in"):
        chosen = exp.In(this=column, expressions=values)
        return chosen if op == "in" else exp.not_(chosen)
    if op == "between":
        return exp.Between(this=column, low=values[0], high=values[1])
    if op == "within":
        return exp.and_(
            exp.GTE(this=column, expression=values[0]),
            exp.LT(this=column.copy(), expression=values[1]),
        )
    text, part = dialect.lower(column), dialect.lower(values[0])
    if op == "starts_with":
        return dialect.starts_with(text, part)
    if op == "ends_with":
        return dialect.ends_with(text, part)
    found = dialect.contains(text, part)
    return exp.not_(exp.paren(found)) if op == "not_contains" else found
