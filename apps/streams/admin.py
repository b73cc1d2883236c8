"""Admin pages of streams and their batches."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core.admin import Page, ReadOnly
from apps.streams import services
from apps.streams.models import Batch, Stream


@admin.register(Stream)
class StreamPage(Page):
    """Streams. They are made in the product or by the API, with their tables."""

    list_display = ["slug", "dataset", "retention_days", "created_at"]
    search_fields = ["slug", "dataset__name"]
    list_filter = ["dataset__workspace"]
    date_hierarchy = "created_at"
    list_select_related = ["dataset"]
    readonly_fields = ["dataset", "slug", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A row without a table would be no stream."""
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """With its dataset and its table."""
        services.drop_stream(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The same for each."""
        for stream in queryset:
            services.drop_stream(stream)


@admin.register(Batch)
class BatchPage(ReadOnly):
    """Idempotency keys that were seen."""

    list_display = ["key", "stream", "created_at"]
    list_filter = ["stream"]
    search_fields = ["key"]
    date_hierarchy = "created_at"
    list_select_related = ["stream"]
