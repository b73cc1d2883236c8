"""The same small table in five systems, and a question asked of each as the product asks it."""

import contextlib
import math
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from datetime import UTC
from pathlib import Path

import clickhouse_connect
import pyarrow as pa
import pyarrow.parquet as pq
import pymysql
import pytest
from django.conf import settings
from django.db import connection

from apps.datasources import bins
from apps.datasources.connectors import duckdb, store
from apps.datasources.connectors.arrow import table_of
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.definition import ColumnDef, Definition, MeasureDef
from apps.datasources.plans import answered, plan
from apps.datasources.query import Filter, Query
from config.serve import ports

LIMITS = Limits(timeout_s=20, rows=5000, bytes=10_000_000)
START_LIMIT_S = 60
COLUMNS = (
    ColumnDef("at", "At", "time", "", ""),
    ColumnDef("select", "A reserved word", "text", "", ""),
    ColumnDef("amount", "Amount", "number", "€", ""),
    ColumnDef("group", "Another", "text", "", ""),
    ColumnDef("paid", "Paid", "boolean", "", ""),
)
NAMES = [column.name for column in COLUMNS]


def measure(name, aggregate, column="", **parts):
    fields = {"numerator": "", "denominator": "", "unit": "", "format": "", "good": "", **parts}
    return MeasureDef(name, name, aggregate, column, **fields)


MEASURES = (
    measure("n", "count"),
    measure("total", "sum", "amount"),
    measure("low", "min", "amount"),
    measure("high", "max", "amount"),
    measure("mean", "avg", "amount"),
    measure("middle", "median", "amount"),
    measure("p90", "percentile", "amount", percentile=90.0),
    measure("kinds", "count_distinct", "select"),
    measure("amounts", "count_distinct", "amount"),
    measure("paid_share", "avg", "paid"),
    measure("per_row", "ratio", numerator="total", denominator="n"),
    measure("per_total", "ratio", numerator="n", denominator="total"),
    measure("total_a", "sum", "amount", filters=(Filter("select", "eq", ("a",)),)),
    measure("n_big", "count", filters=(Filter("amount", "gt", (1,)),)),
    measure(
        *("per_row_a", "ratio"),
        numerator="total",
        denominator="n",
        filters=(Filter("select", "eq", ("a",)),),
    ),
    measure("so_far", "running_total", base="total"),
    measure("share", "share", base="total"),
    measure("share_kinds", "share", base="kinds"),
    measure("change", "change", base="total"),
    measure("growth", "growth", base="total"),
    measure("growth_year", "growth_year", base="total"),
    measure("change_a", "change", base="total", filters=(Filter("select", "eq", ("a",)),)),
)
PLAIN = [each.name for each in MEASURES if not each.base]


def definition(kind, relation, **fields):
    columns, measures = fields.pop("columns", COLUMNS), fields.pop("measures", MEASURES)
    return Definition(1, 1, 1, 1, kind, False, relation, "at", columns, measures, **fields)


class Engine:
    """fill() takes rows (at, select, amount, group, paid); compiled statements are run by run()."""

    kind, relation = "", "random_rows"

    def fill(self, rows):
        raise NotImplementedError

    def run(self, compiled):
        raise NotImplementedError

    def answer(self, data, policies=(), hidden=frozenset(), **fields):
        """The Answer to a question in its JSON form."""
        query = data if isinstance(data, Query) else Query.from_json({"dataset": 1, **data})
        shape = definition(self.kind, self.relation, **fields)

        def told(each):
            (row,) = answered(plan(each, shape, policies, hidden), self.run).table.to_pylist()
            return row

        query = bins.settled(query, shape.without(hidden), told)
        return answered(plan(query, shape, policies, hidden), self.run)

    def rows(self, data, **fields):
        """The same as plain rows."""
        return self.answer(data, **fields).table.to_pylist()


class DuckDB(Engine):
    kind, relation = "duckdb", "random.parquet"

    def fill(self, rows):
        settings.UPLOADS.mkdir(parents=True, exist_ok=True)
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(NAMES)
        at = [value and value.replace(tzinfo=None) for value in columns[0]]
        types = (pa.timestamp("ms"), pa.string(), pa.float64(), pa.string(), pa.bool_())
        arrays = [pa.array(v, t) for v, t in zip((at, *columns[1:]), types, strict=True)]
        pq.write_table(pa.table(arrays, names=NAMES), settings.UPLOADS / self.relation)

    def run(self, compiled):
        return duckdb.run(Connection("duckdb", {}), compiled.sql, compiled.parameters, LIMITS)


class PostgreSQL(Engine):
    kind = "store"

    def fill(self, rows):
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS random_rows")
            cursor.execute(
                'CREATE TEMP TABLE random_rows (at timestamptz, "select" text, amount float8,'
                ' "group" text, paid boolean)'
            )
            if rows:
                cursor.executemany("INSERT INTO random_rows VALUES (%s, %s, %s, %s, %s)", rows)

    def run(self, compiled):
        return store.run(Connection("store", {}), compiled.sql, compiled.parameters, LIMITS)


class SQLite(Engine):
    """Times in turn as text with an offset, text in UTC, seconds and milliseconds."""

    kind = "sqlite"

    def __init__(self):
        self.base = sqlite3.connect(":memory:")
        self.base.execute(
            'CREATE TABLE random_rows (at, "select" TEXT, amount REAL, "group" TEXT, paid)'
        )

    def fill(self, rows):
        forms = (
            lambda at: at.isoformat(),
            lambda at: at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            lambda at: at.timestamp(),
            lambda at: round(at.timestamp() * 1000),
        )
        self.base.execute("DELETE FROM random_rows")
        told = [(at and forms[n % len(forms)](at), *others) for n, (at, *others) in enumerate(rows)]
        self.base.executemany("INSERT INTO random_rows VALUES (?, ?, ?, ?, ?)", told)

    def run(self, compiled):
        cursor = self.base.execute(compiled.sql, compiled.parameters)
        return table_of([each[0] for each in cursor.description], cursor.fetchall())


class ClickHouse(Engine):
    kind = "clickhouse"

    def __init__(self):
        self.client = clickhouse_connect.get_client(interface="chdb")
        self.client.command("DROP TABLE IF EXISTS random_rows")
        self.client.command(
            "CREATE TABLE random_rows (at Nullable(DateTime64(3, 'UTC')),"
            " `select` Nullable(String), amount Nullable(Float64), `group` Nullable(String),"
            " paid Nullable(Bool))"
            " ENGINE = Memory"
        )
        self.client.insert("random_rows", [[None] * 5], column_names=NAMES)  # the first is slow

    def fill(self, rows):
        self.client.command("TRUNCATE TABLE random_rows")
        if rows:
            self.client.insert("random_rows", [list(row) for row in rows], column_names=NAMES)

    def run(self, compiled):
        values = {f"p{at}": value for at, value in enumerate(compiled.parameters, 1)}
        found = self.client.query(compiled.sql, parameters=values, query_tz="UTC")
        names = found.column_names or [column.name for column in compiled.columns]
        return table_of(names, found.result_rows)


class MariaDB(Engine):
    kind = "mysql"

    def __init__(self, base):
        self.base = base
        with base.cursor() as cursor:
            cursor.execute("SET time_zone = '+00:00'")
            cursor.execute(
                "CREATE TABLE random_rows (at DATETIME(3), `select` VARCHAR(40), amount DOUBLE,"
                " `group` VARCHAR(40), paid BOOLEAN) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            )

    def fill(self, rows):
        with self.base.cursor() as cursor:
            cursor.execute("DELETE FROM random_rows")
            for at, text, amount, group, paid in rows:
                number = None if amount is None or not math.isfinite(amount) else amount
                row = (at and at.replace(tzinfo=None), text, number, group, paid)
                cursor.execute("INSERT INTO random_rows VALUES (%s, %s, %s, %s, %s)", row)

    def run(self, compiled):
        with self.base.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.parameters)
            names = [each[0] for each in cursor.description]
            return table_of(names, cursor.fetchall())


@contextlib.contextmanager
def mariadb():
    """A connection to a server of its own, which is gone afterwards."""
    program = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("needs MariaDB's server: apt-get install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="sightline-mariadb-"))
    who = ["--user=root"] if os.geteuid() == 0 else []
    data, port = folder / "data", ports.any_free()
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", *who]
    install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, capture_output=True)
    command = [program, "--no-defaults", f"--datadir={data}", f"--port={port}", *who]
    command += ["--bind-address=127.0.0.1", f"--socket={folder}/socket", "--skip-name-resolve"]
    command += ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        with contextlib.closing(_first_connection(port, server, folder / "log")) as base:
            with base.cursor() as cursor:
                cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
            base.select_db("shop")
            yield base
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _first_connection(port, server, log):
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            return pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        except pymysql.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MariaDB did not start:\n{log.read_text()}") from None
            time.sleep(0.1)
