"""The streams app."""

from django.apps import AppConfig


class StreamsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.streams"
