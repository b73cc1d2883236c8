"""What state each thing was in, over time."""

from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.axes import largest, number
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.view import View

MOST_ROWS = 60


class StateOptions(Options):
    """Limits that make states of numbers, and what is written."""

    threshold_1 = number(gettext_lazy("State changes at (without a second grouping)"))
    threshold_2 = number(gettext_lazy("Second limit"))
    threshold_3 = number(gettext_lazy("Third limit"))
    high_is_good = forms.BooleanField(
        label=gettext_lazy("Higher is better"), required=False, initial=False
    )
    names = forms.BooleanField(
        label=gettext_lazy("Write states where they have room"), required=False, initial=True
    )

    def clean(self) -> dict[str, Any]:
        """Limits rise."""
        given = super().clean() or {}
        limits = [(name, given.get(name)) for name in ("threshold_1", "threshold_2", "threshold_3")]
        known = [(name, limit) for name, limit in limits if limit is not None]
        for (_first, low), (name, high) in pairwise(known):
            if high <= low:
                self.add_error(name, _("Each limit must be above the one before."))
        return given


class StateTimeline(Kind):
    """One row for each value of the first dimension.

    Its state in a step of time is the value of the second dimension with the greatest measure
    (the number of rows, say) there. Without a second dimension the measure itself is the state,
    by limits or by shades.
    """

    slug = "state_timeline"
    label = gettext_lazy("State timeline")
    hint = gettext_lazy("What state each thing was in: group by the thing, then by its state")
    shape = Shape.TIME_SERIES
    family = Family.TIME
    options = StateOptions
    dimensions = (1, 2)
    over_time = True

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """By step, thing and state, for the things with the greatest measure."""
        query = super().main(template, options, shape, view)
        return largest(query, shape, MOST_ROWS)
