"""A SQLite file that a person uploaded, asked in a process of its own (apps/datasources/sandbox).

Placeholders are ?1, ?2 or ?. Aware times given as parameters become UTC text as
"2024-01-31 12:00:00", or with ".123000" behind where they have parts of a second.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext_lazy

from apps.datasources.connectors import child, files
from apps.datasources.connectors.base import Connection, FoundColumn, Limits, Relation, Setting

ENDING = ".sqlite"
SETTINGS = (Setting("file", gettext_lazy("File"), is_required=True, is_address=True),)
CHECK_LIMITS = Limits(timeout_s=5, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=10, rows=20_000, bytes=20_000_000)
RELATIONS = """
SELECT name, type AS kind FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1 LIMIT 20000
"""
NUMBERS = ("INT", "REAL", "FLOA", "DOUB", "NUM", "DEC")


def check_settings(details: dict[str, Any]) -> None:
    """Whether the file is there and is SQLite's. Raises UserError."""
    files.check_name(details, ENDING, b"SQLite format 3\0")


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One statement on a connection of its own; the clock and the person can stop it."""
    return child.ask_file("sqlite", files.path_of(source, ENDING), sql, parameters, limits)


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
