"""How far a period has come, and where it will end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from apps.core.window import Window, snap, step, zone_of
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.axes import number
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.view import View

UNITS = {"month": "M", "quarter": "Q", "year": "y"}


class PaceOptions(Options):
    """Which period, and what it is held against."""

    period = forms.ChoiceField(
        label=gettext_lazy("Period"),
        choices=[
            ("month", gettext_lazy("The month in which the range ends")),
            ("quarter", gettext_lazy("The quarter in which the range ends")),
            ("year", gettext_lazy("The year in which the range ends")),
            ("range", gettext_lazy("The whole range")),
        ],
        initial="month",
        required=False,
    )
    goal_from = forms.ChoiceField(
        label=gettext_lazy("Goal"),
        choices=[
            ("number", gettext_lazy("A number")),
            ("previous", gettext_lazy("The course of the period before")),
            ("year", gettext_lazy("The course of a year before")),
        ],
        initial="number",
        required=False,
    )
    goal = number(gettext_lazy("Goal, if a number"))
    forecast = forms.BooleanField(
        label=gettext_lazy("Expect by the metric's forecast too"), required=False, initial=True
    )


class Pace(Kind):
    """The sum of one measure since the period began, against a goal."""

    slug = "pace"
    label = gettext_lazy("Pace to goal")
    hint = gettext_lazy("How far a month, quarter or year has come, and where it will end")
    shape = Shape.VALUE
    family = Family.FIGURES
    options = PaceOptions
    dimensions = (0, 0)
    over_time = True
    adds_up = True

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The steps of the period, and those of the period that is the goal."""
        main = self.main(template, options, shape, view)
        window = main.window
        period = options.get("period") or "month"
        if window is None:
            return {"main": main}
        main = replace(main, grain=main.grain if period == "range" else "day", compare=None)
        main = main.within(period_of(window, period, view.timezone))
        found = {"main": main}
        if (goal := options.get("goal_from")) in ("previous", "year"):
            found["goal"] = main.within(before(main.window, period, goal, view.timezone))
        return found


def period_of(window: Window, period: str, timezone: str) -> Window:
    """The whole period that holds the end of the window."""
    if period not in UNITS:
        return window
    last = (window.end - timedelta(milliseconds=1)).astimezone(zone_of(timezone))
    unit = UNITS[period]
    return Window(snap(last, unit, is_end=False), snap(last, unit, is_end=True))


def before(window: Window | None, period: str, goal: str, timezone: str) -> Window:
    """The period before, or the same a year before."""
    assert window is not None  # noqa: S101 - the caller has looked
    if period not in UNITS:
        return window.before() if goal == "previous" else window.shifted(timedelta(days=-364))
    zone = zone_of(timezone)
    unit = "y" if goal == "year" else UNITS[period]
    edges = (window.start.astimezone(zone), window.end.astimezone(zone))
    return Window(*(step(edge, -1, unit) for edge in edges))
