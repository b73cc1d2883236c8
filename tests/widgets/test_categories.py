"""What the kinds of figures, categories, parts and flows ask, by their options."""

from typing import Any

import pytest

from apps.core.errors import UserError
from apps.datasources.definition import ColumnDef, Definition, MeasureDef
from apps.datasources.query import Query
from apps.widgets.kinds import KINDS
from apps.widgets.view import View

COLUMNS = (
    ColumnDef("at", "At", "time", "", ""),
    ColumnDef("region", "Region", "text", "", ""),
    ColumnDef("segment", "Segment", "text", "", ""),
    ColumnDef("amount", "Amount", "number", "", ""),
)
MEASURES = tuple(
    MeasureDef(name, name.title(), "sum", "amount", "", "", "", "", "up")
    for name in ("revenue", "orders", "goal")
)
MEASURES += (
    MeasureDef("rate", "Rate", "ratio", "", "revenue", "orders", "", "percent", "up"),
    MeasureDef("highest", "Highest", "max", "amount", "", "", "", "", "up"),
)
SHAPE = Definition(1, 1, 1, 1, "duckdb", False, "sales", "at", COLUMNS, MEASURES)
BY_REGION = {"measures": ["revenue"], "dimensions": ["region"]}


def asked(
    kind: str, template: dict[str, Any], options: dict[str, Any] | None = None, **view: str
) -> dict[str, Query]:
    whole = {"time_from": "2026-01-01", "time_to": "2026-04-01", **view}
    found = KINDS[kind]
    cleaned = found.options.cleaned(options or {})
    queries = found.queries(template, cleaned, SHAPE, View(**whole))
    for query in queries.values():
        assert Query.from_json(query.as_json()) == query
    found.check(queries["main"])
    return queries


def test_bars_take_their_top_and_its_rest_from_the_database():
    query = asked("bar", BY_REGION, {"top": 5})["main"]
    assert query.top is not None
    assert (query.top.limit, query.top.by, query.top.other) == (5, "revenue", True)
    query = asked("bar", {**BY_REGION, "top": {"limit": 3, "by": "revenue"}})["main"]
    assert query.top is not None
    assert query.top.limit == 3


@pytest.mark.parametrize(
    ("sort", "by", "descending"),
    [("value_up", "revenue", False), ("value", "revenue", True), ("name_down", "region", True)],
)
def test_bars_are_sorted_by_the_database(sort, by, descending):
    [order] = asked("bar", BY_REGION, {"sort": sort})["main"].order
    assert (order.by, order.descending) == (by, descending)


def test_bars_over_time_keep_the_order_of_time():
    query = asked("bar", {**BY_REGION, "grain": "month"}, {"sort": "value", "top": 4})["main"]
    assert not query.order
    assert query.top is not None


def test_a_part_of_a_calendar_is_sorted_by_its_name_in_the_answer():
    template = {"measures": ["revenue"], "dimensions": [{"column": "at", "part": "hour"}]}
    [order] = asked("bar", template, {"sort": "name"})["main"].order
    assert order.by == "at_hour"


@pytest.mark.parametrize("options", [{"top": 0}, {"top": "many"}, {"sort": "luck"}])
def test_a_wrong_option_is_refused_by_its_name(options):
    with pytest.raises(UserError) as error:
        asked("bar", BY_REGION, options)
    assert error.value.field == f"options.{next(iter(options))}"


@pytest.mark.parametrize(
    ("template", "options", "limit", "other"),
    [
        ({}, {}, 7, True),
        ({}, {"top": 6, "other": False}, 6, False),
        ({}, {"top": 30}, 7, True),
        ({"top": {"limit": 12, "by": "revenue"}}, {}, 7, False),
        ({"limit": 500}, {}, 7, True),
        ({"measures": ["rate"]}, {}, 7, True),
    ],
)
def test_a_pie_takes_its_rest_from_the_database(template, options, limit, other):
    query = asked("pie", {**BY_REGION, **template}, options)["main"]
    assert query.top is not None
    assert (query.top.limit, query.top.other) == (limit, other)


@pytest.mark.parametrize(
    "template",
    [{"limit": 5}, {"dimensions": [{"column": "at", "part": "weekday"}]}, {"dimensions": ["at"]}],
)
def test_a_pie_of_few_by_themselves_has_no_top(template):
    assert asked("pie", {**BY_REGION, **template})["main"].top is None


@pytest.mark.parametrize("kind", ["treemap", "waterfall", "pareto", "sankey"])
@pytest.mark.parametrize("measure", ["rate", "highest", "avg(amount)", "count_distinct(segment)"])
def test_what_does_not_add_up_is_not_added_up(kind, measure):
    template = {"measures": [measure], "dimensions": ["region"]}
    if kind == "sankey":
        template["dimensions"] = ["region", "segment"]
    with pytest.raises(UserError, match="does not add up: choose a sum") as error:
        asked(kind, template)
    assert error.value.field == "measures"
    assert asked(kind, {**template, "measures": ["sum(amount)"]})


def test_groups_of_a_treemap_get_a_colour_of_their_own():
    template = {"measures": ["revenue", "rate"], "dimensions": ["region", "segment", "city"]}
    queries = asked("treemap", {**template, "limit": 9}, {"colour": "measure", "top": 3})
    assert {name: len(query.dimensions) for name, query in queries.items()} == {
        "main": 3,
        "level1": 1,
        "level2": 2,
    }
    assert queries["level1"].top == queries["main"].top
    assert queries["level1"].limit is None
    assert set(asked("treemap", template)) == {"main"}


def test_a_big_number_needs_no_option_and_refuses_what_it_cannot_show():
    assert set(asked("big_number", {"measures": ["revenue"]})) == {"main", "previous", "trend"}
    with pytest.raises(UserError) as error:
        asked("big_number", {"measures": ["revenue"]}, {"decimals": 9})
    assert error.value.field == "options.decimals"


def test_a_gauge_takes_its_targets_from_a_second_measure():
    template = {"measures": ["revenue", "goal"], "dimensions": ["region"]}
    query = asked("gauge", template, {"top": 9, "other": False})["main"]
    assert query.measures == ("revenue", "goal")
    assert query.top is not None
    assert query.top.by == "revenue"


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ({"measures": ["revenue"]}, "dimensions"),
        ({**BY_REGION, "measures": ["revenue", "orders"]}, "measures"),
    ],
)
def test_a_funnel_has_values_or_measures_for_steps(template, field):
    assert asked("funnel", BY_REGION)
    assert asked("funnel", {"measures": ["revenue", "orders"]})
    with pytest.raises(UserError) as error:
        asked("funnel", template)
    assert error.value.field == field


def test_changes_of_a_waterfall_are_asked_side_by_side():
    assert asked("waterfall", BY_REGION)["main"].compare is None
    queries = asked("waterfall", BY_REGION, {"steps": "year", "top": 4})
    assert set(queries) == {"main"}
    assert queries["main"].compare == "year"
    assert queries["main"].top is not None
    assert queries["main"].top.other
    over_time = asked("waterfall", {"measures": ["revenue"], "grain": "month"})["main"]
    assert (over_time.grain, over_time.top) == ("month", None)


def test_a_pareto_chart_always_has_its_rest_whatever_the_limit():
    template = {**BY_REGION, "limit": 3, "top": {"limit": 2, "by": "orders"}}
    for options, limit in (({}, 20), ({"top": 5}, 5)):
        query = asked("pareto", template, options)["main"]
        assert query.limit is None
        assert query.top is not None
        assert (query.top.limit, query.top.by, query.top.other) == (limit, "revenue", True)


def test_a_treemap_coloured_by_change_asks_for_the_values_before():
    template = {"measures": ["revenue", "orders"], "dimensions": ["region", "segment"]}
    assert asked("treemap", template, {"colour": "measure"})["main"].compare is None
    query = asked("treemap", template, {"colour": "change", "top": 3})["main"]
    assert query.compare == "previous"
    assert query.top is not None


def test_a_ranking_asks_for_all_values_in_steps_with_room():
    template = {**BY_REGION, "top": {"limit": 3, "by": "revenue"}}
    query = asked("bump", template)["main"]
    assert (query.top, query.grain) == (None, "week")
    assert asked("line", BY_REGION)["main"].grain == "day"
    assert asked("bump", {**BY_REGION, "grain": "month"})["main"].grain == "month"


def test_a_sankey_has_two_stages_at_least():
    assert asked("sankey", {"measures": ["revenue"], "dimensions": ["region", "segment"]})
    with pytest.raises(UserError) as error:
        asked("sankey", BY_REGION)
    assert error.value.field == "dimensions"
