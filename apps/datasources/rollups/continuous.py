"""Continuous aggregates of TimescaleDB: the roll-ups of streams.

TimescaleDB notes which spans of a hypertable were changed since an aggregate was refreshed. Only
what no such span touches is read from the aggregate, and all else from the rows: late rows count
at once, and so do the newest. Each aggregate carries what it holds as its comment.
"""

import logging
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
from django.db import DatabaseError, connection
from psycopg import sql

from apps.core.window import Window
from apps.datasources.compiler import rolled
from apps.datasources.definition import Definition
from apps.datasources.rollups.kept import rollup_of
from apps.datasources.rollups.shapes import EPOCH, Rollup, Wanted

logger = logging.getLogger(__name__)
SCHEMA = "streams"
NAMES_KEPT_S = 10.0  # a stream without any is asked again whether it has one
OLDEST = -62_000_000_000_000_000  # microseconds: about the year 5, where the calendar begins
PLACEHOLDER = re.compile(r"\$(\d+)")
MADE = (
    "CREATE MATERIALIZED VIEW {} "
    "WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS {} WITH NO DATA"
)
ALL = """
SELECT c.user_view_name,
  obj_description(format('%%I.%%I', c.user_view_schema, c.user_view_name)::regclass, 'pg_class')
FROM _timescaledb_catalog.continuous_agg c WHERE c.user_view_schema = %s
"""
LISTED = """
SELECT
  obj_description(format('%%I.%%I', c.user_view_schema, c.user_view_name)::regclass, 'pg_class'),
  changed.lows, changed.highs
FROM _timescaledb_catalog.continuous_agg c
JOIN _timescaledb_catalog.hypertable h ON h.id = c.raw_hypertable_id
CROSS JOIN LATERAL (
  SELECT array_agg(low ORDER BY low) AS lows, array_agg(high ORDER BY low) AS highs FROM (
    SELECT lowest_modified_value AS low, greatest_modified_value AS high
    FROM _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log
    WHERE hypertable_id = c.raw_hypertable_id
    UNION ALL
    SELECT lowest_modified_value, greatest_modified_value
    FROM _timescaledb_catalog.continuous_aggs_materialization_invalidation_log
    WHERE materialization_id = c.mat_hypertable_id
  ) spans
) changed
WHERE h.schema_name = %s AND h.table_name = %s ORDER BY c.mat_hypertable_id
"""
_none_until: dict[str, float] = {}


def has_table(shape: Definition) -> bool:
    """Whether its rows are a hypertable of ours."""
    is_ours = shape.source_kind == "store" and shape.is_stream
    return is_ours and shape.relation.startswith(f"{SCHEMA}.") and _has_timescale()


def kept(relation: str) -> tuple[Rollup, ...]:
    """The roll-ups of a stream, each with the span in which it is up to date."""
    if time.monotonic() < _none_until.get(relation, 0.0):
        return ()
    try:
        with connection.cursor() as cursor:
            cursor.execute(LISTED, relation.split(".", 1))
            found = cursor.fetchall()
    except DatabaseError:  # another version, or no right to look: the rows are there
        logger.exception("the continuous aggregates of %s cannot be listed", relation)
        found = []
    if not found:
        _none_until[relation] = time.monotonic() + NAMES_KEPT_S
    rollups = []
    for comment, lows, highs in found:
        clean = up_to_date(list(zip(lows or [], highs or [], strict=True)))
        if comment and clean:
            rollups.append(rollup_of({**orjson.loads(comment), "clean": clean}))
    return tuple(rollups)


def row_count(relation: str) -> int:
    """How many rows the stream has; counted, since estimates are of the last ANALYZE."""
    return int(_one(sql.SQL("SELECT count(*) FROM {}").format(_identifier(relation))))


def size_of(shape: Definition, wanted: Wanted) -> int:
    """How many rows a roll-up would have."""
    return int(_one(rolled.counting(shape, wanted)))


def build(shape: Definition, wanted: Wanted, most: int) -> Rollup | None:
    """Make the aggregate; None if it has more than `most` rows. Not within a transaction.

    Raises django's DatabaseError, and UserError for a column that is not there any more.
    """
    made = rolled.making(shape, wanted)
    name = f"{SCHEMA}.rollup_{secrets.token_hex(8)}"
    try:
        rows = sql.SQL(with_values(made.sql, made.parameters))
        _run(MADE, _identifier(name), rows)
        refresh(name, wanted.bucket)
        count = int(_one(sql.SQL("SELECT count(*) FROM {}").format(_identifier(name))))
        if count > most:
            drop([name])
            return None
        size = int(_one("SELECT hypertable_size(%s::regclass)", [_quoted(name)]))
        found = Rollup(name, wanted, made.parts, made.types, count, size, time.time())
        told = orjson.dumps(asdict(found), default=sorted).decode()
        _run("COMMENT ON VIEW {} IS {}", _identifier(name), sql.Literal(told))
    except BaseException:
        with suppress(DatabaseError):
            drop([name])
        raise
    _none_until.pop(shape.relation, None)
    return found


def refresh_all() -> None:
    """Bring the roll-ups of all streams up to date. Not within a transaction."""
    if not _has_timescale():
        return
    with connection.cursor() as cursor:
        cursor.execute(ALL, [SCHEMA])
        names = cursor.fetchall()
    for name, comment in names:
        if comment:
            refresh(f"{SCHEMA}.{name}", orjson.loads(comment)["holds"]["bucket"])


def refresh(name: str, bucket: int) -> None:
    """Bring it up to date, but for the newest step, which still grows."""
    end = datetime.now(UTC) - timedelta(seconds=bucket)
    view = sql.Literal(_quoted(name))
    _run("CALL refresh_continuous_aggregate({}, NULL, {})", view, sql.Literal(end))


def drop(names: Iterable[str]) -> None:
    """Remove aggregates, if they are there."""
    for name in names:
        _run("DROP MATERIALIZED VIEW IF EXISTS {}", _identifier(name))


@cache
def _has_timescale() -> bool:
    return connection.has_timescale()  # type: ignore[attr-defined,no-any-return]


def up_to_date(changed: list[tuple[int, int]]) -> Window | None:
    """The longest span between those that were changed, in microseconds since 1970."""
    gaps: list[tuple[int, int, int]] = []
    end = changed[0][1] if changed else 0
    for low, high in changed[1:]:
        if low > (start := max(end + 1, OLDEST)):
            gaps.append((low - start, start, low))
        end = max(end, high)
    if not gaps:
        return None
    _length, start, stop = max(gaps)
    return Window(*(EPOCH + timedelta(microseconds=each) for each in (start, stop)))


def with_values(statement: str, parameters: tuple[Any, ...]) -> str:
    """A view has no parameters: the values as literals in their places."""

    def literal(found: re.Match[str]) -> str:
        return sql.Literal(parameters[int(found[1]) - 1]).as_string(None)

    return PLACEHOLDER.sub(literal, statement)


def _run(statement: str, *parts: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*parts))


def _one(statement: Any, values: list[Any] | None = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def _identifier(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split(".", 1))


def _quoted(name: str) -> str:
    return '"' + name.replace(".", '"."', 1) + '"'
