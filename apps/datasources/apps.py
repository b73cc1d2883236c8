"""The datasources app."""

from django.apps import AppConfig


class DataSourcesConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.datasources"

    def ready(self) -> None:
        """Listen for changed policies, and look after sealed secrets."""
        from apps.datasources import checks, receivers  # noqa: F401
