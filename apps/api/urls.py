"""Paths of the api app: each resource has a line."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.api import schema
from apps.api.v1 import (
    alerts,
    auth,
    dashboards,
    datasets,
    findings,
    measures,
    metrics,
    pictures,
    policies,
    query,
    reports,
    sources,
    sql,
    streams,
    widgets,
    workspaces,
)

app_name = "api"
router = SimpleRouter()
for prefix, viewset in {
    "workspaces": workspaces.WorkspaceViewSet,
    "sources": sources.SourceViewSet,
    "datasets": datasets.DatasetViewSet,
    "measures": measures.MeasureViewSet,
    "policies": policies.PolicyViewSet,
    "metrics": metrics.MetricViewSet,
    "streams": streams.StreamViewSet,
    "widgets": widgets.WidgetViewSet,
    "dashboards": dashboards.DashboardViewSet,
    "rules": alerts.RuleViewSet,
    "incidents": alerts.IncidentViewSet,
    "silences": alerts.SilenceViewSet,
    "reports": reports.ReportViewSet,
    "insights": findings.InsightViewSet,
    "forecasts": findings.ForecastViewSet,
    "anomalies": findings.AnomalyViewSet,
}.items():
    router.register(prefix, viewset, prefix)

urlpatterns = [
    path("auth/token/", auth.TokenView.as_view(), name="token"),
    path("auth/token/refresh/", auth.RefreshView.as_view(), name="token_refresh"),
    path("auth/token/revoke/", auth.RevokeView.as_view(), name="token_revoke"),
    path("query/", query.QueryView.as_view(), name="query"),
    path("sql/", sql.SqlView.as_view(), name="sql"),
    path("streams/<slug:slug>/events/", streams.EventsView.as_view(), name="events"),
    path(
        "widgets/<int:id>/picture.<str:form>",
        pictures.WidgetPictureView.as_view(),
        name="widget_picture",
    ),
    path(
        "dashboards/<int:id>/picture.<str:form>",
        pictures.DashboardPictureView.as_view(),
        name="dashboard_picture",
    ),
    path("schema/", schema.SchemaView.as_view(), name="schema"),
    path("docs/", schema.docs, name="docs"),
    path("", include(router.urls)),
]
