"""Days on a calendar, shaded by their value."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.view import View


class CalendarOptions(Options):
    """How weeks and months lie."""

    layout = forms.ChoiceField(
        label=_("Laid out as"),
        choices=[
            ("", _("What has most room")),
            ("strip", _("Weeks beside each other")),
            ("months", _("A sheet for each month")),
        ],
        required=False,
        initial="",
    )
    week_start = forms.ChoiceField(
        label=_("Weeks begin on"),
        choices=[
            ("", _("As in the workspace")),
            ("0", _("Monday")),
            ("5", _("Saturday")),
            ("6", _("Sunday")),
        ],
        required=False,
        initial="",
    )
    values = forms.BooleanField(
        label=_("Write values where they have room"), required=False, initial=True
    )


class CalendarHeatmap(Kind):
    """One measure by day: a month or some years at a glance."""

    slug = "calendar_heatmap"
    label = _("Calendar")
    hint = _("A shade for each day of months or years")
    shape = Shape.TIME_SERIES
    family = Family.TIME
    options = CalendarOptions
    dimensions = (0, 0)
    over_time = True
    by_weeks = True

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """Always by day."""
        return super().main({**template, "grain": "day"}, options, shape, view)
