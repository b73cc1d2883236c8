"""A person's SQL on uploaded files: an engine of its own for each run, thrown away afterwards.

Charts share one engine for each process; a statement that sorts a million rows ten times over must
take neither its memory nor its threads. Locked like that one: it reads the upload folder alone.
"""

import re
from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from apps.datasources.connectors.arrow import normal
from apps.datasources.connectors.base import Limits, Watch
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

MEMORY_LIMIT = "512MB"
PART = 10_000  # rows that are fetched together


def run(sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """As a connector's run, and DuckDB's own words about a person's mistake."""
    engine = _engine()
    watch = Watch(limits, engine.interrupt)
    try:
        with watch:
            return _fetched(engine.sql(sql, params=list(parameters)), limits)
    except duckdb.InterruptException as error:
        if watch.is_cancelled:
            raise QueryCancelled(_("The query was cancelled.")) from error
        raise SourceTimeout(_("This took too long. Ask for less at once.")) from error
    except duckdb.OutOfMemoryException as error:
        message = _("This takes too much memory. Ask for fewer columns, rows or groups.")
        raise SourceTooLarge(message) from error
    except duckdb.IOException as error:
        raise SourceRefused(_("The uploaded file is gone. Upload it again.")) from error
    except duckdb.Error as error:
        raise QueryRefused(_told(error), field="sql") from error
    finally:
        engine.close()


def _fetched(relation: Any, limits: Limits) -> pa.Table:
    """At most so many rows and bytes, as they come."""
    if relation is None:
        raise QueryRefused(_("This gives no rows."), field="sql")
    parts: list[pa.RecordBatch] = []
    rows = size = 0
    reader = relation.to_arrow_reader(PART)
    for part in reader:
        parts.append(part.slice(0, limits.rows - rows))
        rows += parts[-1].num_rows
        size += part.nbytes
        if size > limits.bytes:
            message = _("The answer has more than %(mb)d MB. Ask for fewer columns or rows.")
            raise SourceTooLarge(message % {"mb": limits.bytes // 1_000_000})
        if rows >= limits.rows:
            break
    return normal(pa.Table.from_batches(parts, reader.schema))


def _told(error: duckdb.Error) -> str:
    """The first sentence: what follows shows the statement, with our files' names in it."""
    text = str(error).partition("\n\nLINE ")[0].strip()
    text = re.sub(r"^(Binder|Parser|Catalog|Conversion|Invalid Input) Error: ", "", text)
    return re.sub(r"'?/[^\s']*'?", "…", text.partition("\n\n")[0])[:400]


def _engine() -> duckdb.DuckDBPyConnection:
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    engine = duckdb.connect(":memory:")
    folder = str(settings.UPLOADS).replace("'", "''")
    for name, value in {
        "memory_limit": f"'{MEMORY_LIMIT}'",
        "threads": "1",
        "TimeZone": "'UTC'",
        "python_enable_replacements": "false",
        "allowed_directories": f"['{folder}']",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }.items():
        engine.execute(f"SET {name} = {value}")
    return engine
