"""Rows that were put together in Python -> Arrow, sorted and cut as a statement would be."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from apps.datasources.connectors.arrow import TIME


def table_of_rows(rows: Iterable[Sequence[Any]], columns: Sequence[Sequence[str]]) -> pa.Table:
    """columns: (name, type) each. Times come as milliseconds since 1970; NaN becomes null."""
    arrays = list(zip(*rows, strict=True)) or [()] * len(columns)
    found = [_array(values, type_) for values, (_name, type_) in zip(arrays, columns, strict=True)]
    return pa.table(found, names=[name for name, _type in columns])


def ordered(table: pa.Table, order: Sequence[Sequence[Any]], limit: int) -> pa.Table:
    """Sorted by (name, descending), nulls last, and the first `limit` rows and one more of them."""
    if order and table.num_rows > 1:
        keys = [(str(table.column_names.index(name)), descending) for name, descending in order]
        numbered = table.rename_columns([str(at) for at in range(table.num_columns)])
        sort_keys = [(name, "descending" if down else "ascending", "at_end") for name, down in keys]
        places = pc.sort_indices(numbered, sort_keys=sort_keys)
        table = table.take(places)
    return table.slice(0, limit + 1)


def _array(values: Sequence[Any], type_: str) -> pa.Array:
    if type_ == "time":
        return pa.array([None if v is None else int(v) for v in values], pa.int64()).cast(TIME)
    if type_ == "boolean":
        return pa.array([None if v is None else bool(v) for v in values], pa.bool_())
    if type_ == "text":
        return pa.array([None if v is None else str(v) for v in values], pa.string())
    plain = [None if isinstance(v, float) and math.isnan(v) else v for v in values]
    if all(v is None or (isinstance(v, int) and abs(v) < 2**63) for v in plain):
        kind = pa.int64() if any(v is not None for v in plain) else pa.float64()
        return pa.array(plain, kind)
    return pa.array([None if v is None else float(v) for v in plain], pa.float64())
