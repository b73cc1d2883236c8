"""A small stream: departures of one airport."""

import pytest

from apps.streams import services

COLUMNS = [
    {"name": "at", "type": "time"},
    {"name": "carrier", "type": "text"},
    {"name": "delay", "type": "number", "unit": "min"},
    {"name": "is_late", "type": "boolean", "label": "Late"},
]
MEASURES = [
    {"name": "flights", "label": "Flights", "aggregate": "count", "format": "integer"},
    {"name": "delay", "label": "Delay", "aggregate": "avg", "column": "delay"},
]


def make_stream(workspace, slug="departures"):
    return services.create_stream(
        workspace,
        name=slug.title(),
        slug=slug,
        columns=COLUMNS,
        time_column="at",
        measures=MEASURES,
    )


@pytest.fixture
def departures(workspace):
    return make_stream(workspace)
