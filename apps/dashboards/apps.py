"""The dashboards app."""

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.dashboards"

    def ready(self) -> None:
        """Listen for changed rights."""
        from apps.dashboards import receivers  # noqa: F401
