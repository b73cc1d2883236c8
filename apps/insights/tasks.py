"""Jobs about metrics: one small task each, so that a slow one delays no other."""

from collections.abc import Callable
from functools import partial

from celery import shared_task
from django.db import OperationalError

from apps.core import redis
from apps.datasources.models import Metric
from apps.insights import services

LIMIT_S = 150
one_metric = partial(
    shared_task,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=5,
    soft_time_limit=120,
    time_limit=LIMIT_S,
)


@shared_task
def forecast_all() -> None:
    """Forecast every watched metric."""
    for metric_id in _watched():
        make_forecast.delay(metric_id)


@shared_task
def detect_all() -> None:
    """Look for unusual points in every watched metric."""
    for metric_id in _watched():
        detect_anomalies.delay(metric_id)


@shared_task
def tell_all() -> None:
    """Tell what changed in every watched metric."""
    for metric_id in _watched():
        tell.delay(metric_id)


@one_metric()
def make_forecast(metric_id: int) -> None:
    """Forecast one metric. Safe to run twice."""
    _alone(metric_id, "forecast", services.make_forecast)


@one_metric()
def detect_anomalies(metric_id: int) -> None:
    """Check one metric. Safe to run twice."""
    _alone(metric_id, "detect", services.detect_anomalies)


@one_metric()
def tell(metric_id: int) -> None:
    """Tell what changed in one metric. Safe to run twice."""
    _alone(metric_id, "tell", services.tell)


def _watched() -> list[int]:
    return list(Metric.objects.watched().values_list("pk", flat=True))


def _alone(metric_id: int, job: str, service: Callable[[Metric], object]) -> None:
    """Run the service unless another worker is at it; the metric may be gone by now."""
    lock = redis.client().lock(f"sightline:insights:{job}:{metric_id}", timeout=LIMIT_S)
    if not lock.acquire(blocking=False):
        return
    try:
        parts = ("dataset", "measure", "owner", "workspace")
        if metric := Metric.objects.select_related(*parts).filter(pk=metric_id).first():
            service(metric)
    finally:
        if lock.owned():
            lock.release()
