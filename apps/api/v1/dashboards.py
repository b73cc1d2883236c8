"""Dashboards, with where their widgets stand."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.accounts.models import Workspace
from apps.accounts.queries import Visitor
from apps.accounts.roles import EDIT
from apps.api.v1.base import Mine, Picked, Writable, my_workspaces
from apps.core.errors import NotFound
from apps.dashboards import queries, services
from apps.dashboards.grid import Box
from apps.dashboards.models import Dashboard, Placement


class PlacementSerializer(serializers.ModelSerializer[Placement]):
    """A widget's place: columns of 24, rows of 40 px."""

    widget = serializers.IntegerField(source="widget_id", min_value=1, max_value=2**63 - 1)
    y = serializers.IntegerField(min_value=0, max_value=2000)

    class Meta:
        model = Placement
        fields = ["widget", "x", "y", "w", "h"]


class FilterSerializer(serializers.Serializer[Any]):
    """A filter above the cards, on every dataset that has the column."""

    name = serializers.CharField(required=False, max_length=63)
    label = serializers.CharField(required=False, max_length=60)  # type: ignore[assignment]
    column = serializers.CharField(max_length=63)


class DashboardSerializer(Picked):
    """A dashboard. A new one is empty; widgets are added to it by POST /widgets/."""

    workspace = Mine(of=my_workspaces)
    filters = FilterSerializer(many=True, required=False)
    placements = PlacementSerializer(many=True, required=False)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Dashboard
        fields = ["id", "workspace", "owner", "title", "slug", "url", "description", "is_private"]
        fields += ["time_from", "time_to", "filters", "placements", "version"]
        fields += ["created_at", "updated_at"]
        read_only_fields = ["owner", "slug", "version", "created_at", "updated_at"]

    def to_representation(self, dashboard: Dashboard) -> dict[str, Any]:
        """Without filters by what is hidden from the reader."""
        data: dict[str, Any] = dict(super().to_representation(dashboard))
        if "filters" in data:
            shown = queries.filters_of(dashboard, self.context["request"].user)
            names = {each["column"] for each in shown}
            data["filters"] = [each for each in data["filters"] if each["column"] in names]
        return data

    def validate_workspace(self, workspace: Workspace) -> Workspace:
        """A dashboard stays where it was made."""
        if self.instance is not None and self.instance.workspace_id != workspace.pk:
            raise serializers.ValidationError(_("This cannot be changed."))
        return workspace


class DashboardViewSet(Writable):
    """The dashboards that you see. A change names the version that it saw, in If-Match."""

    model = Dashboard
    serializer_class = DashboardSerializer
    may = EDIT
    needs_version = True
    filterset_fields: Any = ["workspace", "slug", "owner", "is_private"]
    ordering_fields: Any = ["title", "created_at", "updated_at"]

    def visible(self, user: Visitor) -> QuerySet[Dashboard]:
        """With all that is inline."""
        return Dashboard.objects.visible_to(user).prefetch_related("placements")

    def perform_create(self, serializer: Any) -> None:
        """An empty page of the caller's."""
        data, author = dict(serializer.validated_data), self._author()
        data.pop("placements", None)
        dashboard = services.create_dashboard(
            author,
            data.pop("workspace"),
            title=data.pop("title"),
            description=data.pop("description", ""),
            is_private=data.pop("is_private", False),
        )
        if data:
            dashboard = services.update_dashboard(dashboard, author, data)
        serializer.instance = dashboard

    def perform_update(self, serializer: Any) -> None:
        """Words, range, filters; and the cards' places."""
        dashboard, author = serializer.instance, self._author()
        data = dict(serializer.validated_data)
        data.pop("workspace", None)
        places = data.pop("placements", None)
        if data:
            dashboard = services.update_dashboard(dashboard, author, data)
        if places is not None:
            wanted = [_place(each) for each in places]
            known = dashboard.placements.values_list("widget_id", flat=True)
            if {place.widget_id for place in wanted} - set(known):
                message = _("One of these cards is not on this dashboard.")
                raise NotFound(message, field="placements")
            services.save_layout(dashboard, author, wanted, version=dashboard.version)
        serializer.instance = self.get_queryset().get(pk=dashboard.pk)

    def perform_destroy(self, instance: Dashboard) -> None:
        """With its cards; its owner and admins may."""
        services.delete_dashboard(instance, self._author())

    def _author(self) -> Any:
        return self.request.user


def _place(data: dict[str, Any]) -> services.Place:
    return services.Place(data["widget_id"], Box(data["x"], data["y"], data["w"], data["h"]))
