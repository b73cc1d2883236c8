"""Rights changed or somebody signed out: open sockets are checked again, in all processes."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from apps.accounts.signals import access_changed
from apps.streams import notices


@receiver(access_changed, dispatch_uid="dashboards.check_sockets")
def check_sockets(sender: Any, *, user_ids: list[int], **facts: Any) -> None:
    """The people whose rights have changed."""
    notices.tell_access(user_ids)


@receiver(user_logged_out, dispatch_uid="dashboards.check_signed_out")
def check_signed_out(sender: Any, *, user: Any, **facts: Any) -> None:
    """Django's signal; the user is None for a session that nobody had."""
    if user is not None and user.pk:
        notices.tell_access([user.pk])
