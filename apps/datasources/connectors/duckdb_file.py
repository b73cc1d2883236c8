"""A DuckDB file that a person uploaded.

Placeholders are $1, $2. `relation` is "schema.table". Each file has an engine of its own in this
process, which reads that file and nothing else: no other file, no network, no extension, locked
before its first query, with its own limits of memory and threads.
"""

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa
from django.utils.translation import gettext_lazy

from apps.datasources.connectors import failures, files
from apps.datasources.connectors.arrow import normal
from apps.datasources.connectors.base import (
    Connection,
    FoundColumn,
    Limits,
    Relation,
    Setting,
    Watch,
)

ENDING = ".duckdb"
SETTINGS = (Setting("file", gettext_lazy("File"), is_required=True, is_address=True),)
ENGINES = 4  # files open at once in one process
LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "access_mode": "READ_ONLY",
    "memory_limit": "512MB",
    "threads": 2,
    "temp_directory": "",  # memory that is not there is not made up for on disk
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "enable_external_access": False,
}
CHECK_LIMITS = Limits(timeout_s=5, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=10, rows=20_000, bytes=20_000_000)
BATCH = 2048
OPENING = threading.Lock()  # two first questions to a file would open one engine twice
RELATIONS = """
SELECT table_schema || '.' || table_name AS name,
       CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS kind
FROM information_schema.tables WHERE table_catalog = current_database() ORDER BY 1 LIMIT 20000
"""
COLUMNS = """
SELECT column_name AS name, data_type AS native FROM information_schema.columns
WHERE table_catalog = current_database() AND table_name = $2
  AND table_schema = COALESCE(NULLIF($1, ''), current_schema()) ORDER BY ordinal_position
"""
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE")


def check_settings(details: dict[str, Any]) -> None:
    """Whether the file is there and is DuckDB's. Raises UserError."""
    files.check_name(details, ENDING, b"DUCK", at=8)


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One statement that selects, on a cursor of the file's engine."""
    schema, batches = _asked(source, sql, parameters, limits)
    return normal(_flat(pa.Table.from_batches(batches, schema)).slice(0, limits.rows))


def check(source: Connection) -> None:
    """Open the file and ask for something."""
    run(source, "SELECT count(*) AS tables FROM duckdb_tables()", [], CHECK_LIMITS)


def relations(source: Connection) -> list[Relation]:
    """The tables and views of the file."""
    rows = run(source, RELATIONS, [], LIST_LIMITS).to_pylist()
    return [Relation(row["name"], row["kind"]) for row in rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of "schema.table", or of a table of the main schema."""
    schema, _dot, table = name.rpartition(".")
    rows = run(source, COLUMNS, [schema, table], LIST_LIMITS).to_pylist()
    return [FoundColumn(row["name"], _type(row["native"]), row["native"]) for row in rows]


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives, without running it."""
    asked = f"DESCRIBE (\n{sql}\n)"
    rows = run(source, f"SELECT * FROM ({asked})", [], limits).to_pylist()  # noqa: S608 - guarded
    natives = [(row["column_name"], row["column_type"]) for row in rows]
    return [FoundColumn(name, _type(native), native) for name, native in natives]


def _asked(
    source: Connection, sql: str, parameters: Sequence[Any], limits: Limits
) -> tuple[pa.Schema, list[pa.RecordBatch]]:
    path = files.path_of(source, ENDING)
    try:
        with OPENING:
            cursor = _engine(os.getpid(), str(path)).cursor()
    except duckdb.Error as error:
        raise files.gone() from error
    watch = Watch(limits, cursor.interrupt)
    try:
        statements = cursor.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise failures.writes(limits)
        with watch:
            answer = cursor.sql(sql, params=list(parameters) or None)
            reader = answer.to_arrow_reader(BATCH)
            return reader.schema, _first(reader, limits)
    except duckdb.InterruptException as error:
        raise failures.ended(watch) from error
    except duckdb.OutOfMemoryException as error:
        raise failures.too_large(limits) from error
    except duckdb.PermissionException as error:  # its words name folders of this machine
        raise failures.writes(limits) from error
    except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException) as error:
        _engine.cache_clear()  # a file that broke its engine gets another one
        raise files.gone() from error
    except (duckdb.Error, pa.ArrowException) as error:
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch) from error
        raise failures.refused(limits, str(error).partition("\n")[0]) from error
    finally:
        cursor.close()


def _first(reader: pa.RecordBatchReader, limits: Limits) -> list[pa.RecordBatch]:
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    while rows < limits.rows:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if size > limits.bytes:
            raise failures.too_large(limits)
        batches.append(batch)
    return batches


def _flat(table: pa.Table) -> pa.Table:
    """Lists, structs and bytes as text."""
    for place, field in enumerate(table.schema):
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            texts = [_text(value) for value in table.column(place).to_pylist()]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
    return table


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.hex() if isinstance(value, bytes) else str(value)


def _type(native: str) -> str:
    plain = native.partition("(")[0].upper()
    if plain == "DATE" or plain.startswith("TIMESTAMP"):
        return "time"
    if plain == "BOOLEAN":
        return "boolean"
    return "number" if plain.removeprefix("U") in NUMBERS or plain in NUMBERS else "text"


@lru_cache(maxsize=ENGINES)
def _engine(pid: int, path: str) -> duckdb.DuckDBPyConnection:
    """The engine of one file; the process id keeps a forked child from its parent's."""
    engine = duckdb.connect(path, read_only=True, config=LOCKED)
    engine.execute("SET GLOBAL TimeZone = 'UTC'")
    engine.execute("SET lock_configuration = true")
    return engine
