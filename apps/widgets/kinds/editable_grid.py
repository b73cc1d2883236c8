"""Targets and budgets that people type: rows by periods or named columns."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Options, Shape, build
from apps.widgets.view import View

MOST_ROWS = 500
MOST_COLUMNS = 60
MOST_LISTED = 200
MONTHS = {"month": 1, "quarter": 3, "year": 12}
START = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
PERIOD = re.compile(r"([12][0-9]{3})(?:-(0[1-9]|1[0-2])|-Q([1-4]))?")


class EditableGridOptions(Options):
    """Which columns stand across, and which figures fit. Rows are listed where no group is."""

    period = forms.ChoiceField(
        label=_("Columns"),
        choices=[
            ("month", _("Months")),
            ("quarter", _("Quarters")),
            ("year", _("Years")),
            ("", _("As named below")),
        ],
        required=False,
        initial="month",
    )
    start = forms.CharField(
        label=_("From (2026-01)"),
        required=False,
        initial="",
        max_length=7,
        help_text=_("The first period; empty is January of this year."),
    )
    count = forms.IntegerField(
        label=_("Periods"), min_value=1, max_value=MOST_COLUMNS, required=False, initial=12
    )
    headings = forms.CharField(
        label=_("Names of columns, one a line"),
        required=False,
        initial="",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    rows = forms.CharField(
        label=_("Rows, one a line, where no group is chosen"),
        required=False,
        initial="",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    least = forms.FloatField(label=_("Not below"), required=False)
    most = forms.FloatField(label=_("Not above"), required=False)
    decimals = forms.IntegerField(
        label=_("Decimals"), min_value=0, max_value=6, required=False, initial=2
    )

    def clean_start(self) -> str:
        """A month."""
        text: str = self.cleaned_data["start"]
        if text and not START.fullmatch(text):
            raise forms.ValidationError(gettext("Write year and month, such as 2026-01."))
        return text

    def clean_headings(self) -> str:
        """Different names, and not too many."""
        return _lines(self.cleaned_data["headings"], MOST_COLUMNS, 60)

    def clean_rows(self) -> str:
        """Different rows, and not too many."""
        return _lines(self.cleaned_data["rows"], MOST_LISTED, 200)


class EditableGrid(Kind):
    """People type figures; each is checked, saved and kept with who wrote it."""

    slug = "editable_grid"
    label = _("Editable grid")
    hint = _("Targets and budgets that you type")
    shape = Shape.ROWS
    family = Family.TABLES
    options = EditableGridOptions
    dimensions = (0, 1)
    measures = (1, 1)
    size = (16, 7)

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The rows: all values of the group that the reader sees, whatever the range."""
        if not template.get("dimensions") and not listed(options.get("rows", "")):
            message = gettext("Choose a group, or write the rows.")
            raise UserError(message, field="dimensions")
        if not options.get("period", "month") and not listed(options.get("headings", "")):
            raise UserError(gettext("Write the names of the columns."), field="options.headings")
        asked = {key: value for key, value in template.items() if key not in ("compare", "grain")}
        main = build(asked, shape, view, over_time=False)
        return {"main": replace(main, window=None, limit=min(main.limit or MOST_ROWS, MOST_ROWS))}


def listed(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def columns_of(options: dict[str, Any], today: date) -> list[str]:
    """The keys of the columns: "2026-09", "2026-Q3", "2026", or names."""
    period = options.get("period", "month")
    if not period:
        return listed(options.get("headings", ""))
    start = options.get("start") or f"{today.year}-01"
    year, month = (int(part) for part in start.split("-"))
    size = MONTHS[period]
    first = (year * 12 + month - 1) // size * size
    months = [first + at * size for at in range(options.get("count") or 12)]
    return [_key(at, period) for at in months]


def span_of(key: str) -> tuple[date, date] | None:
    """First day of a period and of the next one; None for a name."""
    found = PERIOD.fullmatch(key)
    if found is None:
        return None
    year, month, quarter = int(found[1]), found[2], found[3]
    size = 1 if month else 3 if quarter else 12
    at = year * 12 + (int(month) - 1 if month else (int(quarter) - 1) * 3 if quarter else 0)
    end = at + size
    return date(at // 12, at % 12 + 1, 1), date(end // 12, end % 12 + 1, 1)


def _key(months: int, period: str) -> str:
    year, month = divmod(months, 12)
    if period == "year":
        return f"{year:04}"
    return f"{year:04}-Q{month // 3 + 1}" if period == "quarter" else f"{year:04}-{month + 1:02}"


def _lines(text: str, most: int, longest: int) -> str:
    lines = listed(text)
    if len(lines) > most:
        raise forms.ValidationError(gettext("At most %(most)s lines.") % {"most": most})
    if any(len(line) > longest for line in lines):
        message = gettext("A line has at most %(most)s characters.")
        raise forms.ValidationError(message % {"most": longest})
    if twice := next((line for line in lines if lines.count(line) > 1), None):
        message = gettext("“%(name)s” stands there twice.") % {"name": twice}
        raise forms.ValidationError(message)
    return "\n".join(lines)
