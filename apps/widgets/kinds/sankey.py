"""What flows from where to where."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class SankeyOptions(Options):
    """How many of each stage stand alone, and what the dimensions are."""

    nodes = forms.IntegerField(
        label=_("Names of each stage"),
        help_text=_("The largest; the others are added up as “Other”."),
        min_value=1,
        max_value=40,
        initial=10,
    )
    graph = forms.BooleanField(
        label=_("From the first dimension to the second, over and over"),
        help_text=_("The same name on both sides is one node, such as pages of a visit."),
        required=False,
        initial=False,
    )


class Sankey(Kind):
    """Two to five dimensions as stages, or one as source and one as target."""

    slug = "sankey"
    label = _("Sankey")
    hint = _("What flows from where to where")
    shape = Shape.FLOW
    family = Family.RELATIONS
    adds_up = True
    options = SankeyOptions
    dimensions = (2, 5)
