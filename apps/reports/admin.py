"""Admin pages of reports and their deliveries."""

from django.contrib import admin

from apps.core.admin import Page, ReadOnly
from apps.reports.models import Delivery, Report


@admin.register(Report)
class ReportPage(Page):
    """A dashboard on paper, on a schedule."""

    list_display = ["name", "dashboard", "every", "at", "timezone", "is_active", "next_at"]
    list_filter = ["every", "is_active", "workspace"]
    search_fields = ["name", "dashboard__title", "owner__email"]
    date_hierarchy = "created_at"
    list_select_related = ["dashboard"]
    autocomplete_fields = ["workspace", "dashboard", "owner", "recipients"]
    readonly_fields = ["next_at", "created_at"]


@admin.register(Delivery)
class DeliveryPage(ReadOnly):
    """Each run of a report, with its outcome."""

    list_display = ["report", "recipient", "due_at", "state", "attempts", "pages", "size"]
    list_display += ["sent_at"]
    list_filter = ["state", "report__workspace"]
    search_fields = ["report__name", "recipient__email"]
    date_hierarchy = "due_at"
    list_select_related = ["report", "recipient"]
