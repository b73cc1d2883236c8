"""Jobs of uploads; when they run stands in config/schedule.py."""

from celery import shared_task

from apps.datasources import uploads


@shared_task
def sweep_uploads() -> None:
    """Drafts that nobody confirmed, and files that nothing needs any more. Safe to run twice."""
    uploads.sweep()
