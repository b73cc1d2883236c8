"""Values over time."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class LineOptions(Options):
    """How the lines are drawn, and what is laid over them."""

    area = forms.BooleanField(label=_("Fill the area"), required=False, initial=False)
    stacked = forms.BooleanField(label=_("Stack the splits"), required=False, initial=False)
    step = forms.BooleanField(label=_("Draw steps"), required=False, initial=False)
    compare = forms.ChoiceField(
        label=_("Compare with"),
        choices=[("", _("Nothing")), ("previous", _("Previous period")), ("year", _("Last year"))],
        required=False,
        initial="",
    )
    forecast = forms.BooleanField(label=_("Show the forecast"), required=False, initial=True)
    anomalies = forms.BooleanField(label=_("Mark unusual points"), required=False, initial=True)


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
