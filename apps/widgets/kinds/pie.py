"""Parts of a whole."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.ranking import TopOptions, topped
from apps.widgets.view import View


class PieOptions(TopOptions):
    """With or without a hole, and what stands beside it."""

    donut = forms.BooleanField(label=_("Ring"), required=False, initial=True)
    labels = forms.ChoiceField(
        label=_("Names"),
        choices=[("", _("In a list")), ("outside", _("At the slices")), ("none", _("None"))],
        required=False,
        initial="",
    )
    figures = forms.ChoiceField(
        label=_("Figures"),
        choices=[("", _("Shares")), ("value", _("Values")), ("both", _("Values and shares"))],
        required=False,
        initial="",
    )
    order = forms.ChoiceField(
        label=_("Order"),
        choices=[("", _("Largest first")), ("asked", _("As asked"))],
        required=False,
        initial="",
    )


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

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The template with the top that the options set."""
        return super().main(topped(template, options), options, shape, view)
