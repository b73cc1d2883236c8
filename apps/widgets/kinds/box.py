"""Where the numbers of each category lie."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.adhoc import Written
from apps.datasources.definition import Definition
from apps.datasources.query import Query
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

QUARTILES = ("min", "p5", "p25", "median", "p75", "p95", "max", "avg")
VIOLIN_BINS = 200


class BoxOptions(OfColumn):
    """How a category is drawn, and how many."""

    style = forms.ChoiceField(
        label=_("Drawn as"),
        choices=[("box", _("Boxes")), ("violin", _("Violins"))],
        initial="box",
    )
    whiskers = forms.ChoiceField(
        label=_("Lines reach"),
        choices=[("p5", _("from 5 % to 95 % of the rows")), ("min", _("from lowest to highest"))],
        initial="p5",
    )
    limit = forms.IntegerField(
        label=_("Categories"),
        min_value=1,
        max_value=100,
        initial=20,
        help_text=_("Those with most rows."),
    )


class Box(RowsKind):
    """Median, quartiles and reach of a number by category, sorted by the median."""

    slug = "box"
    label = _("Box plot")
    hint = _("Median and spread of a number by category, as boxes or violins")
    options = BoxOptions
    shows = (1, 0)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The quartiles; for violins, bins as well."""
        name, split = number_of(options, shape), split_of(template)
        top = largest(split, options["limit"])
        found = {
            "main": asked(
                template,
                shape,
                view,
                measures=[*(_written(each, name) for each in QUARTILES), ROWS],
                dimensions=split,
                top=top,
            ),
            **counted(template, shape, view),
        }
        if options["style"] == "violin":
            bins = {"column": name, "bins": VIOLIN_BINS}
            found["bins"] = asked(
                template, shape, view, measures=[ROWS], dimensions=[*split, bins], top=top
            )
        return found


def _written(aggregate: str, name: str) -> str:
    percent = float(aggregate[1:]) if aggregate[1:].isdigit() else None
    kind = aggregate if percent is None else "percentile"
    return Written(kind, name, percent).name
