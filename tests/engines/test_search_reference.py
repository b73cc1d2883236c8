"""Every kind of question to a real search node, against DuckDB and against plain Python."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.datasources.connectors.errors import SourceRefused
from apps.datasources.query import GRAINS
from tests.datasources import reference
from tests.datasources.reference import AMOUNT, AT, SELECT, bucket, grouped, met
from tests.datasources.test_compiler_reference import compared, few, filters, rows, zones
from tests.datasources.test_opensearch import (  # noqa: F401
    pair,
    source,
    source_row,
    test_a_copy_holds_every_document,
    test_a_field_that_would_answer_wrongly_is_refused,
    test_a_measure_that_cannot_be_folded_is_refused,
    test_a_policy_narrows_every_question_and_nobody_undoes_it,
    test_an_answer_past_the_limit_is_too_large,
    test_an_index_that_is_gone_says_so,
    test_comparisons_are_those_of_sql,
    test_conditions_are_those_of_sql,
    test_groups_are_those_of_sql,
    test_groups_of_conditions_nest,
    test_nothing_is_null_and_no_rows_are_none,
    test_parts_of_time_are_folded_exactly,
    test_rows_are_those_of_sql,
    test_steps_of_time_are_those_of_sql,
    test_ten_thousand_categories_are_ranked_exactly,
    test_the_top_is_that_of_sql,
)
from tests.engines import tier

tier.needed()

# what folds from a finer histogram; different values and percentiles do not
FOLDS = ["n", "total", "low", "high", "mean", "paid_share", "per_row", "per_total", "total_a"]
FOLDS += ["n_big", "per_row_a"]
EXACT = [*FOLDS, "kinds", "amounts"]


@few
@given(
    data=rows,
    grain=st.sampled_from(list(GRAINS)),
    zone=zones,
    asked=filters,
    week_start=st.sampled_from([0, 6, 3]),
    fiscal=st.sampled_from([1, 4, 10]),
)
def test_groups_over_time(index, data, grain, zone, asked, week_start, fiscal):
    index.fill(data)
    answer = index.rows(
        {"measures": FOLDS, "dimensions": ["select"], "time": "at", "grain": grain}
        | {"timezone": zone, "filters": asked},
        week_start=week_start,
        fiscal_year_start=fiscal,
    )
    kept = [row for row in data if all(met(row, each) for each in asked)]
    expected = grouped(
        kept, lambda row: (bucket(row[AT], grain, zone, week_start, fiscal), row[SELECT])
    )
    compared(answer, expected, ["at", "select"], FOLDS)


@few
@given(data=rows, asked=filters)
def test_all_rows_as_one_group(index, data, asked):
    index.fill(data)
    answer = index.rows({"measures": EXACT, "filters": asked})
    kept = [row for row in data if all(met(row, each) for each in asked)]
    compared(answer, {(): reference.measured(kept)}, [], EXACT)


@few
@given(data=rows)
def test_a_number_groups_without_what_is_none(index, data):
    index.fill(data)
    answer = index.rows({"measures": FOLDS, "dimensions": ["amount"]})
    expected = grouped(data, lambda row: (reference.finite(row[AMOUNT]),))
    compared(answer, expected, ["amount"], FOLDS)


ZEROS = [(reference.datetime(2024, 3, 1, tzinfo=reference.UTC), "a", value, "x", True)
         for value in (0.0, -0.0, -0.0, 1.0, -1.0)]  # fmt: skip


@pytest.mark.parametrize(
    ("op", "values", "count"),
    [
        *[("eq", [0], 3), ("ne", [0], 2), ("lt", [0], 1), ("le", [0], 4), ("gt", [0], 1)],
        *[("ge", [0], 4), ("in", [0, 1], 4), ("not_in", [0], 2), ("between", [0, 1], 4)],
        *[("between", [-1, 0], 4), ("in", [0], 3), ("between", [0, 0], 3)],
    ],
)
def test_a_zero_has_no_sign(index, op, values, count):
    index.fill(ZEROS)
    asked = {"filters": [{"column": "amount", "op": op, "values": values}]}
    assert index.rows({"measures": ["n"], **asked}) == [{"n": count}]
    for top in ({"limit": 1, "by": "n", "other": False}, {"limit": 1, "by": "n", "other": True}):
        rows = index.rows({"measures": ["n"], "dimensions": ["amount"], "top": top})
        assert (rows[0]["amount"], rows[0]["n"]) == (0.0, 3)
        assert sum(row["n"] for row in rows) == (5 if top["other"] else 3)


def test_groups_that_cannot_be_joined_are_refused(index):
    index.fill(ZEROS)
    with pytest.raises(SourceRefused, match="0 and -0"):
        index.rows({"measures": ["kinds"], "dimensions": ["amount"]})
    index.fill(ZEROS[1:])
    rows = index.rows({"measures": ["kinds", "middle"], "dimensions": ["amount"]})
    assert [row["kinds"] for row in rows] == [1, 1, 1]


@few
@given(data=rows, zone=zones, part=st.sampled_from(["weekday", "hour", "month"]))
def test_parts_of_the_wall_clock(index, data, zone, part):
    index.fill(data)
    asked = {"measures": FOLDS, "timezone": zone, "dimensions": [{"column": "at", "part": part}]}
    answer = index.rows(asked)

    def key(row):
        at = row[AT].astimezone(ZoneInfo(zone))
        return ({"weekday": at.weekday(), "hour": at.hour, "month": at.month}[part],)

    compared(answer, grouped(data, key), [f"at_{part}"], FOLDS)


@pytest.mark.parametrize("measure", ["middle", "p90"])
def test_a_percentile_is_near(index, measure):
    """An estimate: within a hundredth of the span, over a thousand values."""
    start = reference.datetime(2024, 3, 1, tzinfo=reference.UTC)
    data = [(start, "a", float(n * 7919 % 1009), "x", True) for n in range(1009)]
    index.fill(data)
    (row,) = index.rows({"measures": [measure]})
    assert abs(row[measure] - reference.measured(data)[measure]) < 10
