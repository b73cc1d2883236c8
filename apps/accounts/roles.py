"""What each role may do: the only such table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """From least to most. Each may do what those before it may."""

    VIEWER = "viewer", _("Viewer")
    EDITOR = "editor", _("Editor")
    ANALYST = "analyst", _("Analyst")
    ADMIN = "admin", _("Admin")


VIEW, EDIT, DEFINE, MANAGE = "view", "edit", "define", "manage"

ROLES: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset({VIEW}),
    Role.EDITOR: frozenset({VIEW, EDIT}),  # dashboards, widgets, alert rules, reports
    Role.ANALYST: frozenset({VIEW, EDIT, DEFINE}),  # sources, datasets, metrics, SQL
    Role.ADMIN: frozenset({VIEW, EDIT, DEFINE, MANAGE}),  # people, row policies, everything
}


def roles_that_may(do: str) -> list[str]:
    """The roles that carry a permission, for a queryset's `role__in`."""
    return [role for role, permissions in ROLES.items() if do in permissions]
