"""The edge: what the numbers say, and where each figure comes from."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import EDIT
from apps.core.figures import figure, written
from apps.datasources import engine, hiding
from apps.datasources.access import scope_of
from apps.datasources.hiding import metrics_seen_whole
from apps.datasources.query import Query
from apps.insights import queries, services
from apps.insights.claims import Claim, claims_from
from apps.insights.facts import recomputed
from apps.insights.models import Anomaly, Forecast, Insight

MOST = 100


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The newest telling of each metric, and the unusual points."""
    context = {
        "told": queries.latest(request.user, limit=MOST),
        "anomalies": _anomalies(request)[:MOST],
        "metrics": metrics_seen_whole(request.user).select_related("workspace"),
        "editable": _editable(request),
    }
    return render(request, "insights/list.html", context)


@login_required
@require_GET
def metric(request: HttpRequest, pk: int) -> HttpResponse:
    """One metric: what is told of it, its forecast and its record, its unusual points."""
    found = get_object_or_404(
        metrics_seen_whole(request.user).select_related("measure", "dataset", "workspace"), pk=pk
    )
    forecast = Forecast.objects.filter(metric=found).order_by("pk").last()
    insights = Insight.objects.filter(metric=found).order_by("-pk")[:5]
    context = {
        "metric": found,
        "told": [queries.told(each) for each in insights],
        "forecast": forecast,
        "steps": _steps(forecast) if forecast else [],
        "record": _record(forecast) if forecast else None,
        "anomalies": _anomalies(request).filter(metric=found)[:MOST],
        "editable": _editable(request),
    }
    return render(request, "insights/metric.html", context)


@login_required
@require_GET
def claim(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One figure of an insight: what it means, its Query, and the same figure asked anew."""
    insight = get_object_or_404(Insight.objects.visible_to(request.user), pk=pk)
    claims = claims_from(insight.claims)
    if number >= len(claims):
        raise Http404
    found = claims[number]
    query = Query.from_json(found.query)
    asked = hiding.shown(engine.explain(query, request.user), scope_of(request.user, query.dataset))
    context = {
        "insight": insight,
        "claim": found,
        "method": insight.method,
        "now": _now(found, request),
        "query": found.query,
        "against": found.against,
        **asked[0],
    }
    return render(request, "insights/claim.html", context)


@login_required
@require_POST
def feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """Useful or noise; the row comes back."""
    may = workspaces_where(request.user, EDIT)
    mine = Anomaly.objects.visible_to(request.user).filter(metric__workspace__in=may)
    anomaly = get_object_or_404(mine.select_related("metric__measure"), pk=pk)
    services.give_feedback(anomaly, request.POST.get("feedback", ""))
    context = {"anomaly": anomaly, "editable": {anomaly.metric.workspace_id}}
    return render(request, "insights/_anomaly.html", context)


def _anomalies(request: HttpRequest) -> QuerySet[Anomaly]:
    return Anomaly.objects.visible_to(request.user).select_related("metric__measure")


def _editable(request: HttpRequest) -> set[int]:
    """Workspaces in which the visitor may give feedback."""
    return set(workspaces_where(request.user, EDIT).values_list("pk", flat=True))


def _now(found: Claim, request: HttpRequest) -> str:
    """The figure asked anew as the visitor; "" where it is a method's and not a Query's."""
    value = recomputed(found, request.user)
    return "" if value is None else written(value, found.unit, found.rounding)


def _steps(forecast: Forecast) -> list[dict[str, Any]]:
    """The forecast as rows of a table."""
    measure, points = forecast.metric.measure, forecast.points
    names = ("mean", "lo80", "hi80", "lo95", "hi95")
    return [
        {
            "t": at,
            **{name: figure(points[name][n], measure.format, measure.unit) for name in names},
        }
        for n, at in enumerate(points["t"])
    ]


def _record(forecast: Forecast) -> dict[str, str]:
    """The back-test in words: WAPE is a share, MASE a ratio."""
    record = forecast.record
    format_ = "percent" if record["measure"] == "WAPE" else ""
    return {
        "error": figure(record["error"], format_),
        "naive": figure(record["naive_error"], format_),
        "coverage": figure(record["coverage80"], "percent"),
    }
