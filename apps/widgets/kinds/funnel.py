"""How many go on from step to step."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.errors import UserError
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Options, Shape


class FunnelOptions(Options):
    """The order of the steps, and which way they run."""

    steps = forms.CharField(
        label=_("Steps, a line each"),
        help_text=_("Values in their order; what is not named is left out. Empty: all."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
        initial="",
    )
    order = forms.ChoiceField(
        label=_("Order"),
        choices=[("", _("Largest first")), ("asked", _("As asked"))],
        help_text=_("Where no steps are named. Measures stand as they are chosen."),
        required=False,
        initial="",
    )
    horizontal = forms.BooleanField(label=_("From left to right"), required=False, initial=False)


class Funnel(Kind):
    """The values of a dimension in order, or several measures in order."""

    slug = "funnel"
    label = _("Funnel")
    hint = _("From step to step")
    shape = Shape.CATEGORIES
    family = Family.CATEGORIES
    options = FunnelOptions
    dimensions = (0, 1)
    measures = (1, 8)

    def begins_with(self, measures: int, options: dict[str, Any]) -> tuple[int, int]:
        """Steps are the values of a dimension, unless they are measures."""
        return (0, 2) if measures > 1 else (1, 1)

    def check(self, query: Query) -> None:
        """One measure by a dimension, or two measures and more without one."""
        super().check(query)
        if query.dimensions and len(query.measures) > 1:
            message = _now(
                "With a dimension, a funnel takes one measure: its values are the steps."
            )
            raise UserError(message, field="measures")
        if not query.dimensions and len(query.measures) < 2:
            message = _now("Choose the dimension whose values are the steps, or several measures.")
            raise UserError(message, field="dimensions")
