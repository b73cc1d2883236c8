"""Categories beside each other."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.ranking import TopOptions, sorted_by, topped
from apps.widgets.view import View

SORTS = [
    ("", _("As asked")),
    ("value", _("Largest first")),
    ("value_up", _("Smallest first")),
    ("name", _("By name")),
    ("name_down", _("By name, backwards")),
]


class BarOptions(TopOptions):
    """Which way the bars run, how they stand to each other, and what the axis shows."""

    horizontal = forms.BooleanField(label=_("Horizontal"), required=False, initial=True)
    stacked = forms.BooleanField(label=_("Stack the splits"), required=False, initial=False)
    percent = forms.BooleanField(
        label=_("Stack to 100 %"),
        help_text=_("Each bar is the whole, its splits are shares of it."),
        required=False,
        initial=False,
    )
    values = forms.BooleanField(label=_("Values on the bars"), required=False, initial=False)
    sort = forms.ChoiceField(label=_("Order"), choices=SORTS, required=False, initial="")
    target = forms.FloatField(
        label=_("Target"), help_text=_("Drawn as a line."), required=False, initial=None
    )
    minimum = forms.FloatField(label=_("Axis from"), required=False, initial=None)
    maximum = forms.FloatField(label=_("Axis to"), required=False, initial=None)
    log = forms.BooleanField(label=_("Logarithmic axis"), required=False, initial=False)


class Bar(Kind):
    """Ranked bars; a second dimension groups or stacks them."""

    slug = "bar"
    label = _("Bar chart")
    hint = _("Compare categories")
    shape = Shape.CATEGORIES
    family = Family.CATEGORIES
    explores = True
    options = BarOptions
    dimensions = (1, 2)
    measures = (1, 3)
    compares = True
    time_axis = True

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The template with the top and the order that the options set."""
        arranged = sorted_by(topped(template, options), options.get("sort") or "")
        return super().main(arranged, options, shape, view)
