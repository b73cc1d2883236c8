"""Somebody else's Databricks SQL. Only compiled against its driver, never run against the service.

Placeholders are ?. `relation` is "schema.table" of the source's catalog. Spark is reached through a
Databricks warehouse or cluster; the driver does not speak to a Spark of one's own. What the source
may read is decided by the rights of its token.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.connectors import failures
from apps.datasources.connectors.arrow import normal, table_of
from apps.datasources.connectors.base import (
    Connection,
    FoundColumn,
    Limits,
    Relation,
    Setting,
    Watch,
)
from apps.datasources.connectors.errors import SourceRefused
from apps.datasources.connectors.warehouses import (
    CHECK_LIMITS,
    LIST_LIMITS,
    arrow_type,
    checked_host,
    driver,
    failing,
    first_rows,
    must_read,
    type_of,
)

SETTINGS = (
    Setting("host", gettext_lazy("Server hostname"), is_required=True, is_address=True),
    Setting("http_path", gettext_lazy("HTTP path"), is_required=True, is_address=True),
    Setting("catalog", gettext_lazy("Catalog"), default="main", is_address=True),
    Setting("schema", gettext_lazy("Schema"), default="default"),
    Setting("password", gettext_lazy("Access token"), "secret"),
)
HOST = re.compile(
    r"([a-z0-9-]+\.){1,3}(databricks\.com|databricks\.us|azuredatabricks\.net|databricks\.azure\.cn)",
    re.IGNORECASE,
)
BATCH = 5000
RELATIONS = """
SELECT concat(table_schema, '.', table_name) AS name,
       CASE WHEN table_type LIKE '%VIEW' THEN 'view' ELSE 'table' END AS kind
FROM information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1 LIMIT 20000
"""
COLUMNS = """
SELECT column_name AS name, full_data_type AS native FROM information_schema.columns
WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position
"""


def check_settings(details: dict[str, Any]) -> None:
    """Whether the host is Databricks'. Raises UserError."""
    checked_host(str(details.get("host", "")), HOST, "host")


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One statement that reads, on a session of its own."""
    must_read(sql, limits)
    session: list[Any] = []
    with failing(source, limits, Watch(limits, lambda: _cancel(session)), _told):
        cursor = _cursor(source, limits, session)
        try:
            cursor.execute(sql, list(parameters) or None)
            table = first_rows(_batches(cursor, limits), limits)
            names = [column[0] for column in cursor.description or ()]
        finally:
            session[0].close()
    return table_of(names, []) if table is None else normal(table)


def check(source: Connection) -> None:
    """Sign in and ask for one row."""
    run(source, "SELECT current_catalog(), current_schema()", [], CHECK_LIMITS)


def relations(source: Connection) -> list[Relation]:
    """Tables and views of the catalog that the token may see."""
    rows = run(source, RELATIONS, [], LIST_LIMITS).to_pylist()
    return [Relation(row["name"], row["kind"]) for row in rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of "schema.table"."""
    schema, _dot, table = name.rpartition(".")
    schema = schema or str(source.settings.get("schema") or "default")
    rows = run(source, COLUMNS, [schema, table], LIST_LIMITS).to_pylist()
    return [FoundColumn(row["name"], type_of(row["native"]), row["native"]) for row in rows]


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives; it is asked for no row."""
    asked = f"SELECT * FROM (\n{sql}\n) AS asked LIMIT 0"  # noqa: S608 - guarded by its caller
    table = run(source, asked, [], limits)
    return [FoundColumn(field.name, arrow_type(field.type)) for field in table.schema]


def _cursor(source: Connection, limits: Limits, session: list[Any]) -> Any:
    details = source.settings
    try:
        host = checked_host(str(details.get("host", "")), HOST, "host")
    except UserError as error:
        raise SourceRefused(error.message, field="host") from error
    connection = driver("databricks.sql").connect(
        server_hostname=host,
        http_path=str(details.get("http_path", "")),
        access_token=source.secret,
        catalog=str(details.get("catalog") or "main"),
        schema=str(details.get("schema") or "default"),
        session_configuration={
            "TIMEZONE": "UTC",
            "STATEMENT_TIMEOUT": str(max(1, int(limits.timeout_s))),
        },
        use_cloud_fetch=False,  # rows come from this host only
        enable_telemetry=False,
        user_agent_entry="sightline",
        _socket_timeout=limits.timeout_s + 5,
        _retry_stop_after_attempts_duration=limits.timeout_s,
    )
    session[:] = [connection, connection.cursor()]
    return session[1]


def _batches(cursor: Any, limits: Limits) -> Iterator[pa.Table]:
    while True:
        table = cursor.fetchmany_arrow(min(BATCH, limits.rows))
        yield table
        if table.num_rows == 0:
            return


def _cancel(session: list[Any]) -> None:
    if len(session) == 2:
        session[1].cancel()


def _told(error: Exception, limits: Limits) -> UserError | None:
    kind, context = type(error).__name__, getattr(error, "context", None) or {}
    status = context.get("http-code") if isinstance(context, dict) else None
    if status in (401, 403):
        return failures.wrong_password()
    if status == 404:
        return failures.unknown("http_path")
    words = str(getattr(error, "message", None) or error)
    if "PERMISSION" in words or "INSUFFICIENT" in words:
        return failures.no_right("password")
    if "NO_SUCH_CATALOG" in words or "SCHEMA_NOT_FOUND" in words:
        return failures.unknown("catalog")
    if kind in ("RequestError", "MaxRetryDurationError", "NonRecoverableNetworkError"):
        return failures.unreachable()
    if kind == "ServerOperationError":
        return failures.refused(limits, words.partition("JVM stacktrace")[0])
    return None
