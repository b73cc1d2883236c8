"""What the connectors of cloud warehouses share. Their drivers are installed at wish only.

These drivers look up and connect by themselves, so the address cannot be pinned. Against DNS
rebinding each connector builds or checks its host so that it ends in the vendor's own domain,
where nobody else can make a name.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors import failures
from apps.datasources.connectors.base import Connection, Limits, Watch

logger = logging.getLogger(__name__)
CHECK_LIMITS = Limits(timeout_s=30, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=60, rows=20_000, bytes=20_000_000)
# Drivers carry out PUT and GET themselves, on files of this machine: nothing else may begin.
READS = re.compile(r"[\s(]*(SELECT|WITH|VALUES)\b", re.IGNORECASE)

NUMBERS = (
    *("INT", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT", "LONG", "SHORT", "NUM", "BIGNUM"),
    *("DEC", "BIGDEC", "FLOAT", "DOUBLE", "REAL", "FIXED"),
)


def driver(name: str) -> Any:
    """The driver's module. Raises SourceRefused where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise failures.missing_driver() from error


def checked_host(host: str, known: re.Pattern[str], field: str) -> str:
    """A host of the vendor, which is reachable. Raises UserError."""
    if not known.fullmatch(host):
        message = _("This is no host of the vendor. Copy it from the vendor's own page.")
        raise UserError(message, field=f"settings.{field}", code="invalid_source")
    addresses.reachable(host, 443)
    return host


def must_read(sql: str, limits: Limits) -> None:
    """Refuse what does not begin as a question."""
    if not READS.match(sql):
        raise failures.writes(limits)


def first_rows(batches: Iterable[Any], limits: Limits) -> pa.Table | None:
    """The first rows of Arrow batches or tables; None if there was not even an empty one."""
    kept: list[pa.Table] = []
    rows = size = 0
    for batch in batches:
        table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        rows, size = rows + table.num_rows, size + table.nbytes
        if size > limits.bytes:
            raise failures.too_large(limits)
        kept.append(_flat(table))
        if rows >= limits.rows:
            break
    return pa.concat_tables(kept).slice(0, limits.rows) if kept else None


@contextmanager
def failing(
    source: Connection,
    limits: Limits,
    watch: Watch,
    told: Callable[[Exception, Limits], UserError | None],
) -> Iterator[None]:
    """A driver's errors in our words. They come from many families, so all are taken."""
    try:
        with watch:
            yield
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch)
    except UserError:
        raise
    except Exception as error:
        logger.warning("source %s: %s", source.source_id, type(error).__name__)
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch) from error
        raise told(error, limits) or failures.broken_off() from error


def type_of(native: str) -> str:
    """Our type for a warehouse's word."""
    word = native.upper()
    if word.startswith(("DATE", "TIMESTAMP")):
        return "time"
    if word.startswith("BOOL"):
        return "boolean"
    is_span = word.startswith("INTERVAL")
    return "number" if word.startswith(NUMBERS) and not is_span else "text"


def arrow_type(kind: pa.DataType) -> str:
    """Our type for one of Arrow's."""
    types = pa.types
    if types.is_timestamp(kind) or types.is_date(kind):
        return "time"
    if types.is_boolean(kind):
        return "boolean"
    is_number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    return "number" if is_number else "text"


def _flat(table: pa.Table) -> pa.Table:
    """Lists, structs and bytes as text."""
    for place, field in enumerate(table.schema):
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            texts = [_text(value) for value in table.column(place).to_pylist()]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
    return table


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.hex() if isinstance(value, bytes) else str(value)
