"""Whether the rail shows the way to the SQL lab."""

from typing import Any

from django import template
from django.core.cache import cache

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE

register = template.Library()
KEEP_S = 60


@register.simple_tag(takes_context=True)
def may_write_sql(context: template.Context) -> bool:
    """Whether the visitor defines data somewhere; asked of every page, so kept for a minute."""
    user: Any = context.get("user")
    if user is None or not user.is_authenticated:
        return False
    key = f"may-define:{user.pk}:{user.access_version}"
    return bool(cache.get_or_set(key, workspaces_where(user, DEFINE).exists, KEEP_S))
