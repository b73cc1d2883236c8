"""Is what somebody asks of a report well-formed, in their words."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import EDIT
from apps.core.errors import UserError
from apps.dashboards import own
from apps.dashboards.models import Dashboard
from apps.reports.models import Report
from apps.widgets.view import View

WEEKDAYS = (
    (0, gettext_lazy("Monday")),
    (1, gettext_lazy("Tuesday")),
    (2, gettext_lazy("Wednesday")),
    (3, gettext_lazy("Thursday")),
    (4, gettext_lazy("Friday")),
    (5, gettext_lazy("Saturday")),
    (6, gettext_lazy("Sunday")),
)


class FiltersField(forms.JSONField):
    """{column: [values]}, as a View reads it."""

    def clean(self, value: Any) -> dict[str, list[str]]:
        """Canonical, or the View's own complaint."""
        found = super().clean(value) or {}
        try:
            view = View.from_json({"filters": found})
        except UserError as error:
            raise forms.ValidationError(error.message) from error
        return {column: list(values) for column, values in view.filters}


class CardsField(forms.JSONField):
    """What single cards show otherwise, as dashboards/own.py reads it."""

    def clean(self, value: Any) -> own.Own:
        """Checked, or that module's own complaint."""
        try:
            return own.checked(super().clean(value) or {})
        except UserError as error:
            raise forms.ValidationError(error.message) from error


class ReportForm(forms.ModelForm[Report]):
    """A new or changed report. `recipients` are people of the dashboard's workspace."""

    filters = FiltersField(required=False, widget=forms.HiddenInput)
    keep_filters = forms.BooleanField(
        label=gettext_lazy("Only these rows"), required=False, initial=True
    )
    weekday = forms.TypedChoiceField(label=gettext_lazy("On"), choices=WEEKDAYS, coerce=int)
    day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        min_value=1,
        max_value=31,
        initial=1,
        help_text=gettext_lazy("A shorter month has it on its last day."),
    )

    class Meta:
        model = Report
        fields: ClassVar = [
            "dashboard",
            "name",
            "time_from",
            "time_to",
            "filters",
            "every",
            "weekday",
            "day",
            "at",
            "timezone",
            "recipients",
            "paper",
            "is_landscape",
            "is_active",
        ]
        widgets: ClassVar = {
            "at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "timezone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
            "recipients": forms.CheckboxSelectMultiple,
            "time_from": forms.TextInput(attrs={"placeholder": "now-7d/d"}),
            "time_to": forms.TextInput(attrs={"placeholder": "now/d"}),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spaces = workspaces_where(user, EDIT)
        people = User.objects.filter(is_active=True, memberships__workspace__in=spaces)
        dashboard, recipients = self.fields["dashboard"], self.fields["recipients"]
        assert isinstance(dashboard, forms.ModelChoiceField)  # noqa: S101
        assert isinstance(recipients, forms.ModelMultipleChoiceField)  # noqa: S101
        dashboard.queryset = Dashboard.objects.visible_to(user).filter(workspace__in=spaces)
        recipients.queryset = people.distinct().order_by("name", "email")
        recipients.required = True
        recipients.error_messages["required"] = _("Choose at least one person.")

    def clean_timezone(self) -> str:
        """One that the clock knows."""
        name: str = self.cleaned_data["timezone"]
        if name not in available_timezones():
            raise forms.ValidationError(_("There is no time zone “%(name)s”.") % {"name": name})
        return name

    def clean(self) -> dict[str, Any]:
        """Range, filters, and that all recipients belong to the dashboard's workspace."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        dashboard: Dashboard | None = data.get("dashboard")
        self._check_range(dashboard)
        if not data.get("keep_filters"):
            data["filters"] = {}
        if dashboard and (people := data.get("recipients")):
            members = set(people.filter(memberships__workspace=dashboard.workspace_id))
            if foreign := [str(each) for each in people if each not in members]:
                message = _("Not a member of %(workspace)s: %(who)s.")
                values = {"workspace": dashboard.workspace, "who": ", ".join(foreign)}
                self.add_error("recipients", message % values)
        return data

    def _check_range(self, dashboard: Dashboard | None) -> None:
        """By the View that will use them; its complaint goes beside the field that it names."""
        data = self.cleaned_data
        if dashboard is None:
            return
        try:
            View(
                data.get("time_from") or dashboard.time_from,
                data.get("time_to") or dashboard.time_to,
                timezone=data.get("timezone") or "UTC",
            ).window()
        except UserError as error:
            field = {"from": "time_from", "to": "time_to"}.get(error.field or "", error.field)
            self.add_error(field, error.message)


class ExportForm(forms.Form):
    """A PDF now, of what somebody looks at."""

    time_from = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    time_to = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    timezone = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    compare = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)
    filters = FiltersField(required=False, widget=forms.HiddenInput)
    cards = CardsField(required=False, widget=forms.HiddenInput)
    paper = forms.ChoiceField(label=gettext_lazy("Paper"), choices=Report.Paper.choices)
    is_landscape = forms.BooleanField(label=gettext_lazy("Landscape"), required=False)

    def view(self, dashboard: Dashboard, timezone: str) -> View:
        """What to print. Raises UserError."""
        data = self.cleaned_data
        view = View.from_json(
            {
                "from": data["time_from"] or dashboard.time_from,
                "to": data["time_to"] or dashboard.time_to,
                "timezone": data["timezone"] or timezone,
                "compare": data["compare"],
                "filters": data["filters"],
            }
        )
        view.window()
        return view
