"""Many series in little room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.axes import largest
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.view import View


class HorizonOptions(Options):
    """How the bands are folded, and from where they are measured."""

    layers = forms.IntegerField(
        label=_("Layers"), min_value=2, max_value=4, initial=3, required=False
    )
    base = forms.ChoiceField(
        label=_("Measured from"),
        choices=[("", _("Zero")), ("mean", _("The mean of each"))],
        required=False,
        initial="",
    )
    own = forms.BooleanField(label=_("A scale for each"), required=False, initial=False)
    most = forms.IntegerField(
        label=_("Bands at most"), min_value=1, max_value=100, initial=40, required=False
    )


class Horizon(Kind):
    """A band per value of a dimension, folded into layers with the colour of the sign."""

    slug = "horizon"
    label = _("Horizon chart")
    hint = _("Many series over time in little room")
    shape = Shape.TIME_SERIES
    family = Family.TIME
    options = HorizonOptions
    dimensions = (1, 1)
    over_time = True

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The largest values of the dimension."""
        query = super().main(template, options, shape, view)
        return largest(query, shape, options.get("most") or 40)
