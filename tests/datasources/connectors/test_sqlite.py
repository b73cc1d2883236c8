"""A SQLite file that a person uploaded."""

import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from apps.core.errors import UserError
from apps.datasources.connectors import sqlite
from apps.datasources.connectors.base import Connection, FoundColumn, Relation
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

NAME = "0123456789abcdef0123456789abcdef.sqlite"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "


@pytest.fixture
def folder(settings, tmp_path):
    settings.UPLOADS = tmp_path / "uploads"
    settings.UPLOADS.mkdir()
    return settings.UPLOADS


@pytest.fixture
def source(folder):
    database = sqlite3.connect(folder / NAME)
    database.executescript(
        """
        CREATE TABLE orders (id INTEGER PRIMARY KEY, at DATETIME, day DATE, stamp TIMESTAMP,
            name TEXT, price DECIMAL(10, 2), is_paid BOOLEAN, odd, raw BLOB);
        INSERT INTO orders VALUES
            (1, '2024-03-01 10:00:00', '2024-03-01', 1709287200, 'Zoë', 12.5, 1, 'x', x'ff00'),
            (2, '2024-03-01T11:00:00+01:00', '2024-02-30', 1709287200000, 'b', 3, 0, 5, NULL),
            (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        CREATE VIEW paid AS SELECT * FROM orders WHERE is_paid;
        """
    )
    database.close()
    return Connection("sqlite", {"file": NAME}, source_id=1)


def test_types_come_out_as_the_rest_of_sightline_has_them(source, limits):
    table = sqlite.run(source, "SELECT * FROM orders ORDER BY id", [], limits)
    ten = datetime(2024, 3, 1, 10, tzinfo=UTC)
    day = datetime(2024, 3, 1, tzinfo=UTC)
    assert table.column("at").to_pylist() == [ten, ten, None]
    assert table.column("day").to_pylist() == [day, None, None]
    assert table.column("stamp").to_pylist() == [ten, ten, None]
    assert table.column("price").to_pylist() == [12.5, 3.0, None]
    assert table.column("is_paid").to_pylist() == [True, False, None]
    assert table.column("odd").to_pylist() == ["x", "5", None]
    assert table.column("raw").to_pylist() == ["ff00", None, None]


def test_full_times_made_by_an_expression_are_times_and_mere_dates_are_text(source, limits):
    sql = "SELECT datetime(?1, 'start of day') AS t, date(?1) AS d"
    table = sqlite.run(source, sql, [datetime(2024, 3, 1, 10, tzinfo=UTC)], limits)
    assert table.schema.field("t").type == pa.timestamp("ms", "UTC")
    assert table.to_pylist() == [{"t": datetime(2024, 3, 1, tzinfo=UTC), "d": "2024-03-01"}]


def test_an_answer_without_rows_keeps_its_columns(source, limits):
    table = sqlite.run(source, "SELECT id, name FROM orders WHERE 0", [], limits)
    assert (table.num_rows, table.column_names) == (0, ["id", "name"])


def test_relations_and_columns_are_found(source, limits):
    assert sqlite.relations(source) == [Relation("orders"), Relation("paid", "view")]
    found = sqlite.columns(source, "orders")
    expected = "number time time time text number boolean text text"
    assert [each.type for each in found] == expected.split()
    assert found[5] == FoundColumn("price", "number", "DECIMAL(10, 2)")
    of_sql = sqlite.columns_of_sql(source, "SELECT at, price, name FROM orders;"[:-1], limits)
    assert [each.type for each in of_sql] == ["time", "number", "text"]


@pytest.mark.parametrize("value", ["it's", "back\\slash", "%s", "{}", "{{ x }}", "a\0b", "é🎈"])
def test_sql_7_values_are_data(source, limits, value):
    assert sqlite.run(source, "SELECT ?1 AS v", [value], limits).to_pylist() == [{"v": value}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; COMMIT; INSERT INTO orders (id) VALUES (9)",
        "INSERT INTO orders (id) VALUES (9)",
        "DELETE FROM orders",
        "CREATE TABLE canary (a)",
        "CREATE TEMP TABLE canary (a)",
        "ATTACH '/etc/passwd' AS a",
        "ATTACH ':memory:' AS a",
        "DETACH main",
        "VACUUM INTO '/tmp/sightline-canary'",
        "PRAGMA query_only = OFF",
        "PRAGMA trusted_schema = ON",
        "PRAGMA writable_schema = ON",
        "PRAGMA database_list",
        "SELECT file FROM pragma_database_list",
        "BEGIN IMMEDIATE",
        "SELECT load_extension('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('/tmp/sightline-canary', 'x')",
        "SELECT fts3_tokenizer('simple')",
        "CREATE VIRTUAL TABLE v USING fts5(a)",
        "REINDEX",
        "ANALYZE",
        "EXPLAIN INSERT INTO orders (id) VALUES (9)",
    ],
)
def test_sql_1_and_11_only_what_reads_is_authorised(source, folder, persons, sql):
    before = (folder / NAME).read_bytes()
    with pytest.raises(QueryRefused) as caught:
        sqlite.run(source, sql, [], persons)
    assert caught.value.field == "sql"
    assert str(folder) not in caught.value.message
    assert (folder / NAME).read_bytes() == before
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_sql_4_an_endless_statement_is_stopped_in_time(source, limits):
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        sqlite.run(source, ENDLESS + "SELECT sum(i) FROM n", [], replace(limits, timeout_s=0.4))
    assert time.monotonic() - began < 2


def test_a_person_can_cancel(source, persons):
    until = time.monotonic() + 0.3
    limits = replace(persons, cancelled=lambda: time.monotonic() > until)
    with pytest.raises(QueryCancelled):
        sqlite.run(source, ENDLESS + "SELECT sum(i) FROM n", [], limits)


def test_sql_6_a_long_answer_is_cut_and_a_wide_one_refused(source, limits):
    assert sqlite.run(source, ENDLESS + "SELECT i FROM n", [], limits).num_rows == limits.rows
    for sql in ("SELECT hex(zeroblob(5000000))", ENDLESS + "SELECT hex(zeroblob(40000)) FROM n"):
        with pytest.raises(SourceTooLarge):
            sqlite.run(source, sql, [], limits)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "x.sqlite",
        "a" * 32 + ".duckdb",
        "f" * 32 + ".sqlite",
        "0" * 31 + "/.sqlite",
        NAME + "?mode=rw",
        "",
    ],
)
def test_sql_8_only_an_uploaded_file_is_opened(source, limits, name):
    with pytest.raises(UserError) as caught:
        sqlite.check_settings({"file": name})
    assert caught.value.field == "settings.file"
    with pytest.raises(SourceRefused) as caught:
        sqlite.run(Connection("sqlite", {"file": name}), "SELECT 1", [], limits)
    assert caught.value.field == "file"


def test_a_link_is_not_followed(source, folder, tmp_path, limits):
    (folder / NAME).rename(tmp_path / "elsewhere")
    (folder / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceRefused):
        sqlite.check(source)


def test_what_is_no_database_is_told_when_it_is_named_and_when_it_is_read(source, folder):
    sqlite.check_settings({"file": NAME})
    sqlite.check(source)
    good = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(b"name;price\n" * 1000)
    with pytest.raises(UserError, match="no such database"):
        sqlite.check_settings({"file": NAME})
    with pytest.raises(SourceRefused):
        sqlite.check(source)
    (folder / NAME).write_bytes(good[:100] + b"\xff" * (len(good) - 100))
    with pytest.raises(SourceError):
        sqlite.check(source)


def test_a_vanished_table_and_a_persons_mistake(source, limits, persons):
    with pytest.raises(SourceRefused, match="tables may have changed"):
        sqlite.run(source, "SELECT * FROM gone", [], limits)
    with pytest.raises(QueryRefused, match="no such table: gone"):
        sqlite.run(source, "SELECT * FROM gone", [], persons)
