"""Reports in the background: ids in, one service call each."""

from datetime import UTC, datetime

from celery import shared_task

from apps.reports import exports, services

EXPIRES_S = 45  # the sweep names a delivery again as long as nobody ran it


@shared_task
def send_due() -> None:
    """One task per delivery, so that a slow dashboard delays nobody else's report."""
    for delivery_id in services.due_deliveries(datetime.now(UTC)):
        deliver.apply_async((delivery_id,), expires=EXPIRES_S)


@shared_task
def deliver(delivery_id: int) -> None:
    """Print and mail one. Safe to run twice, and at the same time."""
    services.deliver(delivery_id)


@shared_task
def export(token: str) -> None:
    """Make a PDF that somebody waits for."""
    exports.work(token)
