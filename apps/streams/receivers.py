"""Rows were recorded: the hubs of all processes hear of it."""

from typing import Any

from django.dispatch import receiver

from apps.core.window import Window
from apps.datasources.signals import rows_recorded
from apps.streams import notices


@receiver(rows_recorded, dispatch_uid="streams.tell_hubs")
def tell_hubs(sender: Any, *, dataset_id: int, window: Window, **facts: Any) -> None:
    """One notice a batch, whatever the number of its rows."""
    notices.tell_rows(dataset_id, window)
