"""A DuckDB file that a person uploaded."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from apps.core.errors import UserError
from apps.datasources.connectors import child, duckdb_file
from apps.datasources.connectors.base import Connection, FoundColumn, Relation
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

NAME = "0123456789abcdef0123456789abcdef.duckdb"
HARD = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range < 0"


@pytest.fixture
def folder(settings, tmp_path):
    settings.UPLOADS = tmp_path / "uploads"
    settings.UPLOADS.mkdir()
    return settings.UPLOADS


@pytest.fixture
def source(folder):
    with duckdb.connect(str(folder / NAME)) as database:
        database.execute(
            """CREATE TABLE orders (id INTEGER, made TIMESTAMP, zoned TIMESTAMPTZ, day DATE,
                 name VARCHAR, price DECIMAL(12, 2), big HUGEINT, is_paid BOOLEAN, many INTEGER[],
                 raw BLOB, key UUID)"""
        )
        database.execute(
            """INSERT INTO orders VALUES (1, '2024-03-01 10:00:00', '2024-03-01 10:00:00+00',
                 '2024-03-01', 'Zoë', 12.5, 5, true, [1, 2], '\\xFF'::BLOB,
                 '61f0c404-5cb3-11e7-907b-a6006ad3dba0')"""
        )
        database.execute("INSERT INTO orders (id) VALUES (2)")
        database.execute("CREATE VIEW paid AS SELECT * FROM orders WHERE is_paid")
        database.execute("CREATE SCHEMA more; CREATE TABLE more.things (x DOUBLE)")
    return Connection("duckdb_file", {"file": NAME}, source_id=1)


def test_types_come_out_as_the_rest_of_sightline_has_them(source, limits):
    table = duckdb_file.run(source, "SELECT * FROM orders ORDER BY id", [], limits)
    ten = datetime(2024, 3, 1, 10, tzinfo=UTC)
    first, second = table.to_pylist()
    assert table.schema.field("day").type == pa.timestamp("ms", "UTC")
    assert first == {
        "id": 1,
        "made": ten,
        "zoned": ten,
        "day": datetime(2024, 3, 1, tzinfo=UTC),
        "name": "Zoë",
        "price": 12.5,
        "big": 5.0,
        "is_paid": True,
        "many": "[1, 2]",
        "raw": "ff",
        "key": "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
    }
    assert second == {"id": 2, **dict.fromkeys(list(first)[1:])}


def test_relations_and_columns_are_found(source, limits):
    expected = [Relation("main.orders"), Relation("main.paid", "view"), Relation("more.things")]
    assert duckdb_file.relations(source) == expected
    for name in ("orders", "main.orders"):
        found = duckdb_file.columns(source, name)
        types = "number time time time text number number boolean text text text"
        assert [each.type for each in found] == types.split()
    assert found[5] == FoundColumn("price", "number", "DECIMAL(12,2)")
    of_sql = duckdb_file.columns_of_sql(source, "SELECT made, price + 1 AS p FROM orders", limits)
    assert [(each.name, each.type) for each in of_sql] == [("made", "time"), ("p", "number")]


@pytest.mark.parametrize("value", ["it's", "back\\slash", "%s", "{}", "{{ x }}", "a\0b", "é🎈"])
def test_sql_7_values_are_data(source, limits, value):
    assert duckdb_file.run(source, "SELECT $1 AS v", [value], limits).to_pylist() == [{"v": value}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; COMMIT; INSERT INTO orders (id) VALUES (9)",
        "SELECT 1; SELECT 2",
        "INSERT INTO orders (id) VALUES (9)",
        "WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x",
        "CREATE TABLE canary (a INT)",
        "CREATE TEMP TABLE canary AS SELECT 1",
        "SET memory_limit = '9GB'",
        "SET lock_configuration = false",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "ATTACH ':memory:' AS a",
        "ATTACH 'CANARY'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "COPY orders TO 'CANARY'",
        "EXPORT DATABASE 'CANARY'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_blob('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM query('COPY orders TO ''CANARY''')",
        "SELECT getenv('HOME')",
    ],
)
def test_sql_1_and_11_only_the_file_is_read(source, folder, persons, sql, tmp_path):
    with pytest.raises(QueryRefused) as caught:
        duckdb_file.run(source, sql.replace("CANARY", str(tmp_path / "canary")), [], persons)
    assert caught.value.field == "sql"
    assert str(folder) not in caught.value.message
    assert not (tmp_path / "canary").exists()
    found = duckdb_file.run(source, "SELECT count(*) AS n FROM orders", [], persons)
    assert found.to_pylist() == [{"n": 2}]
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_sql_4_a_slow_statement_is_stopped_in_time(source, limits):
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        duckdb_file.run(source, HARD, [], replace(limits, timeout_s=0.4))
    assert time.monotonic() - began < 2


def test_a_person_can_cancel(source, persons):
    until = time.monotonic() + 0.3
    limits = replace(persons, cancelled=lambda: time.monotonic() > until)
    with pytest.raises(QueryCancelled):
        duckdb_file.run(source, HARD, [], limits)


def test_sql_6_a_long_answer_is_cut_and_a_wide_one_refused(source, limits):
    sql = "SELECT range AS i FROM range(100000000)"
    began = time.monotonic()
    assert duckdb_file.run(source, sql, [], limits).num_rows == limits.rows
    assert time.monotonic() - began < 2
    for sql in (
        "SELECT repeat('x', 2000000) AS x",
        "SELECT list(range) AS x FROM range(200000000)",  # more memory than its engine has
    ):
        with pytest.raises(SourceTooLarge):
            duckdb_file.run(source, sql, [], limits)


def test_two_may_ask_at_once(source, limits):
    found = []

    def ask(number):
        table = duckdb_file.run(source, "SELECT count(*) + $1 AS n FROM orders", [number], limits)
        found.append(table.to_pylist()[0]["n"] - number)

    threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 8


@pytest.mark.parametrize("name", ["../x.duckdb", "/etc/passwd", "f" * 32 + ".duckdb", ""])
def test_sql_8_only_an_uploaded_file_is_opened(source, limits, name):
    with pytest.raises(UserError) as caught:
        duckdb_file.check_settings({"file": name})
    assert caught.value.field == "settings.file"
    with pytest.raises(SourceRefused) as caught:
        duckdb_file.run(Connection("duckdb_file", {"file": name}), "SELECT 1", [], limits)
    assert caught.value.field == "file"


def test_what_is_no_database_is_told_when_it_is_named_and_when_it_is_read(source, folder):
    duckdb_file.check_settings({"file": NAME})
    duckdb_file.check(source)
    child.stop()  # it keeps the file open: one under its name never changes
    good = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(b"name;price\n" * 1000)
    with pytest.raises(UserError, match="no such database"):
        duckdb_file.check_settings({"file": NAME})
    with pytest.raises(SourceRefused):
        duckdb_file.check(source)
    (folder / NAME).write_bytes(good[:4096] + b"\xff" * (len(good) - 4096))
    with pytest.raises(SourceError):
        duckdb_file.check(source)


def test_a_vanished_table_and_a_persons_mistake(source, limits, persons):
    with pytest.raises(SourceRefused, match="tables may have changed"):
        duckdb_file.run(source, "SELECT * FROM gone", [], limits)
    with pytest.raises(QueryRefused, match="gone"):
        duckdb_file.run(source, "SELECT * FROM gone", [], persons)
