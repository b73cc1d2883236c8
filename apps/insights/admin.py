"""Admin pages of findings, and of what a model's words cost."""

from django.contrib import admin

from apps.core.admin import ReadOnly
from apps.insights.models import Anomaly, Forecast, Insight, ModelUse


class Finding(ReadOnly):
    """What was computed, with what computed it."""

    list_select_related = ["metric"]
    date_hierarchy = "created_at"
    search_fields = ["metric__name"]
    list_filter = ["method", "metric__workspace"]


@admin.register(Forecast)
class ForecastPage(Finding):
    """What comes next."""

    list_display = ["metric", "method", "version", "created_at"]


@admin.register(Anomaly)
class AnomalyPage(Finding):
    """Unusual points. Feedback is given in the product."""

    list_display = ["metric", "at", "value", "expected", "score", "feedback", "method"]
    list_filter = ["feedback", "method", "metric__workspace"]
    date_hierarchy = "at"


@admin.register(Insight)
class InsightPage(Finding):
    """Facts in words."""

    list_display = ["metric", "text", "is_reworded", "method", "created_at"]
    search_fields = ["metric__name", "text"]
    list_filter = ["is_reworded", "method", "metric__workspace"]


@admin.register(ModelUse)
class ModelUsePage(ReadOnly):
    """Tokens by workspace and day."""

    list_display = ["workspace", "day", "calls", "tokens", "milliseconds", "refused"]
    list_filter = ["workspace"]
    search_fields = ["workspace__name"]
    date_hierarchy = "day"
    list_select_related = ["workspace"]
