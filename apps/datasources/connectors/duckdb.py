"""Uploaded files, kept as Parquet and asked by DuckDB inside this process.

The engine can read the upload folder and nothing else: no other file, no network, no extension,
and the lock is thrown before the first query.
"""

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from apps.datasources.connectors.arrow import normal
from apps.datasources.connectors.base import Connection, Limits, Watch
from apps.datasources.connectors.errors import QueryCancelled, SourceRefused, SourceTimeout

MEMORY_LIMIT = "1GB"
THREADS = 2


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """Run on a cursor of this process' engine; a watchdog interrupts it at the limit."""
    cursor = _engine(os.getpid()).cursor()
    watch = Watch(limits, cursor.interrupt)
    try:
        with watch:
            return normal(cursor.sql(sql, params=list(parameters)).to_arrow_table())
    except duckdb.InterruptException as error:
        if watch.is_cancelled:
            raise QueryCancelled(_("The query was cancelled.")) from error
        raise SourceTimeout(_("This file took too long. Choose a shorter range.")) from error
    except duckdb.IOException as error:
        raise SourceRefused(_("The uploaded file is gone. Upload it again.")) from error
    except duckdb.Error as error:
        message = _("The uploaded file does not fit its dataset any more. Upload it again.")
        raise SourceRefused(message) from error
    finally:
        cursor.close()


@cache
def _engine(pid: int) -> duckdb.DuckDBPyConnection:
    """One engine per process; the process id keeps a forked child from using its parent's."""
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    engine = duckdb.connect(":memory:")
    engine.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    engine.execute(f"SET threads = {THREADS}")
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute("SET enable_object_cache = true")
    folder = str(settings.UPLOADS).replace("'", "''")
    engine.execute(f"SET allowed_directories = ['{folder}']")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine
