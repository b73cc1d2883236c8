"""How two measures go together, or two columns of the rows themselves."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import ColumnChoice, Family, Kind, Options, Shape
from apps.widgets.kinds.rows import asked, split_of
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget

MOST_ROWS = 5000


class ScatterOptions(Options):
    """Whether rows are the points, lines over them, and logarithmic axes."""

    column_x = ColumnChoice(
        types=("number",),
        label=_("Rows: across"),
        help_text=_("With both columns a point is a row, not a value of the grouping."),
    )
    column_y = ColumnChoice(types=("number",), label=_("Rows: up"))
    regression = forms.BooleanField(
        label=_("Line of best fit"),
        help_text=_("By least squares over all points, with its R²."),
        required=False,
        initial=False,
    )
    quadrants = forms.ChoiceField(
        label=_("Lines that part the points"),
        choices=[("", _("None")), ("median", _("At the medians")), ("mean", _("At the means"))],
        required=False,
        initial="",
    )
    log_x = forms.BooleanField(label=_("Logarithmic across"), required=False, initial=False)
    log_y = forms.BooleanField(label=_("Logarithmic up"), required=False, initial=False)


class Scatter(Kind):
    """One point per value of a dimension: two measures place it, a third sizes it. Or one per row,
    placed by two of its columns, coloured by the first dimension; then a brush filters the page.
    """

    slug = "scatter"
    label = _("Scatter chart")
    hint = _("How two measures go together")
    shape = Shape.CATEGORIES
    family = Family.RELATIONS
    explores = True
    options = ScatterOptions
    dimensions = (1, 2)
    measures = (2, 3)
    slots = (_("Across"), _("Up"), _("Size"))

    def begins_with(self, measures: int, options: dict[str, Any]) -> tuple[int, int]:
        """Rows need neither a grouping nor measures."""
        return (0, 0) if is_of_rows(options) else (self.dimensions[0], self.measures[0])

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The points; of rows the newest, if there are too many."""
        if not is_of_rows(options):
            return super().queries(template, options, shape, view)
        names = [options["column_x"], options["column_y"]]
        lanes = [each for each in split_of(template)[:1] if isinstance(each, str)]
        times = [shape.time_column] if shape.time_column else []
        there = [{"column": name, "op": "not_null", "values": []} for name in names]
        question = asked(
            template,
            shape,
            view,
            columns=list(dict.fromkeys([*names, *lanes, *times])),
            filters=[*(template.get("filters") or []), *there],
            order=[{"by": name, "descending": True} for name in times],
            limit=MOST_ROWS,
        )
        return {"main": question}

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """Whether the axes are columns, which a brush can filter the page by."""
        return {"rows": True} if is_of_rows(options) else {}

    def check_asked(self, template: dict[str, Any], options: dict[str, Any]) -> None:
        """Rows are placed by columns; else two measures are."""
        if not is_of_rows(options):
            super().check_asked(template, options)

    def check_options(self, options: dict[str, Any], shape: Definition | None) -> None:
        """Two columns or none."""
        x, y = options["column_x"], options["column_y"]
        if bool(x) != bool(y) or (x and x == y):
            message = gettext("Choose two different columns for a point of each row, or none.")
            raise UserError(message, field="options.column_y" if x else "options.column_x")


def is_of_rows(options: dict[str, Any]) -> bool:
    """Whether each point is a row."""
    return bool(options.get("column_x") and options.get("column_y"))
