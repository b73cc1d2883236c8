"""Admin pages of dashboards, placements and visits."""

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest

from apps.accounts.services import touch_workspace
from apps.core.admin import Page, ReadOnly, Touching
from apps.dashboards.models import Dashboard, Placement, Visit


class PlacementInline(admin.TabularInline[Placement, Any]):
    """Where the widgets stand."""

    model = Placement
    extra = 0
    raw_id_fields = ["widget"]


@admin.register(Dashboard)
class DashboardPage(Touching):
    """Pages of widgets."""

    list_display = ["title", "slug", "workspace", "owner", "is_private", "version", "updated_at"]
    list_filter = ["is_private", "workspace"]
    search_fields = ["title", "slug", "owner__email"]
    date_hierarchy = "updated_at"
    list_select_related = ["workspace", "owner"]
    autocomplete_fields = ["workspace", "owner"]
    exclude = ["favourite_of"]
    readonly_fields = ["version", "created_at", "updated_at"]
    inlines = [PlacementInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """An open editor learns that it is behind."""
        super().save_related(request, form, formsets, change)
        if change:
            Dashboard.objects.filter(pk=form.instance.pk).update(version=F("version") + 1)

    def touch(self, rows: list[Any]) -> None:
        """Private or not is a matter of rights."""
        for workspace_id in {row.workspace_id for row in rows}:
            touch_workspace(workspace_id)


@admin.register(Placement)
class PlacementPage(Page):
    """Where widgets stand."""

    list_display = ["widget", "dashboard", "x", "y", "w", "h"]
    list_filter = ["dashboard__workspace"]
    search_fields = ["widget__title", "dashboard__title"]
    list_select_related = ["widget", "dashboard"]
    autocomplete_fields = ["widget", "dashboard"]


@admin.register(Visit)
class VisitPage(ReadOnly):
    """Who last looked when."""

    list_display = ["user", "dashboard", "at"]
    search_fields = ["user__email", "dashboard__title"]
    list_filter = ["dashboard__workspace"]
    date_hierarchy = "at"
    list_select_related = ["user", "dashboard"]
