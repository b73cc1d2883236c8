"""The dashboards app."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.dashboards"
