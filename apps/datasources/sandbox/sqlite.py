"""A SQLite file that a person uploaded.

SQLite knows no times. Values of a column declared DATE, DATETIME or TIMESTAMP come out as times,
whether text, or seconds or milliseconds since 1970; so does any other column of which every value
is a full time as text, "2024-01-31 12:00:00" at the least. A column of mixed kinds becomes text.
The file is opened for reading only, as one that never changes, and only what reads is authorised.
"""

import contextlib
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from apps.datasources.connectors.arrow import table_of
from apps.datasources.connectors.base import Limits
from apps.datasources.sandbox.question import Question, too_large
from apps.datasources.sandbox.wire import Refused

BATCH = 1000
MEMORY_BYTES = 512_000_000  # of all SQLite files together
READS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE)
PRAGMAS = ("table_xinfo",)
# Functions that reach out of the file, where SQLite has them.
FUNCTIONS = ("load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "sqlite_dbpage")
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 20_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 2000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 500,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 200,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 1_000_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
MILLISECONDS_FROM = 1e11  # as seconds this would be the year 5138


def ask(question: Question) -> pa.Table:
    """One statement on a connection of its own."""
    try:
        with contextlib.closing(_open(question.path, question.limits)) as connection:
            with question.stopped_by(connection.interrupt):
                cursor = connection.execute(question.sql, [_bound(v) for v in question.parameters])
                if cursor.description is None:
                    raise Refused("writes")
                rows = _first_rows(cursor, question.limits)
            names = [column[0] for column in cursor.description]
    except sqlite3.Warning as error:  # of two statements at once
        raise Refused("writes") from error
    except sqlite3.Error as error:
        raise _refusal(error) from error
    columns = [_plain(column) for column in zip(*rows, strict=True)]
    return table_of(names, list(zip(*columns, strict=True)))


def _open(path: str, limits: Limits) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{path}?mode=ro&immutable=1",
        uri=True,
        isolation_level=None,
        detect_types=sqlite3.PARSE_DECLTYPES,
        check_same_thread=False,
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA hard_heap_limit = {MEMORY_BYTES}")
    for name, most in LIMITS.items():
        connection.setlimit(name, most)
    longest = max(100_000, min(LIMITS[sqlite3.SQLITE_LIMIT_LENGTH], limits.bytes))
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
    connection.set_authorizer(_may)
    return connection


def _may(action: int, first: str | None, second: str | None, *_where: str | None) -> int:
    """SQLite's question before each thing a statement does."""
    if action in READS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _first_rows(cursor: sqlite3.Cursor, limits: Limits) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    size = 0
    while len(rows) < limits.rows:
        batch = cursor.fetchmany(min(BATCH, limits.rows - len(rows)))
        if not batch:
            break
        for row in batch:
            size += sum(len(v) if isinstance(v, str | bytes) else 8 for v in row)
        if size > limits.bytes:
            raise too_large(limits)
        rows += batch
    return rows


def _refusal(error: sqlite3.Error) -> Refused:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_INTERRUPT":
        return Refused("interrupted")
    if name in ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_CANTOPEN"):
        return Refused("gone")
    if name == "SQLITE_TOOBIG" or isinstance(error, sqlite3.DataError):
        return Refused("large")
    if name == "SQLITE_AUTH":
        return Refused("writes")
    return Refused("refused", str(error))


def _bound(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") if value.tzinfo else value
    return float(value) if isinstance(value, Decimal) else value


def _plain(values: tuple[Any, ...]) -> Sequence[Any]:
    """A column of one type, as Arrow wants it."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {str}:
        if all(value is None or TIME.fullmatch(value) for value in values):
            return [_moment(value) for value in values]
        return values
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    if len(kinds) > 1 or bytes in kinds:
        return [None if value is None else _text(value) for value in values]
    return values


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _moment(value: str | None) -> datetime | None:
    """A time written as text; one that no calendar has is none."""
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else found


def _declared(value: bytes) -> datetime | None:
    """A value of a column that is declared to hold times."""
    text = value.decode(errors="replace").strip()
    try:
        number = float(text)
    except ValueError:
        return _moment(text)
    with contextlib.suppress(ValueError, OverflowError, OSError):
        seconds = number / 1000 if abs(number) >= MILLISECONDS_FROM else number
        return datetime.fromtimestamp(seconds, UTC)
    return None


for word in ("date", "datetime", "timestamp"):  # per process; only for connections made here
    sqlite3.register_converter(word, _declared)
sqlite3.register_converter("boolean", lambda value: value not in (b"0", b"", b"false"))
sqlite3.register_converter("bool", lambda value: value not in (b"0", b"", b"false"))
