"""Uploaded files, kept as Parquet: one engine for all of them, and only what was compiled.

The engine can read the upload folder and nothing else: no other file, no network, no extension,
and the lock is thrown before the first query.
"""

import re
import threading
from collections.abc import Generator
from functools import lru_cache

import duckdb
import pyarrow as pa

from apps.datasources.connectors.arrow import DATE, TIME, parts, within
from apps.datasources.reading.engine import quoted
from apps.datasources.sandbox.question import Question, too_large
from apps.datasources.sandbox.wire import Refused

TYPES = {
    "BOOLEAN": pa.bool_(),
    "DATE": DATE,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), pa.int64()),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER"), pa.int64()),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL", "HUGEINT", "UBIGINT", "UHUGEINT"), pa.float64()),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), TIME),
    "TIMESTAMP WITH TIME ZONE": TIME,
}  # all else is text
# DuckDB 2.0 takes a cross product with one row, and a condition on both, for far fewer rows than it
# has; sums of whole numbers are then wrong without a word (tests/datasources/test_sums.py).
DISTRUSTED = "statistics_propagation,compressed_materialization"
# It also takes a Parquet file's least and greatest for those of all its values, but NaN is not one
# of them: `amount <= 5` is then held to be true of every row, of NaN as well.
DISTRUSTED_ALONE = "statistics_propagation"
JOINED = re.compile(r"\bJOIN\b|\n")  # what is in lines of its own is a person's: it may hold any
BROKEN = (duckdb.FatalException, duckdb.InternalException)  # the engine takes no more questions
_own = threading.local()  # a line's cursor: a new one costs as much as the rest of a small answer


def ask(question: Question) -> pa.Table:
    """The rows of one statement that we compiled."""
    # the second of them makes statements without a join slower
    distrusted = DISTRUSTED if JOINED.search(question.sql) else DISTRUSTED_ALONE
    engine = _engine(question.path, question.memory_bytes, question.threads, distrusted)
    try:
        cursor = _cursor(engine)
        statement = _parsed(engine, question.sql)
        with question.stopped_by(cursor.interrupt):
            cursor.execute(statement, question.parameters)
            return within(_parts(cursor), question.limits, too_large)
    except Exception as error:
        _own.kept = {}
        if isinstance(error, BROKEN):
            _engine.cache_clear()
            _parsed.cache_clear()
        raise refusal(error) from error


def refusal(error: Exception) -> Exception:
    """DuckDB's error as the other side knows it."""
    if isinstance(error, duckdb.InterruptException):
        return Refused("interrupted")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Refused("memory")
    if isinstance(error, duckdb.PermissionException):  # its words name folders of this machine
        return Refused("writes")
    if isinstance(error, BROKEN):
        return Refused("broken")
    if isinstance(error, duckdb.IOException):
        return Refused("gone")
    if isinstance(error, duckdb.Error | pa.ArrowException):
        return Refused("refused", str(error))
    return error


def selecting(engine: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """One statement that selects, parsed. Anything else is refused."""
    statements = engine.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("writes")
    return statements[0]


def locked(engine: duckdb.DuckDBPyConnection, folder: str, **settings: str | int) -> None:
    """Set it, bar it from everything but the folder, and throw the lock."""
    for name, value in {
        "TimeZone": "UTC",
        "python_enable_replacements": "false",
        "temp_directory": "",  # memory that is not there is not made up for on disk
        **settings,
    }.items():
        engine.execute(f"SET {name} = '{value}'")
    engine.execute(f"SET allowed_directories = [{quoted(folder)}]")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")


def _cursor(engine: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    kept: dict[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]
    kept = _own.__dict__.setdefault("kept", {})
    if engine not in kept:
        if len(kept) > 1:  # of engines that have been given up
            kept.clear()
        kept[engine] = engine.cursor()
    return kept[engine]


def _parts(cursor: duckdb.DuckDBPyConnection) -> Generator[pa.Table, None, None]:
    """The pending answer; rows are fetched plainly, which for the few of a chart is quickest."""
    described = cursor.description or []
    types = [TYPES.get(str(column[1]).partition("(")[0], pa.string()) for column in described]
    return parts(cursor.fetchmany, [column[0] for column in described], types)


@lru_cache(maxsize=256)
def _parsed(engine: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    return selecting(engine, sql)


@lru_cache(maxsize=4)
def _engine(
    folder: str, memory_bytes: int, threads: int, distrusted: str
) -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect(":memory:")
    # a file under its name never changes: it is written once, and its name is random
    locked(
        engine,
        folder,
        memory_limit=f"{memory_bytes}B",
        threads=threads,
        disabled_optimizers=distrusted,
        parquet_metadata_cache="true",
        validate_external_file_cache="NO_VALIDATION",
    )
    return engine
