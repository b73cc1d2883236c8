"""Bars and lines in one chart."""

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
from apps.widgets.kinds.base import Family, Kind, Shape, build
from apps.widgets.view import View

MOST_CATEGORIES = 200
MARKS = [("", _("Automatic")), ("bar", _("Bars")), ("line", _("Line")), ("area", _("Area"))]


class ComboOptions(AxisOptions, TargetOptions):
    """How each measure is drawn, and against which axis."""

    draw_1 = per_measure(0, _("drawn as"), MARKS)
    axis_1 = per_measure(0, _("axis"), SIDES)
    draw_2 = per_measure(1, _("drawn as"), MARKS)
    axis_2 = per_measure(1, _("axis"), SIDES)
    draw_3 = per_measure(2, _("drawn as"), MARKS)
    axis_3 = per_measure(2, _("axis"), SIDES)
    draw_4 = per_measure(3, _("drawn as"), MARKS)
    axis_4 = per_measure(3, _("axis"), SIDES)
    step = forms.BooleanField(label=_("Draw lines as steps"), required=False, initial=False)
    connect = forms.BooleanField(label=_("Draw on over gaps"), required=False, initial=False)
    compare = forms.ChoiceField(
        label=_("Compare with"), choices=COMPARE, required=False, initial=""
    )
    events = forms.BooleanField(label=_("Show events"), required=False, initial=True)

    field_order = [
        *("draw_1", "axis_1", "draw_2", "axis_2", "draw_3", "axis_3", "draw_4", "axis_4"),
        *("step", "connect", "compare", "events"),
    ]


class Combo(Kind):
    """The first measure as bars, the others as lines, unless chosen otherwise.

    Over time, or over the values of a dimension if there is one.
    """

    slug = "combo"
    label = _("Bars and lines")
    hint = _("Measures of two kinds in one chart, over time or by category")
    shape = Shape.TIME_SERIES
    family = Family.TIME
    options = ComboOptions
    measures = (1, 4)
    over_time = True
    compares = True

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """In steps of time, or by the dimension over the whole range."""
        if not template.get("dimensions"):
            return super().main(template, options, shape, view)
        query = build(template, shape, view, over_time=False)
        return largest(query, shape, MOST_CATEGORIES)
