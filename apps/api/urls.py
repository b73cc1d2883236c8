"""Paths of the api app."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.api.v1 import auth, workspaces

app_name = "api"
router = SimpleRouter()
router.register("workspaces", workspaces.WorkspaceViewSet, "workspace")

urlpatterns = [
    path("auth/token/", auth.TokenView.as_view(), name="token"),
    path("auth/token/refresh/", auth.RefreshView.as_view(), name="token_refresh"),
    path("auth/token/revoke/", auth.RevokeView.as_view(), name="token_revoke"),
    path("", include(router.urls)),
]
