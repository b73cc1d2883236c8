"""The rows of a run for people: a page of them as JSON, all of them as CSV."""

import math
import re
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from apps.datasources.frame import Frame, FrameColumn
from apps.datasources.models import SqlRun
from apps.datasources.query import Query
from apps.datasources.sql_datasets import type_of

SHOWN_ROWS = 1000
SHOWN_LETTERS = 500  # of one text
EXACT = 2**53  # whole numbers beyond it would be rounded by a browser


def page(table: pa.Table) -> dict[str, Any]:
    """The first rows, as they are shown: times in UTC, long texts cut."""
    shown = table.slice(0, SHOWN_ROWS)
    types = [type_of(field.type) for field in table.schema]
    columns = [
        _shown(column.to_pylist(), type_)
        for column, type_ in zip(shown.columns, types, strict=True)
    ]
    names = zip(table.column_names, types, strict=True)
    return {
        "columns": [{"name": name, "type": type_} for name, type_ in names],
        "rows": [list(row) for row in zip(*columns, strict=True)],
        "shown": shown.num_rows,
        "truncated": is_cut(table),
        "bytes": int((table.schema.metadata or {}).get(b"bytes", b"0")),
    }


def is_cut(table: pa.Table) -> bool:
    """Whether the source had more rows than were kept."""
    return bool((table.schema.metadata or {}).get(b"truncated") == b"1")


def as_columns(table: pa.Table, took_ms: float | None) -> dict[str, Any]:
    """For programs: arrays of values, one for each column, as a Frame gives them."""
    frame = _frame(table)
    return {
        "columns": [{"name": each.label, "type": each.type} for each in frame.columns],
        "data": [frame.column(each.name) for each in frame.columns],
        "row_count": table.num_rows,
        "truncated": is_cut(table),
        "took_ms": took_ms,
    }


def to_csv(table: pa.Table) -> bytes:
    """As a Frame writes it: texts that a spreadsheet would run are made harmless."""
    return _frame(table).to_csv()


def _frame(table: pa.Table) -> Frame:
    """Under names of our own, since two columns of a statement may have the same."""
    keys = [f"c{number}" for number in range(table.num_columns)]
    columns = tuple(
        FrameColumn(key, field.name, "dimension", type_of(field.type))
        for key, field in zip(keys, table.schema, strict=True)
    )
    query = Query(dataset=0, columns=tuple(keys) or ("c0",))
    return Frame(table.rename_columns(keys), columns, query, datetime.now(UTC), 0.0)


def place_of(run: SqlRun) -> tuple[int | None, int | None]:
    """Line and column of the first name that the source's message quotes and the text holds."""
    for name in re.findall(r"[\"“`']([^\"”`']+)[\"”`']", run.problem):
        word = re.escape(name.rpartition(".")[2])
        if found := re.search(rf"(?<!\w){word}(?!\w)", run.sql, re.IGNORECASE):
            before = run.sql[: found.start()]
            return before.count("\n") + 1, len(before) - before.rfind("\n")
    return None, None


def _shown(values: list[Any], type_: str) -> list[Any]:
    if type_ == "time":
        return _times(values)
    return [_cell(value) for value in values]


def _cell(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > EXACT:
        return str(value)
    if isinstance(value, str) and len(value) > SHOWN_LETTERS:
        return value[:SHOWN_LETTERS] + "…"
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _times(values: list[Any]) -> list[str | None]:
    """Days where all are at midnight, else with the time of day."""
    moments = [value for value in values if value is not None]
    days = all(getattr(value, "time", None) and not any(_clock(value)) for value in moments)
    form = "%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S"
    return [None if value is None else value.strftime(form) for value in values]


def _clock(value: datetime) -> tuple[int, int, int, int]:
    return value.hour, value.minute, value.second, value.microsecond
