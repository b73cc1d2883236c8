"""A step of time in which nothing happened is a gap that one can see, not a line drawn across."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from apps.core.window import step, zone_of
from apps.datasources.connectors.arrow import TIME
from apps.datasources.frame import FrameColumn
from apps.datasources.query import BIN_SECONDS, Query

CALENDAR = {"day": "d", "week": "w", "month": "M", "quarter": "Q", "year": "y"}
MOST = 5000  # steps; a longer answer is drawn as it is


def fill_gaps(table: pa.Table, query: Query, columns: tuple[FrameColumn, ...]) -> pa.Table:
    """Insert a row of nulls for each missing step between the first and the last.

    Only for a time series without dimensions: a series that is split keeps its own steps.
    """
    if not query.grain or not query.time or query.dimensions or table.num_rows < 2:
        return table
    if _is_whole(table.column(query.time), query.grain, query.timezone):
        return table
    times = [value for value in table.column(query.time).to_pylist() if value is not None]
    if len(times) < 2:
        return table
    steps = _steps(times[0], times[-1], query.grain, query.timezone)
    if len(steps) == len(times) or len(steps) > MOST:
        return table
    rows: dict[datetime, dict[str, Any]] = {row[query.time]: row for row in table.to_pylist()}
    wanted = sorted({*steps, *times})
    filled = [rows.get(at, {query.time: at}) for at in wanted]
    schema = pa.schema(
        [
            (c.name, TIME if c.name == query.time else table.schema.field(c.name).type)
            for c in columns
        ]
    )
    return pa.Table.from_pylist(filled, schema=schema)


def open_at_start(table: pa.Table, query: Query, columns: tuple[FrameColumn, ...]) -> pa.Table:
    """Insert a row of nulls at the window's start, unless there is a value.

    For the end of a series that is set behind what is drawn already: a line must not be drawn
    from there across a gap. Only for a time series without dimensions.
    """
    if not query.grain or not query.time or not query.window or query.dimensions:
        return table
    if not table.num_rows or table.column(query.time)[0].as_py() <= query.window.start:
        return table
    empty = {c.name: query.window.start if c.name == query.time else None for c in columns}
    return pa.concat_tables([pa.Table.from_pylist([empty], schema=table.schema), table])


def _is_whole(times: pa.ChunkedArray, grain: str, timezone: str) -> bool:
    """Whether no step is missing, told by their number alone: the common case, and quick."""
    first, last = times[0].as_py(), times[-1].as_py()
    if times.null_count or last <= first:
        return False
    if seconds := BIN_SECONDS.get(grain):
        return bool((last - first).total_seconds() == (len(times) - 1) * seconds)
    zone = zone_of(timezone)
    first, last = first.astimezone(zone), last.astimezone(zone)
    months = (last.year - first.year) * 12 + last.month - first.month
    days = (last.date() - first.date()).days
    whole = {"day": days, "week": days / 7, "month": months, "quarter": months / 3}
    return bool(whole.get(grain) == len(times) - 1)


def _steps(first: datetime, last: datetime, grain: str, timezone: str) -> list[datetime]:
    if seconds := BIN_SECONDS.get(grain):
        count = min(int((last - first).total_seconds() // seconds), MOST)
        start = first.timestamp()
        return [datetime.fromtimestamp(start + i * seconds, UTC) for i in range(count + 1)]
    local = first.astimezone(zone_of(timezone))
    found: list[datetime] = []
    while (at := local.astimezone(UTC)) <= last and len(found) <= MOST:
        found.append(at)
        local = step(local, 1, CALENDAR[grain])
    return found
