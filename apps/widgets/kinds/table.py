"""Rows and columns."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class TableOptions(Options):
    """How many rows are shown, and which dimension stands across ("@time" is the time)."""

    rows = forms.IntegerField(label=_("Rows"), min_value=1, max_value=1000, initial=100)
    pivot = forms.CharField(max_length=120, required=False, initial="", widget=forms.HiddenInput)


class Table(Kind):
    """Measures by dimensions as figures, or raw rows."""

    slug = "table"
    label = _("Table")
    hint = _("Figures in rows")
    shape = Shape.ROWS
    family = Family.TABLES
    explores = True
    lists_rows = True
    options = TableOptions
    dimensions = (0, 4)
    time_axis = True
    measures = (1, 8)
