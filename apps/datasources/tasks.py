"""Jobs of uploads, extracts and roll-ups; when they run stands in config/schedule.py."""

from celery import shared_task
from django.conf import settings

from apps.datasources import extracts, uploads
from apps.datasources.models import Extract
from apps.datasources.rollups import continuous
from apps.datasources.rollups import services as rollups


@shared_task
def sweep_uploads() -> None:
    """Drafts that nobody confirmed, and files that nothing needs any more. Safe to run twice."""
    uploads.sweep()


@shared_task
def take_due_extracts() -> None:
    """One task per extract, so that a slow source delays no other."""
    for extract_id in extracts.due():
        take_extract.apply_async((extract_id,), expires=55)


@shared_task(soft_time_limit=settings.EXTRACT_TIMEOUT_S, time_limit=settings.EXTRACT_TIMEOUT_S + 60)
def take_extract(extract_id: int) -> None:
    """Copy the rows of one dataset. Safe to run twice, and at the same time."""
    if extract := Extract.objects.filter(pk=extract_id).first():  # may be gone by now
        extracts.take(extract)


@shared_task
def make_due_rollups() -> None:
    """One task per dataset of which charts keep asking the same."""
    for dataset_id in rollups.due():
        make_rollups.apply_async((dataset_id,), expires=55)


@shared_task(soft_time_limit=settings.ROLLUP_TIMEOUT_S, time_limit=settings.ROLLUP_TIMEOUT_S + 60)
def make_rollups(dataset_id: int, again: bool = False) -> None:
    """Make the roll-ups of one dataset that are wanted. Safe to run twice, and at the same time."""
    rollups.keep_up(dataset_id, again)


@shared_task
def refresh_rollups() -> None:
    """Bring the roll-ups of streams up to date. Safe to run twice."""
    continuous.refresh_all()
