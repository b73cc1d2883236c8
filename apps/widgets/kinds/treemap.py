"""Parts of parts."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.ranking import TopOptions, topped
from apps.widgets.view import View


class TreemapOptions(TopOptions):
    """The form, and what the colours tell."""

    form = forms.ChoiceField(
        label=_("Form"),
        choices=[("", _("Rectangles")), ("sunburst", _("Rings"))],
        required=False,
        initial="",
    )
    colour = forms.ChoiceField(
        label=_("Colour"),
        choices=[
            ("", _("By the first dimension")),
            ("measure", _("By the second measure")),
            ("change", _("By the change since the period before")),
            ("year", _("By the change since last year")),
        ],
        required=False,
        initial="",
    )


class Treemap(Kind):
    """A measure as areas, nested by one to four dimensions."""

    slug = "treemap"
    label = _("Treemap")
    hint = _("Parts of parts, as areas or rings")
    shape = Shape.FLOW
    family = Family.CATEGORIES
    adds_up = True
    options = TreemapOptions
    dimensions = (1, 4)
    measures = (1, 2)
    slots = (_("Size"), _("Colour"))

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The template with the top of its first dimension, and the values before."""
        asked = topped(template, options)
        if options.get("colour") in ("change", "year"):
            way = "year" if options["colour"] == "year" else "previous"
            asked = {**asked, "compare": way}
        return super().main(asked, options, shape, view)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The parts; and as "level<n>" the groups of the first n, whose colour is their own."""
        found = super().queries(template, options, shape, view)
        main = found["main"]
        if options.get("colour") == "measure" and len(main.measures) > 1:
            for deep in range(1, len(main.dimensions)):
                kept = main.dimensions[:deep]
                level = replace(main, dimensions=kept, order=(), limit=None)
                found[f"level{deep}"] = level
        return found
