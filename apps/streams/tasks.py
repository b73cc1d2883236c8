"""Jobs of streams; when they run stands in config/schedule.py."""

from celery import shared_task

from apps.streams import services


@shared_task
def drop_old_rows() -> None:
    """Keep what retention promises. Safe to run twice."""
    services.drop_old_rows()
