"""The core app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.core"

    def ready(self) -> None:
        """Count tasks in every process that runs them."""
        from apps.core import metrics  # noqa: F401
