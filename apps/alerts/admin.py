"""Admin pages of rules, incidents, targets, messages and silences."""

from django.contrib import admin

from apps.alerts.models import Incident, Message, Rule, Silence, Target
from apps.core.admin import Page, ReadOnly


@admin.register(Rule)
class RulePage(Page):
    """When to wake somebody."""

    list_display = ["name", "dataset", "comparison", "threshold", "is_active", "last_value"]
    list_display += ["evaluated_at", "owner"]
    list_filter = ["is_active", "comparison", "workspace"]
    search_fields = ["name", "dataset__name", "owner__email"]
    date_hierarchy = "created_at"
    list_select_related = ["dataset", "owner"]
    autocomplete_fields = ["workspace", "dataset", "owner"]
    readonly_fields = ["state", "evaluated_at", "last_value", "last_error", "created_at"]


@admin.register(Incident)
class IncidentPage(ReadOnly):
    """What fired; never rewritten."""

    list_display = ["rule", "opened_at", "closed_at", "value", "threshold", "peak"]
    list_filter = ["rule__workspace", ("closed_at", admin.EmptyFieldListFilter)]
    search_fields = ["rule__name"]
    date_hierarchy = "opened_at"
    list_select_related = ["rule"]


@admin.register(Target)
class TargetPage(Page):
    """Where messages go."""

    list_display = ["rule", "kind", "user"]
    list_filter = ["kind", "rule__workspace"]
    search_fields = ["rule__name", "user__email"]
    list_select_related = ["rule", "user"]
    autocomplete_fields = ["rule", "user"]


@admin.register(Message)
class MessagePage(ReadOnly):
    """What was sent, and how often it was tried."""

    list_display = ["incident", "target", "event", "attempts", "sent_at", "created_at"]
    list_filter = ["event", ("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["incident__rule__name", "target__user__email"]
    date_hierarchy = "created_at"
    list_select_related = ["incident__rule", "target__user"]


@admin.register(Silence)
class SilencePage(Page):
    """Spans without messages."""

    list_display = ["rule", "starts_at", "ends_at", "reason", "created_by"]
    list_filter = ["rule__workspace"]
    search_fields = ["rule__name", "reason"]
    date_hierarchy = "starts_at"
    list_select_related = ["rule", "created_by"]
    autocomplete_fields = ["rule", "created_by"]
