"""Measures by some dimensions down and others across, with every total asked for by itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Options, Shape, build
from apps.widgets.view import View

STEPS = [
    ("", _("None")),
    ("day", _("Days")),
    ("week", _("Weeks")),
    ("month", _("Months")),
    ("quarter", _("Quarters")),
    ("year", _("Years")),
]
MOST_ACROSS = 2


class PivotOptions(Options):
    """Which groups stand across, and what is shown beside their cells."""

    across = forms.TypedChoiceField(
        label=_("Groups across"),
        choices=[(0, _("None")), (1, _("The last one")), (2, _("The last two"))],
        coerce=int,
        initial=1,
    )
    step = forms.ChoiceField(label=_("Time across"), choices=STEPS, required=False, initial="")
    subtotals = forms.BooleanField(label=_("Subtotals"), required=False, initial=True)
    totals = forms.BooleanField(label=_("Totals"), required=False, initial=True)
    heat = forms.ChoiceField(
        label=_("Shade cells"),
        choices=[
            ("", _("Not")),
            ("all", _("Over all cells")),
            ("row", _("Within each row")),
            ("column", _("Within each column")),
        ],
        required=False,
        initial="",
    )


class Pivot(Kind):
    """Rows by columns. Totals of a level are a question of their own: nothing is added up."""

    slug = "pivot"
    label = _("Pivot table")
    hint = _("Rows by columns, with subtotals and shades")
    shape = Shape.MATRIX
    family = Family.TABLES
    options = PivotOptions
    dimensions = (1, 4)
    measures = (1, 4)
    shows = (2, 1)
    size = (16, 8)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The cells, and as "r<i>c<j>" the groups by the first i down and the first j across."""
        template = {key: value for key, value in template.items() if key != "compare"}
        dimensions = list(template.get("dimensions") or [])
        step = options.get("step") or ""
        split = len(dimensions) - min(int(options.get("across", 1)), len(dimensions))
        down, across = dimensions[:split], dimensions[split:]
        if not down and not across:
            raise UserError(gettext("Choose at least one group."), field="dimensions")
        deep = (len(down), len(across) + bool(step))
        found = {"main": self._level(template, down, across, step, shape, view)}
        for i, j in _levels(deep, options):
            kept = across[: max(0, j - bool(step))]
            level = self._level(template, down[:i], kept, step if j else "", shape, view)
            found[f"r{i}c{j}"] = level
        return found

    def _level(
        self,
        template: dict[str, Any],
        down: list[Any],
        across: list[Any],
        step: str,
        shape: Definition,
        view: View,
    ) -> Query:
        """The same measures by fewer groups. The top of the first group stays where that stands."""
        kept = {key: value for key, value in template.items() if key in ("measures", "filters")}
        groups = [*down, *across]
        if template.get("top") and groups[:1] == list(template.get("dimensions") or [])[:1]:
            kept["top"] = template["top"]
        asked = kept | {"dimensions": groups} | ({"grain": step} if step else {})
        return build(asked, shape, view, over_time=bool(step))


def _levels(deep: tuple[int, int], options: dict[str, Any]) -> list[tuple[int, int]]:
    """Which totals are asked for: (groups down, groups across) of each, without the cells."""
    rows, columns = deep
    has_subtotals = options.get("subtotals", True)
    has_totals = options.get("totals", True)
    lines = [i for i in range(rows + 1) if i == rows or (has_totals if i == 0 else has_subtotals)]
    heads = [
        j for j in range(columns + 1) if j == columns or (has_totals if j == 0 else has_subtotals)
    ]
    return [(i, j) for i in lines for j in heads if (i, j) != deep]
