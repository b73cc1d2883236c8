"""SQL for systems that cannot be run here, word by word; and what is promised of every dialect."""

from datetime import UTC, datetime

import pytest
import sqlglot

from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources.compiler import DIALECTS, compile_query
from apps.datasources.compiler.zones import clock_changes
from apps.datasources.models import Source
from apps.datasources.plans import plan
from apps.datasources.query import Filter, Group, Query
from tests.datasources import engines
from tests.datasources.engines import COLUMNS, MEASURES, definition
from tests.datasources.reference import met

START = datetime(2024, 3, 30, tzinfo=UTC)
SPAN = {"from": "2024-03-01T00:00:00Z", "to": "2024-04-01T00:00:00Z"}
WAREHOUSES = ["trino", "snowflake", "bigquery", "databricks"]
BUCKETS = {  # by the week from Sunday, in Berlin
    "trino": "AT_TIMEZONE(WITH_TIMEZONE(CAST(DATE_ADD('day', 6, DATE_TRUNC('WEEK', "
    'DATE_ADD(\'day\', -6, CAST(AT_TIMEZONE(CAST("data"."at" AS TIMESTAMP(6) WITH TIME ZONE), '
    "'Europe/Berlin') AS TIMESTAMP(6))))) AS TIMESTAMP(6)), 'Europe/Berlin'), 'UTC') AS \"at\"",
    "snowflake": "CONVERT_TIMEZONE('Europe/Berlin', 'UTC', DATEADD(DAY, 6, DATE_TRUNC('WEEK', "
    "DATEADD(DAY, -6, CONVERT_TIMEZONE('UTC', 'Europe/Berlin', "
    'CAST(CONVERT_TIMEZONE(\'UTC\', "data"."at") AS TIMESTAMPNTZ)))))) AS "at"',
    "bigquery": "TIMESTAMP(DATETIME_ADD(DATETIME_TRUNC(DATETIME_ADD("
    "DATETIME(CAST(`data`.`at` AS TIMESTAMP), 'Europe/Berlin'), INTERVAL (-6) DAY), ISOWEEK), "
    "INTERVAL (6) DAY), 'Europe/Berlin') AS `at`",
    "databricks": "TO_UTC_TIMESTAMP(DATE_TRUNC('WEEK', FROM_UTC_TIMESTAMP("
    "CAST(`data`.`at` AS TIMESTAMP), 'Europe/Berlin') + INTERVAL '-6' DAY) + INTERVAL '6' DAY, "
    "'Europe/Berlin') AS `at`",
}
WINDOWS = {
    "trino": '"data"."at" >= CAST(? AS TIMESTAMP(6) WITH TIME ZONE)',
    "snowflake": 'CAST(CONVERT_TIMEZONE(\'UTC\', "data"."at") AS TIMESTAMPNTZ) >= '
    "CAST(? AS TIMESTAMPNTZ)",
    "bigquery": "CAST(`data`.`at` AS TIMESTAMP) >= CAST(? AS TIMESTAMP)",
    "databricks": "`data`.`at` >= CAST(? AS TIMESTAMP)",
}
BINS = {
    "trino": 'FROM_UNIXTIME(FLOOR(TO_UNIXTIME(CAST("data"."at" AS TIMESTAMP(6) WITH TIME '
    'ZONE)) / 900) * 900) AS "at"',
    "snowflake": "DATEADD(SECOND, FLOOR(DATE_PART(EPOCH_SECOND, CAST(CONVERT_TIMEZONE('UTC', "
    '"data"."at") AS TIMESTAMPNTZ)) / 900) * 900, CAST(\'1970-01-01\' AS TIMESTAMPNTZ)) AS "at"',
    "bigquery": "TIMESTAMP_SECONDS(CAST(FLOOR(UNIX_SECONDS(CAST(`data`.`at` AS TIMESTAMP)) / 900) "
    "AS INT64) * 900) AS `at`",
    "databricks": "TIMESTAMP_SECONDS(FLOOR(UNIX_TIMESTAMP(CAST(`data`.`at` AS TIMESTAMP)) / 900) "
    "* 900) AS `at`",
}
PERCENTILES = {
    "trino": 'ROW_NUMBER() OVER (PARTITION BY "data"."_sightline_key_0"',
    "snowflake": "PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY",
    "bigquery": "ROW_NUMBER() OVER (PARTITION BY `data`.`_sightline_key_0`",
    "databricks": "PERCENTILE((CASE WHEN ABS(",
}


def compiled(kind, relation="main.shop.orders", policies=(), hidden=frozenset(), **asked):
    fields = {key: asked.pop(key) for key in ("sql", "week_start") if key in asked}
    query = Query.from_json({"dataset": 1, **asked})
    return compile_query(query, definition(kind, relation, **fields), policies, hidden)


def test_every_kind_that_speaks_sql_has_a_dialect():
    others = {"opensearch", "prometheus", "http"}
    assert set(DIALECTS) == set(Source.Kind.values) - others


@pytest.mark.parametrize("kind", WAREHOUSES)
def test_warehouses_word_by_word(kind):
    asked = {"time": "at", "timezone": "Europe/Berlin", "window": SPAN}
    weekly = compiled(kind, measures=["n"], grain="week", week_start=6, **asked)
    assert BUCKETS[kind] in weekly.sql
    assert WINDOWS[kind] in weekly.sql
    assert weekly.sql.endswith("LIMIT 50001")
    zone = None if kind == "snowflake" else UTC
    assert weekly.parameters == tuple(
        datetime.fromisoformat(SPAN[edge]).replace(tzinfo=zone) for edge in ("from", "to")
    )
    assert BINS[kind] in compiled(kind, measures=["n"], grain="15minute", **asked).sql
    assert PERCENTILES[kind] in compiled(kind, measures=["p90"], dimensions=["select"]).sql
    quote = '"' if kind in ("trino", "snowflake") else "`"
    table = ".".join(f"{quote}{part}{quote}" for part in ("main", "shop", "orders"))
    assert f"FROM {table} AS {quote}data{quote}" in weekly.sql


@pytest.mark.parametrize("kind", [kind for kind in DIALECTS if kind != "mysql"])
@pytest.mark.parametrize("grain", ["hour", "day", "fiscal_quarter"])
def test_what_is_printed_can_be_read_in_its_dialect(kind, grain):
    dialect = DIALECTS[kind].name
    found = compiled(
        kind,
        measures=[each.name for each in MEASURES if not each.base],
        dimensions=["select", {"column": "at", "part": "weekday"}],
        time="at",
        grain=grain,
        timezone="America/New_York",
        window=SPAN,
        filters=[{"any": [{"column": "select", "op": "ends_with", "values": ["x"]}]}],
        top={"limit": 3, "by": "p90", "other": True},
    )
    tree = sqlglot.parse_one(found.sql, read=dialect)
    assert isinstance(tree, sqlglot.exp.Select)
    assert len(tree.selects) == len(found.columns)


@pytest.mark.parametrize("kind", [kind for kind in DIALECTS if kind != "mysql"])
@pytest.mark.parametrize(
    "asked",
    [
        {"dimensions": [{"column": "amount", "width": 0.25, "low": -1}, "select"]},
        {"time": "at", "cohort": {"entity": "select", "grain": "week"}, "window": SPAN},
        {"time": "at", "cohort": {"entity": "select", "grain": "fiscal_year"}},
    ],
)
def test_so_can_bins_and_cohorts(kind, asked):
    names = ["count()", "p97.5(amount)", "count_distinct(select)"]
    zone = {"timezone": "Europe/Berlin", "week_start": 6}
    found = compiled(kind, measures=names, **asked, **zone)
    tree = sqlglot.parse_one(found.sql, read=DIALECTS[kind].name)
    assert len(tree.selects) == len(found.columns)
    assert "(" not in "".join(each.alias for each in tree.selects)


DAYS_APART = {
    "trino": "DATE_DIFF('DAY', CAST('1970-01-01' AS DATE), CAST(",
    "snowflake": "DATEDIFF(DAY, CAST('1970-01-01' AS DATE), CAST(",
    "bigquery": "DATE_DIFF(DATE(`data`.`_sightline_start_row`), CAST('1970-01-01' AS DATE), DAY)",
    "databricks": "DATEDIFF(DAY, CAST('1970-01-01' AS DATE), `data`.`_sightline_start_row`)",
}


@pytest.mark.parametrize("kind", WAREHOUSES)
def test_weeks_between_are_counted_in_days(kind):
    asked = {"time": "at", "cohort": {"entity": "select", "grain": "week"}}
    assert DAYS_APART[kind] in compiled(kind, measures=["n"], **asked).sql


@pytest.mark.parametrize("kind", DIALECTS)
def test_values_travel_beside_the_statement(kind):
    hostile = "x'); DROP TABLE orders; --"
    asked = {"filters": [{"column": "select", "op": "in", "values": [hostile, "100%"]}]}
    found = compiled(kind, measures=["total_a"], **asked)
    assert hostile not in found.sql
    assert found.parameters[-2:] == (hostile, "100%")
    shape = compiled(
        kind, measures=["total_a"], filters=[asked["filters"][0] | {"values": ["1", "2"]}]
    )
    assert shape.sql == found.sql


def test_placeholders_are_those_of_the_driver():
    asked = {"measures": ["total_a", "per_row_a"]}
    asked |= {"filters": [{"column": "amount", "op": "gt", "values": [1]}]}
    assert "$2" in compiled("store", **asked).sql
    assert "{p3:Int64}" in compiled("clickhouse", **asked).sql
    assert compiled("sqlite", **asked).sql.count("?") == len(compiled("sqlite", **asked).parameters)
    mysql = compiled("mysql", **asked)
    assert mysql.sql.count("%s") == len(mysql.parameters) == 4


def test_a_percent_sign_in_a_name_is_no_placeholder():
    odd = engines.ColumnDef("50%", "Half", "number", "", "")
    shape = definition("mysql", "t", columns=(*COLUMNS, odd))
    query = Query(1, columns=("50%",), filters=(Filter("50%", "gt", (1,)),))
    assert "`50%%`" in compile_query(query, shape, ()).sql


def test_whole_numbers_stay_whole():
    big = 2**53 + 1
    asked = {"filters": [{"column": "amount", "op": "eq", "values": [big]}]}
    found = compiled("store", measures=["n"], **asked)
    assert "CAST($1 AS BIGINT)" in found.sql
    assert found.parameters == (big,)


def test_the_shape_of_a_question_is_compiled_once():
    from apps.datasources.compiler import _statement

    for kind in ("store", "mysql"):
        asked = {"measures": ["n"], "time": "at", "grain": "day", "timezone": "Europe/Berlin"}
        compiled(kind, **asked, window=SPAN)
        before = _statement.cache_info().misses
        for day in range(2, 20):
            end = f"2024-03-{day:02}T12:00:00Z"
            compiled(kind, **asked, window={"from": SPAN["from"], "to": end})
        assert _statement.cache_info().misses == before


def test_rows_of_a_persons_sql_are_a_subquery(engine):
    if engine.kind in ("duckdb", "store"):
        return  # there a person writes none
    engine.fill([(START, text, 1.0, "100%", True) for text in ("a", "b", "b", "c")])
    asked = {"measures": ["total"], "dimensions": ["select"]}
    asked |= {"filters": [{"column": "select", "op": "ne", "values": ["c"]}]}
    fields = {"sql": "SELECT * FROM random_rows AS r WHERE r.amount > 0 -- ) all"}
    answer = engine.answer(asked, policies=(Filter("group", "eq", ("100%",)),), **fields)
    assert answer.table.to_pylist() == [
        {"select": "b", "total": 2.0},
        {"select": "a", "total": 1.0},
    ]


@pytest.mark.parametrize("kind", DIALECTS)
def test_a_persons_sql_stands_in_the_statement_as_it_is(kind):
    if kind in ("duckdb", "store"):
        return
    sql = "SELECT * FROM t AS r WHERE r.amount > 0"
    asked = {"measures": ["p90"], "dimensions": ["select"], "sql": sql}
    found = compiled(kind, **asked, top={"limit": 2, "by": "total", "other": True})
    assert f"(\n{sql}\n) AS" in found.sql


@pytest.mark.parametrize("sql", ["DELETE FROM t", "SELECT 1; SELECT 2", "SELECT pg_sleep(9)"])
def test_a_persons_sql_is_checked_whenever_it_is_compiled(sql):
    with pytest.raises(UserError) as caught:
        compiled("postgresql", measures=["n"], sql=sql)
    assert caught.value.field == "sql"


def test_clock_changes_are_known_to_the_second():
    offset, changes = clock_changes(
        "Europe/Berlin", Window(START, datetime(2024, 4, 2, tzinfo=UTC))
    )
    assert offset == 3600
    spring = next(change for change in changes if change.at == 1711846800)
    assert (spring.before, spring.after) == (3600, 7200)
    assert spring.local_at == 1711854000  # 03:00: the hour from 02:00 is read as if before it
    assert clock_changes("UTC") == (0, ())


# -- hidden columns: no path may name them

HIDDEN = frozenset({"amount"})
ON_AMOUNT = {"column": "amount", "op": "gt", "values": [1]}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"measures": ["total"]}, "measures"),
        ({"measures": ["n_big"]}, "measures"),
        ({"measures": ["per_row"]}, "measures"),
        ({"measures": ["share"]}, "measures"),
        ({"measures": ["change"], "time": "at", "grain": "day"}, "measures"),
        ({"measures": ["n"], "dimensions": ["amount"]}, "dimensions"),
        ({"columns": ["amount"]}, "columns"),
        ({"measures": ["n"], "filters": [ON_AMOUNT]}, "filters"),
        ({"measures": ["n"], "filters": [{"any": [{"all": [ON_AMOUNT]}]}]}, "filters"),
        ({"measures": ["n"], "order": [{"by": "total"}]}, "order"),
        ({"measures": ["n"], "dimensions": ["select"], "order": [{"by": "amount"}]}, "order"),
        (
            {"measures": ["n"], "dimensions": ["select"], "top": {"limit": 1, "by": "total"}},
            "top",
        ),
        (
            {"measures": ["total"], "time": "at", "window": SPAN, "compare": "previous"},
            "measures",
        ),
    ],
)
def test_what_is_hidden_is_not_there(asked, field):
    with pytest.raises(UserError) as caught:
        plan(Query.from_json({"dataset": 1, **asked}), definition("duckdb", "x"), (), HIDDEN)
    assert caught.value.field == field
    known = caught.value.message.partition("There are:")[2]
    assert "amount" not in known
    assert "total" not in known


def test_time_that_is_hidden_cannot_be_asked_by():
    asked = {"dataset": 1, "measures": ["n"], "time": "at", "window": SPAN}
    with pytest.raises(UserError) as caught:
        plan(Query.from_json(asked), definition("duckdb", "x"), (), frozenset({"at"}))
    assert caught.value.field == "time"


def test_policies_may_speak_of_what_is_hidden(engine):
    engine.fill([(START, "a", 1.0, "x", True), (START, "a", 5.0, "x", True)])
    policy = Group("any", (Filter("amount", "gt", (2,)), Filter("paid", "eq", (False,))))
    answer = engine.answer({"measures": ["n"]}, policies=(policy,), hidden=HIDDEN)
    assert answer.table.to_pylist() == [{"n": 1}]


def test_a_policy_holds_for_every_statement(engine):
    day, before = START, datetime(2024, 3, 29, tzinfo=UTC)
    engine.fill(
        [(at, text, 1.0, "x", True) for at in (day, before) for text in ("a", "a", "b", "b", "b")]
    )
    asked = {"measures": ["n", "share", "change"], "dimensions": ["select"], "compare": "previous"}
    asked |= {"time": "at", "grain": "day", "top": {"limit": 1, "by": "n", "other": True}}
    asked |= {"window": {"from": "2024-03-30T00:00:00Z", "to": "2024-03-31T00:00:00Z"}}
    (row,) = engine.rows(asked, policies=(Filter("select", "eq", ("a",)),))
    assert (row["select"], row["n"], row["n__before"]) == ("a", 2, 2)
    assert (row["share"], row["change"]) == (1.0, 0.0)


# -- what every system does alike


def test_nothing_at_all(engine):
    engine.fill([])
    assert engine.rows({"measures": ["n", "total", "mean", "p90", "per_row"]}) == [
        {"n": 0, "total": None, "mean": None, "p90": None, "per_row": None}
    ]
    asked = {"measures": ["total"], "dimensions": ["select"], "time": "at", "grain": "day"}
    empty = engine.answer(asked | {"top": {"limit": 2, "by": "total", "other": True}})
    assert empty.table.num_rows == 0
    assert empty.table.column_names == ["at", "select", "select__other", "total"]


def test_nulls_come_last_and_one_row_more_tells_of_a_cut(engine):
    amounts = {"a": 1.0, "b": 3.0, "c": None, "d": 2.0}
    engine.fill([(START, text, amount, "x", True) for text, amount in amounts.items()])
    for descending, expected in ((True, ["b", "d", "a", "c"]), (False, ["a", "d", "b", "c"])):
        asked = {"measures": ["total"], "dimensions": ["select"]}
        asked |= {"order": [{"by": "total", "descending": descending}]}
        assert engine.answer(asked).table.column("select").to_pylist() == expected
        assert not engine.answer(asked).truncated
        cut = engine.answer(asked | {"limit": 3})
        assert cut.table.column("select").to_pylist() == expected[:3]
        assert cut.truncated


@pytest.mark.parametrize("op", ["contains", "not_contains", "starts_with", "ends_with"])
@pytest.mark.parametrize("needle", ["", "Bc", "abcd", "%"])
def test_a_missing_text_holds_nothing(engine, op, needle):
    texts = ["abc", "c", "", "50%", None]
    engine.fill([(START, text, 1.0, "x", True) for text in texts])
    asked = [{"column": "select", "op": op, "values": [needle]}]
    found = engine.rows({"columns": ["select"], "filters": asked})
    rows = [(START, text, 1.0, "x", True) for text in texts]
    expected = {row[1] for row in rows if met(row, asked[0])}
    assert {row["select"] for row in found} == expected
    assert None not in expected


def test_raw_rows_have_their_types(engine):
    engine.fill([(START, "a", 1.5, None, True)])
    asked = {"columns": ["at", "select", "amount", "group", "paid"], "time": "at"}
    (row,) = engine.rows(asked)
    assert row == {"at": START, "select": "a", "amount": 1.5, "group": None, "paid": True}


def test_a_day_whose_midnight_is_skipped(engine):
    """In São Paulo clocks went from 23:59:59 to 01:00 on 4 November 2018."""
    moments = ["2018-11-04T02:30:00", "2018-11-04T03:30:00", "2018-11-05T01:30:00"]
    times = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in moments]
    engine.fill([(at, "a", 1.0, "x", True) for at in times])
    asked = {"measures": ["n", "change"], "time": "at", "grain": "day"}
    rows = engine.rows(asked | {"timezone": "America/Sao_Paulo"})
    days = [datetime(2018, 11, 3, 3, tzinfo=UTC), datetime(2018, 11, 4, 3, tzinfo=UTC)]
    assert [(row["at"], row["n"]) for row in rows] == [(days[0], 1), (days[1], 2)]
    assert rows[1]["change"] == 1.0


def test_a_relative_span_moves_with_the_clock(engine):
    from datetime import timedelta

    now = datetime.now(UTC).replace(microsecond=0)
    ages = {"today": timedelta(hours=1), "past": timedelta(days=9), "future": timedelta(days=-1)}
    engine.fill([(now - age, name, 1.0, "x", True) for name, age in ages.items()])
    within = {"column": "at", "op": "within", "values": ["now-7d", "now"]}
    rows = engine.rows({"measures": ["n"], "dimensions": ["select"], "filters": [within]})
    assert rows == [{"select": "today", "n": 1}]


def test_thousands_of_categories_fold_into_others(engine):
    engine.fill([(START, f"name {n}", float(n), "x", True) for n in range(300)])
    asked = {"measures": ["n", "mean", "kinds"], "dimensions": ["select"]}
    rows = engine.rows(asked | {"top": {"limit": 2, "by": "total", "other": True}})
    assert [row["select"] for row in rows] == ["name 298", "name 299", None] or [
        row["select"] for row in rows
    ] == ["name 299", "name 298", None]
    other = rows[-1]
    assert (other["select__other"], other["n"], other["kinds"]) == (True, 298, 298)
    assert other["mean"] == pytest.approx(sum(range(298)) / 298)  # of the rows, not of means


def test_a_real_null_is_not_the_others(engine):
    texts = [None, None, None, "a", "b", "c"]
    engine.fill([(START, text, 1.0, "x", True) for text in texts])
    asked = {"measures": ["n"], "dimensions": ["select"]}
    answer = engine.answer(asked | {"top": {"limit": 1, "by": "n", "other": True}})
    assert answer.table.to_pylist() == [
        {"select": None, "select__other": False, "n": 3},
        {"select": None, "select__other": True, "n": 3},
    ]
    dimension, flag, _n = answer.columns
    assert dimension.other
    assert flag.role == "flag"
    rows = engine.rows(asked | {"top": {"limit": 1, "by": "n"}})
    assert rows == [{"select": None, "n": 3}]
