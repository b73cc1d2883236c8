"""Examples of kinds: questions that a dataset can answer, made of what a kind takes."""

from types import SimpleNamespace

import pytest

from apps.widgets.examples import examples, groups_of, needs
from apps.widgets.kinds import KINDS


def shape(columns=("region", "order_id", "country"), measures=("revenue", "orders"), time="day"):
    made = [
        SimpleNamespace(name=name, type="text", parent="country" if name == "region" else "")
        for name in columns
    ]
    return SimpleNamespace(
        columns=made, measures=[SimpleNamespace(name=name) for name in measures], time_column=time
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


def test_what_a_kind_takes_is_said_in_words():
    assert needs(KINDS["pie"]) == "1 measure, 1 group"
    assert needs(KINDS["line"]) == "1 to 4 measures, a time column, up to 1 group"
    assert needs(KINDS["insight"]) == "A metric"
