"""What the product found: forecasts, anomalies, insights. Read; anomalies take feedback."""

from typing import Any

from django.db.models import QuerySet

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.api.v1.base import Picked, Readable, Writable
from apps.insights import services
from apps.insights.models import Anomaly, Forecast, Insight


class ForecastSerializer(Picked):
    """What comes next, in columns, with the method and its record on the past."""

    class Meta:
        model = Forecast
        fields = ["id", "metric", "method", "version", "points", "record", "created_at"]
        read_only_fields = fields


class ForecastViewSet(Readable):
    """Forecasts of the metrics whose every row you see."""

    model = Forecast
    serializer_class = ForecastSerializer
    filterset_fields: Any = ["metric", "method"]
    ordering_fields: Any = ["created_at"]


class AnomalySerializer(Picked):
    """An unusual point, and the methods that voted for it."""

    class Meta:
        model = Anomaly
        fields = ["id", "metric", "at", "value", "expected", "low", "high", "score", "votes"]
        fields += ["method", "version", "feedback", "created_at"]
        read_only_fields = [name for name in fields if name != "feedback"]


class AnomalyViewSet(Writable):
    """Anomalies of the metrics whose every row you see. Editors say which were worth telling."""

    model = Anomaly
    serializer_class = AnomalySerializer
    http_method_names = ["get", "head", "patch", "options"]
    filterset_fields: Any = {
        "metric": ["exact"],
        "feedback": ["exact"],
        "at": ["gte", "lt"],
    }
    ordering_fields: Any = ["at", "score", "created_at"]

    def editable(self, user: Visitor) -> QuerySet[Anomaly]:
        """Those of workspaces where the caller edits."""
        found: QuerySet[Anomaly] = Anomaly.objects.visible_to(user)
        return found.filter(metric__workspace__in=workspaces_where(user, EDIT))

    def perform_update(self, serializer: Any) -> None:
        """Noise is drawn no more."""
        if "feedback" in serializer.validated_data:
            services.give_feedback(serializer.instance, serializer.validated_data["feedback"])


class InsightSerializer(Picked):
    """Facts in words: {n} in the text stands for claim n, whose value was computed."""

    class Meta:
        model = Insight
        fields = ["id", "metric", "text", "claims", "window_from", "window_to", "is_reworded"]
        fields += ["method", "version", "created_at"]
        read_only_fields = fields


class InsightViewSet(Readable):
    """Insights on the metrics whose every row you see."""

    model = Insight
    serializer_class = InsightSerializer
    filterset_fields: Any = ["metric", "is_reworded"]
    ordering_fields: Any = ["created_at"]
