"""Rows of a database driver -> Arrow, column by column."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

TIME = pa.timestamp("ms", "UTC")


def table_of(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Numbers become float64 or int64, times timestamp[ms, UTC], everything else text."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table([_array(column) for column in columns], names=list(names))


def normal(table: pa.Table) -> pa.Table:
    """The same types from a table that a driver made; naive times are UTC."""
    arrays = [_normal(column) for column in table.columns]
    return pa.table(arrays, names=table.column_names)


def _array(values: Sequence[Any]) -> pa.Array:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, Decimal):
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    if isinstance(first, datetime):
        return pa.array(values, TIME)
    if isinstance(first, date):
        return pa.array(values, pa.date32()).cast(pa.timestamp("ms")).cast(TIME)
    if first is None or isinstance(first, bool | int | float | str):
        return pa.array(values)
    return pa.array([None if value is None else str(value) for value in values])


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
    return column if simple or pa.types.is_string(kind) else column.cast(pa.string())
