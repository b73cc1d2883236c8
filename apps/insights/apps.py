"""The insights app."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.insights"
