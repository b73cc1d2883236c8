"""The streams app."""

from django.apps import AppConfig


class StreamsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.streams"

    def ready(self) -> None:
        """Listen for recorded rows."""
        from apps.streams import receivers  # noqa: F401
