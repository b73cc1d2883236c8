"""Values over time."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.axes import (
    COMPARE,
    SIDES,
    AxisOptions,
    TargetOptions,
    largest,
    per_measure,
)
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.view import View


class LineOptions(AxisOptions, TargetOptions):
    """How the lines are drawn, and what is laid over them."""

    area = forms.BooleanField(label=_("Fill the area"), required=False, initial=False)
    stacked = forms.BooleanField(label=_("Stack the splits"), required=False, initial=False)
    share = forms.BooleanField(label=_("Stack to 100 %, as shares"), required=False, initial=False)
    step = forms.BooleanField(label=_("Draw steps"), required=False, initial=False)
    connect = forms.BooleanField(label=_("Draw on over gaps"), required=False, initial=False)
    compare = forms.ChoiceField(
        label=_("Compare with"), choices=COMPARE, required=False, initial=""
    )
    forecast = forms.BooleanField(label=_("Show the forecast"), required=False, initial=True)
    anomalies = forms.BooleanField(label=_("Mark unusual points"), required=False, initial=True)
    events = forms.BooleanField(label=_("Show events"), required=False, initial=True)
    most = forms.IntegerField(
        label=_("Lines at most"), min_value=1, max_value=60, initial=20, required=False
    )
    others = forms.BooleanField(
        label=_("Draw all others as one line"), required=False, initial=False
    )
    axis_1 = per_measure(0, _("axis"), SIDES)
    axis_2 = per_measure(1, _("axis"), SIDES)
    axis_3 = per_measure(2, _("axis"), SIDES)
    axis_4 = per_measure(3, _("axis"), SIDES)

    field_order = [
        *("area", "stacked", "share", "step", "connect", "compare", "forecast", "anomalies"),
        *("events", "most", "others", "axis_1", "axis_2", "axis_3", "axis_4"),
    ]


class Line(Kind):
    """One line per measure, or one per value of a dimension."""

    slug = "line"
    label = _("Line chart")
    hint = _("Values over time")
    shape = Shape.TIME_SERIES
    family = Family.TIME
    explores = True
    options = LineOptions
    measures = (1, 4)
    over_time = True
    compares = True

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The largest values of the dimension; the others together are one more line."""
        query = super().main(template, options, shape, view)
        return largest(query, shape, options.get("most") or 20)
