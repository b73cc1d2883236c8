"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Name and label of the app."""

    name = "apps.accounts"

    def ready(self) -> None:
        """Listen for changed roles, groups and grants."""
        from apps.accounts import receivers  # noqa: F401
