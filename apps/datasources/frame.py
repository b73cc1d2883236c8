"""The answer: an Arrow table, and what its columns mean."""

import csv
import io
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from apps.core.window import to_ms
from apps.datasources.connectors.arrow import TIME
from apps.datasources.query import Query


@dataclass(frozen=True, slots=True)
class FrameColumn:
    """What one column is. type: time, number, text, boolean.

    role: time, dimension, measure; comparison, for a measure in the span before; flag, for what
    says of each row whether it is the group of all other values of a dimension. Such a dimension
    has `other`; it is null in that group, whose "<name>__other" is true. A dimension of bins has
    their width as `bin`; its values are their lower edges, and the first and the last of them may
    be open to what is below `low`, or not below `high`. adds_up: whether the values of two groups
    together are the sum of theirs, as those of sums and counts of rows are.
    """

    name: str
    label: str
    role: str
    type: str
    unit: str = ""
    format: str = ""
    good: str = ""
    other: bool = False
    adds_up: bool = True
    bin: float | None = None
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, str | bool | float | None]:
        """For charts: an absent property is null; those below stand there only where they say
        something.
        """
        found: dict[str, str | bool | float | None] = {
            "name": self.name,
            "label": self.label,
            "role": self.role,
            "type": self.type,
            "unit": self.unit or None,
            "format": self.format or None,
            "good": self.good or None,
        }
        if self.other:
            found["other"] = True
        if not self.adds_up:
            found["adds_up"] = False
        of_bins = {"bin": self.bin, "low": self.low, "high": self.high}
        return found | {key: value for key, value in of_bins.items() if value is not None}


ARROW = {"time": TIME, "number": pa.float64(), "text": pa.string(), "boolean": pa.bool_()}


def typed(table: pa.Table, columns: tuple[FrameColumn, ...]) -> pa.Table:
    """The table with every column as its FrameColumn says, whatever the driver made of it.

    Whole numbers are milliseconds where a time is meant, and ISO texts are times; 1 and 0 are yes
    and no. A column without any value has its type too. What does not fit stays as it came.
    """
    arrays = [_typed(table.column(c.name), c.type) for c in columns]
    if all(new is table.column(c.name) for new, c in zip(arrays, columns, strict=True)):
        return table
    return pa.table(arrays, names=[c.name for c in columns])


def _typed(values: pa.ChunkedArray, type_: str) -> pa.ChunkedArray:
    kind, wanted = values.type, ARROW[type_]
    if kind == wanted or (type_ == "number" and pa.types.is_integer(kind)):
        return values
    try:
        if type_ == "time" and pa.types.is_integer(kind):
            return values.cast(pa.timestamp("ms")).cast(TIME)
        if type_ == "time" and pa.types.is_string(kind):
            times = [_moment(text) for text in values.to_pylist()]
            return pa.chunked_array([pa.array(times, TIME)])
        return values.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
        return values


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Frame:
    """The answer to one Query. Time columns are timestamp[ms, UTC]; a gap is null, never NaN.

    is_rolled: a roll-up was asked, in place of the rows or of most of them.
    """

    table: pa.Table
    columns: tuple[FrameColumn, ...]
    query: Query
    computed_at: datetime
    took_ms: float
    truncated: bool = False
    is_rolled: bool = False

    def column(self, name: str) -> list[Any]:
        """The values of one column, in order; times as milliseconds since 1970."""
        return _plain(self.table.column(name))

    def as_json(self) -> dict[str, Any]:
        """What charts get: columns beside arrays of values, one per column.

        `rolled_up`, and `raw` of rows that were not grouped, stand there only where they are true;
        `limit` where the question's own limit cut it.
        """
        window = self.query.window
        found: dict[str, Any] = {
            "columns": [column.as_json() for column in self.columns],
            "data": [_plain(self.table.column(column.name)) for column in self.columns],
            "window": window.as_ms() if window else None,
            "grain": self.query.cohort.grain if self.query.cohort else self.query.grain,
            "compare": self.query.compare,
            "timezone": self.query.timezone,
            "row_count": self.table.num_rows,
            "truncated": self.truncated,
            "computed_at": to_ms(self.computed_at),
            "took_ms": round(self.took_ms, 1),
        }
        if self.truncated and self.query.limit:
            found["limit"] = self.query.limit
        marks = {"rolled_up": self.is_rolled, "raw": bool(self.query.columns)}
        return found | {name: True for name, is_true in marks.items() if is_true}

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
        shown = [column for column in self.columns if column.role != "flag"]
        writer.writerow([harmless(column.label) for column in shown])
        cells = [self._cells(column) for column in shown]
        writer.writerows(zip(*cells, strict=True))
        return out.getvalue().encode()

    def _cells(self, column: FrameColumn) -> list[Any]:
        """One column as written; the group of all others is called so."""
        cells = [_cell(value) for value in self.table.column(column.name).to_pylist()]
        if not column.other:
            return cells
        flags = self.table.column(f"{column.name}__other").to_pylist()
        return [_("Other") if flag else cell for cell, flag in zip(cells, flags, strict=True)]


def _plain(values: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_timestamp(values.type):
        return pc.cast(values, pa.int64()).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_floating(values.type):
        return [v if v is None or math.isfinite(v) else None for v in values.to_pylist()]
    return values.to_pylist()  # type: ignore[no-any-return]


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else value


def harmless(text: str) -> str:
    """The text, with an apostrophe in front of what a spreadsheet would run."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
