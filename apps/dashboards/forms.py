"""Is this input well-formed: a new dashboard, its settings, a layout."""

from typing import Any

import orjson
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User, Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.core.errors import UserError
from apps.core.window import Window
from apps.dashboards.grid import Box
from apps.dashboards.models import Dashboard
from apps.dashboards.queries import filters_of
from apps.dashboards.services import MOST_CARDS, Place
from apps.datasources.hiding import columns_hidden_in
from apps.datasources.models import Column, Dataset


class NewDashboardForm(forms.Form):
    """Title, purpose, who sees it."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    description = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=300, required=False
    )
    workspace = forms.ModelChoiceField(
        label=gettext_lazy("Workspace"), queryset=Workspace.objects.none(), empty_label=None
    )
    is_private = forms.BooleanField(
        label=gettext_lazy("Private"),
        required=False,
        help_text=gettext_lazy("Only you, the admins, and those they grant it to see it."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workspaces = workspaces_where(user, EDIT)
        field: Any = self.fields["workspace"]
        field.queryset = workspaces
        if len(workspaces) == 1:
            field.widget = forms.HiddenInput()
            self.initial["workspace"] = workspaces[0].pk


class SettingsForm(forms.ModelForm[Dashboard]):
    """Everything about a dashboard but its cards."""

    filters = forms.MultipleChoiceField(
        label=gettext_lazy("Filters above the cards"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Dashboard
        fields = ["title", "description", "time_from", "time_to", "is_private"]
        help_texts = {
            "time_from": gettext_lazy("The range that it opens with, such as now-30d."),
            "time_to": gettext_lazy("Such as now, or 2026-01-01."),
            "is_private": gettext_lazy("Only you, the admins, and those they grant it to see it."),
        }

    def __init__(self, *args: Any, user: Visitor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = filters_of(self.instance, user)
        self.unseen = [each for each in self.instance.filters if each not in shown]
        self.labels_of = columns_of(self.instance, user)
        field: Any = self.fields["filters"]
        field.choices = self.labels_of.items()
        self.initial["filters"] = [each["column"] for each in self.instance.filters]

    def clean(self) -> dict[str, Any]:
        """The range must be one."""
        data = super().clean() or {}
        if "time_from" in data and "time_to" in data:
            try:
                Window.parse(data["time_from"], data["time_to"])
            except UserError as error:
                self.add_error("time_to" if error.field == "to" else "time_from", error.message)
        chosen = data.get("filters", [])
        chosen = [{"column": c, "label": self.labels_of[c]} for c in chosen]
        data["filters"] = [*chosen, *self.unseen]
        return data


def columns_of(dashboard: Dashboard, user: Visitor) -> dict[str, str]:
    """Columns by which the reader can filter the dashboard's cards: name -> label."""
    asked = Dataset.objects.filter(widgets__placement__dashboard=dashboard)
    columns = Column.objects.filter(
        dataset__in=asked, type__in=[Column.Type.TEXT, Column.Type.BOOLEAN]
    ).exclude(name__in=columns_hidden_in(user, asked))
    return dict(columns.order_by("position").values_list("name", "label"))


def read_layout(body: bytes) -> tuple[int, list[Place]]:
    """{"version": n, "placements": [{"widget", "x", "y", "w", "h"}]}. Raises UserError."""
    try:
        data = orjson.loads(body)
        rows = data["placements"]
        if len(rows) > MOST_CARDS:
            raise ValueError("more cards than a dashboard holds")
        places = [Place(_whole(row, "widget"), _box(row)) for row in rows]
        return _whole(data, "version"), places
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(_("This is not a layout."), field="placements") from error


def _box(row: dict[str, Any]) -> Box:
    return Box(*(_whole(row, side) for side in "xywh"))


def _whole(row: dict[str, Any], name: str) -> int:
    value = row[name]
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**31:
        raise ValueError(f"{name} is not a whole number")
    return value


def read_box(data: Any) -> Box:
    """x, y, w, h of a form. Raises UserError."""
    try:
        return _box({side: int(data.get(side, "")) for side in "xywh"})
    except ValueError as error:
        raise UserError(_("This is not a place on the grid."), field="place") from error
