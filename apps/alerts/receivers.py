"""What alerts hear from below."""

from typing import Any

from django.dispatch import receiver

from apps.alerts import queries, tasks
from apps.core import redis
from apps.datasources.signals import rows_recorded


@receiver(rows_recorded)
def on_rows_recorded(dataset_id: int, **_facts: Any) -> None:
    """Rows arrived: one check of the dataset's rules a second, so that a live rule fires soon.

    The check runs at the end of that second, so it sees every batch that came within it.
    """
    if not _has_rules(dataset_id):
        return
    mark = f"sightline:alerts:heard:{dataset_id}"
    if redis.client().set(mark, b"1", nx=True, px=1000):
        tasks.evaluate_dataset.apply_async((dataset_id,), countdown=1)


def _has_rules(dataset_id: int) -> bool:
    """Kept for a few seconds, so that ingest does not ask the database for every batch."""
    key = f"sightline:alerts:has_rules:{dataset_id}"
    kept: Any = redis.client().get(key)
    if kept is None:
        kept = b"1" if queries.rules_of_dataset(dataset_id) else b"0"
        redis.client().set(key, kept, ex=5)
    return bool(kept == b"1")
