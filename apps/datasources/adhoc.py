"""Measures that are written and not kept: `sum(distance)`, `p97.5(distance)`, `count()`.

    measure    = aggregate "(" column ")"
    aggregate  = "count" | "sum" | "avg" | "min" | "max" | "median" | "count_distinct" | "is_whole"
               | "p" percent
    percent    = a number from 0 to 100, without zeros that say nothing: 5, 99.9

The column stands between the first bracket and the last character as it is, without quotes, so
that it may hold brackets, spaces and quotes itself; `count` has none. There is one way to write
each measure: what is the same has the same name.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: dict[str, str | Promise] = {
    "count": _("Rows"),
    "sum": _("Sum of %(column)s"),
    "avg": _("Average of %(column)s"),
    "min": _("Lowest %(column)s"),
    "max": _("Highest %(column)s"),
    "median": _("Median of %(column)s"),
    "count_distinct": _("Different values of %(column)s"),
    "is_whole": _("Whether every %(column)s is whole"),
    "percentile": _("Percentile %(percent)s of %(column)s"),
}
WITHOUT_UNIT = ("count", "count_distinct", "is_whole")
_WRITTEN = re.compile(
    r"(?:(?P<aggregate>count|sum|avg|min|max|median|count_distinct|is_whole)"
    r"|p(?P<percent>(?:0|[1-9]\d?)(?:\.\d{0,5}[1-9])?|100))"
    r"\((?P<column>.*)\)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Written:
    """An aggregate of a column; of `count` the column is empty. percent: of a percentile."""

    aggregate: str
    column: str = ""
    percent: float | None = None

    @property
    def name(self) -> str:
        """As it is written: read(written.name) is the same again."""
        word = self.aggregate if self.percent is None else f"p{_short(self.percent)}"
        return f"{word}({self.column})"

    def label(self, column: str) -> str:
        """In words. column: the label of its column."""
        parts = {"column": column, "percent": _short(self.percent or 0)}
        return str(LABELS[self.aggregate]) % parts


def read(name: str) -> Written | None:
    """What a name says, or None if it is not such a measure."""
    found = _WRITTEN.fullmatch(name)
    if found is None:
        return None
    aggregate, column = found["aggregate"] or "percentile", found["column"]
    if (aggregate == "count") != (column == ""):
        return None
    return Written(aggregate, column, float(found["percent"]) if found["percent"] else None)


def _short(percent: float) -> str:
    return f"{percent:.6f}".rstrip("0").rstrip(".")
