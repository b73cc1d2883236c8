"""Our own PostgreSQL, where streams live. Only compiled SQL comes here, never a person's."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pyarrow as pa
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.datasources.connectors.arrow import table_of
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.connectors.errors import SourceError, SourceRefused, SourceTimeout


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """Run on Django's own connection, in a transaction that carries the time limit."""
    try:
        with transaction.atomic():
            connection.ensure_connection()
            cursor = psycopg.RawCursor(connection.connection)
            limit = str(int(limits.timeout_s * 1000))
            cursor.execute("SELECT set_config('statement_timeout', $1, true)", [limit])
            cursor.execute(sql.encode(), parameters)
            names = [column.name for column in cursor.description or ()]
            return table_of(names, cursor.fetchall())
    except psycopg.errors.QueryCanceled as error:
        raise SourceTimeout(_("The store took too long. Choose a shorter range.")) from error
    except psycopg.errors.UndefinedTable as error:
        raise SourceRefused(_("The table of this stream is gone. Make the stream anew.")) from error
    except psycopg.Error as error:
        raise SourceError(_("The store does not answer. Try again in a moment.")) from error
