"""Fetched rows -> one Parquet file as uploads are: naive UTC, sorted by time, zstd.

Rows come in parts, which are written down as they come, so that memory holds one of them; DuckDB
joins and sorts them, on disk where need be.
"""

# ruff: noqa: S608  names are quoted and files are ours; values cannot be parameters of COPY
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.models import Extract

MEMORY = "1GB"
THREADS = 2
MADE_OF = "made_of"
ROW_GROUP = 65_536
WHOLE = 2**53  # beyond, a double does not hold every whole number
KINDS = {"time": pa.timestamp("ms"), "text": pa.string(), "boolean": pa.bool_()}
SQL_TYPES = {"time": "TIMESTAMP_MS", "text": "VARCHAR", "boolean": "BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished file in settings.UPLOADS. watermark: the highest value of what tells new rows."""

    file: str
    row_count: int
    watermark: str
    data_from: datetime | None
    data_to: datetime | None


def can_be_continued(extract: Extract, shape: Definition) -> bool:
    """Whether new rows can be added to the kept copy: it is there, and has the same columns."""
    path = settings.UPLOADS / extract.file
    if not (extract.file and extract.watermark and extract.incremental_by and path.exists()):
        return False
    try:
        told = pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    kept = told.schema.to_arrow_schema()
    if (told.metadata or {}).get(MADE_OF.encode()) != _made_of(shape).encode():
        return False
    return {field.name: _type(field.type) for field in kept} == {
        column.name: column.type for column in shape.columns
    }


def _made_of(shape: Definition) -> str:
    """Where the rows come from, so that those of another table are never added to them."""
    parts = (shape.source_id, shape.relation, shape.sql, shape.options, shape.time_column)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class Parts:
    """Rows on their way into a file, in a folder that goes away afterwards."""

    def __init__(self, folder: Path, shape: Definition) -> None:
        self.folder, self.shape = folder, shape
        self.files: list[Path] = []
        self.row_count = 0
        self.fractions: set[str] = set()  # columns with numbers that are not whole

    def add(self, table: pa.Table) -> None:
        """Write some rows down. Raises UserError for a column that does not fit its type."""
        if not table.num_rows:
            return
        arrays = [self._fitted(table, column.name, column.type) for column in self.shape.columns]
        names = [column.name for column in self.shape.columns]
        path = self.folder / f"{len(self.files):06}.parquet"
        pq.write_table(pa.table(arrays, names=names), path, compression="zstd")
        self.files.append(path)
        self.row_count += table.num_rows

    def _fitted(self, table: pa.Table, name: str, type_: str) -> pa.ChunkedArray:
        column = table.column(name)
        try:
            if type_ == "time" and pa.types.is_timestamp(column.type):
                in_utc = column.cast(pa.timestamp("ms", "UTC"), safe=False)
                return in_utc.cast(pa.timestamp("ms"))
            if type_ == "number":
                if pa.types.is_integer(column.type):
                    return column.cast(pa.int64())
                if not pa.types.is_null(column.type):
                    self.fractions.add(name)
                return column.cast(pa.float64())
            return column.cast(KINDS[type_])
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            message = _("The values of “%(name)s” do not fit its type, %(type)s.")
            raise UserError(message % {"name": name, "type": type_}, field="columns") from error

    def joined(self, file: str, *, by: str, old: str = "", watermark: str = "") -> Copy:
        """The file of all parts and of what is below the watermark in the old one."""
        half = settings.UPLOADS / f"{file}.part"
        engine = duckdb.connect()
        try:
            engine.execute(f"SET memory_limit = '{MEMORY}'")
            engine.execute(f"SET threads = {THREADS}")
            engine.execute("SET TimeZone = 'UTC'")
            engine.execute(f"SET temp_directory = {_text(str(self.folder))}")
            rows = self._rows(by, old, watermark)
            time = self.shape.time_column
            sorting = f" ORDER BY {_name(time)} NULLS LAST" if time else ""
            engine.execute(
                f"COPY (SELECT * FROM ({rows}){sorting}) TO {_text(str(half))} "
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, "
                f"KV_METADATA {{{MADE_OF}: {_text(_made_of(self.shape))}}})"
            )
            found = self._measured(engine, half, by)
        except duckdb.OutOfMemoryException as error:
            half.unlink(missing_ok=True)
            raise UserError(_("The rows are too large to be copied."), code="too_large") from error
        except BaseException:
            half.unlink(missing_ok=True)
            raise
        finally:
            engine.close()
        half.replace(settings.UPLOADS / file)
        return Copy(file, *found)

    def _rows(self, by: str, old: str, watermark: str) -> str:
        columns = self.shape.columns
        listed = ", ".join(f"{self._cast(each.name, each.type)}" for each in columns)
        parts = []
        if self.files:
            files = ", ".join(_text(str(path)) for path in self.files)
            parts.append(f"SELECT {listed} FROM read_parquet([{files}], union_by_name = true)")
        if old:
            path, key = _text(str(settings.UPLOADS / old)), _name(by)
            kind = next(each.type for each in columns if each.name == by)
            edge = f"TIMESTAMP {_text(watermark)}" if kind == "time" else str(float(watermark))
            names = ", ".join(_name(each.name) for each in columns)
            below = f"{key} < {edge} OR {key} IS NULL"
            parts.append(f"SELECT {names} FROM read_parquet({path}) WHERE {below}")
        if not parts:
            nothing = ", ".join(
                f"NULL::{SQL_TYPES.get(each.type, 'DOUBLE')} AS {_name(each.name)}"
                for each in columns
            )
            parts.append(f"SELECT {nothing} WHERE false")
        return " UNION ALL ".join(parts)

    def _cast(self, name: str, type_: str) -> str:
        whole = "BIGINT" if type_ == "number" and name not in self.fractions else "DOUBLE"
        return f"CAST({_name(name)} AS {SQL_TYPES.get(type_, whole)}) AS {_name(name)}"

    def _measured(
        self, engine: duckdb.DuckDBPyConnection, path: Path, by: str
    ) -> tuple[int, str, datetime | None, datetime | None]:
        time = self.shape.time_column
        span = f"min({_name(time)}), max({_name(time)})" if time else "NULL, NULL"
        highest = f"max({_name(by)})" if by else "NULL"
        sql = f"SELECT count(*), {highest}, {span} FROM read_parquet({_text(str(path))})"
        count, mark, first, last = engine.execute(sql).fetchall()[0]
        return count, _watermark(mark), _utc(first), _utc(last)


def _watermark(value: object) -> str:
    """The highest value as text. Raises UserError for a number that no double holds."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="milliseconds")
    if isinstance(value, int | float) and abs(value) > WHOLE:
        message = _("The numbers that tell new rows are too large to be told apart.")
        raise UserError(message, field="incremental_by", code="invalid_extract")
    return repr(value)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "time"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else "number"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
