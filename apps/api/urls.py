"""Paths of the api app."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.api.v1 import auth, datasets, query, streams, workspaces

app_name = "api"
router = SimpleRouter()
router.register("workspaces", workspaces.WorkspaceViewSet, "workspace")
router.register("datasets", datasets.DatasetViewSet, "dataset")
router.register("measures", datasets.MeasureViewSet, "measure")
router.register("streams", streams.StreamViewSet, "stream")

urlpatterns = [
    path("auth/token/", auth.TokenView.as_view(), name="token"),
    path("auth/token/refresh/", auth.RefreshView.as_view(), name="token_refresh"),
    path("auth/token/revoke/", auth.RevokeView.as_view(), name="token_revoke"),
    path("query/", query.QueryView.as_view(), name="query"),
    path("streams/<slug:slug>/events/", streams.EventsView.as_view(), name="events"),
    path("", include(router.urls)),
]
