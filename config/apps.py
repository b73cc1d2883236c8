"""Joins the worker's application to Django, so that every process enqueues to the same broker."""

from django.apps import AppConfig


class Config(AppConfig):
    """Holds no models; `ready` makes config.celery the current Celery application."""

    name = "config"

    def ready(self) -> None:
        """Load the Celery application."""
        from config import celery  # noqa: F401
