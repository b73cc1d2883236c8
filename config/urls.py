"""Every HTTP path, in one list. WebSocket paths are in asgi.py."""

from django.contrib import admin
from django.urls import include, path

from apps.core import views

urlpatterns = [
    path("", include("apps.dashboards.urls")),  # home and /d/<slug>/
    path("", include("apps.core.urls")),  # health, preferences, outbox
    path("accounts/", include("apps.accounts.urls")),
    path("w/", include("apps.widgets.urls")),
    path("data/", include("apps.datasources.urls")),
    path("sql/", include("apps.datasources.sql_urls")),
    path("streams/", include("apps.streams.urls")),
    path("insights/", include("apps.insights.urls")),
    path("alerts/", include("apps.alerts.urls")),
    path("reports/", include("apps.reports.urls")),
    path("search/", include("apps.search.urls")),
    path("api/v1/", include("apps.api.urls")),
    path("admin/", admin.site.urls),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.missing
handler500 = views.broken
