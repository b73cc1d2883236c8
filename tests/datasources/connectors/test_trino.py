"""Trino's driver against a small server that speaks its protocol, for what a real one does not do
on demand. A real one is asked in tests/engines.
"""

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from apps.core.errors import UserError
from apps.datasources.connectors import trino
from apps.datasources.connectors.base import Connection
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

from .trino_server import Server, basic, column, failure

SECRET = "s3cret-of-the-reader"


@pytest.fixture
def server(loopback):
    server = Server()
    yield server
    server.shutdown()


@pytest.fixture
def source(server):
    """A function that gives the connection of a source on that server."""

    def make(secret="", **changes):
        details = {"host": "127.0.0.1", "port": server.port, "catalog": "shop", "schema": "sales"}
        details |= {"user": "reader", "auth": "none", "tls": False} | changes
        return Connection("trino", details, secret, source_id=3)

    return make


def test_types_come_out_as_the_rest_of_sightline_has_them(source, server, limits):
    natives = {
        "id": ("bigint", 1),
        "at": ("timestamp(3)", "2024-03-01 10:00:00.250"),
        "zoned": ("timestamp(3) with time zone", "2024-03-01 11:00:00.250 Europe/Berlin"),
        "day": ("date", "2024-03-01"),
        "price": ("decimal(12,2)", "12.50"),
        "weight": ("double", "NaN"),
        "paid": ("boolean", True),
        "name": ("varchar(9)", "Zoë 🎈"),
        "raw": ("varbinary", "/wD/AA=="),
        "many": ("array(integer)", [1, 2]),
        "none": ("double", None),
    }
    server.columns = [column(name, native) for name, (native, _value) in natives.items()]
    server.pages = [[[value for _native, value in natives.values()]], []]
    table = trino.run(source(), "SELECT * FROM orders", [], limits)
    moment = datetime(2024, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)
    assert table.schema.field("day").type == pa.timestamp("ms", "UTC")
    row = table.to_pylist()[0]
    assert row.pop("weight") != row.pop("weight", 0)
    assert row == {
        "id": 1,
        "at": moment,
        "zoned": moment,
        "day": datetime(2024, 3, 1, tzinfo=UTC),
        "price": 12.5,
        "paid": True,
        "name": "Zoë 🎈",
        "raw": "ff00ff00",
        "many": "[1, 2]",
        "none": None,
    }


def test_pages_are_joined_and_the_session_says_what_it_needs(source, server, limits):
    server.pages = [[[1], [2]], [], [[3]]]
    table = trino.run(source(), "SELECT n FROM orders", [], limits)
    assert table.column("n").to_pylist() == [1, 2, 3]
    sent = server.headers[0]
    assert sent["X-Trino-Catalog"] == "shop"
    assert sent["X-Trino-Schema"] == "sales"
    assert sent["X-Trino-Time-Zone"] == "UTC"
    assert "query_max_execution_time=10s" in sent["X-Trino-Session"]
    assert "X-Trino-Query-Data-Encoding" not in sent
    assert "Authorization" not in sent
    assert server.statements == ["SELECT n FROM orders"]


def test_sql_7_values_go_beside_the_statement(source, server, limits):
    values = ["it's", "back\\slash", "%s", 1, 2**70, 1.5, 1e300, True, None, Decimal("1.50")]
    values += [datetime(2024, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC), date(2024, 3, 1)]
    trino.run(source(), "SELECT 'a' AS x, " + ", ".join("?" * len(values)), values, limits)
    assert server.statements[0].startswith("EXECUTE IMMEDIATE 'SELECT ''a'' AS x, ?, ?")
    assert server.statements[0].partition(" USING ")[2] == (
        "'it''s', 'back\\slash', '%s', 1, DECIMAL '1180591620717411303424', 1.5E0, 1e+300, true, "
        "NULL, DECIMAL '1.50', TIMESTAMP '2024-03-01 10:00:00.250000 UTC', DATE '2024-03-01'"
    )


def test_columns_of_a_statement_without_rows(source, server, limits):
    server.columns = [column("at", "timestamp(3)"), column("n", "decimal(12,2)")]
    server.pages = [[]]
    found = trino.columns_of_sql(source(), "SELECT at, n FROM orders", limits)
    assert [(each.name, each.type) for each in found] == [("at", "time"), ("n", "number")]
    assert server.statements[0].endswith(") AS asked LIMIT 0")


def test_sql_1_a_persons_statement_runs_in_a_transaction_that_only_reads(source, server, persons):
    trino.run(source(), "SELECT n FROM orders", [], persons)
    assert server.statements == ["START TRANSACTION READ ONLY", "SELECT n FROM orders"]
    assert server.headers[-1]["X-Trino-Transaction-Id"] == "tx-1"
    server.error = failure("READ_ONLY_VIOLATION", "Cannot execute write")
    with pytest.raises(QueryRefused, match="reads"):
        trino.run(source(), "INSERT INTO orders VALUES (1)", [], persons)


def test_sql_1_a_statement_that_changed_something_is_no_answer(source, server, limits):
    server.update = "INSERT"
    with pytest.raises(SourceRefused):
        trino.run(source(), "INSERT INTO orders VALUES (1)", [], limits)


def test_sql_4_a_slow_query_is_cancelled_at_the_server(source, server, limits):
    server.wait_s = 5
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        trino.run(source(), "SELECT 1", [], replace(limits, timeout_s=0.5))
    assert time.monotonic() - began < 2
    deadline = time.monotonic() + 3
    while not server.cancelled and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "/v1/statement/executing/" in server.cancelled[0]


def test_a_person_can_cancel(source, server, limits):
    server.wait_s = 5
    until = time.monotonic() + 0.3
    with pytest.raises(QueryCancelled):
        trino.run(
            source(), "SELECT 1", [], replace(limits, cancelled=lambda: time.monotonic() > until)
        )


def test_sql_6_a_long_answer_is_cut_and_given_up_and_a_wide_one_refused(source, server, limits):
    server.pages = [[[n] for n in range(400)]] * 50
    assert trino.run(source(), "SELECT n", [], limits).num_rows == limits.rows
    assert server.cancelled
    server.columns, server.pages = [column("x", "varchar(9)")], [[["x" * 400_000]]] * 10
    with pytest.raises(SourceTooLarge):
        trino.run(source(), "SELECT x", [], limits)


@pytest.mark.parametrize(
    ("name", "kind", "expected", "field"),
    [
        ("CATALOG_NOT_FOUND", "USER_ERROR", SourceRefused, "catalog"),
        ("SCHEMA_NOT_FOUND", "USER_ERROR", SourceRefused, "schema"),
        ("PERMISSION_DENIED", "USER_ERROR", SourceRefused, "user"),
        ("TABLE_NOT_FOUND", "USER_ERROR", SourceRefused, None),
        ("EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES", SourceTimeout, None),
        ("GENERIC_INTERNAL_ERROR", "INTERNAL_ERROR", SourceError, None),
        ("JDBC_ERROR", "EXTERNAL", SourceError, None),
    ],
)
def test_an_error_of_a_query_is_told_in_our_words(
    source, server, limits, name, kind, expected, field
):
    server.error = failure(name, "at 10.0.0.5: SELECT secret", kind)
    with pytest.raises(expected) as caught:
        trino.run(source(), "SELECT 1", [], limits)
    assert caught.value.field == field
    assert "10.0.0.5" not in caught.value.message


def test_a_persons_mistake_is_told_in_trinos_words(source, server, persons):
    server.error = failure("TABLE_NOT_FOUND", "line 1:15: Table 'shop.sales.gone' does not exist")
    with pytest.raises(QueryRefused, match="gone") as caught:
        trino.run(source(), "SELECT * FROM gone", [], persons)
    assert caught.value.field == "sql"


@pytest.mark.parametrize(
    ("status", "field"), [(401, "password"), (403, "user"), (404, "port"), (503, None)]
)
def test_a_failed_check_names_the_setting(source, server, status, field):
    server.status = status
    with pytest.raises(SourceError) as caught:
        trino.check(source())
    assert caught.value.field == field


def test_a_check_looks_for_the_schema(source, server):
    trino.check(source())
    assert "information_schema.schemata" in server.statements[-1]
    server.pages = [[]]
    with pytest.raises(SourceRefused) as caught:
        trino.check(source())
    assert caught.value.field == "schema"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"port": 1}, "host"),
        ({"host": "no-such-host.invalid"}, "host"),
        ({"host": "169.254.169.254"}, "host"),
        ({"tls": True}, "tls"),
    ],
)
def test_a_source_out_of_reach(source, changes, field, caplog):
    with pytest.raises(SourceError) as caught:
        trino.check(source(secret=SECRET, **changes))
    assert caught.value.field == field
    told = caught.value.message + caplog.text
    for secret in (SECRET, "127.0.0.1", "169.254", "no-such-host", "SELECT"):
        assert secret not in told


def test_a_password_never_goes_without_tls(source, server, limits):
    details = source(auth="password").settings
    with pytest.raises(UserError) as caught:
        trino.check_settings(dict(details))
    assert caught.value.field == "settings.tls"
    trino.run(source(secret=SECRET, auth="password"), "SELECT 1", [], limits)
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize(
    ("auth", "expected"), [("password", basic("reader", SECRET)), ("jwt", f"Bearer {SECRET}")]
)
def test_how_it_signs_in(source, auth, expected):
    session = trino._http(trino.line_to(source(), 1))
    trino._sign_in(source(secret=SECRET, auth=auth, tls=True)).set_http_session(session)
    request = trino.requests.Request("GET", "https://localhost/")
    assert session.prepare_request(request).headers["Authorization"] == expected


def test_sql_13_a_mute_server_is_given_up(source, mute_server, monkeypatch):
    monkeypatch.setattr(trino, "CHECK_LIMITS", replace(trino.CHECK_LIMITS, timeout_s=1))
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        trino.check(source(port=mute_server))
    assert caught.value.field == "port"
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    "says",
    [
        b"\x5b\x00\x00\x00\x0a5.5.5-10.11.6-MariaDB" + b"\0" * 60,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_sql_13_nonsense_is_an_error_of_the_source(source, rude_server, says):
    port, server = rude_server
    server["bytes"] = says
    with pytest.raises(SourceError) as caught:
        trino.check(source(port=port))
    assert caught.value.field == "port"


def test_ssrf_3_neither_a_redirect_nor_a_next_page_leads_elsewhere(source, server, rude_server):
    other = Server()
    port, rude = rude_server
    target = f"http://127.0.0.1:{other.port}"
    rude["bytes"] = f"HTTP/1.1 307 R\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
    with pytest.raises(SourceError):
        trino.check(source(port=port))
    server.origin = target
    with pytest.raises(SourceError):
        trino.check(source())
    assert not other.headers
    assert not other.statements
    assert not other.cancelled
    other.shutdown()


def test_ssrf_3_rows_are_not_fetched_from_another_place(source, server, limits, rude_server):
    port, rude = rude_server
    uri = f"http://127.0.0.1:{port}/segment"
    spooled = {"type": "spooled", "uri": uri, "ackUri": uri, "metadata": {"segmentSize": 5}}
    server.extra = {"data": {"encoding": "json", "segments": [spooled]}}
    with pytest.raises(SourceError):
        trino.run(source(), "SELECT 1", [], limits)
    assert rude["seen"] == 0


def test_ssrf_2_the_address_is_checked_again_when_it_connects(source, limits, settings):
    asked = source()
    settings.SOURCE_NETWORKS = []
    with pytest.raises(SourceRefused, match="address"):
        trino.run(asked, "SELECT 1", [], limits)
