"""A stream, and a rule on it that wakes its owner."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.alerts import services
from apps.alerts.models import Rule
from apps.streams import services as streams


@pytest.fixture
def visits(workspace):
    """A live dataset: at, page, milliseconds."""
    stream = streams.create_stream(
        workspace,
        name="Visits",
        slug="visits",
        columns=[
            {"name": "at", "type": "time"},
            {"name": "page", "type": "text"},
            {"name": "took", "type": "number", "unit": "ms"},
        ],
        time_column="at",
        measures=[
            {"name": "visits", "label": "Visits", "aggregate": "count", "format": "integer"},
            {"name": "took", "label": "Time taken", "aggregate": "avg", "column": "took"}
            | {"unit": "ms"},
        ],
    )
    return getattr(stream, "dataset", stream)


def record(dataset, *values, page="home", at=None):
    """Rows with these times taken, now."""
    at = at or datetime.now(UTC) - timedelta(seconds=1)
    rows = [{"at": at.isoformat(), "page": page, "took": value} for n, value in enumerate(values)]
    streams.record_events(dataset.stream, rows)


def slow_pages(dataset, owner, people=(), **fields):
    """A rule: time taken over the last minute rises above 500 ms."""
    query = {"dataset": dataset.pk, "measures": ["took"], "time": "at"}
    rule = Rule(
        workspace=dataset.workspace,
        dataset=dataset,
        owner=owner,
        **{"name": "Slow pages", "query": query, "window_s": 60, "threshold": 500.0} | fields,
    )
    return services.save_rule(rule, people or [owner])


@pytest.fixture
def rule(visits, editor):
    return slow_pages(visits, editor)
