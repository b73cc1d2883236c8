"""Jobs about cards."""

from typing import Any

from celery import shared_task
from django.utils import translation

from apps.accounts.models import User
from apps.widgets import pictures
from apps.widgets.models import Widget
from apps.widgets.view import View


@shared_task(ignore_result=True, time_limit=120, soft_time_limit=100)
def draw_pictures(
    sizes: dict[str, list[int]], view: dict[str, Any], user_id: int, language: str = "en"
) -> None:
    """Draw the last known pictures of widgets as a user sees them.

    sizes: widget id -> [width, height]. Safe to run twice; who lost access meanwhile gets none.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    widgets = Widget.objects.in_workspaces_of(user).select_related("dataset", "metric")
    wanted = [
        (widget, pictures.Size(*sizes[str(widget.pk)])) for widget in widgets.filter(pk__in=sizes)
    ]
    with translation.override(language):
        pictures.draw_all(wanted, View.from_json(view), user)
