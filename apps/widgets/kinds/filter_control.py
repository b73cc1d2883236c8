"""A filter of the page as a card: values to choose, or a range of numbers or times."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.datasources.adhoc import Written
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.chosen import RANGED
from apps.widgets.groups import groups_of
from apps.widgets.kinds.base import ColumnChoice, Family, Kind, Options, Shape, build
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget

MOST = 200


class FilterControlOptions(Options):
    """Which column, and how its values are chosen."""

    column = ColumnChoice(label=_("Column"), types=("text", "boolean", "number", "time"))
    style = forms.ChoiceField(
        label=_("Chosen from"),
        choices=[
            ("auto", _("What suits the column: a range of numbers or times, else a list")),
            ("list", _("A list: one or several")),
            ("search", _("A list with search")),
            ("select", _("A menu: one")),
            ("range", _("A range: from and to")),
        ],
        required=False,
        initial="auto",
    )

    def offer(self, shape: Definition) -> None:
        """A new card begins with the column that is likely to have few values."""
        self.fields["column"].initial = next(iter(groups_of(shape)), "")
        super().offer(shape)


class FilterControl(Kind):
    """Sets the page's filter on a column; every card whose dataset has the column follows.

    Its values are counted under the range and the other filters, the most frequent first. A range
    is told its lowest and highest value under the same.
    """

    slug = "filter_control"
    label = _("Filter")
    hint = _("Readers choose values; the other cards follow")
    shape = Shape.ROWS
    family = Family.LAYOUT
    options = FilterControlOptions
    dimensions = (0, 0)
    measures = (0, 0)
    size = (6, 5)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The values with their counts, or their ends; not narrowed by what is chosen here."""
        column = options.get("column")
        if column and is_ranged(options, shape):
            return ends(column, template, shape, view.without(column))
        counting = next((each.name for each in shape.measures if each.aggregate == "count"), "")
        measure = counting or next((each.name for each in shape.measures), "")
        if not column or not measure:
            return {}
        asked = {
            "filters": template.get("filters", []),
            "dimensions": [column],
            "measures": [measure],
            "order": [{"by": measure, "descending": True}],
            "limit": MOST,
        }
        return {"main": build(asked, shape, view.without(column), over_time=False)}

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """What is chosen now."""
        return {"chosen": list(dict(view.filters).get(options.get("column") or "", ()))}

    def check_options(self, options: dict[str, Any], shape: Definition | None) -> None:
        """It needs a column, and something to count by."""
        if not options["column"]:
            raise UserError(str(_("Choose the column that is filtered.")), field="options.column")
        if shape and options["style"] == "range" and not is_ranged(options, shape):
            message = _("A range needs a column of numbers or times.")
            raise UserError(str(message), field="options.style")
        if shape and not is_ranged(options, shape) and not shape.measures:
            message = _("Give the dataset a measure first, such as the count of its rows.")
            raise UserError(str(message), field="dataset")

    def check(self, query: Query) -> None:
        """The options say what is asked."""


def is_ranged(options: dict[str, Any], shape: Definition) -> bool:
    """Whether a range is chosen from the column; a list of moments would be of no use."""
    known = {each.name: each.type for each in shape.columns}
    type_ = known.get(options.get("column") or "", "")
    if options["style"] == "range":
        return type_ in RANGED
    return type_ == "time" or (type_ == "number" and options["style"] == "auto")


def ends(column: str, template: dict[str, Any], shape: Definition, view: View) -> dict[str, Query]:
    """The lowest and the highest value: of numbers as measures, of times as a row each."""
    kept = {"filters": template.get("filters", [])}
    if shape.column(column, "options.column").type == "number":
        measures = [Written(each, column).name for each in ("min", "max")]
        return {"main": build({**kept, "measures": measures}, shape, view, over_time=False)}
    there = {"column": column, "op": "not_null", "values": []}
    kept = {"filters": [*kept["filters"], there], "columns": [column], "limit": 1}
    return {
        name: build(
            {**kept, "order": [{"by": column, "descending": name == "last"}]},
            shape,
            view,
            over_time=False,
        )
        for name in ("main", "last")
    }
