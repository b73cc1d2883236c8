"""Our own PostgreSQL, where streams live. Only compiled SQL comes here, never a person's."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import psycopg
import pyarrow as pa
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.datasources.connectors.arrow import within
from apps.datasources.connectors.base import Connection, Limits, Watch
from apps.datasources.connectors.errors import (
    QueryCancelled,
    SourceError,
    SourceRefused,
    SourceTimeout,
)
from apps.datasources.connectors.postgresql import stream


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """Run on Django's own connection, in a transaction that carries the time limit.

    The server keeps the limit; it is our own, so only a person who cancels needs a watch.
    """
    connection.ensure_connection()
    own: Any = connection.connection
    watch = Watch(limits, own.cancel_safe) if limits.cancelled else nullcontext()
    try:
        with watch, transaction.atomic():
            limit = str(int(limits.timeout_s * 1000))
            with own.pipeline():  # in one trip with the BEGIN
                set_limit = "SELECT set_config('statement_timeout', $1, true)"
                psycopg.RawCursor(own).execute(set_limit, [limit])
            found = within(stream(own, sql, parameters), limits)
            transaction.set_rollback(True)  # nothing was written; and an answer cut short aborts it
            return found
    except psycopg.errors.QueryCanceled as error:
        if isinstance(watch, Watch) and watch.is_cancelled:
            raise QueryCancelled(_("The query was cancelled.")) from error
        raise SourceTimeout(_("The store took too long. Choose a shorter range.")) from error
    except psycopg.errors.UndefinedTable as error:
        raise SourceRefused(_("The table of this stream is gone. Make the stream anew.")) from error
    except psycopg.Error as error:
        raise SourceError(_("The store does not answer. Try again in a moment.")) from error
