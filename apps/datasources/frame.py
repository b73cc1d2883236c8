"""The answer: an Arrow table, and what its columns mean."""

import csv
import io
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from apps.core.window import to_ms
from apps.datasources.query import Query


@dataclass(frozen=True, slots=True)
class FrameColumn:
    """What one column is. role: time, dimension or measure. type: time, number, text, boolean."""

    name: str
    label: str
    role: str
    type: str
    unit: str = ""
    format: str = ""
    good: str = ""

    def as_json(self) -> dict[str, str | None]:
        """For charts: an absent property is null."""
        return {
            "name": self.name,
            "label": self.label,
            "role": self.role,
            "type": self.type,
            "unit": self.unit or None,
            "format": self.format or None,
            "good": self.good or None,
        }


@dataclass(frozen=True, slots=True)
class Frame:
    """The answer to one Query. Time columns are timestamp[ms, UTC]; a gap is null, never NaN."""

    table: pa.Table
    columns: tuple[FrameColumn, ...]
    query: Query
    computed_at: datetime
    took_ms: float
    truncated: bool = False

    def column(self, name: str) -> list[Any]:
        """The values of one column, in order; times as milliseconds since 1970."""
        return _plain(self.table.column(name))

    def as_json(self) -> dict[str, Any]:
        """What charts get: columns beside arrays of values, one per column."""
        window = self.query.window
        return {
            "columns": [column.as_json() for column in self.columns],
            "data": [_plain(self.table.column(column.name)) for column in self.columns],
            "window": window.as_ms() if window else None,
            "grain": self.query.grain,
            "timezone": self.query.timezone,
            "row_count": self.table.num_rows,
            "truncated": self.truncated,
            "computed_at": to_ms(self.computed_at),
            "took_ms": round(self.took_ms, 1),
        }

    def to_json(self) -> bytes:
        """as_json, encoded."""
        return orjson.dumps(self.as_json())

    def to_arrow(self) -> bytes:
        """An Arrow IPC stream; labels and units are field metadata."""
        fields = [
            self.table.schema.field(c.name).with_metadata({"label": c.label, "unit": c.unit})
            for c in self.columns
        ]
        table = self.table.select([c.name for c in self.columns]).cast(pa.schema(fields))
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue()

    def to_csv(self) -> bytes:
        """RFC 4180 in UTF-8. A text that a spreadsheet would run gets an apostrophe in front."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([_harmless(column.label) for column in self.columns])
        names = [column.name for column in self.columns]
        for row in zip(*(self.table.column(n).to_pylist() for n in names), strict=True):
            writer.writerow([_cell(value) for value in row])
        return out.getvalue().encode()


def _plain(values: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_timestamp(values.type):
        return pc.cast(values, pa.int64()).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_floating(values.type):
        return [v if v is None or math.isfinite(v) else None for v in values.to_pylist()]
    return values.to_pylist()  # type: ignore[no-any-return]


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return _harmless(value) if isinstance(value, str) else value


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
