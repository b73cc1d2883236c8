"""From a beginning to an end, by what each category adds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.ranking import TopOptions, topped
from apps.widgets.view import View

MOST_STEPS = 10


class WaterfallOptions(TopOptions):
    """What the steps are."""

    steps = forms.ChoiceField(
        label=_("Steps"),
        choices=[
            ("", _("What each category is")),
            ("change", _("How each category changed since the period before")),
            ("year", _("How each category changed since last year")),
        ],
        required=False,
        initial="",
    )


class Waterfall(Kind):
    """Contributions that end in a total, or changes between two totals."""

    slug = "waterfall"
    label = _("Waterfall")
    hint = _("What adds up to a total or a change")
    shape = Shape.CATEGORIES
    family = Family.CATEGORIES
    adds_up = True
    options = WaterfallOptions
    dimensions = (1, 1)
    time_axis = True

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The template, with each category's value before where its change is the step."""
        asked = template
        if not template.get("grain"):
            asked = topped(template, options, default=MOST_STEPS)
            if options.get("steps"):
                way = "year" if options["steps"] == "year" else "previous"
                asked = {**asked, "compare": way}
        return super().main(asked, options, shape, view)
