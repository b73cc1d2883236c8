"""What kinds have in common that look at the rows behind measures: how a column is distributed."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.adhoc import Written
from apps.datasources.definition import Definition
from apps.datasources.query import MAX_LIST, Query
from apps.widgets.kinds.base import ColumnChoice, Family, Kind, Options, Shape, build
from apps.widgets.view import View

ROWS = Written("count").name
FINER = 6  # times
MOST_BARS = 200
AGGREGATED = ("sum", "avg", "median", "min", "max", "percentile")


class OfColumn(Options):
    """Whose numbers are looked at."""

    column = ColumnChoice(
        types=("number",),
        label=gettext_lazy("Column"),
        help_text=gettext_lazy("Whose numbers; left open, the first that a measure is made of."),
    )

    def offer(self, shape: Definition) -> None:
        """A new card begins with the column that it would take if none were chosen."""
        self.fields["column"].initial = likely_number(shape)
        super().offer(shape)


class Binned(OfColumn):
    """How fine the bins are, and what is left to the first and the last."""

    bins = forms.IntegerField(
        label=gettext_lazy("Bins"),
        min_value=1,
        max_value=MOST_BARS,
        initial=30,
        help_text=gettext_lazy("About how many; their width is a round number."),
    )
    low = forms.FloatField(
        label=gettext_lazy("From"),
        required=False,
        help_text=gettext_lazy("What lies below is counted in one bin."),
    )
    high = forms.FloatField(
        label=gettext_lazy("To"),
        required=False,
        help_text=gettext_lazy("What does not lie below is counted in one bin."),
    )

    def clean(self) -> dict[str, Any]:
        """From below to."""
        found: dict[str, Any] = super().clean() or {}
        low, high = found.get("low"), found.get("high")
        if low is not None and high is not None and low >= high:
            self.add_error("high", _("“To” must be above “From”."))
        return found


class RowsKind(Kind):
    """A kind whose questions are its own: the card gives a column, filters and perhaps a split.

    Measures that the card has from another kind are kept for that one.
    """

    shape = Shape.CATEGORIES
    family = Family.DISTRIBUTIONS
    measures: ClassVar[tuple[int, int]] = (0, MAX_LIST)
    ignores_measures: ClassVar[bool] = True

    def check(self, query: Query) -> None:
        """Its questions are as they must be."""


def asked(template: dict[str, Any], shape: Definition, view: View, **parts: Any) -> Query:
    """A question about the rows of a card: within its filters and the view's."""
    return build({"filters": template.get("filters"), **parts}, shape, view, over_time=False)


def number_of(options: dict[str, Any], shape: Definition) -> str:
    """The column whose numbers are meant. Raises UserError where there is none."""
    if options["column"]:
        return str(options["column"])
    if found := likely_number(shape):
        return found
    raise UserError(_("This dataset has no column of numbers."), field="options.column")


def likely_number(shape: Definition) -> str:
    """The first column of numbers that a measure is made of, else the first; "" for none.

    Coordinates and codes are numbers too, but nobody adds them up or averages them.
    """
    numbers = [column.name for column in shape.columns if column.type == "number"]
    measured = (measure.column for measure in shape.measures if measure.aggregate in AGGREGATED)
    return next((name for name in measured if name in numbers), numbers[0] if numbers else "")


def bins_of(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The dimension of bins that options describe.

    Without ends of their own they are asked finer than they are drawn: bins.js puts them together,
    and gathers outliers, without asking again.
    """
    low, high = options["low"], options["high"]
    count = (
        options["bins"] if (low, high) != (None, None) else min(FINER * options["bins"], MOST_BARS)
    )
    return {"column": name, "bins": count, "low": low, "high": high}


def split_of(template: dict[str, Any]) -> list[Any]:
    """The dimensions of the card itself."""
    return list(template.get("dimensions") or [])


def largest(dimensions: list[Any], limit: int, *, other: bool = False) -> dict[str, Any] | None:
    """Of the first dimension, the values with most rows."""
    return {"limit": limit, "by": ROWS, "other": other} if dimensions else None


def counted(template: dict[str, Any], shape: Definition, view: View) -> dict[str, Query]:
    """How many values the first dimension has, where that can be said."""
    first = next(iter(split_of(template)), None)
    if not isinstance(first, str):
        return {}
    measures = [Written("count_distinct", first).name, ROWS]
    return {"all": asked(template, shape, view, measures=measures)}
