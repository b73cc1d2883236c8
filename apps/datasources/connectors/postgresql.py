"""Somebody else's PostgreSQL or TimescaleDB."""

import logging
import os
import re
import select
import socket
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import Any

import psycopg
import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.pq import TransactionStatus

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors import failures
from apps.datasources.connectors.arrow import DATE, FEWEST_ROWS, TIME, parts, within
from apps.datasources.connectors.base import (
    Connection,
    FoundColumn,
    Limits,
    Relation,
    Setting,
    Watch,
)
from apps.datasources.connectors.errors import (
    QueryCancelled,
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceSlow,
    SourceTimeout,
)
from apps.datasources.connectors.pool import Pool

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
  AND n.nspname NOT LIKE '\\_timescaledb%' AND n.nspname NOT LIKE 'timescaledb\\_%'
  AND n.nspname NOT LIKE 'pg\\_t%'
  AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1 LIMIT 20000
"""
COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS native
FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
GRACE_S = 1.0  # the server gets so much longer to keep the limit by itself
TYPES = {
    16: pa.bool_(),
    **dict.fromkeys((20, 21, 23, 26), pa.int64()),
    **dict.fromkeys((700, 701, 1700), pa.float64()),
    **dict.fromkeys((1114, 1184), TIME),
    1082: DATE,
    **dict.fromkeys((18, 19, 25, 1042, 1043, 114, 3802, 2950), pa.string()),
}  # by type number; all else by its values
NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision", "oid", "money")


def check_settings(details: dict[str, Any]) -> None:
    """Whether a source may be at this host. Raises UserError."""
    addresses.reachable(details["host"], details["port"])


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One read-only statement, on a connection that waited for it or on a new one.

    A person's own SQL gets a new one that is closed afterwards, since it may change its session.
    """
    pooled = None if limits.is_persons_sql else _waiting(source, limits)
    if pooled:
        try:
            return _run_on(pooled, source, sql, parameters, limits)
        except _Lost:
            logger.info("source %s had closed a connection", source.source_id)
    try:
        return _run_on(_connect(source, limits.timeout_s), source, sql, parameters, limits)
    except psycopg.OperationalError as error:
        raise _does_not_answer(source, error) from error


class _Lost(psycopg.OperationalError):
    """The connection broke before anything came."""


def _run_on(
    connection: psycopg.Connection[Any],
    source: Connection,
    sql: str,
    parameters: Sequence[Any],
    limits: Limits,
) -> pa.Table:
    """Run, and let the connection wait for the next query if it is as good as before."""
    watch = Watch(replace(limits, timeout_s=limits.timeout_s + GRACE_S), partial(_cut, connection))
    is_good = False
    try:
        with watch:
            table = within(stream(connection, sql, parameters), limits)
        is_good = True
        return table
    except psycopg.Error as error:
        is_good = not (connection.broken or watch.is_late or watch.is_cancelled)
        raise _told(source, error, watch, limits) from error
    finally:
        is_idle = connection.info.transaction_status == TransactionStatus.IDLE
        if is_good and is_idle and not limits.is_persons_sql:
            _pool.put(connection, source, limits.timeout_s)
        else:
            _close(connection)


def stream(
    connection: psycopg.Connection[Any], sql: str, parameters: Sequence[Any]
) -> Generator[pa.Table, None, None]:
    """The answer in parts, as they come: what is behind a limit is never fetched.

    The extended protocol that it uses takes one statement only.
    """
    cursor = psycopg.RawCursor(connection)
    rows: Any = cursor.stream(sql.encode(), parameters, size=FEWEST_ROWS)
    with closing(rows):
        first = list(islice(rows, 1))  # then the columns are known, if there is a row
        rest = chain(first, rows)
        if cursor.description is None:
            nothing = f"SELECT * FROM (\n{sql.rstrip().rstrip(';')}\n) AS asked LIMIT 0"  # noqa: S608 - the same statement
            cursor.execute(nothing.encode(), parameters, prepare=True)
        described = cursor.description or ()
        types = [TYPES.get(column.type_code) for column in described]
        names = [column.name for column in described]
        yield from parts(lambda count: list(islice(rest, count)), names, types)


def _told(source: Connection, error: psycopg.Error, watch: Watch, limits: Limits) -> Exception:
    """The failure in our words."""
    if watch.is_cancelled:
        return QueryCancelled(_("The query was cancelled."))
    if watch.is_late:
        return SourceTimeout(_("The source took too long. Choose a shorter range."))
    if isinstance(error, psycopg.errors.QueryCanceled):
        return SourceSlow(_("The source took too long. Choose a shorter range."))
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return _Lost(str(error))
    if isinstance(error, psycopg.OperationalError):
        return _does_not_answer(source, error)
    logger.warning("source %s refused a query: %s", source.source_id, error.sqlstate)
    if limits.is_persons_sql:
        return QueryRefused(error.diag.message_primary or str(error), field="sql")
    return SourceRefused(_("The source refused the query. Its tables may have changed."))


def _does_not_answer(source: Connection, error: psycopg.Error) -> SourceError:
    logger.warning("source %s does not answer: %s", source.source_id, type(error).__name__)
    return SourceError(_("The source does not answer. Check that it runs."))


def _why(error: SourceError) -> SourceError:
    """Which setting is to blame. libpq gives no code for that, so its English words count."""
    words = str(error.__cause__)
    if "authentication failed" in words or "no password supplied" in words:
        return failures.wrong_password()
    if re.search(r'database ".*" does not exist|permission denied for database', words):
        return failures.unknown("dbname")
    if "no pg_hba.conf entry" in words or "does not support SSL" in words:
        return failures.no_tls("sslmode")
    if re.search("timeout expired|invalid response|closed the connection", words):
        return failures.silent()
    if re.search("refused|unreachable|No route", words):
        return failures.unreachable()
    return error


def _waiting(source: Connection, limits: Limits) -> psycopg.Connection[Any] | None:
    """An idle connection that the server has not closed meanwhile."""
    while connection := _pool.take(source, limits.timeout_s):
        said, _write, _other = select.select([connection.fileno()], [], [], 0)
        if not said:
            return connection  # type: ignore[no-any-return]
        _close(connection)
    return None


def _cut(connection: psycopg.Connection[Any]) -> None:
    """Have the server stop, then hang up: a server that hangs hears neither."""
    try:
        descriptor = os.dup(connection.fileno())
    except (psycopg.Error, OSError):
        return  # it is closed
    with socket.socket(fileno=descriptor) as peer, suppress(psycopg.Error, OSError):
        try:
            connection.cancel_safe(timeout=GRACE_S)
        finally:
            peer.shutdown(socket.SHUT_RDWR)


def _close(connection: psycopg.Connection[Any]) -> None:
    with suppress(psycopg.Error, OSError):
        connection.close()


_pool = Pool(_close)


def check(source: Connection) -> None:
    """Sign in and ask for one row."""
    try:
        run(source, "SELECT 1", [], CHECK_LIMITS)
    except SourceError as error:
        raise _why(error) from error


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
        keepalives_idle=30,
        keepalives_interval=5,
        keepalives_count=3,
        options=f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}"
        " -c timezone=UTC",
    )
