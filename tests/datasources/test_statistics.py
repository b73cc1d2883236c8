"""Measures of the moment, bins and cohorts in five systems, against a plain reference."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import UserError
from apps.datasources import adhoc
from apps.datasources.bins import nice_width
from apps.datasources.compiler import compile_query
from apps.datasources.compiler.groups import bounds
from apps.datasources.plans import plan
from apps.datasources.query import COHORT_GRAINS, Dimension, Filter, Query
from tests.datasources import engines, reference
from tests.datasources.engines import definition, measure
from tests.datasources.reference import (
    AMOUNT,
    GROUP,
    PAID,
    binned,
    bucket,
    cohorts,
    grouped,
    measured,
    met,
)
from tests.datasources.test_compiler_reference import (
    amounts,
    compared,
    few,
    filters,
    rows,
    texts,
    times,
    zones,
)

WRITTEN = {  # what is written -> what the reference calls it
    "count()": "n",
    "sum(amount)": "total",
    "min(amount)": "low",
    "max(amount)": "high",
    "avg(amount)": "mean",
    "median(amount)": "middle",
    "p50(amount)": "middle",
    "p90(amount)": "p90",
    "count_distinct(select)": "kinds",
    "count_distinct(amount)": "amounts",
    "avg(paid)": "paid_share",
}
JULY = {"time": "at", "window": {"from": "2024-07-01T00:00:00Z", "to": "2024-08-01T00:00:00Z"}}


def written(values):
    return {name: values[of] for name, of in WRITTEN.items()}


# -- how measures are written


@given(
    st.sampled_from(["sum", "avg", "min", "max", "median", "count_distinct", "is_whole"]),
    st.text(min_size=1),
)
def test_whatever_a_column_is_called_its_measures_can_be_written(aggregate, column):
    made = adhoc.Written(aggregate, column)
    assert adhoc.read(made.name) == made


@given(st.integers(0, 100_000_000), st.text(min_size=1))
def test_a_percentile_is_written_in_one_way(millionths, column):
    made = adhoc.Written("percentile", column, millionths / 1_000_000)
    assert adhoc.read(made.name) == made


@given(
    st.text()
    | st.builds("{}({})".format, st.text(), st.text())
    | st.from_regex(r"p\d{1,4}\.?\d{0,3}\(x\)")
)
def test_what_can_be_read_is_read_as_it_is_written(text):
    found = adhoc.read(text)
    assert found is None or found.name == text


@pytest.mark.parametrize(
    "text",
    [
        *("sum", "sum()", "count(x)", "p101(x)", "p05(x)", "p5.0(x)", "p(x)", "SUM(x)", " sum(x)"),
        *("sum(x) ", "avg(x", "p-1(x)", "p1e1(x)", "stddev(x)", "p99.1234567(x)"),
    ],
)
def test_what_is_no_measure(text):
    assert adhoc.read(text) is None


def test_unit_and_format_are_those_of_the_column():
    shape = definition("duckdb", "x")
    assert shape.measure("p97.5(amount)").unit == "€"
    assert shape.measure("count_distinct(amount)").unit == ""
    assert shape.measure("sum(amount)").label == "Sum of Amount"


def test_a_measure_of_the_dataset_comes_first():
    own = measure("sum(amount)", "count")
    shape = definition("duckdb", "x", measures=(own,))
    assert shape.measure("sum(amount)") is own


def test_a_hidden_measure_is_not_replaced_by_what_its_name_says():
    own = measure("sum(amount)", "sum", "amount", filters=(Filter("group", "eq", ("x",)),))
    shape = definition("duckdb", "x", measures=(own,))
    query = Query(1, ("sum(amount)",))
    with pytest.raises(UserError) as refused:
        plan(query, shape, (), frozenset({"group"}))
    assert refused.value.field == "measures"


@pytest.mark.parametrize(
    "asked",
    [
        {"measures": ["sum(amount)"]},
        {"measures": ["n"], "dimensions": ["select"], "top": {"limit": 1, "by": "max(amount)"}},
        {"measures": ["n"], "dimensions": [{"column": "amount", "width": 1}]},
        {"measures": ["n"], "time": "at", "cohort": {"entity": "amount", "grain": "week"}},
    ],
)
def test_a_hidden_column_cannot_be_told_from_one_that_is_not_there(asked):
    messages = []
    for shape, hidden in (
        (definition("duckdb", "x"), frozenset({"amount"})),
        (
            definition("duckdb", "x", columns=[c for c in engines.COLUMNS if c.name != "amount"]),
            frozenset(),
        ),
    ):
        with pytest.raises(UserError) as refused:
            plan(Query.from_json({"dataset": 1, **asked}), shape, (), hidden)
        messages.append((refused.value.field, str(refused.value.message)))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("column", ["select", "at"])
def test_a_sum_of_what_is_no_number_is_refused(column):
    with pytest.raises(UserError) as refused:
        plan(Query(1, (f"sum({column})",)), definition("duckdb", "x"), ())
    assert refused.value.field == "measures"


@few
@given(data=rows, asked=filters)
def test_measures_of_the_moment(engine, data, asked):
    engine.fill(data)
    names = list(WRITTEN)
    question = {"measures": names, "dimensions": ["group"], "filters": asked}
    answer = engine.rows(question | {"order": [{"by": "p90(amount)", "descending": True}]})
    kept = [row for row in data if all(met(row, each) for each in asked)]
    expected = grouped(kept, lambda row: (row[GROUP],))
    compared(answer, {key: written(each) for key, each in expected.items()}, ["group"], names)
    ranks = [row["p90(amount)"] for row in answer]
    known = [rank for rank in ranks if rank is not None]
    assert ranks == sorted(known, reverse=True) + [None] * (len(ranks) - len(known))


@few
@given(data=rows, count=st.integers(1, 2))
def test_the_top_by_a_measure_of_the_moment(engine, data, count):
    engine.fill(data)
    answer = engine.rows(
        {"measures": ["count()"], "dimensions": ["paid"], "order": [{"by": "count()"}]}
        | {"top": {"limit": count, "by": "count()", "other": True}}
    )
    counts = sorted(each["n"] for each in grouped(data, lambda row: row[PAID]).values())
    shown = [row["count()"] for row in answer if not row["paid__other"]]
    assert shown == sorted(counts[-count:])
    assert sum(row["count()"] for row in answer) == len(data)


def test_a_measure_of_the_moment_is_compared(engine):
    at = datetime(2024, 7, 5, tzinfo=UTC)
    engine.fill([(at, "a", 2.0, "x", True), (at - timedelta(days=20), "a", 5.0, "x", True)])
    (row,) = engine.rows({"measures": ["sum(amount)"], "compare": "previous", **JULY})
    assert row == {"sum(amount)": 2.0, "sum(amount)__before": 5.0}


# -- bins


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.integers(1, 200), st.booleans())
def test_a_nice_width_gives_no_more_bins_than_wanted(one, other, count, whole):
    low, high = min(one, other), max(one, other)
    if whole:
        low, high = float(math.floor(low)), float(math.floor(high))
    width = nice_width(low, high, count, is_whole=whole)
    digits = f"{width:e}".split("e")[0].rstrip("0").rstrip(".")
    assert digits in ("1", "2", "2.5", "5")
    assert not whole or width.is_integer()
    if max(-low, high) < 1e280:
        assert math.ceil(high / width) - math.floor(low / width) <= max(count, 2)


@pytest.mark.parametrize(
    ("low", "high", "count", "width"),
    [
        *((0, 100, 20, 5), (0.3, 7.1, 10, 1), (1, 5, 20, 0.2), (0, 0, 5, 1), (-1, 1, 1, 1)),
        *((-60, 1500, 30, 100), (0.001, 0.0042, 10, 0.0005)),
    ],
)
def test_nice_widths(low, high, count, width):
    assert nice_width(low, high, count) == width


def test_numbers_without_fractions_have_no_bins_between_them():
    assert nice_width(1, 5, 20, is_whole=True) == 1
    assert nice_width(1, 25, 10, is_whole=True) == 5


near = st.builds(
    lambda place, times, more: math.nextafter(place / times, more * math.inf),
    st.integers(-30, 30),
    st.sampled_from([10, 3, 4, 1]),
    st.sampled_from([-1, 1]),
) | st.builds(
    lambda place, times: place / times, st.integers(-30, 30), st.sampled_from([10, 20, 4])
)
near_rows = st.lists(
    st.tuples(times, texts, amounts | near, st.just("x"), st.booleans()), max_size=14
)
widths = st.sampled_from([0.1, 0.25, 0.3, 1.0, 2.5, 7.0, 1e-7, 1e20])
edges = st.none() | st.sampled_from([-1.0, 0.0, 0.15]), st.none() | st.sampled_from([0.95, 2.0])


@few
@given(data=near_rows, width=widths, low=edges[0], high=edges[1], asked=filters)
def test_bins_of_a_width(engine, data, width, low, high, asked):
    engine.fill(data)
    dimension = {"column": "amount", "width": width, "low": low, "high": high}
    question = {"measures": ["n", "total"], "dimensions": [dimension], "filters": asked}
    answer = engine.answer(question)
    kept = [row for row in data if all(met(row, each) for each in asked)]
    expected = grouped(kept, lambda row: (binned(row[AMOUNT], width, low, high),))
    found = answer.table.to_pylist()
    compared(found, expected, ["amount_bin"], ["n", "total"])
    assert sum(row["n"] for row in found) == len(kept)
    column = answer.columns[0]
    assert (column.role, column.type, column.bin, column.unit) == (
        "dimension",
        "number",
        width,
        "€",
    )
    values = [row["amount_bin"] for row in found]
    assert values == sorted(values, key=lambda value: (value is None, value))


@few
@given(data=rows, count=st.sampled_from([1, 5, 30, 200]), asked=filters)
def test_as_many_bins_as_wanted_hold_every_row(engine, data, count, asked):
    engine.fill(data)
    answer = engine.answer(
        {"measures": ["count()"], "dimensions": [{"column": "amount", "bins": count}]}
        | {"filters": asked}
    )
    kept = [row for row in data if all(met(row, each) for each in asked)]
    width = answer.columns[0].bin
    numbers = [v for row in kept if (v := reference.finite(row[AMOUNT])) is not None]
    if numbers:
        whole = all(number.is_integer() for number in numbers)
        assert width == nice_width(min(numbers), max(numbers), count, is_whole=whole)
    expected = grouped(kept, lambda row: (binned(row[AMOUNT], width),))
    expected = {key: written(each) for key, each in expected.items()}
    compared(answer.table.to_pylist(), expected, ["amount_bin"], ["count()"])


def test_bins_are_split_cut_and_ranked(engine):
    at = datetime(2024, 7, 5, tzinfo=UTC)
    engine.fill([(at, "ab"[n % 2], float(n), "x", True) for n in range(10)])
    asked = {"measures": ["count()"], "dimensions": ["select", {"column": "amount", "width": 4}]}
    found = {(row["select"], row["amount_bin"]): row["count()"] for row in engine.rows(asked)}
    assert found == {(s, b): n for s in "ab" for b, n in ((0, 2), (4, 2), (8, 1))}
    asked["dimensions"].reverse()
    top = {"top": {"limit": 1, "by": "sum(amount)", "other": True}}
    rest = [row for row in engine.rows(asked | top) if row["amount_bin__other"]]
    assert sum(row["count()"] for row in rest) == 6


def test_bins_keep_their_width_in_a_comparison(engine):
    at = datetime(2024, 7, 5, tzinfo=UTC)
    before = at - timedelta(days=20)
    engine.fill([(at, "a", n, "x", True) for n in (0.5, 3.0)] + [(before, "a", 2.25, "x", True)])
    asked = {"measures": ["n"], "dimensions": [{"column": "amount", "bins": 4}]}
    found = engine.rows(asked | JULY | {"compare": "previous"})
    assert {(row["amount_bin"], row["n"], row["n__before"]) for row in found} == {
        (0.0, 1, None),
        (3.0, 1, None),
        (2.0, None, 1),
    }


def test_bounds_lie_on_edges():
    assert bounds(Dimension("x", width=2.5, low=1, high=11)) == (0, 12.5)


def test_texts_have_no_bins(engine):
    for wanted in ({"bins": 5}, {"width": 1}):
        with pytest.raises(UserError) as refused:
            engine.rows({"measures": ["n"], "dimensions": [{"column": "select", **wanted}]})
        assert refused.value.field == "dimensions"


# -- cohorts


some = st.lists(
    st.tuples(
        st.none() | times,
        st.sampled_from(["a", "B", "é", None]),
        st.none() | st.integers(-5, 5).map(float),
        st.sampled_from(["x", "y", None]),
        st.booleans(),
    ),
    max_size=14,
)


@few
@given(
    data=some,
    grain=st.sampled_from(COHORT_GRAINS),
    zone=zones,
    asked=filters,
    policies=filters,
    entity=st.sampled_from(["select", "amount"]),
    window=st.none() | st.sampled_from(["2024-03-30T07:00:00Z", "2023-10-29T00:00:00Z"]),
    week_start=st.sampled_from([0, 6, 3]),
    fiscal=st.sampled_from([1, 4, 10]),
)
def test_cohorts(engine, data, grain, zone, asked, policies, entity, window, week_start, fiscal):
    engine.fill(data)
    names = [f"count_distinct({entity})", "n", "total", "median(amount)"]
    question = {"measures": names, "time": "at", "timezone": zone, "filters": asked}
    question["cohort"] = {"entity": entity, "grain": grain}
    if window:
        question["window"] = {"from": window, "to": "2024-03-30T20:00:00Z"}
    answer = engine.answer(
        question,
        Query.from_json({"dataset": 1, "measures": ["n"], "filters": policies}).filters,
        week_start=week_start,
        fiscal_year_start=fiscal,
    )
    kept = [row for row in data if all(met(row, each) for each in (*asked, *policies))]
    calendar = (grain, zone, week_start, fiscal)
    index = reference.COLUMN[entity]
    expected = {}
    for (start, age), found in cohorts(kept, index, *calendar).items():
        if window:
            first = bucket(datetime.fromisoformat(window), *calendar)
            if not first <= start < datetime(2024, 3, 30, 20, tzinfo=UTC):
                continue
        values = measured(found)
        number = len({row[index] for row in found})
        expected[start, age] = {
            names[0]: number,
            "n": values["n"],
            "total": values["total"],
            "median(amount)": values["middle"],
        }
    found = answer.table.to_pylist()
    compared(found, expected, ["at", "age"], names)
    assert [c.role for c in answer.columns] == ["time", "dimension", *["measure"] * 4]
    assert [(row["at"], row["age"]) for row in found] == sorted(expected)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"dimensions": ["select"]}, "cohort"),
        ({"grain": "day"}, "cohort"),
        ({"compare": "previous", **JULY}, "cohort"),
        ({"time": None}, "time"),
        ({"cohort": {"entity": "select", "grain": "hour"}}, "cohort"),
        ({"cohort": {"entity": "nobody", "grain": "week"}}, "cohort"),
        ({"measures": ["share"]}, "measures"),
    ],
)
def test_what_cohorts_cannot_have(fields, field):
    asked = {"dataset": 1, "measures": ["n"], "time": "at"}
    asked["cohort"] = {"entity": "select", "grain": "week"}
    with pytest.raises(UserError) as refused:
        plan(Query.from_json(asked | fields), definition("duckdb", "x"), ())
    assert refused.value.field == field


@pytest.mark.parametrize("kind", ["opensearch", "prometheus"])
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"dimensions": [{"column": "amount", "width": 5}]}, "dimensions"),
        ({"time": "at", "cohort": {"entity": "select", "grain": "week"}}, "cohort"),
    ],
)
def test_systems_without_sql_say_so(kind, asked, field):
    query = Query.from_json({"dataset": 1, "measures": ["n"], **asked})
    with pytest.raises(UserError) as refused:
        compile_query(query, definition(kind, "index"), ())
    assert refused.value.field == field
    assert "copy" in refused.value.message.lower()
