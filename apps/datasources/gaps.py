"""A step of time in which nothing happened is a gap that one can see, not a line drawn across."""

from datetime import datetime
from typing import Any

import pyarrow as pa

from apps.datasources.connectors.arrow import TIME
from apps.datasources.frame import FrameColumn
from apps.datasources.query import Query
from apps.datasources.steps import Steps

MOST = 5000  # steps; a longer answer is drawn as it is


def fill_gaps(table: pa.Table, query: Query, columns: tuple[FrameColumn, ...]) -> pa.Table:
    """Insert a row of nulls for each missing step between the first and the last.

    Only for a time series without dimensions: a series that is split keeps its own steps.
    """
    if not query.grain or not query.time or query.dimensions or table.num_rows < 2:
        return table
    if query.order and query.order[0].by != query.time:
        return table  # a ranking of steps
    steps = Steps(query.grain, query.timezone)
    if _is_whole(table.column(query.time), steps):
        return table
    times = [value for value in table.column(query.time).to_pylist() if value is not None]
    if len(times) < 2:
        return table
    first, last = steps.of(min(times)), steps.of(max(times))
    count = steps.between(first, last) + 1
    if count == len(times) or count > MOST:
        return table
    there = {steps.of(at) for at in times}
    wanted = [steps.moved(first, i) for i in range(count)]
    missing = [steps.start(each) for each in wanted if each not in there]
    if not missing:
        return table
    schema = pa.schema(
        [
            (c.name, TIME if c.name == query.time else table.schema.field(c.name).type)
            for c in columns
        ]
    )
    gaps = pa.Table.from_pylist([{query.time: at} for at in missing], schema=schema)
    whole = pa.concat_tables([table.select(schema.names).cast(schema), gaps])
    return whole.sort_by([(query.time, _direction(times))])


def _direction(times: list[datetime]) -> str:
    return "descending" if times[0] > times[-1] else "ascending"


def open_at_start(table: pa.Table, query: Query, columns: tuple[FrameColumn, ...]) -> pa.Table:
    """Insert a row of nulls at the window's start, unless there is a value.

    For the end of a series that is set behind what is drawn already: a line must not be drawn
    from there across a gap. Only for a time series without dimensions.
    """
    if not query.grain or not query.time or not query.window or query.dimensions:
        return table
    if not table.num_rows or table.column(query.time)[0].as_py() <= query.window.start:
        return table
    empty: dict[str, Any] = {
        c.name: query.window.start if c.name == query.time else None for c in columns
    }
    return pa.concat_tables([pa.Table.from_pylist([empty], schema=table.schema), table])


def _is_whole(times: pa.ChunkedArray, steps: Steps) -> bool:
    """Whether no step is missing, told by their number alone: the common case, and quick."""
    first, last = times[0].as_py(), times[-1].as_py()
    if times.null_count or last <= first:
        return False
    return steps.between(steps.of(first), steps.of(last)) == len(times) - 1
