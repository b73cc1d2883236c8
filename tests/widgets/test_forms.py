"""What the form of a new card chooses by itself, so that its preview draws at once."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.http import QueryDict

from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources.query import Query
from apps.widgets.draft import Draft
from apps.widgets.kinds import KINDS
from apps.widgets.kinds.base import shifted

SALES = ("order_id", "segment", "customer_id", "state")


def shape(columns=SALES, measures=("sales", "profit")):
    made = [SimpleNamespace(name=name, label=name, type="text", parent="") for name in columns]
    named = [SimpleNamespace(name=name, label=name) for name in measures]
    return SimpleNamespace(dataset_id=1, columns=made, measures=named, time_column="day")


@pytest.mark.parametrize(
    ("kind", "dimensions", "measures"),
    [
        ("pie", ("segment",), ("sales",)),
        ("map", ("state",), ("sales",)),
        ("funnel", ("segment",), ("sales",)),
        ("beeswarm", ("customer_id",), ("sales",)),
        ("scatter", ("segment",), ("sales", "profit")),
        ("line", (), ("sales",)),
    ],
)
def test_a_new_card_is_grouped_by_what_is_likely_to_draw_well(kind, dimensions, measures):
    draft = Draft(kind=kind).fitted(shape())
    assert (draft.dimensions, draft.measures) == (dimensions, measures)


def test_a_funnel_of_measures_and_dots_of_rows_stay_as_they_are():
    steps = Draft(kind="funnel", measures=("sales", "profit")).fitted(shape())
    assert (steps.dimensions, steps.measures) == ((), ("sales", "profit"))
    for options in (QueryDict("o-column=profit"), {"column": "profit"}):
        dots = Draft(kind="beeswarm", options=options).fitted(shape())
        assert (dots.dimensions, dots.measures) == ((), ())


@pytest.mark.parametrize(
    ("options", "entity"),
    [
        ({}, "customer_id"),
        ({"entity": "order_id"}, "order_id"),
        (QueryDict("o-entity=carrier&o-grain=month"), "customer_id"),
        (QueryDict("o-entity=segment"), "segment"),
    ],
)
def test_a_cohort_follows_customers_and_finds_them_in_another_dataset(options, entity):
    form = Draft(kind="cohort", options=options).options_form(shape())
    assert form["entity"].value() == entity


@pytest.mark.parametrize(
    ("kind", "asked", "said"),
    [
        ("scatter", {"measures": ("a",), "dimensions": ("b",)}, "choose 1 more under “"),
        ("heatmap", {"measures": ("a",), "dimensions": ("b",)}, "choose 1 more under “Grouped by”"),
        ("pie", {"measures": ("a",), "dimensions": ("b", "c")}, "at most 1 group: remove 1 under"),
        ("line", {"measures": ("a",), "dimensions": ("b", "c")}, "remove 1 under “Split by”"),
    ],
)
def test_a_question_that_a_kind_cannot_draw_says_which_field_and_what_to_do(kind, asked, said):
    with pytest.raises(UserError) as caught:
        KINDS[kind].check(Query(1, **asked))
    assert said in caught.value.message
    assert caught.value.field in ("measures", "dimensions")


def test_a_question_without_any_measure_says_which_field_and_what_to_do():
    with pytest.raises(UserError) as caught:
        KINDS["pie"].check_asked({"dimensions": ["region"]}, {})
    assert caught.value.message == "Pie chart needs 1 measure: choose 1 more under “Measure”."
    KINDS["table"].check_asked({"columns": ["region"]}, {})


def test_no_kind_begins_with_more_than_it_takes():
    for kind in KINDS.values():
        dimensions, measures = kind.begins_with(0, {})
        assert dimensions <= kind.dimensions[1]
        assert measures <= kind.measures[1]


def test_the_first_minutes_of_a_month_have_a_period_before():
    """They begin and end on the first, but are no months."""
    start = datetime(2026, 12, 1, 0, 7, tzinfo=UTC)
    query = Query(1, ("sales",), time="day").within(Window(start, start + timedelta(minutes=5)))
    assert shifted(query, "previous").window == Window(start - timedelta(minutes=5), start)
    months = Window(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    before = shifted(query.within(months), "previous").window
    assert (before.start, before.end) == (datetime(2025, 12, 1, tzinfo=UTC), months.start)
