"""Admin page of widgets."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.admin import Page, ReadOnly
from apps.widgets.models import CustomKind, CustomKindVersion, GridChange, GridValue, Widget


@admin.register(Widget)
class WidgetPage(Page):
    """What one card shows. The product's editor checks more than this page does."""

    list_display = ["title", "kind", "dataset", "metric", "workspace", "version", "updated_at"]
    list_filter = ["kind", "workspace"]
    search_fields = ["title", "dataset__name"]
    date_hierarchy = "updated_at"
    list_select_related = ["dataset", "metric", "workspace"]
    autocomplete_fields = ["workspace", "dataset", "metric"]
    readonly_fields = ["version", "updated_at"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new version, under which its pictures are kept."""
        obj.version += 1 if change else 0
        super().save_model(request, obj, form, change)


@admin.register(CustomKind)
class CustomKindPage(ReadOnly):
    """Drawing modules; the settings page of the product uploads and disables them."""

    list_display = ["name", "workspace", "libraries", "is_active", "created_at"]
    list_filter = ["workspace", "libraries", "is_active"]
    search_fields = ["name"]


@admin.register(CustomKindVersion)
class CustomKindVersionPage(ReadOnly):
    """What was uploaded, by whom and when."""

    list_display = ["kind", "number", "author", "created_at"]
    list_select_related = ["kind", "author"]
    search_fields = ["kind__name"]


@admin.register(GridValue)
class GridValuePage(ReadOnly):
    """What people typed into grids; it is changed in the grid, where every change is kept."""

    list_display = ["widget", "row", "column", "value", "version", "updated_at"]
    list_filter = ["widget__workspace"]
    search_fields = ["widget__title", "row", "column"]
    date_hierarchy = "updated_at"
    list_select_related = ["widget"]


@admin.register(GridChange)
class GridChangePage(ReadOnly):
    """Who changed which cell of a grid, when, from what to what."""

    list_display = ["at", "widget", "row", "column", "before", "after", "by_name"]
    list_filter = ["widget__workspace"]
    search_fields = ["widget__title", "row", "column", "by_name"]
    date_hierarchy = "at"
    list_select_related = ["widget"]
