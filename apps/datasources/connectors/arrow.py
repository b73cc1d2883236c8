"""Rows of a database driver -> Arrow, column by column."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from apps.datasources.connectors.base import Limits

TIME = pa.timestamp("ms", "UTC")
DATE = pa.date32()
FEWEST_ROWS, MOST_ROWS, PART_BYTES = 100, 10_000, 1_000_000  # of what is looked at together


def table_of(
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    types: Sequence[pa.DataType | None] | None = None,
) -> pa.Table:
    """Numbers become float64 or int64, times timestamp[ms, UTC], everything else text.

    types: what the driver says of each column, so that one without values has its type too; a None
    there, or none at all: by the values.
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    known = types or [None] * len(names)
    arrays = [
        _of_type(column, kind) if kind else _array(column)
        for column, kind in zip(columns, known, strict=True)
    ]
    return pa.table(arrays, names=list(names))


def normal(table: pa.Table) -> pa.Table:
    """The same types from a table that a driver made; naive times are UTC."""
    arrays = [_normal(column) for column in table.columns]
    return pa.table(arrays, names=table.column_names)


def parts(
    fetch: Callable[[int], Sequence[Sequence[Any]]],
    names: Sequence[str],
    types: Sequence[pa.DataType | None],
) -> Generator[pa.Table, None, None]:
    """An answer in parts, as a driver's cursor gives it.

    fetch(n): its next n rows, fewer at the end. The first part is small, and how wide its rows are
    says how many the next may have.
    """
    count = FEWEST_ROWS
    while True:
        rows = fetch(count)
        part = table_of(names, rows, types)
        yield part
        if len(rows) < count:
            return
        count = min(max(PART_BYTES * len(rows) // (part.nbytes + 1), FEWEST_ROWS), MOST_ROWS)


def too_large(limits: Limits) -> Exception:
    """SourceTooLarge, in words; imported late, for the child that asks files has no Django."""
    from django.utils.translation import gettext as _

    from apps.datasources.connectors.errors import SourceTooLarge

    message = _("The answer has more than %(mb)d MB. Ask for fewer columns or rows.")
    return SourceTooLarge(message % {"mb": max(1, limits.bytes // 1_000_000)})


def within(
    found: Generator[pa.Table, None, None],
    limits: Limits,
    refusal: Callable[[Limits], Exception] = too_large,
) -> pa.Table:
    """The parts of an answer put together as they come, until its last or `limits.rows`.

    Raises SourceTooLarge, or another refusal, past `limits.bytes`, so that no more than one part
    too much is held.
    """
    taken: list[pa.Table] = []
    size = rows = 0
    with closing(found):  # the rest of the answer is not wanted
        for part in found:
            taken.append(part)
            size, rows = size + part.nbytes, rows + part.num_rows
            if size > limits.bytes:
                raise refusal(limits)
            if rows >= limits.rows:
                taken[-1] = part.slice(0, part.num_rows - (rows - limits.rows))
                break
    return pa.concat_tables(taken)


def _of_type(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == DATE:
        return pa.array(values, DATE).cast(pa.timestamp("ms")).cast(TIME)
    if pa.types.is_string(kind):
        return pa.array([v if v is None or type(v) is str else str(v) for v in values], kind)
    if pa.types.is_floating(kind):  # Decimal is not taken as it is
        return pa.array([None if v is None else float(v) for v in values], kind)
    return pa.array(values, kind)


def _array(values: Sequence[Any]) -> pa.Array:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, Decimal):
        return _of_type(values, pa.float64())
    if isinstance(first, datetime):
        return pa.array(values, TIME)
    if isinstance(first, date):
        return _of_type(values, DATE)
    if first is None or isinstance(first, bool | int | float | str):
        return pa.array(values)
    return _of_type(values, pa.string())


def _normal(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.tz is None:
            return column.cast(pa.timestamp("ms"), safe=False).cast(TIME)
        return column.cast(TIME, safe=False)
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("ms")).cast(TIME)
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_integer(kind):
        return column.cast(pa.int64(), safe=False)
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    simple = pa.types.is_floating(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)
    if simple or pa.types.is_string(kind):
        return column
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_interval(kind):
        return pa.chunked_array([[_text(value) for value in column.to_pylist()]], pa.string())
    return column.cast(pa.string())


def _text(value: Any) -> str | None:
    """A list, an object, bytes or a span of time, none of which Arrow writes as text itself."""
    if value is None:
        return None
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    if isinstance(value, pa.MonthDayNano):
        months, days, nanoseconds = value
        return f"{months} months {days} days {nanoseconds / 1e9:g} s"
    return str(value)
