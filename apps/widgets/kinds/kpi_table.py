"""A row per figure: its value, its change, its target and its course."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, GridChoice, Kind, Options, Shape, build, shifted
from apps.widgets.kinds.columns import ColumnSettings, names_in
from apps.widgets.view import View

COURSE_PX = 160


class KpiTableOptions(Options):
    """What stands beside each figure. In `columns`, "good from" is a measure's target."""

    compare = forms.ChoiceField(
        label=_("Compare with"),
        choices=[("", _("Nothing")), ("previous", _("Previous period")), ("year", _("Last year"))],
        required=False,
        initial="previous",
    )
    sparkline = forms.BooleanField(label=_("Show the course"), required=False, initial=True)
    columns = ColumnSettings(label=_("Targets and formats"))
    target_grid = GridChoice(label=_("Targets from grid (its number)"))

    def offer(self, shape: Definition) -> None:
        """Measures for the settings too."""
        super().offer(shape)
        field = self.fields["columns"]
        assert isinstance(field, ColumnSettings)  # noqa: S101 - declared above
        field.offer(shape)

    @classmethod
    def named_in(cls, options: dict[str, Any]) -> dict[str, list[str]]:
        """What the settings name."""
        found, named = super().named_in(options), names_in(options.get("columns"))
        return {key: [*names, *named] for key, names in found.items()}


class KpiTable(Kind):
    """One row per measure, or per value of a dimension for one measure."""

    slug = "kpi_table"
    label = _("KPI table")
    hint = _("Figures with change, target and course")
    shape = Shape.VALUE
    family = Family.FIGURES
    options = KpiTableOptions
    dimensions = (0, 1)
    measures = (1, 20)
    shows = (0, 4)
    size = (12, 7)
    compares = True

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The figures, those before, and their course."""
        main = build(template, shape, view, over_time=False)
        if main.dimensions and len(main.measures) > 1:
            message = gettext("Choose one measure for rows by a group, or no group.")
            raise UserError(message, field="measures")
        found = {"main": main}
        compare = view.compare or options.get("compare", "previous")
        if main.window and compare and not template.get("compare"):
            found["previous"] = shifted(main, compare)
        if main.window and options.get("sparkline", True):
            alone = {k: v for k, v in template.items() if k not in ("compare", "order", "limit")}
            course = build(alone, shape, view.with_width(COURSE_PX), over_time=True)
            found["trend"] = course
        return found
