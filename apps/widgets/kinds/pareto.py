"""Which few make most of it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.ranking import TopOptions, sorted_by, topped
from apps.widgets.view import View

MOST_BARS = 20


class ParetoOptions(TopOptions):
    """How many bars stand alone."""


ParetoOptions.base_fields.pop("other")  # without the rest, the line would end at a lie


class Pareto(Kind):
    """Sorted bars, and the share that they make together."""

    slug = "pareto"
    label = _("Pareto chart")
    hint = _("Which few make most of it")
    shape = Shape.CATEGORIES
    family = Family.CATEGORIES
    adds_up = True
    options = ParetoOptions
    dimensions = (1, 1)

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The largest and the rest, so that the line ends at 100 % of all rows."""
        alone = {**template, "top": None, "limit": None}
        whole = topped(alone, {**options, "other": True}, default=MOST_BARS)
        return super().main(sorted_by(whole, "value"), options, shape, view)
