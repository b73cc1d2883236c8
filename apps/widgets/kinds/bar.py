"""Categories beside each other."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class BarOptions(Options):
    """Which way the bars run."""

    horizontal = forms.BooleanField(label=_("Horizontal"), required=False, initial=True)
    stacked = forms.BooleanField(label=_("Stack the splits"), required=False, initial=False)


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
