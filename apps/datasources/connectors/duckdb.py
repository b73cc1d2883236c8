"""Uploaded files, kept as Parquet and asked by DuckDB inside this process.

The engine can read the upload folder and nothing else: no other file, no network, no extension,
and the lock is thrown before the first query.
"""

import atexit
import os
from collections.abc import Generator, Sequence
from functools import cache, lru_cache
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from apps.datasources.connectors.arrow import DATE, TIME, parts, within
from apps.datasources.connectors.base import Connection, Limits, Watch
from apps.datasources.connectors.errors import (
    QueryCancelled,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

MEMORY_LIMIT = "1GB"
THREADS = 2
TYPES = {
    "BOOLEAN": pa.bool_(),
    "DATE": DATE,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), pa.int64()),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER"), pa.int64()),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL", "HUGEINT", "UBIGINT", "UHUGEINT"), pa.float64()),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), TIME),
    "TIMESTAMP WITH TIME ZONE": TIME,
}  # all else is text


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """Run on a cursor of this process' engine; a watchdog interrupts it at the limit."""
    process = os.getpid()
    cursor = _engine(process).cursor()
    watch = Watch(limits, cursor.interrupt)
    try:
        with watch:
            cursor.execute(_parsed(process, sql), list(parameters))
            return within(_parts(cursor), limits)
    except duckdb.InterruptException as error:
        if watch.is_cancelled:
            raise QueryCancelled(_("The query was cancelled.")) from error
        raise SourceTimeout(_("This file took too long. Choose a shorter range.")) from error
    except duckdb.OutOfMemoryException as error:
        message = _("The answer takes too much memory. Ask for fewer columns, rows or groups.")
        raise SourceTooLarge(message) from error
    except duckdb.IOException as error:
        raise SourceRefused(_("The uploaded file is gone. Upload it again.")) from error
    except duckdb.Error as error:
        message = _("The uploaded file does not fit its dataset any more. Upload it again.")
        raise SourceRefused(message) from error
    finally:
        cursor.close()


def _parts(cursor: duckdb.DuckDBPyConnection) -> Generator[pa.Table, None, None]:
    """The pending answer; rows are fetched plainly, which for the few of a chart is quickest."""
    described = cursor.description or []
    types = [TYPES.get(str(column[1]).partition("(")[0], pa.string()) for column in described]
    return parts(cursor.fetchmany, [column[0] for column in described], types)


@lru_cache(maxsize=256)
def _parsed(process: int, sql: str) -> duckdb.Statement:
    """One statement, parsed. More than one is refused."""
    statements = _engine(process).extract_statements(sql)
    if len(statements) != 1:
        raise duckdb.ParserException("not one statement")
    return statements[0]


atexit.register(_parsed.cache_clear)  # a statement holds its engine open


@cache
def _engine(process: int) -> duckdb.DuckDBPyConnection:
    """One engine per process; the process id keeps a forked child from using its parent's."""
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    engine = duckdb.connect(":memory:")
    engine.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    engine.execute(f"SET threads = {THREADS}")
    engine.execute("SET TimeZone = 'UTC'")
    # a file under its name never changes: it is written once, and its name is random
    engine.execute("SET parquet_metadata_cache = true")
    engine.execute("SET validate_external_file_cache = 'NO_VALIDATION'")
    folder = str(settings.UPLOADS).replace("'", "''")
    engine.execute(f"SET allowed_directories = ['{folder}']")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine
