"""How two measures go together."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class ScatterOptions(Options):
    """Lines over the points, and logarithmic axes."""

    regression = forms.BooleanField(
        label=_("Line of best fit"),
        help_text=_("By least squares over all points, with its R²."),
        required=False,
        initial=False,
    )
    quadrants = forms.ChoiceField(
        label=_("Lines that part the points"),
        choices=[("", _("None")), ("median", _("At the medians")), ("mean", _("At the means"))],
        required=False,
        initial="",
    )
    log_x = forms.BooleanField(label=_("Logarithmic across"), required=False, initial=False)
    log_y = forms.BooleanField(label=_("Logarithmic up"), required=False, initial=False)


class Scatter(Kind):
    """One point per value of a dimension: two measures place it, a third sizes it."""

    slug = "scatter"
    label = _("Scatter chart")
    hint = _("How two measures go together")
    shape = Shape.CATEGORIES
    family = Family.RELATIONS
    explores = True
    options = ScatterOptions
    dimensions = (1, 2)
    measures = (2, 3)
    slots = (_("Across"), _("Up"), _("Size"))
