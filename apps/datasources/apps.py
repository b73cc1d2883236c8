"""The datasources app."""

from django.apps import AppConfig


class DataSourcesConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.datasources"

    def ready(self) -> None:
        """Listen for changed policies."""
        from apps.datasources import receivers  # noqa: F401
