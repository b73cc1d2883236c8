"""When a live card may be sent its newest steps alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from apps.dashboards import live
from apps.datasources.definition import definition
from apps.datasources.plans import ends_alone
from apps.datasources.query import Query, Top


@pytest.mark.parametrize(
    ("change", "has_tail"),
    [
        ({}, True),
        ({"grain": "5second"}, True),
        ({"compare": "previous"}, False),
        ({"top": Top(3, "revenue")}, False),
    ],
)
def test_newest_steps_stand_alone_only_where_nothing_hangs_on_others(orders, change, has_tail):
    question = Query.from_json(
        {
            "dataset": orders.pk,
            "measures": ["revenue"],
            "dimensions": ["region"],
            "time": "ordered_at",
            "grain": "day",
        }
    )
    shape = definition(orders.pk, orders.version)
    assert ends_alone(replace(question, **change), shape) is has_tail


def test_the_tail_begins_where_the_workspaces_week_does(orders):
    orders.workspace.week_start = 6
    orders.workspace.save()
    orders.version += 1
    orders.save()
    question = Query(orders.pk, ("revenue",), time="ordered_at", grain="week")
    wednesday = datetime(2024, 1, 10, 12, tzinfo=UTC)
    start = live._behind(wednesday, question, definition(orders.pk, orders.version))
    assert start == datetime(2023, 12, 31, tzinfo=UTC)  # a Sunday, one week more
