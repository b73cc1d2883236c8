"""Every single one as a dot."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import UserError
from apps.datasources.adhoc import Written
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import ColumnChoice, Family, Kind, Options, Shape
from apps.widgets.kinds.rows import ROWS, asked, split_of
from apps.widgets.view import View

MOST_DOTS = 2000
MISSING = _("Choose a measure and what a dot is, or the column of “Rows by”.")


class BeeswarmOptions(Options):
    """What a dot is, and how many there are."""

    column = ColumnChoice(
        types=("number",),
        instead=True,
        label=_("Rows by"),
        help_text=_("A dot for each row, placed by this column, in place of a measure."),
    )
    limit = forms.IntegerField(
        label=_("Dots"),
        min_value=1,
        max_value=MOST_DOTS,
        initial=500,
        help_text=_("The largest; how many there are beyond is said."),
    )


class Beeswarm(Kind):
    """One dot a value of a dimension, placed by a measure; dots that would overlap stand beside
    each other. A second dimension makes lanes.
    """

    slug = "beeswarm"
    label = _("Beeswarm")
    hint = _("One dot for each product, customer or carrier")
    shape = Shape.CATEGORIES
    family = Family.DISTRIBUTIONS
    options = BeeswarmOptions
    dimensions = (0, 2)
    measures = (0, 1)
    slots = (_("Measure"),)
    likely = "product|customer|carrier|item|sku"

    def begins_with(self, measures: int, options: dict[str, Any]) -> tuple[int, int]:
        """A measure and what a dot is, unless rows are the dots."""
        return (0, 0) if options.get("column") else (1, 1)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The dots, and how many there would be."""
        if options["column"]:
            return self._of_rows(template, options, shape, view)
        measure = next(iter(template.get("measures") or []), None)
        if measure is None:
            raise UserError(str(MISSING), field="measures")
        limit = min(template.get("limit") or options["limit"], options["limit"])
        order = template.get("order") or [{"by": measure, "descending": True}]
        found = {
            "main": self.main({**template, "limit": limit, "order": order}, options, shape, view)
        }
        first = split_of(template)[:1]
        if first and isinstance(first[0], str):
            count = [Written("count_distinct", first[0]).name]
            found["all"] = asked(template, shape, view, measures=count)
        return found

    def _of_rows(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """Rows themselves, in lanes of the first dimension; the largest if there are too many."""
        lanes = [each for each in split_of(template)[:1] if isinstance(each, str)]
        order = [{"by": options["column"], "descending": True}]
        return {
            "main": asked(
                template,
                shape,
                view,
                columns=list(dict.fromkeys([options["column"], *lanes])),
                filters=[*(template.get("filters") or []), _has(options["column"])],
                order=order,
                limit=options["limit"],
            ),
            "all": asked(template, shape, view, measures=[ROWS]),
        }

    def check(self, query: Query) -> None:
        """Rows, or one measure of one or two dimensions."""
        if query.columns:
            return
        super().check(query)
        if not query.dimensions:
            raise UserError(str(MISSING), field="dimensions")


def _has(column: str) -> dict[str, Any]:
    return {"column": column, "op": "not_null", "values": []}
