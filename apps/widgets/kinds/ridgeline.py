"""Distributions of many categories, one behind the other."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.adhoc import Written
from apps.datasources.definition import Definition
from apps.datasources.query import MOST_BINS, Query
from apps.widgets.kinds.rows import (
    ROWS,
    OfColumn,
    RowsKind,
    asked,
    counted,
    largest,
    number_of,
    split_of,
)
from apps.widgets.view import View

MOST_ROWS = 20_000  # of an answer: few categories have finer bins


class RidgelineOptions(OfColumn):
    """How many ridges, in which order."""

    limit = forms.IntegerField(
        label=_("Categories"),
        min_value=1,
        max_value=60,
        initial=12,
        help_text=_("Those with most rows."),
    )
    order = forms.ChoiceField(
        label=_("Sorted by"),
        choices=[("median", _("Median")), ("name", _("Name")), ("rows", _("Number of rows"))],
        initial="median",
    )


class Ridgeline(RowsKind):
    """One smooth curve a category, from bins that the database has counted."""

    slug = "ridgeline"
    label = _("Ridgeline")
    hint = _("How a number is distributed in many categories")
    options = RidgelineOptions
    dimensions = (1, 1)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The bins of each category, and its median."""
        name, split = number_of(options, shape), split_of(template)
        top = largest(split, options["limit"])
        bins = min(MOST_BINS, MOST_ROWS // options["limit"])
        return {
            "main": asked(
                template,
                shape,
                view,
                measures=[ROWS],
                dimensions=[*split, {"column": name, "bins": bins}],
                top=top,
            ),
            "stats": asked(
                template,
                shape,
                view,
                measures=[Written("median", name).name, ROWS],
                dimensions=split,
                top=top,
            ),
            **counted(template, shape, view),
        }
