"""Rows and columns."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.query import Order, Query
from apps.widgets.kinds.base import Family, Kind, MeasureChoice, Options, Shape, build
from apps.widgets.kinds.columns import ColumnSettings, names_in
from apps.widgets.view import View

COURSE_PX = 160
MOST_ROWS = 20_000
TOTALLED = ("dimensions", "grain", "top", "order", "limit", "compare")


class TableOptions(Options):
    """How many rows are asked for at once, and how columns look.

    `pivot` is of cards older than the pivot table: the dimension that stands across.
    """

    rows = forms.IntegerField(
        label=_("Rows at once"), min_value=1, max_value=MOST_ROWS, initial=1000
    )
    totals = forms.BooleanField(label=_("Row of totals"), required=False, initial=False)
    course = MeasureChoice(label=_("Course over time of"))
    columns = ColumnSettings(label=_("Columns"))
    pivot = forms.CharField(max_length=120, required=False, initial="", widget=forms.HiddenInput)

    def offer(self, shape: Definition) -> None:
        """Columns too."""
        super().offer(shape)
        field = self.fields["columns"]
        assert isinstance(field, ColumnSettings)  # noqa: S101 - declared above
        field.offer(shape)

    @classmethod
    def named_in(cls, options: dict[str, Any]) -> dict[str, list[str]]:
        """What settings and links name may be a column or a measure."""
        found = super().named_in(options)
        named = names_in(options.get("columns"))
        return {key: [*names, *named] for key, names in found.items()}


class Table(Kind):
    """Measures by dimensions as figures, or raw rows."""

    slug = "table"
    label = _("Table")
    hint = _("Figures in rows: sorted, styled, with totals and courses")
    shape = Shape.ROWS
    family = Family.TABLES
    explores = True
    lists_rows = True
    options = TableOptions
    dimensions = (0, 4)
    time_axis = True
    measures = (1, 8)
    shows = (1, 3)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The rows, their totals, and the course of a measure for each."""
        main = self.main(template, options, shape, view)
        found = {"main": paged(main, options.get("rows") or 1000)}
        if options.get("totals") and main.measures and not options.get("pivot"):
            bare = {key: value for key, value in template.items() if key not in TOTALLED}
            found["total"] = build(bare, shape, view, over_time=False)
        if options.get("course"):
            found["trend"] = self._course(template, options["course"], main, shape, view)
        return found

    def _course(
        self, template: dict[str, Any], measure: str, main: Query, shape: Definition, view: View
    ) -> Query:
        """The course of a measure per row. Raises UserError where rows have none."""
        if main.columns or main.grain or not main.dimensions:
            message = gettext("A course over time needs rows by a dimension, and no step of time.")
            raise UserError(message, field="options.course")
        kept = ("dimensions", "filters", "top")
        asked = {key: value for key, value in template.items() if key in kept}
        asked["measures"] = [measure]
        return build(asked, shape, view.with_width(COURSE_PX), over_time=True)


def paged(query: Query, rows: int) -> Query:
    """The first rows of a question, raw ones in an order that can be continued."""
    query = replace(query, limit=min(query.limit or rows, rows))
    return replace(query, order=whole_order(query)) if query.columns else query


def whole_order(query: Query) -> tuple[Order, ...]:
    """An order of raw rows in which only equal rows are equal: newest first unless asked."""
    first = list(query.order)
    if not first and query.time in query.columns:
        first = [Order(query.time, descending=True)] if query.time else []
    named = {each.by for each in first}
    return (*first, *(Order(name) for name in query.columns if name not in named))
