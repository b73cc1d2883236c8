"""A measure against its target."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.ranking import TopOptions, topped
from apps.widgets.view import View


class GaugeOptions(TopOptions):
    """The form, what is aimed at, and which ranges are good."""

    form = forms.ChoiceField(
        label=_("Form"),
        choices=[("", _("Bar")), ("dial", _("Dial"))],
        help_text=_("Several values are always bars."),
        required=False,
        initial="",
    )
    target = forms.FloatField(
        label=_("Target"),
        help_text=_("The second measure, if there is one, goes first."),
        required=False,
    )
    good_at = forms.FloatField(
        label=_("Good from"),
        help_text=_("The measure says whether more or less is good."),
        required=False,
    )
    bad_at = forms.FloatField(
        label=_("Bad from"), help_text=_("What lies between is to be watched."), required=False
    )
    minimum = forms.FloatField(
        label=_("Axis from"), help_text=_("Or lower, where a value is."), required=False
    )
    maximum = forms.FloatField(
        label=_("Axis to"), help_text=_("Or higher, where a value is."), required=False
    )


class Gauge(Kind):
    """One figure against target and ranges; with a dimension, a list of them on one axis."""

    slug = "gauge"
    label = _("Gauge")
    hint = _("A figure against its target")
    shape = Shape.VALUE
    family = Family.FIGURES
    options = GaugeOptions
    measures = (1, 2)
    slots = (_("Measure"), _("Target"))

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The template with the top that the options set."""
        return super().main(topped(template, options), options, shape, view)
