"""A DuckDB file that a person uploaded, with an engine of its own.

It reads that file and nothing else: no other file, no network, no extension, locked before its
first question, with its own limits of memory and threads.
"""

import threading
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from apps.datasources.connectors.arrow import normal
from apps.datasources.connectors.base import Limits
from apps.datasources.sandbox import uploads
from apps.datasources.sandbox.question import Question, too_large
from apps.datasources.sandbox.wire import Refused

ENGINES = 4  # files open at once
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
BATCH = 2048
OPENING = threading.Lock()  # two first questions to a file would open one engine twice


def ask(question: Question) -> pa.Table:
    """The rows of one statement that selects, on a cursor of the file's engine."""
    try:
        with OPENING:
            cursor = _engine(question.path).cursor()
    except duckdb.Error as error:
        raise Refused("gone") from error
    try:
        uploads.selecting(cursor, question.sql)
        with question.stopped_by(cursor.interrupt):
            answer = cursor.sql(question.sql, params=question.parameters or None)
            return normal(_flat(first(answer, question.limits)))
    except Exception as error:
        if isinstance(error, (*uploads.BROKEN, duckdb.IOException)):
            _engine.cache_clear()  # a file that broke its engine gets another one
        raise uploads.refusal(error) from error
    finally:
        cursor.close()


def first(answer: Any, limits: Limits) -> pa.Table:
    """At most so many rows and bytes, as they come."""
    reader = answer.to_arrow_reader(BATCH)
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    while rows < limits.rows:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if size > limits.bytes:
            raise too_large(limits)
        batches.append(batch)
    return pa.Table.from_batches(batches, reader.schema).slice(0, limits.rows)


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


@lru_cache(maxsize=ENGINES)
def _engine(path: str) -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect(path, read_only=True, config=LOCKED)
    engine.execute("SET GLOBAL TimeZone = 'UTC'")
    engine.execute(f"SET disabled_optimizers = '{uploads.DISTRUSTED}'")
    engine.execute("SET lock_configuration = true")
    return engine
