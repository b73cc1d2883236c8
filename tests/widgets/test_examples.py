"""Examples of kinds: questions that a dataset can answer, made of what a kind takes."""

from types import SimpleNamespace

import pytest

from apps.datasources.definition import MeasureDef
from apps.widgets.examples import examples, needs
from apps.widgets.groups import groups_of
from apps.widgets.kinds import KINDS
from apps.widgets.kinds.rows import likely_number


def shape(columns=("region", "order_id", "country"), measures=("revenue", "orders"), time="day"):
    made = [
        SimpleNamespace(name=name, type="text", parent="country" if name == "region" else "")
        for name in columns
    ]
    return SimpleNamespace(
        columns=made,
        measures=[SimpleNamespace(name=name, adds_up=True) for name in measures],
        time_column=time,
    )


def test_the_likeliest_column_comes_first_and_identifiers_last():
    assert groups_of(shape()) == ["country", "region", "order_id"]


@pytest.mark.parametrize(("slug", "found"), [("line", True), ("bar", True), ("pie", True)])
def test_a_kind_gets_a_question_within_its_bounds(slug, found):
    kind = KINDS[slug]
    query, _options = next(examples(kind, shape()))
    assert kind.measures[0] <= len(query["measures"]) <= kind.measures[1]
    assert kind.dimensions[0] <= len(query.get("dimensions", [])) <= kind.dimensions[1]


def test_a_dataset_without_what_a_kind_takes_has_no_example():
    assert list(examples(KINDS["line"], shape(time=""))) == []
    assert list(examples(KINDS["scatter"], shape(measures=("revenue",)))) == []
    assert list(examples(KINDS["bar"], shape(columns=()))) == []


def flights():
    """Texts and numbers as flights have them: places are numbers, but nothing to average."""
    texts = ("carrier", "flight", "origin", "destination", "customer_id")
    numbers = ("latitude", "longitude", "delay")
    columns = [SimpleNamespace(name=n, label=n, type="text", parent="") for n in texts]
    columns += [SimpleNamespace(name=n, label=n, type="number", parent="") for n in numbers]
    made = (("flights", "count", ""), ("delay", "avg", "delay"))
    measures = [MeasureDef(n, n, a, c, *[""] * 5) for n, a, c in made]
    return SimpleNamespace(columns=columns, measures=measures, time_column="at")


def test_a_distribution_is_one_of_a_column_that_a_measure_is_made_of():
    assert likely_number(flights()) == "delay"
    form = KINDS["histogram"].options()
    form.offer(flights())
    assert form["column"].value() == "delay"
    without = flights()
    without.measures = without.measures[:1]
    assert likely_number(without) == "latitude"


def test_a_filter_begins_with_the_column_of_few_values():
    form = KINDS["filter_control"].options()
    form.offer(flights())
    assert form["column"].value() == "carrier"


@pytest.mark.parametrize(
    ("slug", "dimensions"),
    [
        ("heatmap", [{"column": "at", "part": "month"}, {"column": "at", "part": "weekday"}]),
        ("sankey", ["carrier", "origin"]),
        ("pivot", ["carrier", "origin"]),
        ("beeswarm", ["carrier"]),
    ],
)
def test_the_gallery_groups_by_what_has_few_values(slug, dimensions):
    query, _options = next(examples(KINDS[slug], flights()))
    assert query["dimensions"] == dimensions


def test_no_example_names_a_column_that_its_option_is_not_meant_for():
    assert list(examples(KINDS["map"], flights())) == []
    assert next(examples(KINDS["cohort"], flights()))[1]["entity"] == "customer_id"
    assert "column" not in next(examples(KINDS["beeswarm"], flights()))[1]
    assert "{{ flights }}" in next(examples(KINDS["markdown"], flights()))[1]["text"]


def test_what_a_kind_takes_is_said_in_words():
    assert needs(KINDS["pie"]) == "1 measure, 1 group"
    assert needs(KINDS["line"]) == "1 to 4 measures, a time column, up to 1 group"
    assert needs(KINDS["insight"]) == "A metric"


@pytest.mark.parametrize(("slug", "first"), [("waterfall", "flights"), ("bar", "delay")])
def test_what_is_added_up_begins_with_a_measure_that_can_be(slug, first):
    shape = flights()
    shape.measures = shape.measures[::-1]
    query, _options = next(examples(KINDS[slug], shape))
    assert query["measures"][0] == first
