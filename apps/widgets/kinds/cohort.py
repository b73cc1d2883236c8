"""Who comes back."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.adhoc import Written
from apps.datasources.definition import Definition
from apps.datasources.query import COHORT_GRAINS, Query
from apps.widgets.kinds.base import ColumnChoice, Family, MeasureChoice, Options, Shape
from apps.widgets.kinds.rows import RowsKind, asked
from apps.widgets.view import View

STEPS = {
    "day": gettext_lazy("Days"),
    "week": gettext_lazy("Weeks"),
    "month": gettext_lazy("Months"),
    "quarter": gettext_lazy("Quarters"),
    "year": gettext_lazy("Years"),
    "fiscal_quarter": gettext_lazy("Fiscal quarters"),
    "fiscal_year": gettext_lazy("Fiscal years"),
}


class CohortOptions(Options):
    """Who is meant, by which steps, and what is counted."""

    entity = ColumnChoice(
        label=gettext_lazy("Who"),
        help_text=gettext_lazy(
            "The column that tells one customer, device or account from another."
        ),
        likely="customer|client|user|account|member|device|patient",
    )
    grain = forms.ChoiceField(
        label=gettext_lazy("Steps"),
        choices=[(each, STEPS[each]) for each in COHORT_GRAINS],
        initial="month",
    )
    measure = MeasureChoice(
        label=gettext_lazy("Measure"),
        help_text=gettext_lazy("Left open, how many of them there are."),
    )
    absolute = forms.BooleanField(
        label=gettext_lazy("Values, not shares of the first step"), required=False, initial=False
    )
    averages = forms.BooleanField(
        label=gettext_lazy("A row of averages"), required=False, initial=True
    )


class Cohort(RowsKind):
    """Customers by the step in which they first came, and how many came again later."""

    slug = "cohort"
    label = gettext_lazy("Cohorts")
    hint = gettext_lazy("How many customers come back, by when they first came")
    shape = Shape.MATRIX
    family = Family.DISTRIBUTIONS
    options = CohortOptions
    dimensions = (0, 0)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """One question; the window says which cohorts are shown, each of them whole."""
        if not shape.time_column:
            message = _("This dataset has no time column, so it has no cohorts.")
            raise UserError(message, field="dataset")
        entity = options["entity"]
        if not entity:
            message = _("Choose in “Who” the column that tells one customer from another.")
            raise UserError(message, field="options.entity")
        measure = options["measure"] or Written("count_distinct", entity).name
        cohort = {"entity": entity, "grain": options["grain"]}
        return {"main": asked(template, shape, view, measures=[measure], cohort=cohort)}
