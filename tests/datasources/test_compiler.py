"""Compiled SQL against a plain reference in Python, on both dialects, over random small tables."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.errors import UserError
from apps.datasources.compiler import compile_query
from apps.datasources.connectors import duckdb, store
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.definition import ColumnDef, Definition, MeasureDef
from apps.datasources.query import GRAINS, Filter, Query
from tests.datasources.reference import bucket

LIMITS = Limits(timeout_s=10, rows=1000, bytes=1_000_000)
COLUMNS = (
    ColumnDef("at", "At", "time", "", ""),
    ColumnDef("select", "A reserved word", "text", "", ""),
    ColumnDef("amount", "Amount", "number", "", ""),
)


def measure(name, aggregate, column="", **parts):
    fields = {"numerator": "", "denominator": "", "unit": "", "format": "", "good": "", **parts}
    return MeasureDef(name, name, aggregate, column, **fields)


MEASURES = (
    measure("n", "count"),
    measure("total", "sum", "amount"),
    measure("low", "min", "amount"),
    measure("high", "max", "amount"),
    measure("kinds", "count_distinct", "select"),
    measure("per_row", "ratio", numerator="total", denominator="n"),
    measure("per_total", "ratio", numerator="n", denominator="total"),
)
texts = st.one_of(
    st.none(), st.sampled_from(["a", "B", "é", "日本", "o'hara", '"q"', "%s", "{{x}}", "a;--", ""])
)
amounts = st.one_of(st.none(), st.integers(-5, 5).map(float), st.just(-0.0))
START = datetime(2024, 3, 30, tzinfo=UTC)  # over the change to summer time in Berlin
times = st.integers(0, 40 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
rows = st.lists(st.tuples(times, texts, amounts), max_size=12)
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"])


def definition(kind, relation):
    return Definition(1, 1, 1, 1, kind, False, relation, "at", COLUMNS, MEASURES)


def on_duckdb(data, query, policies=()):
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    table = pa.table(
        {
            "at": pa.array([row[0].replace(tzinfo=None) for row in data], pa.timestamp("ms")),
            "select": pa.array([row[1] for row in data], pa.string()),
            "amount": pa.array([row[2] for row in data], pa.float64()),
        }
    )
    pq.write_table(table, settings.UPLOADS / "random.parquet")
    compiled = compile_query(query, definition("duckdb", "random.parquet"), policies)
    source = Connection("duckdb", {})
    return duckdb.run(source, compiled.sql, compiled.parameters, LIMITS).to_pylist()


def on_postgresql(data, query, policies=()):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS random_rows")
        cursor.execute(
            'CREATE TEMP TABLE random_rows (at timestamptz, "select" text, amount float8)'
        )
        if data:
            cursor.executemany("INSERT INTO random_rows VALUES (%s, %s, %s)", data)
    compiled = compile_query(query, definition("store", "random_rows"), policies)
    source = Connection("store", {})
    return store.run(source, compiled.sql, compiled.parameters, LIMITS).to_pylist()


def reference(data, grain, zone, chosen):
    """What SQL must say, in plain Python."""
    groups = defaultdict(list)
    for at, text, amount in data:
        if chosen is not None and text not in chosen:
            continue
        groups[bucket(at, grain, zone), text].append(amount)
    found = {}
    for (start, text), values in groups.items():
        known = [value for value in values if value is not None]
        total = sum(known) if known else None
        found[start, text] = {
            "n": len(values),
            "total": total,
            "low": min(known, default=None),
            "high": max(known, default=None),
            "kinds": int(text is not None),
            "per_row": None if total is None else total / len(values),
            "per_total": len(values) / total if total else None,
        }
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("run", [on_duckdb, on_postgresql])
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=rows,
    grain=st.sampled_from(list(GRAINS)),
    zone=zones,
    chosen=st.one_of(st.none(), st.sets(st.sampled_from(["a", "é", "o'hara", "%s"]), min_size=1)),
)
def test_sql_says_what_a_plain_reference_says(run, data, grain, zone, chosen):
    filters = [] if chosen is None else [{"column": "select", "op": "in", "values": list(chosen)}]
    query = Query.from_json(
        {"dataset": 1, "measures": [m.name for m in MEASURES], "dimensions": ["select"]}
        | {"time": "at", "grain": grain, "timezone": zone, "filters": filters}
    )
    answer = {(row["at"], row["select"]): row for row in run(data, query)}
    expected = reference(data, grain, zone, chosen)
    assert set(answer) == set(expected)
    for key, values in expected.items():
        for name, value in values.items():
            got = answer[key][name]
            same = got == value or (value is not None and math.isclose(got, value))
            assert same, (key, name, got, value)


@pytest.mark.django_db
@pytest.mark.parametrize("run", [on_duckdb, on_postgresql])
def test_a_policy_cannot_be_widened_by_the_asker(run):
    data = [(START, "a", 1.0), (START, "B", 2.0)]
    query = Query.from_json(
        {"dataset": 1, "measures": ["total"]}
        | {"filters": [{"column": "select", "op": "in", "values": ["a", "B"]}]}
    )
    assert run(data, query, (Filter("select", "eq", ("a",)),)) == [{"total": 1.0}]


@pytest.mark.django_db
@pytest.mark.parametrize("run", [on_duckdb, on_postgresql])
@pytest.mark.parametrize(
    ("op", "values", "expected"),
    [
        ("ne", [2], {1.0, 3.0}),
        ("lt", [2], {1.0}),
        ("ge", [2], {2.0, 3.0}),
        ("between", [2, 3], {2.0, 3.0}),
        ("is_null", [], {None}),
        ("not_null", [], {1.0, 2.0, 3.0}),
        ("not_in", [1, 2], {3.0}),
    ],
)
def test_operators(run, op, values, expected):
    data = [(START, "a", amount) for amount in (1.0, 2.0, 3.0, None)]
    query = Query.from_json(
        {"dataset": 1, "columns": ["amount"]}
        | {"filters": [{"column": "amount", "op": op, "values": values}]}
    )
    assert {row["amount"] for row in run(data, query)} == expected


@pytest.mark.django_db
@pytest.mark.parametrize("run", [on_duckdb, on_postgresql])
def test_parts_of_the_local_time(run):
    data = [(datetime(2024, 7, 1, 22, 30, tzinfo=UTC), "a", 1.0)]  # Tuesday 00:30 in Berlin
    query = Query.from_json(
        {"dataset": 1, "measures": ["n"], "timezone": "Europe/Berlin"}
        | {"dimensions": [{"column": "at", "part": part} for part in ("weekday", "hour", "month")]}
    )
    assert run(data, query) == [{"at_weekday": 1, "at_hour": 0, "at_month": 7, "n": 1}]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"measures": ["nothing"]}, "measures"),
        ({"measures": ["n"], "dimensions": ["nothing"]}, "dimensions"),
        ({"measures": ["n"], "dimensions": ['select" FROM pg_shadow; --']}, "dimensions"),
        ({"measures": ["n"], "time": "select", "grain": "day"}, "time"),
        ({"measures": ["n"], "dimensions": [{"column": "select", "part": "hour"}]}, "dimensions"),
        ({"measures": ["n"], "order": [{"by": "amount"}]}, "order"),
        ({"columns": ["nothing"]}, "columns"),
        ({"measures": ["n"], "filters": [{"column": "x", "op": "eq", "values": [1]}]}, "filters"),
        (
            {"measures": ["n"], "filters": [{"column": "amount", "op": "eq", "values": ["ten"]}]},
            "filters",
        ),
        (
            {"measures": ["n"], "filters": [{"column": "at", "op": "ge", "values": ["soon"]}]},
            "filters",
        ),
        (
            {"measures": ["n"]}
            | {"filters": [{"column": "amount", "op": "contains", "values": ["1"]}]},
            "filters",
        ),
    ],
)
def test_what_does_not_exist_is_an_error_at_its_field(query, field):
    with pytest.raises(UserError) as caught:
        compile_query(
            Query.from_json({"dataset": 1, **query}), definition("duckdb", "x.parquet"), ()
        )
    assert caught.value.field == field
    assert caught.value.status == 400


@pytest.mark.django_db
def test_values_are_bound_and_never_printed():
    hostile = "x'); DROP TABLE random_rows; --"
    query = Query.from_json(
        {"dataset": 1, "measures": ["n"]}
        | {"filters": [{"column": "select", "op": "eq", "values": [hostile]}]}
    )
    compiled = compile_query(query, definition("store", "random_rows"), ())
    assert hostile not in compiled.sql
    assert compiled.parameters == (hostile,)
    assert on_postgresql([(START, hostile, 1.0)], query) == [{"n": 1}]


def test_stacked_statements_do_not_reach_the_server(db):
    with pytest.raises(psycopg.Error), connection.cursor():
        psycopg.RawCursor(connection.connection).execute(b"SELECT $1::int; SELECT 2", [1])
