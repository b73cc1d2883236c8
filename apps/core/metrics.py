"""What this process has done, counted for Prometheus. Other apps count here with `.inc()`.

Numbers of the process that answers; tasks run elsewhere, so workers count those in Redis.
"""

import time
from collections.abc import Callable
from typing import Any

import redis as driver
from celery.signals import task_failure, task_retry, task_success
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from apps.core import redis

CONTENT_TYPE = CONTENT_TYPE_LATEST
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
REQUESTS = Counter(
    "sightline_requests", "HTTP requests", ["view", "method", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "sightline_request_seconds",
    "Time to answer an HTTP request",
    ["view"],
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ANSWERS = Counter(
    "sightline_query_answers", "Queries by how they were answered", ["cache"], registry=REGISTRY
)
ROWS = Counter("sightline_ingest_rows", "Rows received", ["outcome"], registry=REGISTRY)
SOCKETS = Gauge("sightline_live_sockets", "Open dashboard sockets", registry=REGISTRY)
TASKS_KEY = "sightline:metrics:tasks"


class MetricsMiddleware:
    """Counts every request under its view's name; a path without a view is "none"."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, counted and timed."""
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = match.view_name if match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, response.status_code).inc()
        SECONDS.labels(view).observe(time.perf_counter() - began)
        return response


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def text() -> bytes:
    """All of it, in Prometheus' text format."""
    tasks = [
        f'sightline_tasks_total{{task="{name}",outcome="{outcome}"}} {count}\n'
        for (name, outcome), count in sorted(_tasks().items())
    ]
    head = "# HELP sightline_tasks_total Background tasks by outcome\n"
    head += "# TYPE sightline_tasks_total counter\n"
    return generate_latest(REGISTRY) + (head + "".join(tasks)).encode()


def _tasks() -> dict[tuple[str, str], int]:
    try:
        counts: dict[bytes, bytes] = redis.client().hgetall(TASKS_KEY)  # type: ignore[assignment]
    except (driver.RedisError, OSError):
        return {}
    found = {}
    for key, count in counts.items():
        name, _colon, outcome = key.decode().rpartition(":")
        found[name, outcome] = int(count)
    return found


def _count_task(sender: Any, outcome: str) -> None:
    try:
        redis.client().hincrby(TASKS_KEY, f"{sender.name}:{outcome}", 1)
    except (driver.RedisError, OSError):
        return  # a number less; never a task lost for it


@task_success.connect(weak=False)
def _succeeded(sender: Any, **kwargs: Any) -> None:
    _count_task(sender, "success")


@task_failure.connect(weak=False)
def _failed(sender: Any, **kwargs: Any) -> None:
    _count_task(sender, "failure")


@task_retry.connect(weak=False)
def _retried(sender: Any, **kwargs: Any) -> None:
    _count_task(sender, "retry")
