"""The alerts app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.alerts"
