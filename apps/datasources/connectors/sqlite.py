"""A SQLite file that a person uploaded.

Placeholders are ?1, ?2 or ?. Aware times given as parameters become UTC text as
"2024-01-31 12:00:00", or with ".123000" behind where they have parts of a second.
SQLite knows no times. Values of a column declared DATE, DATETIME or TIMESTAMP come out as times,
whether text, or seconds or milliseconds since 1970; so does any other column of which every value
is a full time as text, "2024-01-31 12:00:00" at the least. A column of mixed kinds becomes text.
The file is opened for reading only, as one that never changes, and only what reads is authorised.
"""

import contextlib
import re
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext_lazy

from apps.datasources.connectors import failures, files
from apps.datasources.connectors.arrow import table_of
from apps.datasources.connectors.base import (
    POLL_S,
    Connection,
    FoundColumn,
    Limits,
    Relation,
    Setting,
    Watch,
)

ENDING = ".sqlite"
SETTINGS = (Setting("file", gettext_lazy("File"), is_required=True, is_address=True),)
CHECK_LIMITS = Limits(timeout_s=5, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=10, rows=20_000, bytes=20_000_000)
BATCH = 1000
STEPS = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond
RELATIONS = """
SELECT name, type AS kind FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1 LIMIT 20000
"""
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
NUMBERS = ("INT", "REAL", "FLOA", "DOUB", "NUM", "DEC")


def check_settings(details: dict[str, Any]) -> None:
    """Whether the file is there and is SQLite's. Raises UserError."""
    files.check_name(details, ENDING, b"SQLite format 3\0")


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One statement on a connection of its own; the clock and the person can stop it."""
    names, rows = _asked(source, sql, parameters, limits)
    columns = [_plain(column) for column in zip(*rows, strict=True)]
    return table_of(names, list(zip(*columns, strict=True)))


def check(source: Connection) -> None:
    """Read what is in the file."""
    run(source, "SELECT count(*) FROM sqlite_master", [], CHECK_LIMITS)


def relations(source: Connection) -> list[Relation]:
    """The tables and views of the file."""
    rows = run(source, RELATIONS, [], LIST_LIMITS).to_pylist()
    return [Relation(row["name"], row["kind"]) for row in rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of a table, by their declared types."""
    quoted = name.replace('"', '""')
    rows = run(source, f'PRAGMA table_xinfo("{quoted}")', [], LIST_LIMITS).to_pylist()
    natives = [(row["name"], row["type"] or "") for row in rows if row["hidden"] != 1]
    return [FoundColumn(found, _type(native), native) for found, native in natives]


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives, by their first values: SQLite knows no more."""
    asked = f"SELECT * FROM (\n{sql}\n) AS asked LIMIT 100"  # noqa: S608 - guarded by its caller
    table = run(source, asked, [], limits)
    return [FoundColumn(field.name, _arrow_type(field.type)) for field in table.schema]


def _asked(
    source: Connection, sql: str, parameters: Sequence[Any], limits: Limits
) -> tuple[list[str], list[tuple[Any, ...]]]:
    path = files.path_of(source, ENDING)
    watch = Watch(limits, lambda: None)  # only to say why; the progress handler is the watchdog
    try:
        with contextlib.closing(_open(str(path), limits)) as connection:
            connection.set_progress_handler(_clock(watch), STEPS)
            cursor = connection.execute(sql, [_bound(value) for value in parameters])
            if cursor.description is None:
                raise failures.writes(limits)
            rows = _first_rows(cursor, limits)
            return [column[0] for column in cursor.description], rows
    except sqlite3.Warning as error:  # of two statements at once
        raise failures.writes(limits) from error
    except sqlite3.DataError as error:
        raise failures.too_large(limits) from error
    except sqlite3.Error as error:
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch) from error
        raise _failure(error, limits) from error


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


def _clock(watch: Watch) -> Any:
    """What SQLite calls while it works; true stops it."""
    limits, now = watch.limits, time.monotonic()
    end, asked = now + limits.timeout_s, now

    def is_over() -> bool:
        nonlocal asked
        now = time.monotonic()
        watch.is_late = now > end
        if limits.cancelled and now - asked > POLL_S:
            asked = now
            watch.is_cancelled = limits.cancelled()
        return watch.is_late or watch.is_cancelled

    return is_over


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
            raise failures.too_large(limits)
        rows += batch
    return rows


def _failure(error: sqlite3.Error, limits: Limits) -> Exception:
    name = getattr(error, "sqlite_errorname", "")
    if name in ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_CANTOPEN"):
        return files.gone()
    if name == "SQLITE_TOOBIG":
        return failures.too_large(limits)
    if name == "SQLITE_AUTH":
        return failures.writes(limits)
    return failures.refused(limits, str(error))


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


def _type(native: str) -> str:
    """By the declared type, as SQLite itself reads it, with dates and booleans besides."""
    word = native.upper()
    if word.startswith(("DATE", "TIMESTAMP")):
        return "time"
    if word.startswith("BOOL"):
        return "boolean"
    return "number" if any(part in word for part in NUMBERS) else "text"


def _arrow_type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "time"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "number" if pa.types.is_floating(kind) or pa.types.is_integer(kind) else "text"


for word in ("date", "datetime", "timestamp"):  # per process; only for connections made here
    sqlite3.register_converter(word, _declared)
sqlite3.register_converter("boolean", lambda value: value not in (b"0", b"", b"false"))
sqlite3.register_converter("bool", lambda value: value not in (b"0", b"", b"false"))
