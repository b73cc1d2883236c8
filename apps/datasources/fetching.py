"""All rows of a dataset, or those from a watermark on, part by part through its connector.

- SQL and indices: by pages in the order of a key, the column that tells new rows or the time
  column. A page ends between two values of the key: the rows of its last value are left to the
  next page, so that none is lost or doubled although many rows may share a value. Without a key
  it is one statement.
- Prometheus: by spans of time, each as short as its samples demand.
- Web addresses: by their own pages.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import TooLarge, UserError
from apps.core.window import Window, iso
from apps.datasources.compiler import compile_query
from apps.datasources.connectors import connector, http
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.connectors.errors import SourceTimeout
from apps.datasources.definition import ColumnDef, Definition
from apps.datasources.query import Filter, Order, Query

PAGE_TIMEOUT_S = 120.0
PAGE_BYTES = 256_000_000  # of one page, as it comes
HISTORY_DAYS = 30  # of Prometheus, where options do not say `history_days`
SPAN = timedelta(hours=6)
SHORTEST = timedelta(seconds=1)
WHOLE = 2**53  # beyond, a double does not hold every whole number


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched: rows of `shape` whose column `by` is at the watermark or above it."""

    shape: Definition
    by: str = ""
    watermark: str = ""


def fetched(source: Connection, wanted: Wanted) -> Iterator[pa.Table]:
    """Tables of all the dataset's columns. Raises what connectors raise."""
    deadline = time.monotonic() + settings.EXTRACT_TIMEOUT_S
    fetch = {"http": _from_web, "prometheus": _from_prometheus}.get(source.kind, _by_key)
    for table in fetch(source, wanted):
        if time.monotonic() > deadline:
            message = _("Copying took longer than %(n)s minutes. Copy only new rows.")
            raise SourceTimeout(message % {"n": settings.EXTRACT_TIMEOUT_S // 60})
        yield table


# -- by a key


def _by_key(source: Connection, wanted: Wanted) -> Iterator[pa.Table]:
    shape = wanted.shape
    name = wanted.by or shape.time_column
    key = next((each for each in shape.columns if each.name == name), None)
    most = settings.EXTRACT_MAX_ROWS
    if key is None:
        yield _asked(source, shape, (), (), most)
        return
    order = (Order(key.name),)
    above: Any = wanted.watermark or None
    if above is not None:
        above = datetime.fromisoformat(above) if key.type == "time" else float(above)
    size = settings.QUERY_MAX_ROWS
    after = (Filter(key.name, "not_null"),) if above is None else _from(key, above)
    while True:
        table = _asked(source, shape, after, order, size)
        is_last = table.num_rows <= size
        table = _at_least(table, key, above)
        if is_last or not table.num_rows:
            yield table
            break
        values = table.column(key.name)
        last = values[-1].as_py()
        _check(last)
        complete = table.filter(pc.less(values, values[-1]))
        if not complete.num_rows:  # more rows share a value than a page has
            if size >= most:
                message = _("Too many rows have the same value of “%(name)s”.")
                raise TooLarge(message % {"name": key.label}, field="incremental_by")
            size = min(size * 8, most)
            continue
        yield complete
        above, after, size = last, _from(key, last), settings.QUERY_MAX_ROWS
    if not wanted.watermark:
        yield _asked(source, shape, (Filter(key.name, "is_null"),), (), most)


def _from(key: ColumnDef, value: Any) -> tuple[Filter, ...]:
    """From a value on. Times come cut to milliseconds, so that one before is asked for as well."""
    if key.type == "time":
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (Filter(key.name, "ge", (iso(moment - timedelta(milliseconds=1)),)),)
    return (Filter(key.name, "ge", (value,)),)


def _at_least(table: pa.Table, key: ColumnDef, value: Any) -> pa.Table:
    """Without what _from asked for too much."""
    if value is None or key.type != "time" or not table.num_rows:
        return table
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    column = table.column(key.name)
    return table.filter(pc.greater_equal(column, pa.scalar(moment, column.type)))


def _check(value: Any) -> None:
    if isinstance(value, int | float) and abs(value) > WHOLE:
        message = _("The numbers that tell new rows are too large to be told apart.")
        raise UserError(message, field="incremental_by", code="invalid_extract")


def _asked(
    source: Connection,
    shape: Definition,
    filters: tuple[Filter, ...],
    order: tuple[Order, ...],
    most: int,
    window: Window | None = None,
) -> pa.Table:
    """Up to `most` rows, and one more of them."""
    query = Query(
        dataset=shape.dataset_id,
        columns=tuple(each.name for each in shape.columns),
        time=shape.time_column or None if window else None,
        window=window,
        filters=filters,
        order=order,
        limit=most,
    )
    compiled = compile_query(query, shape, (), most=most)
    limits = Limits(PAGE_TIMEOUT_S, most + 1, PAGE_BYTES)
    found: pa.Table = connector(source.kind).run(source, compiled.sql, compiled.parameters, limits)
    return found


# -- by spans of time


def _from_prometheus(source: Connection, wanted: Wanted) -> Iterator[pa.Table]:
    shape = wanted.shape
    if not shape.time_column:
        raise UserError(_("Name the time column first."), field="dataset", code="invalid_extract")
    now = datetime.now(UTC)
    days = orjson.loads(shape.options).get("history_days", HISTORY_DAYS)
    start = now - timedelta(days=float(days))
    if wanted.watermark and wanted.by == shape.time_column:
        start = datetime.fromisoformat(wanted.watermark).replace(tzinfo=UTC)
    span = SPAN
    while start < now:
        window = Window(start, min(start + span, now))
        try:
            table = _asked(source, shape, (), (), settings.QUERY_MAX_ROWS, window)
        except TooLarge:
            table = None
        if table is not None and table.num_rows <= settings.QUERY_MAX_ROWS:
            yield table
            start, span = window.end, min(span * 2, SPAN)
        elif span <= SHORTEST:
            raise TooLarge(_("There are too many samples in one second."), field="dataset")
        else:
            span = max(span / 2, SHORTEST)


# -- by a web address' own pages


def _from_web(source: Connection, wanted: Wanted) -> Iterator[pa.Table]:
    shape = wanted.shape
    options = {"path": shape.relation, **orjson.loads(shape.options)}
    columns = [(each.name, each.type) for each in shape.columns]
    since = (
        wanted.watermark.replace(" ", "T") + "Z" if " " in wanted.watermark else wanted.watermark
    )
    statement = http.statement(options, columns, since)
    limits = Limits(
        settings.EXTRACT_TIMEOUT_S, settings.EXTRACT_MAX_ROWS, settings.EXTRACT_MAX_BYTES
    )
    for table in http.batches(source, statement, limits):
        if wanted.watermark:  # older rows are kept already
            column = table.column(wanted.by)
            edge: Any = (
                datetime.fromisoformat(wanted.watermark).replace(tzinfo=UTC)
                if pa.types.is_timestamp(column.type)
                else float(wanted.watermark)
            )
            kind = column.type if pa.types.is_timestamp(column.type) else pa.float64()
            table = table.filter(pc.greater_equal(column, pa.scalar(edge, kind)))
        yield table
