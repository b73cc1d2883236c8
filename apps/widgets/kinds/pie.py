"""Parts of a whole."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.ranking import TopOptions, topped
from apps.widgets.view import View

MOST_SLICES = 7


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
        """At most seven and the rest, which the database computes from its rows."""
        return super().main(_few(template, options, shape), options, shape, view)


def _few(template: dict[str, Any], options: dict[str, Any], shape: Definition) -> dict[str, Any]:
    """The template with a top of no more slices than can be told apart.

    Weekdays, bins and times are few by themselves, and a small limit of the template's own stays.
    """
    dimensions = template.get("dimensions") or []
    names = [each for each in dimensions if isinstance(each, str)]
    is_time = any(each.type == "time" for each in shape.columns if each.name in names)
    if len(names) < len(dimensions) or is_time:
        return topped(template, options)
    has_few = not template.get("top") and 1 <= (template.get("limit") or 0) <= MOST_SLICES + 1
    whole = topped(template, options, default=None if has_few else MOST_SLICES)
    if top := whole.get("top"):
        return {**whole, "top": {**top, "limit": min(top["limit"], MOST_SLICES)}}
    return whole
