"""The search app."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.search"
