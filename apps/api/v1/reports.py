"""Reports: a dashboard on paper, on a schedule."""

from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.accounts.models import User
from apps.accounts.roles import EDIT
from apps.api.v1.alerts import check_members, colleagues
from apps.api.v1.base import Mine, Picked, Writable, visible
from apps.core.errors import UserError
from apps.core.window import Window, zone_of
from apps.dashboards.models import Dashboard
from apps.dashboards.queries import hidden_on
from apps.reports import services
from apps.reports.models import Report
from apps.widgets.view import View


class ReportSerializer(Picked):
    """A report. Every recipient gets the rows that they themselves may see."""

    dashboard = Mine(of=visible(Dashboard))
    recipients = Mine(of=colleagues, many=True, allow_empty=False)
    filters = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=500)), required=False
    )
    weekday = serializers.IntegerField(min_value=0, max_value=6, default=0)
    day = serializers.IntegerField(min_value=1, max_value=31, default=1)

    class Meta:
        model = Report
        fields = ["id", "workspace", "dashboard", "owner", "name", "recipients", "every"]
        fields += ["weekday", "day", "at", "timezone", "time_from", "time_to", "filters", "paper"]
        fields += ["is_landscape", "is_active", "next_at", "created_at"]
        read_only_fields = ["workspace", "owner", "next_at", "created_at"]

    def to_representation(self, report: Report) -> dict[str, Any]:
        """Without filters by what is hidden from the reader."""
        data: dict[str, Any] = dict(super().to_representation(report))
        if data.get("filters"):
            hidden = hidden_on(report.dashboard, self.context["request"].user)
            data["filters"] = {k: v for k, v in data["filters"].items() if k not in hidden}
        return data

    def validate_timezone(self, name: str) -> str:
        """A zone that there is."""
        try:
            zone_of(name)
        except UserError as error:
            raise serializers.ValidationError(error.message) from error
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A range that can be read, and recipients of the dashboard's workspace."""
        kept: Any = self.instance
        dashboard = attrs.get("dashboard") or kept.dashboard
        if kept is not None and dashboard.workspace_id != kept.workspace_id:
            raise serializers.ValidationError({"dashboard": _("Stay within the workspace.")})
        ends = {
            name: attrs.get(name) or getattr(kept, name, "") or getattr(dashboard, name)
            for name in ("time_from", "time_to")
        }
        Window.parse(ends["time_from"], ends["time_to"])
        View.from_json({"filters": attrs.get("filters") or {}})
        check_members(attrs.get("recipients", []), dashboard.workspace_id, "recipients")
        return attrs


class ReportViewSet(Writable):
    """Reports on the dashboards that you see. Editors make them."""

    model = Report
    serializer_class = ReportSerializer
    may = EDIT
    filterset_fields: Any = ["workspace", "dashboard", "owner", "is_active", "every"]
    ordering_fields: Any = ["name", "created_at"]

    def visible(self, user: Any) -> Any:
        """With who gets them."""
        return Report.objects.visible_to(user).prefetch_related("recipients")

    def perform_create(self, serializer: Any) -> None:
        """The caller's own."""
        workspace = serializer.validated_data["dashboard"].workspace
        self.check_may(workspace)
        data, caller = dict(serializer.validated_data), cast(User, self.request.user)
        recipients = data.pop("recipients")
        report = Report(workspace=workspace, owner=caller, **data)
        report.full_clean()
        serializer.instance = services.save_report(report, recipients)

    def perform_update(self, serializer: Any) -> None:
        """Another time means another next slot."""
        report, data = serializer.instance, dict(serializer.validated_data)
        recipients = data.pop("recipients", list(report.recipients.all()))
        for name, value in data.items():
            setattr(report, name, value)
        report.full_clean()
        serializer.instance = services.save_report(report, recipients)

    def perform_destroy(self, instance: Report) -> None:
        """With its history and files."""
        services.delete_report(instance)
