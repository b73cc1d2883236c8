"""A real MariaDB as somebody else's source."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pymysql
import pytest

from apps.core.errors import UserError
from apps.datasources.connectors import base, mysql, mysql_words
from apps.datasources.connectors.base import FoundColumn, Relation
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

from .conftest import PASSWORD

HARD = "SELECT COUNT(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b WHERE a.seq * b.seq < 0"
BUSY = """SELECT info FROM information_schema.processlist
          WHERE info LIKE '%seq_1_to%' AND id <> CONNECTION_ID()"""


def processes(port):
    with pymysql.connect(host="127.0.0.1", port=port, user="root") as root, root.cursor() as cursor:
        cursor.execute(BUSY)
        return cursor.fetchall()


def is_soon(condition, patience_s=5):
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_types_come_out_as_the_rest_of_sightline_has_them(mysql_source, limits):
    table = mysql.run(mysql_source(), "SELECT * FROM orders ORDER BY id", [], limits)
    time_type = pa.timestamp("ms", "UTC")
    assert table.schema.field("at").type == table.schema.field("day").type == time_type
    assert table.schema.field("price").type == pa.float64()
    first, second = table.to_pylist()
    assert first == {
        "id": 1,
        "at": datetime(2024, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC),
        "day": datetime(2024, 3, 1, tzinfo=UTC),
        "stamp": datetime(2024, 3, 1, 10, tzinfo=UTC),
        "name": "Zoë 🎈",
        "price": 12.5,
        "weight": 1.5,
        "is_paid": True,
        "level": 7,
        "flag": True,
        "raw": "ff00ff00",
        "note": '{"a": 1}',
        "took": "01:02:03",
        "kind": "a",
    }
    assert second == {"id": 2, **dict.fromkeys(list(first)[1:])}


def test_relations_and_columns_are_found(mysql_source, limits):
    source = mysql_source()
    assert mysql.relations(source) == [Relation("orders"), Relation("paid", "view")]
    expected = "number time time time text number number boolean boolean boolean text text text"
    for name in ("orders", "shop.orders"):
        found = mysql.columns(source, name)
        assert [each.type for each in found] == [*expected.split(), "text"]
    assert found[5] == FoundColumn("price", "number", "decimal(12,2)")
    of_sql = mysql.columns_of_sql(source, "SELECT *, 'x' AS x, 1 / 3 AS y FROM orders", limits)
    assert [each.type for each in of_sql] == [*expected.split(), "text", "text", "number"]


@pytest.mark.parametrize(
    "value", ["it's", 'a "quote"', "back\\slash", "%s", "{}", "{{ x }}", "{% x %}", "a\0b", "é🎈"]
)
def test_sql_7_values_are_data(mysql_source, limits, value):
    table = mysql.run(mysql_source(), "SELECT %s AS v, '100%%' AS p", [value], limits)
    assert table.to_pylist() == [{"v": value, "p": "100%"}]


def test_a_percent_sign_is_itself_in_what_a_person_wrote(mysql_source, limits, persons):
    sql = "SELECT DATE_FORMAT('2024-01-02', '%Y') AS y"
    table = mysql.run(mysql_source(), sql, [], persons)
    assert table.to_pylist() == [{"y": "2024"}]
    assert mysql.columns_of_sql(mysql_source(), sql, limits)[0].name == "y"
    assert mysql.run(mysql_source(), sql.replace("%", "%%"), [], limits) == table


def test_a_time_with_a_zone_is_written_in_utc(mysql_source, limits):
    berlin = datetime.fromisoformat("2024-03-01T11:00:00.250+01:00")
    sql = "SELECT id FROM orders WHERE at = %s AND stamp < %s"
    assert mysql.run(mysql_source(), sql, [berlin, berlin], limits).to_pylist() == [{"id": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; COMMIT; INSERT INTO orders (id) VALUES (9)",
        "SELECT 1; SELECT 2",
        "INSERT INTO orders (id) VALUES (9)",
        "DELETE FROM orders",
        "CREATE TABLE canary (a INT)",
        "DROP TABLE orders",
        "SELECT * FROM orders FOR UPDATE; DELETE FROM orders",
        "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE orders",
        "SET GLOBAL max_connections = 1",
        "SELECT canary FROM other.secrets",
    ],
)
@pytest.mark.parametrize("user", ["reader", "writer"])
@pytest.mark.parametrize("is_persons_sql", [True, False])
def test_sql_1_nothing_is_written(mysql_source, mariadb, limits, sql, user, is_persons_sql):
    with pytest.raises(UserError):
        mysql.run(mysql_source(user=user), sql, [], replace(limits, is_persons_sql=is_persons_sql))
    root = pymysql.connect(host="127.0.0.1", port=mariadb, user="root")
    with root, root.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM shop.orders")
        assert cursor.fetchone() == (2,)
        cursor.execute("SHOW TABLES FROM shop LIKE 'canary'")
        assert not cursor.fetchone()


def test_sql_3_a_reader_touches_no_file(mysql_source, persons, tmp_path):
    canary = tmp_path / "canary"
    with pytest.raises(QueryRefused, match="denied"):
        mysql.run(mysql_source(), f"SELECT 1 INTO OUTFILE '{canary}'", [], persons)
    table = mysql.run(mysql_source(), "SELECT LOAD_FILE('/etc/hostname') AS f", [], persons)
    assert table.to_pylist() == [{"f": None}]


@pytest.mark.parametrize("sql", [HARD, "SELECT SLEEP(30)", "SELECT BENCHMARK(1e12, MD5('a'))"])
def test_sql_4_a_slow_statement_ends_in_time_on_the_server_too(mysql_source, mariadb, limits, sql):
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        mysql.run(mysql_source(), sql, [], replace(limits, timeout_s=0.8))
    assert time.monotonic() - began < 3
    assert is_soon(lambda: not processes(mariadb))


@pytest.mark.parametrize("sql", ["SELECT SLEEP(30)", "SELECT BENCHMARK(1e12, MD5('a'))"])
def test_what_the_server_ended_first_unsaid_is_no_answer(mysql_source, limits, sql, monkeypatch):
    monkeypatch.setattr(base, "POLL_S", 2)
    with pytest.raises(SourceTimeout):
        mysql.run(mysql_source(), sql, [], replace(limits, timeout_s=0.8))


def test_sql_4_a_statement_may_not_lift_its_own_limit(mysql_source, mariadb, persons):
    sql = f"SET STATEMENT max_statement_time = 0 FOR {HARD}"
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        mysql.run(mysql_source(), sql, [], replace(persons, timeout_s=0.8))
    assert time.monotonic() - began < 3
    assert is_soon(lambda: not processes(mariadb)), "killed from a second connection"


def test_a_person_who_cancels_frees_the_server(mysql_source, mariadb, persons):
    until = time.monotonic() + 0.5
    with pytest.raises(QueryCancelled):
        mysql.run(
            mysql_source(), HARD, [], replace(persons, cancelled=lambda: time.monotonic() > until)
        )
    assert time.monotonic() - until < 3
    assert is_soon(lambda: not processes(mariadb))


def test_sql_6_a_long_answer_is_cut_and_a_wide_one_refused(mysql_source, limits):
    sql = "SELECT seq FROM seq_1_to_10000000"
    began = time.monotonic()
    assert mysql.run(mysql_source(), sql, [], limits).num_rows == limits.rows
    assert time.monotonic() - began < 3
    with pytest.raises(SourceTooLarge, match="1 MB"):
        mysql.run(mysql_source(), "SELECT REPEAT('x', 2000000)", [], limits)
    with pytest.raises(SourceTooLarge):
        mysql.run(mysql_source(), sql, [], replace(limits, rows=10_000_000))


@pytest.mark.parametrize(
    ("changes", "field", "kind"),
    [
        ({"secret": "wrong"}, "password", SourceRefused),
        ({"user": "nobody"}, "password", SourceRefused),
        ({"dbname": "nowhere"}, "dbname", SourceRefused),
        ({"dbname": "other"}, "dbname", SourceRefused),
        ({"port": 1}, "host", SourceError),
        ({"host": "no-such-host.invalid"}, "host", SourceRefused),
        ({"host": "169.254.169.254"}, "host", SourceRefused),
        ({"tls": "verify"}, "tls", SourceError),
    ],
)
def test_a_failed_check_names_the_setting(mysql_source, changes, field, kind, caplog):
    with pytest.raises(kind) as caught:
        mysql.check(mysql_source(**changes))
    assert caught.value.field == field
    told = caught.value.message + caplog.text
    for secret in (PASSWORD, "127.0.0.1", "169.254", "no-such-host", "SELECT"):
        assert secret not in told


def test_a_check_of_a_good_source_is_silent(mysql_source):
    mysql.check(mysql_source())


def connection(source, limits):
    asked = "SELECT CONNECTION_ID() AS id, @@in_transaction AS held"
    return mysql.run(source, asked, [], limits).to_pylist()[0]


def test_a_session_is_used_again_and_holds_nothing_between(mysql_source, mariadb, limits):
    source = mysql_source()
    first = connection(source, limits)
    assert first["held"] == 0
    assert connection(source, limits) == first
    mysql.run(source, "SELECT seq FROM seq_1_to_10000", [], limits)  # cut: not read to its end
    assert connection(source, limits) != first


def test_a_persons_session_is_nobody_elses(mysql_source, limits, persons):
    source = mysql_source()
    seen = [connection(source, each)["id"] for each in (persons, limits, persons, limits)]
    assert seen[1] == seen[3]
    assert len(set(seen)) == 3


def test_a_session_that_died_meanwhile_is_replaced(mysql_source, mariadb, limits):
    source = mysql_source()
    first = connection(source, limits)["id"]
    with pymysql.connect(host="127.0.0.1", port=mariadb, user="root") as root:
        root.kill(first)
    assert connection(source, limits)["id"] != first


def test_other_limits_hold_for_a_session_that_is_used_again(mysql_source, limits):
    source, sql = mysql_source(), "SELECT @@max_statement_time AS s"
    for seconds in (10, 3.5):
        table = mysql.run(source, sql, [], replace(limits, timeout_s=seconds))
        assert table.to_pylist() == [{"s": seconds}]


@pytest.mark.parametrize(
    ("choice", "is_encrypted"), [("disable", False), ("prefer", True), ("require", True)]
)
def test_tls_is_what_was_chosen(mysql_source, limits, choice, is_encrypted):
    sql = "SHOW SESSION STATUS LIKE 'Ssl_cipher'"
    table = mysql.run(mysql_source(tls=choice), sql, [], limits)
    assert bool(table.to_pylist()[0]["Value"]) is is_encrypted


def test_a_slow_statement_ends_under_tls_too(mysql_source, limits):
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        mysql.run(mysql_source(tls="require"), HARD, [], replace(limits, timeout_s=0.8))
    assert time.monotonic() - began < 3


def test_sql_13_a_mute_server_is_given_up(mysql_source, mute_server):
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        mysql.check(mysql_source(port=mute_server))
    assert caught.value.field == "port"
    assert time.monotonic() - began < 9


@pytest.mark.parametrize("says", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 400, b"\xff" * 99])
def test_sql_13_nonsense_is_an_error_of_the_source(mysql_source, rude_server, says):
    port, server = rude_server
    server["bytes"] = says
    with pytest.raises(SourceError) as caught:
        mysql.check(mysql_source(port=port))
    assert caught.value.field in ("port", "tls")


def test_who_may_not_read_a_table_is_told_what_to_grant(mysql_source, limits):
    with pytest.raises(SourceRefused, match="Grant") as caught:
        mysql.run(mysql_source(), "SELECT canary FROM other.secrets", [], limits)
    assert caught.value.field == "user"


def test_a_vanished_table_and_a_persons_mistake(mysql_source, limits, persons):
    with pytest.raises(SourceRefused, match="tables may have changed"):
        mysql.run(mysql_source(), "SELECT * FROM gone", [], limits)
    with pytest.raises(QueryRefused, match="gone") as caught:
        mysql.run(mysql_source(), "SELECT * FROM gone", [], persons)
    assert caught.value.field == "sql"


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM gone", "There is no table “shop.gone”."),
        ("SELECT colour FROM orders", "There is no column “colour”."),
        ("SELECT id FROM orders a, orders b", "More than one table has a column “id”"),
        ("SELECT * FROM orders a, orders a", "Two tables are called “a”"),
        ("SELECT sparkle(id) FROM orders", "There is no function “sparkle” here, or"),
        ("SELECT ROUND() FROM orders", "“ROUND” was given too many values, or too few."),
        ("SELECT 1 UNION SELECT 1, 2", "same number of columns"),
        ("SELECT (SELECT id FROM orders)", "more than one row"),
        ("SELECT * FROM (SELECT 1)", "ends too early"),
        ("SELECT id\nFROM orders\nWHEER id = 1", "not understood at “id = 1”. Line 3."),
    ],
)
def test_a_persons_mistake_is_told_in_plain_words(mysql_source, persons, sql, told):
    with pytest.raises(QueryRefused) as caught:
        mysql.run(mysql_source(), sql, [], persons)
    assert told in caught.value.message


def test_what_is_not_known_is_told_as_the_server_says_it():
    assert mysql_words.in_words(4711, "Strange thing") == "Strange thing"
    told = mysql_words.in_words(1248, "Every derived table must have its own alias")
    assert "needs a name of its own" in told
    assert mysql_words.in_words(1054, "In another language") == "In another language"


def test_ssrf_2_the_address_is_checked_again_when_it_connects(mysql_source, limits, settings):
    source = mysql_source()
    settings.SOURCE_NETWORKS = []
    with pytest.raises(SourceRefused, match="address"):
        mysql.run(source, "SELECT 1", [], limits)
