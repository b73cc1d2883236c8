"""Answers by a roll-up are those of the rows, over random small tables; and when none is used."""

import operator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.window import Window
from apps.datasources.compiler.partials import partials_of
from apps.datasources.compiler.rolled import making
from apps.datasources.plans import answered, plan
from apps.datasources.query import GRAINS, Filter, Query, read_filters
from apps.datasources.rollups import building, matching
from apps.datasources.rollups.continuous import up_to_date, with_values
from apps.datasources.rollups.shapes import EPOCH, Rollup, Wanted, whole_steps
from tests.datasources import engines
from tests.datasources.reference import same
from tests.datasources.test_compiler_reference import (
    amounts,
    condition,
    filters,
    texts,
    times,
    zones,
)

many = hypothesis_settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
KEPT = ["n", "total", "low", "high", "mean", "paid_share", "per_row", "per_total"]
KEPT += ["total_a", "n_big", "per_row_a", "share", "so_far", "change_a"]
KEPT += ["count()", "sum(amount)", "avg(amount)", "max(amount)"]
moments = st.sampled_from(
    ["2024-03-29T00:00:00Z", "2024-03-31T01:00:00Z", "2023-10-28T22:07:30Z", "2024-03-30T23:00:00Z"]
)
AGES = ("1990-01-01T00:00:00Z", "2040-01-01T00:00:00Z")
windows = st.none() | st.tuples(moments, st.sampled_from(["2024-04-02T00:00:00Z"])).map(
    lambda edges: {"from": edges[0], "to": edges[1]}
)
windows |= st.just({"from": "2024-03-29T11:20:31Z", "to": "2024-03-30T13:59:59Z"})
windows |= st.just({"from": "2020-01-01T00:00:00Z", "to": "2025-01-01T00:00:00Z"})
dimensions = st.lists(
    st.sampled_from(["select", "group", "paid", "amount"])
    | st.builds(
        lambda part: {"column": "at", "part": part}, st.sampled_from(["hour", "weekday", "month"])
    )
    | st.just({"column": "amount", "width": 2.5, "high": 4}),
    max_size=2,
    unique_by=str,
)
ALL = ("amount", "group", "paid", "select")
held = st.builds(
    Wanted,
    st.just("at"),
    st.sampled_from([900, 900, *matching.BUCKETS]),
    st.just(ALL) | st.sets(st.sampled_from(ALL)).map(lambda names: tuple(sorted(names))),
)
some_rows = st.lists(
    st.tuples(st.none() | times, texts, amounts, st.sampled_from(["x", None]), st.booleans()),
    max_size=14,
)


def rolled_and_not(engine, data, question, holds, policies=(), clean=None, **calendar):
    """The same question asked of the rows, and of the rows with a roll-up."""
    engine.fill(data)
    shape = engines.definition(engine.kind, engine.relation, **calendar)
    rollup = building.build(shape, holds, 1000) if engine.kind == "duckdb" else view(shape, holds)
    rollup = replace(rollup, clean=clean)
    query = Query.from_json({"dataset": 1, **question})
    plain = plan(query, shape, policies)
    rolled = plan(query, replace(shape, rollups=(rollup,)), policies)
    event("used" if rolled.rollup else "not used")
    assert plain.rollup is None
    return answered(plain, engine.run), answered(rolled, engine.run), rolled


def view(shape, holds):
    """What a continuous aggregate would hold, as a table; plain PostgreSQL has none."""
    made = making(shape, holds)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION pg_temp.time_bucket(interval, timestamptz) RETURNS"
            " timestamptz LANGUAGE sql RETURN date_bin($1, $2, '2000-01-03T00:00:00Z')"
        )
        cursor.execute("DROP TABLE IF EXISTS rolled")
        asked = made.sql.replace("TIME_BUCKET(", "pg_temp.time_bucket(")
        cursor.execute(f"CREATE TEMP TABLE rolled AS {with_values(asked, made.parameters)}")
    return Rollup("rolled", holds, made.parts, made.types, 1, 1, 0.0)


def check(plain, rolled, keys):
    found = {tuple(row[key] for key in keys): row for row in rolled.table.to_pylist()}
    assert len(found) == rolled.table.num_rows
    wanted = plain.table.to_pylist()
    assert len(wanted) == len(found)
    assert plain.columns == rolled.columns
    for row in wanted:
        other = found[tuple(row[key] for key in keys)]
        for name, value in row.items():
            assert type(other[name]) is type(value), (name, value, other[name])
            same_value = same if isinstance(value, float) else operator.eq
            assert same_value(other[name], value), (name, value, other[name])


@pytest.fixture
def duckdb(db):
    return engines.DuckDB()


@pytest.fixture
def store(db):
    return engines.PostgreSQL()


@many
@given(
    data=some_rows,
    holds=held,
    split=dimensions,
    grain=st.none() | st.sampled_from(list(GRAINS)),
    window=windows,
    zone=zones,
    asked=filters,
    policies=filters,
    week_start=st.sampled_from([0, 6, 3]),
    fiscal=st.sampled_from([1, 4, 10]),
    compare=st.sampled_from([None, None, "previous", "year"]),
)
def test_an_answer_by_a_roll_up_is_that_of_the_rows(
    duckdb, data, holds, split, grain, window, zone, asked, policies, week_start, fiscal, compare
):
    compare = compare if window else None
    names = [name for name in KEPT if grain or name not in ("so_far", "change_a")]
    question = {"measures": names, "dimensions": split, "time": "at", "grain": grain}
    question |= {"window": window, "timezone": zone, "filters": asked, "compare": compare}
    plain, rolled, _plan = rolled_and_not(
        duckdb,
        data,
        question,
        holds,
        read_filters(policies),
        week_start=week_start,
        fiscal_year_start=fiscal,
    )
    keys = [column.name for column in plain.columns if column.role in ("time", "dimension")]
    check(plain, rolled, keys)


@many
@given(
    data=some_rows,
    grain=st.sampled_from([None, "hour", "day", "week"]),
    window=windows,
    zone=zones,
    count=st.integers(1, 3),
    by=st.sampled_from(["n", "total_a", "n_big"]),
    other=st.booleans(),
)
def test_the_top_and_all_others(duckdb, data, grain, window, zone, count, by, other):
    question = {"measures": ["n", "total", "mean"], "dimensions": ["select", "group"]}
    question |= {"time": "at", "grain": grain, "window": window, "timezone": zone}
    question["top"] = {"limit": count, "by": by, "other": other}
    holds = Wanted("at", 900, ("group", "select"))
    plain, rolled, made = rolled_and_not(duckdb, data, question, holds)
    assert made.rollup
    keys = [c.name for c in plain.columns if c.role in ("time", "dimension", "flag")]
    check(plain, rolled, keys)


@many
@given(
    data=some_rows,
    holds=held,
    split=dimensions,
    grain=st.none() | st.sampled_from(list(GRAINS)),
    window=windows,
    zone=zones,
    asked=filters,
    clean=st.tuples(moments, moments).filter(lambda edges: edges[0] < edges[1]) | st.just(AGES),
    top=st.booleans(),
)
def test_a_stream_is_asked_itself_outside_of_what_is_up_to_date(
    store, data, holds, split, grain, window, zone, asked, clean, top
):
    names = [name for name in KEPT if grain or name not in ("so_far", "change_a")]
    names = ["n", "total", "per_row_a"] if top else names
    question = {"measures": names, "dimensions": split, "time": "at", "grain": grain}
    question |= {"window": window, "timezone": zone, "filters": asked}
    if top and split:
        question["top"] = {"limit": 2, "by": "n", "other": True}
    span = Window.parse(*clean)
    plain, rolled, made = rolled_and_not(store, data, question, holds, clean=span)
    assert window or not made.rollup
    keys = [c.name for c in plain.columns if c.role in ("time", "dimension", "flag")]
    check(plain, rolled, keys)


# -- when it is used

SHAPE = engines.definition("duckdb", "random.parquet")
NAMES = ["n", "total", "low", "high", "mean", "paid_share", "total_a", "n_big", "per_row_a"]


def rollup(bucket=900, columns=("group", "select"), **changes):
    found = [part for name in NAMES for part in _partials(name)]
    types = tuple((column.name, column.type) for column in SHAPE.columns)
    made = Rollup("r.parquet", Wanted("at", bucket, columns), frozenset(found), types, 10, 1, 0.0)
    return replace(made, **changes)


def _partials(name):
    return [part.name for part in partials_of(SHAPE.measure(name), SHAPE)]


def used(question, *rollups, policies=(), shape=SHAPE):
    query = Query.from_json({"dataset": 1, "measures": ["n"], **question})
    return matching.rolled(query, replace(shape, rollups=rollups or (rollup(),)), policies)


DAYS = {"time": "at", "grain": "day"}


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"dimensions": ["group"]},
        DAYS,
        DAYS | {"timezone": "Asia/Kathmandu"},
        DAYS | {"grain": "15minute", "timezone": "Australia/Lord_Howe"},
        {"measures": ["per_row_a", "share"]},
        {"filters": [condition("select", "contains", ["a"])]},
        {"filters": [condition("at", "ge", ["2024-03-01T00:15:00Z"])]},
        {"dimensions": [{"column": "at", "part": "hour"}], "timezone": "Europe/Berlin"},
    ],
    ids=str,
)
def test_it_is_used_for(question):
    assert used(question)


@pytest.mark.parametrize(
    "question",
    [
        {"dimensions": ["paid"]},
        {"dimensions": ["at"]},
        DAYS | {"grain": "5minute"},
        {"measures": ["kinds"]},
        {"measures": ["middle"]},
        {"measures": ["n", "p90"]},
        {"filters": [condition("paid", "eq", [True])]},
        {"filters": [{"any": [condition("amount", "gt", [1]), condition("group", "is_null", [])]}]},
        {"filters": [condition("at", "ge", ["2024-03-01T00:15:01Z"])]},
        {"filters": [condition("at", "gt", ["2024-03-01T00:15:00Z"])]},
        {"filters": [condition("at", "within", ["now-1d", "now"])]},
        {"filters": [condition("gone", "eq", [1])]},
        {"time": "at", "window": {"from": "2024-03-01T00:01:00Z", "to": "2024-03-01T00:29:00Z"}},
        # in 1972 the clocks of Monrovia were 44 and a half minutes behind
        DAYS | {"timezone": "Africa/Monrovia"},
    ],
    ids=str,
)
def test_it_is_not_used_for(question):
    assert used(question) is None


def test_steps_of_an_hour_do_not_serve_a_zone_of_half_hours():
    hours = rollup(3600)
    assert used(DAYS | {"timezone": "Europe/Berlin"}, hours)
    assert used(DAYS | {"timezone": "Asia/Kolkata"}, hours) is None
    assert used({"time": "at", "grain": "hour", "timezone": "Asia/Kolkata"}, hours)


def test_steps_of_a_day_serve_utc_alone():
    days = rollup(86_400)
    assert used(DAYS | {"grain": "week"}, days)
    assert used(DAYS | {"timezone": "Europe/Berlin"}, days) is None
    assert used({"dimensions": [{"column": "at", "part": "weekday"}]}, days)
    assert used({"dimensions": [{"column": "at", "part": "hour"}]}, days) is None


def test_the_smallest_that_answers_is_taken():
    small, large = rollup(86_400, ("group",), row_count=3), rollup(row_count=9)
    assert used(DAYS | {"dimensions": ["group"]}, large, small).rollup is small
    assert used(DAYS | {"dimensions": ["select"]}, large, small).rollup is large


def test_a_policy_on_a_column_that_it_does_not_hold_sends_the_question_to_the_rows():
    assert used(DAYS, policies=(Filter("group", "eq", ("x",)),))
    assert used(DAYS, policies=(Filter("paid", "eq", (True,)),)) is None


def test_a_changed_measure_is_another_one():
    changed = [
        replace(each, filters=(Filter("select", "eq", ("b",)),)) if each.name == "total_a" else each
        for each in SHAPE.measures
    ]
    question = {"measures": ["total_a"]}
    assert used(question)
    assert used(question, shape=replace(SHAPE, measures=tuple(changed))) is None
    others = [each for each in SHAPE.measures if each.name != "low"]
    assert used(question, shape=replace(SHAPE, measures=tuple(others)))


def test_a_column_of_another_type_is_another_one():
    columns = [replace(c, type="text") if c.name == "amount" else c for c in SHAPE.columns]
    shape = replace(SHAPE, columns=tuple(columns))
    assert used({"measures": ["n"]}, shape=shape)
    assert used({"measures": ["n_big"]}, shape=shape) is None


def test_only_ends_within_a_step_are_read_from_the_rows():
    window = {"from": "2024-03-01T00:00:00Z", "to": "2024-03-02T12:00:01Z"}
    assert used(DAYS | {"window": window}).edges == {"to"}
    top = {"dimensions": ["group"], "top": {"limit": 1, "by": "n"}}
    assert used(DAYS | {"window": window} | top).edges == {"to", "top_to"}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({}, Wanted("", 0, ())),
        ({"dimensions": ["group"]}, Wanted("", 0, ("group",))),
        (DAYS, Wanted("at", 86_400, ())),
        (DAYS | {"timezone": "Europe/Berlin"}, Wanted("at", 3600, ())),
        (DAYS | {"timezone": "Asia/Kolkata", "dimensions": ["paid"]}, Wanted("at", 900, ("paid",))),
        ({"dimensions": [{"column": "at", "part": "hour"}]}, Wanted("at", 3600, ())),
        (DAYS | {"grain": "minute"}, None),
        ({"measures": ["kinds"]}, None),
    ],
    ids=str,
)
def test_what_a_roll_up_would_have_to_hold(question, found):
    query = Query.from_json({"dataset": 1, "measures": ["n"], **question})
    assert matching.wanted(query, SHAPE, ()) == found


HOUR, HOUR_US = timedelta(hours=1), 3_600_000_000
FOREVER = 2**63 - 1


@pytest.mark.parametrize(
    ("changed", "hours"),
    [
        ([(-FOREVER, -1), (100 * HOUR_US, FOREVER)], (0, 100)),
        ([(-FOREVER, -1), (30 * HOUR_US, 30 * HOUR_US), (100 * HOUR_US, FOREVER)], (31, 100)),
        ([(-FOREVER, -1), (80 * HOUR_US, 81 * HOUR_US), (100 * HOUR_US, FOREVER)], (0, 80)),
        ([(-FOREVER, FOREVER), (3, 4)], None),
        ([(-FOREVER, 5), (6, FOREVER)], None),
    ],
)
def test_of_what_a_log_of_changes_leaves_the_longest_span_is_up_to_date(changed, hours):
    clean = up_to_date(changed)
    if hours is None:
        assert clean is None
        return
    first, last = whole_steps(clean, 3600)
    assert ((first - EPOCH) / HOUR, (last - EPOCH) / HOUR) == hours


def test_what_is_up_to_date_for_a_while_serves_only_windows_that_reach_into_it():
    clean = Window.parse("2024-03-01T00:00:00Z", "2024-03-03T00:00:00Z")
    partly = rollup(clean=clean)
    assert used(DAYS, partly) is None
    inside = {"from": "2024-03-01T00:00:00Z", "to": "2024-03-02T00:00:00Z"}
    assert used(DAYS | {"window": inside}, partly).edges == frozenset()
    beyond = {"from": "2024-02-01T00:00:00Z", "to": "2024-03-09T00:00:00Z"}
    assert used(DAYS | {"window": beyond}, partly).edges == {"from", "to"}
    later = {"from": "2024-03-03T00:00:00Z", "to": "2024-03-09T00:00:00Z"}
    assert used(DAYS | {"window": later}, partly) is None
