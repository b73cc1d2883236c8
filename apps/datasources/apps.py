"""The datasources app."""

from django.apps import AppConfig


class DataSourcesConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.datasources"
