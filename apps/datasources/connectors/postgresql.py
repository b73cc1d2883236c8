"""Somebody else's PostgreSQL or TimescaleDB."""

import logging
from collections.abc import Sequence
from typing import Any

import psycopg
import pyarrow as pa
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources import sources
from apps.datasources.connectors.arrow import table_of
from apps.datasources.connectors.errors import SourceError, SourceTimeout
from apps.datasources.models import Source

logger = logging.getLogger(__name__)
KEYS = ("host", "port", "dbname", "user", "sslmode")  # no service, passfile, options, key files


def run(source_id: int, sql: str, parameters: Sequence[Any], timeout_s: float) -> pa.Table:
    """One read-only statement on a connection of its own, which is closed afterwards."""
    source = Source.objects.get(pk=source_id)
    try:
        with _connect(source, timeout_s) as connection:
            cursor = psycopg.RawCursor(connection)
            # prepare: the extended protocol takes one statement only
            cursor.execute(sql.encode(), parameters, prepare=True)
            names = [column.name for column in cursor.description or ()]
            return table_of(names, cursor.fetchall())
    except psycopg.errors.QueryCanceled as error:
        raise SourceTimeout(_("The source took too long. Choose a shorter range.")) from error
    except psycopg.OperationalError as error:
        logger.warning("source %s does not answer: %s", source_id, type(error).__name__)
        raise SourceError(_("The source does not answer. Check that it runs.")) from error
    except psycopg.Error as error:
        logger.warning("source %s refused a query: %s", source_id, error.sqlstate)
        message = _("The source refused the query. Its tables may have changed.")
        raise SourceError(message) from error


def _connect(source: Source, timeout_s: float) -> psycopg.Connection[Any]:
    details = {key: source.settings[key] for key in KEYS if source.settings.get(key)}
    if str(details.get("host", "")).startswith("/"):
        raise SourceError(_("Name the host of the source, not a folder."))
    try:  # the address that is checked is the one that is connected to
        addresses = sources.reachable(str(details.get("host", "")), int(details.get("port", 5432)))
    except UserError as error:
        raise SourceError(error.message) from error
    milliseconds = int(timeout_s * 1000)
    return psycopg.connect(
        **details,
        hostaddr=addresses[0],
        password=source.password(),
        connect_timeout=5,
        autocommit=True,
        application_name="sightline",
        options=f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}",
    )
