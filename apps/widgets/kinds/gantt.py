"""Rows that last from one moment to another, or happen at one."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.core.window import Window, iso
from apps.datasources.definition import Definition
from apps.datasources.query import Condition, Filter, Group, Query
from apps.widgets.kinds.base import ColumnChoice, Family, Kind, Options, Shape, build
from apps.widgets.view import View

MOST_ROWS = 2000


class GanttOptions(Options):
    """Which columns say what."""

    start = ColumnChoice(
        types=("time",), label=gettext_lazy("Begins (or: the time of the dataset)")
    )
    end = ColumnChoice(types=("time",), label=gettext_lazy("Ends"))
    label = ColumnChoice(label=gettext_lazy("Name"))
    group = ColumnChoice(label=gettext_lazy("Grouped by"))
    rows = forms.IntegerField(
        label=gettext_lazy("Rows at most"),
        min_value=1,
        max_value=MOST_ROWS,
        initial=500,
        required=False,
    )


class Gantt(Kind):
    """A bar for each row that touches the range; a row without an end is a milestone."""

    slug = "gantt"
    label = gettext_lazy("Plan (Gantt)")
    hint = gettext_lazy("Rows with a beginning and an end: projects, bookings, incidents")
    shape = Shape.ROWS
    family = Family.TIME
    options = GanttOptions
    dimensions = (0, 0)
    measures = (0, 0)

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """Raw rows, those that begin first before the others."""
        start = options.get("start") or shape.time_column
        if not start:
            raise UserError(_("Choose the column of the beginning."), field="options.start")
        end = options.get("end") or None
        wanted = [start, end, options.get("label"), options.get("group")]
        rows = {
            "filters": template.get("filters"),
            "columns": list(dict.fromkeys(name for name in wanted if name)),
            "order": [{"by": start}],
            "limit": options.get("rows") or 500,
        }
        query = build(rows, shape, view, over_time=False)
        within = touching(start, end, view.window())
        return replace(query, time=None, window=None).narrowed(within)


def touching(start: str, end: str | None, window: Window) -> tuple[Condition, ...]:
    """Rows that last into the window or begin in it.

    The window of a question would ask only for those that begin in it.
    """
    first, last = iso(window.start), iso(window.end)
    begins = Filter(start, "lt", (last,))
    in_it = Filter(start, "ge", (first,))
    if end is None:
        return (begins, in_it)
    alone = Group("all", (Filter(end, "is_null"), in_it))
    return (begins, Group("any", (Filter(end, "ge", (first,)), alone)))
