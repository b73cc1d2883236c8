"""Who leads, over time."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.view import View

FINENESS = 6  # a rank needs more room than a point of a line


class BumpOptions(Options):
    """How many are drawn."""

    top = forms.IntegerField(
        label=_("Lines"),
        help_text=_("The largest over the whole range; ranked among all."),
        min_value=1,
        max_value=30,
        initial=10,
    )


class Bump(Kind):
    """Ranks of a dimension's values over time."""

    slug = "bump"
    label = _("Ranking over time")
    hint = _("Who leads, and since when")
    shape = Shape.TIME_SERIES
    family = Family.TIME
    options = BumpOptions
    dimensions = (1, 1)
    over_time = True

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """Every value of the dimension, since a rank is one among all; in steps with room."""
        whole = {**template, "top": None}
        return super().main(whole, options, shape, view.with_width(view.width // FINENESS))
