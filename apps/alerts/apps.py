"""The alerts app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.alerts"

    def ready(self) -> None:
        """Listen."""
        from apps.alerts import receivers  # noqa: F401
