"""The widgets app."""

from django.apps import AppConfig


class WidgetsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.widgets"

    def ready(self) -> None:
        """Listen."""
        from apps.widgets import receivers  # noqa: F401
