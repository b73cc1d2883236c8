"""Somebody else's PostgreSQL or TimescaleDB."""

import logging
from collections.abc import Sequence
from typing import Any

import psycopg
import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors.arrow import table_of
from apps.datasources.connectors.base import Connection, FoundColumn, Limits, Relation, Setting
from apps.datasources.connectors.errors import (
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
)

logger = logging.getLogger(__name__)
SSL_MODES = ("disable", "allow", "prefer", "require")  # the others name files
SETTINGS = (
    Setting("host", gettext_lazy("Host"), is_required=True, is_address=True),
    Setting("port", gettext_lazy("Port"), "number", default=5432, is_address=True),
    Setting("dbname", gettext_lazy("Database"), is_required=True, is_address=True),
    Setting("user", gettext_lazy("User"), is_required=True, is_address=True),
    Setting("password", gettext_lazy("Password"), "secret"),
    Setting("sslmode", gettext_lazy("TLS"), "choice", default="prefer", choices=SSL_MODES),
)
CHECK_LIMITS = Limits(timeout_s=10, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=20, rows=20_000, bytes=20_000_000)
RELATIONS = """
SELECT n.nspname || '.' || c.relname AS name,
       CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE '\\_timescaledb%' AND n.nspname NOT LIKE 'pg\\_t%'
  AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1 LIMIT 20000
"""
COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS native
FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision", "oid", "money")


def check_settings(details: dict[str, Any]) -> None:
    """Whether a source may be at this host. Raises UserError."""
    addresses.reachable(details["host"], details["port"])


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One read-only statement on a connection of its own, which is closed afterwards."""
    try:
        with _connect(source, limits.timeout_s) as connection:
            cursor = psycopg.RawCursor(connection)
            # prepare: the extended protocol takes one statement only
            cursor.execute(sql.encode(), parameters, prepare=True)
            names = [column.name for column in cursor.description or ()]
            return table_of(names, cursor.fetchall())
    except psycopg.errors.QueryCanceled as error:
        raise SourceTimeout(_("The source took too long. Choose a shorter range.")) from error
    except psycopg.OperationalError as error:
        logger.warning("source %s does not answer: %s", source.source_id, type(error).__name__)
        raise SourceError(_("The source does not answer. Check that it runs.")) from error
    except psycopg.Error as error:
        logger.warning("source %s refused a query: %s", source.source_id, error.sqlstate)
        if limits.is_persons_sql:
            raise QueryRefused(error.diag.message_primary or str(error), field="sql") from error
        message = _("The source refused the query. Its tables may have changed.")
        raise SourceRefused(message) from error


def check(source: Connection) -> None:
    """Sign in and ask for one row."""
    run(source, "SELECT 1", [], CHECK_LIMITS)


def relations(source: Connection) -> list[Relation]:
    """Tables and views that the source's user may read."""
    rows = run(source, RELATIONS, [], LIST_LIMITS).to_pylist()
    return [Relation(row["name"], row["kind"]) for row in rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of "schema.table"."""
    schema, _dot, table = name.rpartition(".")
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, table) if part)
    rows = run(source, COLUMNS, [quoted], LIST_LIMITS).to_pylist()
    return [FoundColumn(row["name"], _type(row["native"]), row["native"]) for row in rows]


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives, without running it."""
    asked = f"SELECT * FROM ({sql}) AS asked LIMIT 0"  # noqa: S608 - guarded by its caller
    try:
        with _connect(source, limits.timeout_s) as connection:
            cursor = psycopg.RawCursor(connection)
            cursor.execute(asked.encode(), [], prepare=True)
            names = connection.adapters.types
            found = []
            for column in cursor.description or ():
                info = names.get(column.type_code)
                native = info.regtype if info else "text"
                found.append(FoundColumn(column.name, _type(native), native))
            return found
    except psycopg.OperationalError as error:
        raise SourceError(_("The source does not answer. Check that it runs.")) from error
    except psycopg.Error as error:
        raise QueryRefused(error.diag.message_primary or str(error), field="sql") from error


def _type(native: str) -> str:
    plain = native.partition("(")[0].strip()
    if plain in NUMBERS:
        return "number"
    if plain.startswith("timestamp") or plain == "date":
        return "time"
    return "boolean" if plain == "boolean" else "text"


def _connect(source: Connection, timeout_s: float) -> psycopg.Connection[Any]:
    names = [each.name for each in SETTINGS if each.kind != "secret"]
    details = {name: source.settings[name] for name in names if source.settings.get(name)}
    if str(details.get("host", "")).startswith("/"):
        raise SourceError(_("Name the host of the source, not a folder."))
    try:  # the address that is checked is the one that is connected to
        found = addresses.reachable(str(details.get("host", "")), int(details.get("port", 5432)))
    except UserError as error:
        raise SourceRefused(error.message, field="host") from error
    milliseconds = int(timeout_s * 1000)
    return psycopg.connect(
        **details,
        hostaddr=found[0],
        password=source.secret,
        connect_timeout=5,
        autocommit=True,
        application_name="sightline",
        options=f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}",
    )
