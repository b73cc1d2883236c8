"""Parts of a whole."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class PieOptions(Options):
    """With or without a hole."""

    donut = forms.BooleanField(label=_("Ring"), required=False, initial=True)


class Pie(Kind):
    """At most seven slices and the rest."""

    slug = "pie"
    label = _("Pie chart")
    hint = _("Parts of a whole")
    shape = Shape.CATEGORIES
    family = Family.CATEGORIES
    explores = True
    options = PieOptions
    dimensions = (1, 1)
