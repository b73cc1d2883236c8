"""Widgets: what the cards of dashboards show, and their data as it is drawn."""

import time
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.queries import Visitor
from apps.api.filters import refuse_unknown
from apps.api.v1.base import CACHE, Mine, Picked, Writable, matches, visible
from apps.api.v1.metrics import my_metrics
from apps.core.errors import Denied
from apps.dashboards import queries, services
from apps.dashboards.grid import Box
from apps.dashboards.models import Dashboard
from apps.datasources import hiding
from apps.datasources.access import Scope
from apps.datasources.models import Dataset
from apps.widgets import grids
from apps.widgets.cards import card_data
from apps.widgets.kinds import KINDS
from apps.widgets.models import GridValue, Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View

VIEW_NAMES = {"from": "now-7d", "to": "now", "tz": "UTC", "compare": "previous", "width": "640"}


class PlaceSerializer(serializers.Serializer[Any]):
    """Where a card stands: 24 columns, rows of 40 px."""

    x = serializers.IntegerField(min_value=0, max_value=23)
    y = serializers.IntegerField(min_value=0, max_value=2000)
    w = serializers.IntegerField(min_value=1, max_value=24)
    h = serializers.IntegerField(min_value=1, max_value=60)


class WidgetSerializer(Picked):
    """A widget. `query` is a Query without dataset and window: the view brings those."""

    dashboard = Mine(of=visible(Dashboard), source="placement.dashboard")
    place = PlaceSerializer(source="placement", required=False)
    kind = serializers.ChoiceField([(name, name) for name in KINDS])
    dataset = Mine(of=visible(Dataset), required=False, allow_null=True)
    metric = Mine(of=my_metrics, required=False, allow_null=True)
    query = serializers.DictField(required=False)
    options = serializers.DictField(required=False)

    class Meta:
        model = Widget
        # `place` first: the dashboard is then set inside the same placement
        fields = ["id", "workspace", "place", "dashboard", "title", "kind", "dataset", "metric"]
        fields += ["query", "options", "version", "updated_at"]
        read_only_fields = ["workspace", "version", "updated_at"]

    def to_representation(self, widget: Widget) -> dict[str, Any]:
        """Without the question, for a reader who may not query its dataset, or from whom a column
        is hidden that it names.
        """
        data: dict[str, Any] = dict(super().to_representation(widget))
        if widget.dataset_id and not self._reads(widget):
            hidden: dict[str, Any] = {"dataset": None, "metric": None, "query": {}, "options": {}}
            data |= {name: value for name, value in hidden.items() if name in data}
        return data

    def _reads(self, widget: Widget) -> bool:
        if widget.dataset_id not in self._readable():
            return False
        if "hiding" not in self.context:
            context: Any = self.context
            context["hiding"] = hiding.scopes_that_hide(self.context["request"].user)
        found: dict[int, Scope | None] = self.context["hiding"]
        if widget.dataset_id not in found:
            return True
        scope = found[widget.dataset_id]
        return scope is not None and not hiding.is_hidden(widget.query, scope)

    def _readable(self) -> set[int]:
        """The datasets that the caller may query, read once for a page of widgets."""
        if "readable" not in self.context:
            rows = Dataset.objects.visible_to(self.context["request"].user)
            context: Any = self.context
            context["readable"] = set(rows.values_list("pk", flat=True))
        found: set[int] = self.context["readable"]
        return found


class GridCellSerializer(serializers.Serializer[Any]):
    """One cell of an editable grid. `column` is a period (2026-09, 2026-Q3, 2026) or a name."""

    row = serializers.CharField(max_length=200)
    column = serializers.CharField(max_length=60)
    value = serializers.FloatField(allow_null=True)
    version = serializers.IntegerField(min_value=0)


class GridSerializer(serializers.Serializer[Any]):
    """The cells that hold something."""

    cells = GridCellSerializer(many=True)


class GridWriteSerializer(serializers.Serializer[Any]):
    """Cells to write; `value` null empties one."""

    cells = GridCellSerializer(many=True)


class GridChangeSerializer(serializers.Serializer[Any]):
    """One change; `at` in milliseconds since 1970."""

    at = serializers.IntegerField()
    by = serializers.CharField()
    to = serializers.FloatField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return super().get_fields() | {"from": serializers.FloatField(allow_null=True)}


class GridHistorySerializer(serializers.Serializer[Any]):
    """The changes of one cell."""

    changes = GridChangeSerializer(many=True)


class WidgetViewSet(Writable):
    """The cards of the dashboards that you see."""

    model = Widget
    serializer_class = WidgetSerializer
    needs_version = True
    filterset_fields: Any = ["workspace", "kind", "dataset", "metric", "placement__dashboard"]
    ordering_fields: Any = ["title", "updated_at"]

    def visible(self, user: Visitor) -> QuerySet[Widget]:
        """Cards of visible dashboards."""
        return queries.widgets_seen(user).select_related("placement")

    def editable(self, user: Visitor) -> QuerySet[Widget]:
        """Cards of dashboards that one may change."""
        return queries.widgets_edited(user)

    def perform_create(self, serializer: Any) -> None:
        """A new card, at the first free place unless told where."""
        data = serializer.validated_data
        placement = data.pop("placement")
        dashboard = placement.pop("dashboard")
        box = Box(**placement) if placement else None
        spec = _spec(data, WidgetSpec("", ""))
        serializer.instance = services.add_widget(dashboard, self._author(), spec, box).widget

    def perform_update(self, serializer: Any) -> None:
        """Show something else, or stand elsewhere; the dashboard stays."""
        widget, data = serializer.instance, serializer.validated_data
        placement = data.pop("placement", {})
        dashboard = placement.pop("dashboard", widget.placement.dashboard)
        if dashboard.pk != widget.placement.dashboard_id:
            raise serializers.ValidationError({"dashboard": _("This cannot be changed.")})
        if data:
            services.update_widget(widget, self._author(), _spec(data, WidgetSpec.of(widget)))
        if placement:
            dashboard.refresh_from_db()
            stands = services.box_of(widget.placement)
            place = services.Place(widget.pk, replace(stands, **placement))
            services.save_layout(dashboard, self._author(), [place], version=dashboard.version)
        serializer.instance = self.get_queryset().get(pk=widget.pk)

    def perform_destroy(self, instance: Widget) -> None:
        """Take it off its dashboard."""
        services.remove_widget(instance, self._author())

    @extend_schema(
        parameters=[
            *(
                OpenApiParameter(name, str, description=f"Such as {text}.")
                for name, text in VIEW_NAMES.items()
            ),
            OpenApiParameter("var-<column>", str, many=True, description="Values or ranges, 1..2."),
        ],
        responses={200: OpenApiTypes.OBJECT},
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def data(self, request: Request, pk: str) -> HttpResponse:
        """What the card draws: its frames and what lies over them, as kept."""
        params = request._request.GET
        known = {name for name in params if name.startswith("var-")}
        refuse_unknown(request, {*VIEW_NAMES, *known})
        widget = self._widget(int(pk))
        dashboard = widget.placement.dashboard
        opens = {"time_from": dashboard.time_from, "time_to": dashboard.time_to}
        zone = dashboard.workspace.timezone
        card = card_data(widget, View.from_params(params, timezone=zone, **opens), request.user)
        headers = {"ETag": card.etag, "Cache-Control": CACHE}
        if card.computed_at:
            headers["Age"] = str(max(0, int(time.time() - card.computed_at)))
        if matches(request.headers.get("If-None-Match", ""), card.etag):
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(card.body, content_type="application/json", headers=headers)

    @extend_schema(responses={200: GridSerializer}, filters=False)
    @action(detail=True, pagination_class=None)
    def grid(self, request: Request, pk: str) -> Response:
        """What people typed into an editable grid, of the rows that you see."""
        refuse_unknown(request, set())
        return Response({"cells": _cells_of(grids.values(self._widget(int(pk)), request.user))})

    @extend_schema(request=GridWriteSerializer, responses={200: GridSerializer}, filters=False)
    @grid.mapping.patch
    def write_grid(self, request: Request, pk: str) -> Response:
        """Write cells, all or none. Each names the `version` that you saw, 0 for an empty one; 409
        with `code` conflict if somebody wrote first.
        """
        widget = self._widget(int(pk))
        if not self.editable(request.user).filter(pk=widget.pk).exists():
            raise Denied(_("You may look at these figures, but not change them."))
        body = request.data if isinstance(request.data, dict) else {}
        cells = grids.read_cells(body.get("cells"))
        return Response({"cells": _cells_of(grids.write(widget, self._author(), cells))})

    @extend_schema(
        parameters=[
            OpenApiParameter("row", str, required=True),
            OpenApiParameter("column", str, required=True),
        ],
        responses={200: GridHistorySerializer},
        filters=False,
    )
    @action(detail=True, pagination_class=None, url_path="grid/history")
    def grid_history(self, request: Request, pk: str) -> Response:
        """Who changed one cell of a grid, when, from what to what; newest first."""
        refuse_unknown(request, {"row", "column"})
        row, column = (request.query_params.get(name, "") for name in ("row", "column"))
        changes = grids.history(self._widget(int(pk)), request.user, row, column)
        return Response({"changes": [grids.change_as_json(each) for each in changes]})

    def _widget(self, pk: int) -> Widget:
        found: Widget = get_object_or_404(self.get_queryset(), pk=pk)
        return found

    def _author(self) -> Any:
        return self.request.user


def _cells_of(values: list[GridValue]) -> list[dict[str, Any]]:
    return [grids.as_json(each) for each in values]


def _spec(data: dict[str, Any], now: WidgetSpec) -> WidgetSpec:
    """What the card is to show: the body's fields over those of now."""
    dataset_id, metric_id = now.dataset_id, now.metric_id
    if "dataset" in data:
        dataset_id = data["dataset"].pk if data["dataset"] else None
    if "metric" in data:
        metric_id = data["metric"].pk if data["metric"] else None
    return WidgetSpec(
        title=data.get("title", now.title),
        kind=data.get("kind", now.kind),
        dataset_id=dataset_id,
        metric_id=metric_id,
        query=data.get("query", now.query),
        options=data.get("options", now.options),
    )
