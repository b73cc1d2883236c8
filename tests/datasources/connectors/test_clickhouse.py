"""ClickHouse: its real engine (chdb), asked through its driver."""

import contextlib
import time
from dataclasses import replace
from datetime import UTC, datetime

import clickhouse_connect
import pyarrow as pa
import pytest

from apps.core.errors import UserError
from apps.datasources.connectors import clickhouse
from apps.datasources.connectors.base import Connection, FoundColumn, Limits, Relation
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

from .chdb_server import Server

PASSWORD = "s3cret-of-the-reader"
HARD = "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1"


@pytest.fixture(scope="module")
def server():
    client = clickhouse_connect.get_client(interface="chdb")
    client.command("CREATE DATABASE shop")
    client.command(
        """CREATE TABLE shop.orders (
             id UInt32, at DateTime('Europe/Berlin'), exact DateTime64(3, 'UTC'), day Date,
             name LowCardinality(String), price Nullable(Decimal(12, 2)), paid Bool,
             kind Enum8('a' = 1, 'it\\'s' = 2), many Array(UInt8), key UUID, ip IPv4, big Int128,
             code FixedString(4), none Nullable(DateTime)) ENGINE = Memory"""
    )
    client.command(
        """INSERT INTO shop.orders VALUES (1, toDateTime('2024-03-01 10:00:00', 'UTC'),
             '2024-03-01 10:00:00.250', '2024-03-01', 'Zoë 🎈', 12.5, true, 'it\\'s', [1, 2],
             '61f0c404-5cb3-11e7-907b-a6006ad3dba0', '1.2.3.4', -5, 'ab', NULL)"""
    )
    client.command("CREATE VIEW shop.paid AS SELECT * FROM shop.orders WHERE paid")
    server = Server("reader", PASSWORD)
    with contextlib.closing(client):
        yield server
    server.shutdown()


@pytest.fixture
def source(server, loopback):
    """A function that gives the connection of a source on that server."""
    server.statements.clear()
    server.killed.clear()
    clickhouse._KNOWN.clear()

    def make(secret=PASSWORD, **changes):
        details = {"host": "localhost", "port": server.port, "dbname": "shop", "user": "reader"}
        details |= {"tls": False} | changes
        return Connection("clickhouse", details, secret, source_id=7, stamp=f"{changes}{secret}")

    yield make
    clickhouse.IDLE.clear()


def test_types_come_out_as_the_rest_of_sightline_has_them(source, limits):
    table = clickhouse.run(source(), "SELECT * FROM orders", [], limits)
    ten = datetime(2024, 3, 1, 10, tzinfo=UTC)
    for name in ("at", "exact", "day", "none"):
        assert table.schema.field(name).type == pa.timestamp("ms", "UTC"), name
    assert table.to_pylist() == [
        {
            "id": 1,
            "at": ten,
            "exact": ten.replace(microsecond=250_000),
            "day": datetime(2024, 3, 1, tzinfo=UTC),
            "name": "Zoë 🎈",
            "price": 12.5,
            "paid": True,
            "kind": "it's",
            "many": "[1, 2]",
            "key": "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
            "ip": "1.2.3.4",
            "big": -5.0,
            "code": "ab",
            "none": None,
        }
    ]


def test_a_statement_is_described_once_and_only_if_arrow_leaves_open_what_it_is(
    source, server, limits
):
    for day in (1, 2):
        sql = "SELECT toStartOfDay(at) AS t FROM orders WHERE id >= {p1:Float64}"
        table = clickhouse.run(source(), sql, [1.0], limits)
        assert table.num_rows == 1, day
        clickhouse.run(source(), "SELECT count() AS n, sum(price) FROM orders", [], limits)
    described = [sql for sql in server.statements if "DESCRIBE" in sql]
    assert len(described) == 1


def test_a_client_is_used_again_and_not_after_other_settings(source, server, limits):
    clickhouse.run(source(), "SELECT 1", [], limits)
    before = len(server.statements)
    clickhouse.run(source(), "SELECT 2", [], limits)
    assert len(server.statements) == before + 1
    with pytest.raises(SourceRefused):
        clickhouse.run(source("changed"), "SELECT 3", [], limits)


def test_relations_and_columns_are_found(source, limits):
    found = clickhouse.relations(source())
    assert found[:2] == [Relation("shop.orders"), Relation("shop.paid", "view")]
    types = "number time time time text number boolean text text text text number text time"
    for name in ("orders", "shop.orders"):
        columns = clickhouse.columns(source(), name)
        assert [each.type for each in columns] == types.split()
    assert columns[5] == FoundColumn("price", "number", "Nullable(Decimal(12, 2))")
    of_sql = clickhouse.columns_of_sql(source(), "SELECT at, price / 2 AS p FROM orders", limits)
    assert [(each.name, each.type) for each in of_sql] == [("at", "time"), ("p", "number")]


@pytest.mark.parametrize(
    "value", ["it's", "back\\slash", "%s", "{}", "{p2:String}", "{{ x }}", "a\tb\nc", "é🎈"]
)
def test_sql_7_values_are_data(source, limits, value):
    table = clickhouse.run(source(), "SELECT {p1:String} AS v", [value], limits)
    assert table.to_pylist() == [{"v": value}]


def test_the_engine_itself_reads_values_the_same(source, limits, monkeypatch):
    def client(source, line):
        return clickhouse_connect.get_client(interface="chdb", database="shop")

    monkeypatch.setattr(clickhouse, "_client", client)
    sql = "SELECT {p1:String} AS v, count() AS n FROM orders WHERE name <> {p1:String}"
    for value in ("it's", "back\\slash", "a\tb", "é🎈"):
        table = clickhouse.run(source("direct"), sql, [value], limits)
        assert table.to_pylist() == [{"v": value, "n": 1}]


def test_parameters_of_every_type_are_filled_in_by_the_server(source, server, limits):
    moment = datetime(2024, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)
    sql = "SELECT {p1:DateTime64(3, 'UTC')} AS t, {p2:Float64} AS f, {p3:Bool} AS b"
    table = clickhouse.run(source(), sql, [moment, 1.5, True], limits)
    assert table.to_pylist() == [{"t": moment, "f": 1.5, "b": True}]
    assert any("{p1:DateTime64" in sent for sent in server.statements)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; COMMIT; INSERT INTO orders (id) VALUES (9)",
        "SELECT 1; SELECT 2",
        "INSERT INTO orders (id) VALUES (9)",
        "DROP TABLE orders",
        "CREATE TABLE canary (a Int8) ENGINE = Memory",
        "SET readonly = 0",
        "SELECT * FROM file('/etc/passwd', 'LineAsString') SETTINGS readonly = 0",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM executable('x', 'CSV', 'a String')",
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "INSERT INTO FUNCTION file('CANARY') SELECT 1",
        "SELECT 1 INTO OUTFILE 'CANARY'",
        "SELECT 1 FORMAT CSV",
        "SYSTEM SHUTDOWN",
    ],
)
def test_sql_1_and_3_only_what_reads_is_run(source, persons, sql, tmp_path):
    canary = tmp_path / "canary"
    with pytest.raises(QueryRefused) as caught:
        clickhouse.run(source(), sql.replace("CANARY", str(canary)), [], persons)
    assert caught.value.field == "sql"
    assert not canary.exists()
    count = clickhouse.run(source(), "SELECT count() AS n FROM orders", [], persons)
    assert count.to_pylist() == [{"n": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        HARD,
        HARD + " SETTINGS max_execution_time = 0",
        "SELECT sleep(3), sleepEachRow(1) FROM numbers(9)",
    ],
)
def test_sql_4_the_server_ends_a_slow_statement(source, persons, sql):
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        clickhouse.run(source(), sql, [], replace(persons, timeout_s=1))
    assert time.monotonic() - began < 4


def test_sql_4_a_server_that_does_not_is_left_and_told_to_kill(source, server, persons):
    clickhouse.run(source(), "SELECT 1", [], persons)
    until = time.monotonic() + 0.3
    limits = replace(persons, cancelled=lambda: time.monotonic() > until, timeout_s=3)
    with pytest.raises(QueryCancelled):
        clickhouse.run(source(), HARD, [], limits)
    assert time.monotonic() - until < 1
    deadline = time.monotonic() + 3
    while not server.killed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "KILL QUERY WHERE query_id = '" in server.killed[0]


def test_sql_6_a_long_answer_is_cut_and_a_wide_one_refused(source, limits):
    sql = "SELECT number FROM numbers(100000000)"
    assert clickhouse.run(source(), sql, [], limits).num_rows == limits.rows
    for sql in (
        "SELECT concat(repeat('x', 900000), repeat('x', 900000)) AS x",
        "SELECT repeat('x', 20000) AS x FROM numbers(1000)",
    ):
        with pytest.raises(SourceTooLarge):
            clickhouse.run(source(), sql, [], limits)


@pytest.mark.parametrize(
    ("changes", "field", "kind"),
    [
        ({"secret": "wrong"}, "password", SourceRefused),
        ({"user": "nobody"}, "password", SourceRefused),
        ({"dbname": "nowhere"}, "dbname", SourceRefused),
        ({"port": 1}, "host", SourceError),
        ({"host": "no-such-host.invalid"}, "host", SourceRefused),
        ({"host": "169.254.169.254"}, "host", SourceRefused),
        ({"tls": True}, "tls", SourceError),
    ],
)
def test_a_failed_check_names_the_setting(source, changes, field, kind, caplog):
    with pytest.raises(kind) as caught:
        clickhouse.check(source(**changes))
    assert caught.value.field == field
    told = caught.value.message + caplog.text
    for secret in (PASSWORD, "127.0.0.1", "169.254", "no-such-host", "SELECT"):
        assert secret not in told


def test_sql_13_a_mute_server_is_given_up(source, mute_server):
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        clickhouse.check(source(port=mute_server))
    assert caught.value.field == "port"
    assert time.monotonic() - began < 9


@pytest.mark.parametrize(
    "says",
    [
        b"\x5b\x00\x00\x00\x0a5.5.5-10.11.6-MariaDB" + b"\0" * 60,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_sql_13_nonsense_is_an_error_of_the_source(source, rude_server, says):
    port, server = rude_server
    server["bytes"] = says
    with pytest.raises(SourceError) as caught:
        clickhouse.check(source(port=port))
    assert caught.value.field == "port"


def test_ssrf_3_a_redirect_elsewhere_is_not_followed(source, rude_server, server):
    port, rude = rude_server
    target = f"http://127.0.0.1:{server.port}/".encode()
    rude["bytes"] = b"HTTP/1.1 307 R\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n"
    before = len(server.hosts)
    with pytest.raises(SourceError):
        clickhouse.check(source(port=port))
    assert len(server.hosts) == before


def test_ssrf_2_the_address_is_checked_again_when_it_connects(source, limits, settings):
    settings.SOURCE_NETWORKS = []
    with pytest.raises(SourceRefused, match="address"):
        clickhouse.run(source(), "SELECT 1", [], limits)


def test_the_name_of_the_host_goes_with_the_checked_address(source, server, limits):
    clickhouse.run(source(), "SELECT 1", [], limits)
    assert server.hosts[-1].startswith("localhost")


def test_a_packed_batch_is_not_unpacked(limits):
    sink = pa.BufferOutputStream()
    table = pa.table({"x": ["x" * 100_000] * 20})
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    with pytest.raises(pa.ArrowInvalid, match="packed"):
        clickhouse._read(pa.BufferReader(sink.getvalue()), limits)


def test_a_vanished_table_and_a_persons_mistake(source, limits, persons):
    with pytest.raises(SourceRefused, match="tables may have changed"):
        clickhouse.run(source(), "SELECT * FROM gone", [], limits)
    with pytest.raises(QueryRefused, match="gone") as caught:
        clickhouse.run(source(), "SELECT * FROM gone", [], persons)
    assert isinstance(caught.value, UserError)


def test_an_answer_without_rows_keeps_its_columns(source):
    limits = Limits(timeout_s=5, rows=10, bytes=1_000_000)
    table = clickhouse.run(source(), "SELECT id, name FROM orders WHERE 0", [], limits)
    assert (table.num_rows, table.column_names) == (0, ["id", "name"])
