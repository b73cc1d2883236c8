"""A DuckDB file that a person uploaded, asked in a process of its own (apps/datasources/sandbox).

Placeholders are $1, $2. `relation` is "schema.table".
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext_lazy

from apps.datasources.connectors import child, files
from apps.datasources.connectors.base import Connection, FoundColumn, Limits, Relation, Setting

ENDING = ".duckdb"
SETTINGS = (Setting("file", gettext_lazy("File"), is_required=True, is_address=True),)
CHECK_LIMITS = Limits(timeout_s=5, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=10, rows=20_000, bytes=20_000_000)
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
    return child.ask_file("duckdb_file", files.path_of(source, ENDING), sql, parameters, limits)


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


def _type(native: str) -> str:
    plain = native.partition("(")[0].upper()
    if plain == "DATE" or plain.startswith("TIMESTAMP"):
        return "time"
    if plain == "BOOLEAN":
        return "boolean"
    return "number" if plain.removeprefix("U") in NUMBERS or plain in NUMBERS else "text"
