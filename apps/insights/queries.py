"""Reads of findings that other apps draw."""

from typing import Any

from apps.accounts.queries import Visitor
from apps.core.window import Window, to_ms
from apps.datasources.access import metrics_seen_whole
from apps.insights.models import Anomaly, Forecast, Insight


def overlays(
    metric_id: int,
    window: Window,
    user: Visitor,
    *,
    forecast: bool,
    anomalies: bool,
    sentences: bool,
) -> dict[str, Any]:
    """What lies over a chart of the metric in `window`; empty if the user's rows are narrowed."""
    if not metrics_seen_whole(user).filter(pk=metric_id).exists():
        return {}
    found: dict[str, Any] = {}
    if forecast and (newest := Forecast.objects.filter(metric_id=metric_id).order_by("pk").last()):
        found["forecast"] = {**newest.points, "method": newest.method, "record": newest.record}
    if anomalies:
        found["anomalies"] = _anomalies(metric_id, window)
    if sentences:
        found["insights"] = [
            {"text": each.text, "claims": each.claims, "created_at": to_ms(each.created_at)}
            for each in Insight.objects.filter(metric_id=metric_id).order_by("-created_at")[:3]
        ]
    return found


def _anomalies(metric_id: int, window: Window) -> dict[str, list[Any]]:
    rows = Anomaly.objects.filter(metric_id=metric_id, at__gte=window.start, at__lt=window.end)
    points = list(rows.exclude(feedback=Anomaly.Feedback.NOISE).order_by("at")[:500])
    return {
        "t": [to_ms(point.at) for point in points],
        "v": [point.value for point in points],
        "by": [point.votes for point in points],
        "expected": [point.expected for point in points],
    }
