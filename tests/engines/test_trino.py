"""The connector on a real Trino: its whole contract, with and without TLS."""

import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import jwt
import pyarrow as pa
import pytest

from apps.datasources.connectors import trino
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)
from tests.engines import servers, tier

tier.needed()

LINES = "tpch.sf1.lineitem"
HARD = f"SELECT count(*) AS n FROM {LINES} AS a, {LINES} AS b WHERE a.comment < b.comment"
ENDED_S = 20  # a busy server takes a while to give a query up


@pytest.fixture
def trusted(monkeypatch, trino_server):
    """The server's own certificate is trusted, as a system's would be."""
    made = trino._http

    def session(line):
        found = made(line)
        found.verify = str(trino_server.certificate)
        return found

    monkeypatch.setattr(trino, "_http", session)


def running(engine, sql):
    """How many queries with this text the server works on."""
    text = sql.replace("'", "''")
    told = "state NOT IN ('FINISHED', 'FAILED') AND source = 'sightline'"
    found = engine.tell(
        f"SELECT count(*) FROM system.runtime.queries WHERE {told} AND query LIKE '%{text}%'"
    )
    return found[0][0]


def is_given_up(engine, sql):
    deadline = time.monotonic() + ENDED_S
    while running(engine, sql):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


# -- signing in


@pytest.mark.parametrize("auth", ["none", "password", "jwt"])
def test_a_check_signs_in(trino_source, trusted, auth):
    if auth == "none":
        return trino.check(trino_source())
    token = jwt.encode(
        {"sub": servers.READER, "exp": datetime.now(UTC) + timedelta(hours=1)},
        servers.JWT_KEY,
        algorithm="HS256",
    )
    secret = servers.PASSWORD if auth == "password" else token
    return trino.check(trino_source(secret=secret, auth=auth, tls=True))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"auth": "password", "tls": True, "secret": "wrong"}, "password"),
        ({"auth": "password", "tls": True, "user": "nobody", "secret": "x"}, "password"),
        ({"auth": "jwt", "tls": True, "secret": "no.token.atall"}, "password"),
        ({"auth": "password", "tls": True, "secret": ""}, "password"),
        ({"port": 1}, "host"),
        ({"host": "no-such-host.invalid"}, "host"),
        ({"catalog": "gone"}, "catalog"),
        ({"schema": "gone"}, "schema"),
    ],
)
def test_a_failed_check_names_the_setting(trino_source, trusted, changes, field, caplog):
    with pytest.raises(SourceError) as caught:
        trino.check(trino_source(**changes))
    assert caught.value.field == field
    assert "127.0.0.1" not in caught.value.message + caplog.text


def test_tls_that_is_not_there_and_a_certificate_of_nobody(trino_source, trino_server):
    for changes in (
        {"tls": True, "auth": "none", "port": trino_server.port},  # speaks no TLS
        {"tls": True, "auth": "password", "secret": servers.PASSWORD},  # not trusted here
    ):
        with pytest.raises(SourceError) as caught:
            trino.check(trino_source(**changes))
        assert caught.value.field == "tls"


def test_nobody_comes_in_without_a_password_where_one_is_asked(trino_source, trusted):
    with pytest.raises(SourceRefused) as caught:
        trino.check(trino_source(auth="none", tls=True))
    assert caught.value.field == "password"


# -- what there is


def test_relations_are_those_of_the_schema_or_of_the_catalog(trino_source):
    found = {each.name: each.kind for each in trino.relations(trino_source())}
    assert found["sales.orders"] == "table"
    assert found["sales.paid"] == "view"
    assert "other.more" not in found
    everywhere = [each.name for each in trino.relations(trino_source(schema=""))]
    assert "other.more" in everywhere
    assert not [name for name in everywhere if name.startswith("information_schema")]


def test_columns_have_their_types(trino_source):
    found = {each.name: each.type for each in trino.columns(trino_source(), "sales.orders")}
    times = dict.fromkeys(("at", "day", "zoned"), "time")
    numbers = dict.fromkeys(("id", "price", "size"), "number")
    texts = dict.fromkeys(("name", "raw", "many", "named", "pair", "note", "key", "took"), "text")
    assert found == times | numbers | texts | {"is_paid": "boolean", "weight": "number"}
    assert trino.columns(trino_source(), "sales.gone") == []


def test_columns_of_a_statement(trino_source, limits):
    sql = "SELECT day, count(*) AS n, max(name) AS who FROM orders GROUP BY 1"
    found = trino.columns_of_sql(trino_source(), sql, limits)
    assert [(each.name, each.type) for each in found] == [
        ("day", "time"),
        ("n", "number"),
        ("who", "text"),
    ]


def test_every_type_comes_out_as_the_rest_of_sightline_has_it(trino_source, limits):
    table = trino.run(trino_source(), "SELECT * FROM orders ORDER BY id", [], limits)
    moment = datetime(2024, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)
    assert table.schema.field("day").type == pa.timestamp("ms", "UTC")
    row, empty = table.to_pylist()
    assert row.pop("weight") != row.pop("weight", 0)
    assert row == {
        "id": 1,
        "at": moment,
        "day": datetime(2024, 3, 1, tzinfo=UTC),
        "zoned": moment,
        "name": "Zoë 🎈",
        "price": 12.5,
        "is_paid": True,
        "raw": "00ff00ff",
        "many": "[1, 2]",
        "named": "{'a': 1}",
        "pair": "(a: 1, b: 'x')",
        "note": '{"a":1}',
        "key": "12151fd2-7586-11e9-8f9e-2a86e4085a59",
        "took": "01:02:03",
        "size": 1.5,
    }
    assert {name for name, value in empty.items() if value is not None} == {"id"}


def test_no_rows_still_have_their_columns(trino_source, limits):
    table = trino.run(trino_source(), "SELECT id, at FROM orders WHERE id > 5", [], limits)
    assert (table.num_rows, table.column_names) == (0, ["id", "at"])


VALUES = [
    "it's",
    "back\\slash",
    '"; DROP TABLE orders; --',
    "日本 🎈",
    "100%",
    "?",
    7,
    -7,
    2**63 - 1,
    1.5,
    -2.5,
    1e300,
    5e-324,
    float("inf"),
    True,
    False,
    Decimal("12.50"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_sql_7_a_value_arrives_as_it_is(trino_source, limits, value):
    table = trino.run(trino_source(), "SELECT ? AS x, '?''' AS y", [value], limits)
    assert table.to_pylist() == [{"x": value, "y": "?'"}]


def test_sql_7_times_and_nothing_arrive_as_they_are(trino_source, limits):
    moment = datetime(2024, 3, 31, 1, 30, 0, 250_000, tzinfo=UTC)
    sql = "SELECT to_unixtime(?) AS at, ? AS day, ? AS nothing"
    (row,) = trino.run(trino_source(), sql, [moment, date(2024, 2, 29), None], limits).to_pylist()
    assert row == {
        "at": moment.timestamp(),
        "day": datetime(2024, 2, 29, tzinfo=UTC),
        "nothing": None,
    }


# -- reading only


WRITES = [
    "CREATE TABLE sales.canary AS SELECT 1 AS a",
    "INSERT INTO sales.orders (id) VALUES (9)",
    "DELETE FROM sales.orders",
    "DROP TABLE sales.orders",
    "ALTER TABLE sales.orders RENAME TO sales.gone",
    "CREATE SCHEMA shop.canary",
    "TRUNCATE TABLE sales.orders",
]


@pytest.mark.parametrize("user", [servers.READER, servers.BOSS])
@pytest.mark.parametrize("sql", WRITES)
def test_sql_1_nobody_writes_not_even_who_might(
    trino_source, trino_tables, persons, limits, sql, user
):
    before = trino_tables.tell("SELECT count(*) FROM sales.orders")
    with pytest.raises((QueryRefused, SourceRefused)):
        trino.run(trino_source(user=user), sql, [], persons)
    assert trino_tables.tell("SELECT count(*) FROM sales.orders") == before
    assert not trino_tables.tell("SHOW TABLES FROM shop.sales LIKE 'canary'")
    assert not trino_tables.tell("SHOW SCHEMAS FROM shop LIKE 'canary'")


def test_a_persons_statement_is_answered_in_its_transaction(trino_source, persons):
    table = trino.run(trino_source(), "SELECT count(*) AS n FROM orders", [], persons)
    assert table.to_pylist() == [{"n": 2}]


def test_a_persons_mistake_is_told_in_trinos_words(trino_source, persons, limits):
    for sql, word in (("SELECT * FROM gone", "gone"), ("SELECT nme FROM orders", "nme")):
        with pytest.raises(QueryRefused, match=word) as caught:
            trino.run(trino_source(), sql, [], persons)
        assert caught.value.field == "sql"
    with pytest.raises(SourceRefused) as caught:
        trino.run(trino_source(), "SELECT * FROM gone", [], limits)
    assert "gone" not in caught.value.message


def test_division_by_zero_is_the_persons_own(trino_source, persons):
    with pytest.raises(QueryRefused, match="zero"):
        trino.run(trino_source(), "SELECT 1 / 0", [], persons)


# -- limits


def test_sql_4_a_slow_query_ends_here_and_there(trino_source, trino_tables, limits):
    sql = HARD.replace("n FROM", "slow FROM")
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        trino.run(trino_source(), sql, [], replace(limits, timeout_s=3))
    assert time.monotonic() - began < 8
    assert is_given_up(trino_tables, "count(*) AS slow")


def test_a_person_can_cancel_and_the_server_is_free(trino_source, trino_tables, persons):
    sql = HARD.replace("n FROM", "cancelled FROM")
    pressed = threading.Event()
    threading.Timer(2, pressed.set).start()
    began = time.monotonic()
    with pytest.raises(QueryCancelled):
        trino.run(trino_source(), sql, [], replace(persons, timeout_s=60, cancelled=pressed.is_set))
    assert time.monotonic() - began < 8
    assert is_given_up(trino_tables, "count(*) AS cancelled")


def test_sql_6_a_long_answer_is_cut_and_given_up(trino_source, trino_tables, limits):
    sql = "SELECT orderkey AS long FROM tpch.sf1.lineitem"
    began = time.monotonic()
    assert trino.run(trino_source(), sql, [], limits).num_rows == limits.rows
    assert time.monotonic() - began < 10
    assert is_given_up(trino_tables, "orderkey AS long")


def test_sql_6_a_wide_answer_is_refused(trino_source, trino_tables, limits):
    sql = "SELECT rpad('x', 20000, 'x') AS wide FROM numbers"
    with pytest.raises(SourceTooLarge):
        trino.run(trino_source(), sql, [], replace(limits, rows=10_000))
    assert is_given_up(trino_tables, "AS wide")


def test_pages_are_joined(trino_source, limits):
    sql = "SELECT n FROM numbers ORDER BY n"
    found = trino.run(trino_source(), sql, [], replace(limits, rows=20_000))
    assert found.column("n").to_pylist() == list(range(1, 10_001))


def test_after_what_went_wrong_the_next_question_is_answered(trino_source, limits):
    for _time in range(3):
        with pytest.raises(SourceRefused):
            trino.run(trino_source(), "SELECT * FROM gone", [], limits)
        assert trino.run(trino_source(), "SELECT 1 AS n", [], limits).num_rows == 1
