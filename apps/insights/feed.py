"""Reads for cards: the newest unusual points with their course, and what carried a change."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.core.window import Window, to_ms
from apps.datasources import engine
from apps.datasources.models import Metric
from apps.insights.claims import MOVES, claims_from
from apps.insights.history import question
from apps.insights.models import Anomaly, Insight
from apps.insights.templatetags.figures import method_name

WITH_COURSE: Final = 8  # how many of a feed bring the steps around them
BEFORE, AFTER = 20, 4  # steps of a course before and after its point


def feed(user: Visitor, metrics: QuerySet[Metric], until: datetime, limit: int) -> dict[str, Any]:
    """{"points": newest first, "of": all there are}: unusual points that nobody called noise.

    metrics: of which; only those count whose every row the user sees.
    """
    rows = Anomaly.objects.visible_to(user).filter(metric__in=metrics, at__lt=until)
    rows = rows.exclude(feedback=Anomaly.Feedback.NOISE).order_by("-at", "-pk")
    newest = rows.select_related("metric__measure", "metric__dataset", "metric__workspace")[:limit]
    points = [_point(each, user, n < WITH_COURSE) for n, each in enumerate(newest)]
    return {"points": points, "of": rows.count()}


def _point(row: Anomaly, user: Visitor, with_course: bool) -> dict[str, Any]:
    measure = row.metric.measure
    return {
        "id": row.pk,
        "metric": row.metric.name,
        "href": reverse("insights:metric", args=[row.metric_id]),
        "at": to_ms(row.at),
        "grain": row.metric.grain,
        "value": row.value,
        "expected": row.expected,
        "low": row.low,
        "high": row.high,
        "votes": [str(method_name(each)) for each in row.votes],
        "feedback": row.feedback,
        "measure": {"unit": measure.unit, "format": measure.format, "good": measure.good},
        "course": _course(row, user) if with_course else None,
    }


def _course(row: Anomaly, user: Visitor) -> dict[str, Any] | None:
    """The steps around a point, as the reader may ask them; nothing if they may not."""
    metric = row.metric
    span = _length(metric.grain)
    window = Window(row.at - BEFORE * span, row.at + AFTER * span)
    try:
        query = replace(question(metric).within(window), grain=metric.grain)
        frame = engine.answer(query, user)
    except UserError:
        return None
    return {"t": frame.column(query.time or ""), "v": frame.column(metric.measure.name)}


def _length(grain: str) -> timedelta:
    """About how long a step is."""
    letters = {"month": "M", "quarter": "M", "year": "y"}
    if grain in letters:
        return timedelta(days={"month": 31, "quarter": 92, "year": 366}[grain])
    numbers = {"second": 1, "5second": 5, "15second": 15, "minute": 60, "5minute": 300}
    numbers |= {"15minute": 900, "hour": 3600, "day": 86_400, "week": 604_800}
    return timedelta(seconds=numbers.get(grain, 86_400))


def drivers(metric_id: int, user: Visitor) -> dict[str, Any] | None:
    """The newest told change of a metric and the parts that carried it, as a tree; None if the user
    does not see the metric whole, or nothing was told.

    {"label", "unit", "format", "good", "now", "before", "period", "children": [{"label", "share",
    "change", "href", "children"}]}: share of the parent's change, change in the metric's unit.
    """
    found = Insight.objects.visible_to(user).filter(metric=metric_id).order_by("pk").last()
    if found is None:
        return None
    claims = list(enumerate(claims_from(found.claims)))
    shares = [(n, each) for n, each in claims if each.operation == "share" and each.subject]
    moved = next((each for _n, each in claims if each.operation in MOVES), None)
    values = {each.operation: each for _n, each in claims if moved and each.fact == moved.fact}
    if not shares or moved is None or not {"value", "previous"} <= values.keys():
        return None
    now, before = values["value"].value or 0.0, values["previous"].value or 0.0
    children = [
        {
            "label": each.subject,
            "share": (each.value or 0.0) / 100,
            "change": (each.value or 0.0) / 100 * (now - before),
            "href": reverse("insights:claim", args=[found.pk, n]),
            "children": [],
        }
        for n, each in shares
    ]
    measure = found.metric.measure
    return {
        "label": found.metric.name,
        "unit": measure.unit,
        "format": measure.format,
        "good": measure.good,
        "now": now,
        "before": before,
        "period": moved.period_shown,
        "children": children,
    }
