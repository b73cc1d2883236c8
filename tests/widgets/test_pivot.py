"""Pivots: every level is a question of its own, so that totals of ratios are right."""

import json

import pytest

from apps.core.errors import UserError
from apps.datasources.definition import definition
from apps.widgets.cards import card_data
from apps.widgets.kinds import KINDS
from apps.widgets.models import Widget
from apps.widgets.view import View

VIEW = View("2024-01-01", "2024-03-01")
PIVOT = KINDS["pivot"]
TEMPLATE = {
    "measures": ["cost_share"],
    "dimensions": ["region", {"column": "ordered_at", "part": "month"}],
}


def asked(dataset, template, options=None):
    shape = definition(dataset.pk, dataset.version)
    return PIVOT.queries(template, PIVOT.options.cleaned(options or {}), shape, VIEW)


def test_each_level_is_asked_for(orders):
    found = asked(orders, TEMPLATE)
    assert {name: [d.name for d in query.dimensions] for name, query in found.items()} == {
        "main": ["region", "ordered_at_month"],
        "r1c0": ["region"],
        "r0c1": ["ordered_at_month"],
        "r0c0": [],
    }
    assert set(asked(orders, TEMPLATE, {"totals": False})) == {"main"}
    down = asked(orders, TEMPLATE, {"across": 0, "subtotals": False})
    assert set(down) == {"main", "r0c0"}


def test_time_stands_across_before_other_groups(orders):
    found = asked(orders, TEMPLATE, {"step": "month", "across": 1})
    assert found["main"].grain == "month"
    assert set(found) == {"main", "r1c1", "r1c0", "r0c2", "r0c1", "r0c0"}
    assert [found["r1c1"].grain, found["r1c0"].grain] == ["month", None]
    assert [d.name for d in found["r1c1"].dimensions] == ["region"]


def test_totals_of_a_ratio_are_those_of_all_rows(orders, editor):
    widget = Widget(kind="pivot", dataset=orders, query=TEMPLATE, options={})
    frames = json.loads(card_data(widget, VIEW, editor).body)["frames"]
    revenue = sum(10 + day % 7 + 5 for day in range(60))
    assert frames["r0c0"]["data"] == [[pytest.approx(60 * 10 / revenue)]]
    cells = frames["main"]["data"][-1]
    assert frames["r0c0"]["data"][0][0] != pytest.approx(sum(cells) / len(cells), abs=1e-6)


def test_a_pivot_without_groups_says_what_to_choose(orders):
    with pytest.raises(UserError, match="at least one group") as error:
        asked(orders, {"measures": ["revenue"]})
    assert error.value.field == "dimensions"


def test_an_old_table_with_a_dimension_across_draws_as_before():
    assert KINDS["table"].options.cleaned({"pivot": "region"})["pivot"] == "region"
