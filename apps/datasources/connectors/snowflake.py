"""Somebody else's Snowflake. Only compiled against its driver, never run against the service.

Placeholders are ?. `relation` is "SCHEMA.TABLE" of the source's database. What the source may
read is decided by its role alone: Snowflake has no sessions that only read.
"""

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from cryptography.hazmat.primitives import serialization
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
    checked_host,
    driver,
    failing,
    first_rows,
    must_read,
    type_of,
)

SIGN_INS = ("token", "key", "password")
SETTINGS = (
    Setting("account", gettext_lazy("Account"), is_required=True, is_address=True),
    Setting("user", gettext_lazy("User"), is_required=True, is_address=True),
    Setting(
        "auth",
        gettext_lazy("Sign in by"),
        "choice",
        default="token",
        choices=SIGN_INS,
        is_address=True,
        help=gettext_lazy("A programmatic access token, a private key (PEM) or a password."),
    ),
    Setting("password", gettext_lazy("Token, key or password"), "secret"),
    Setting("warehouse", gettext_lazy("Warehouse"), is_required=True),
    Setting("dbname", gettext_lazy("Database"), is_required=True, is_address=True),
    Setting("schema", gettext_lazy("Schema"), default="PUBLIC"),
    Setting("role", gettext_lazy("Role")),
)
HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9-]+){0,3}\.snowflakecomputing\.com")
RELATIONS = """
SELECT table_schema || '.' || table_name AS "name",
       CASE WHEN table_type LIKE '%VIEW' THEN 'view' ELSE 'table' END AS "kind"
FROM information_schema.tables WHERE table_schema <> 'INFORMATION_SCHEMA' ORDER BY 1 LIMIT 20000
"""
COLUMNS = """
SELECT column_name AS "name", data_type AS "native" FROM information_schema.columns
WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position
"""
SIGN_IN = (250001, 390100, 390101, 390144, 390195, 390318, 394400)
TOO_LATE = (604, 630)
UNKNOWN = {2043: "dbname", 606: "warehouse"}  # 606: no warehouse is chosen or may be used
NO_RIGHT = (3001,)
NO_ANSWER = ("HYT00", "08001")  # SQL states: the time of the sign-in is over; no connection


def check_settings(details: dict[str, Any]) -> None:
    """Whether the account can be Snowflake's. Raises UserError."""
    checked_host(_host(details), HOST, "account")


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One statement that reads, on a session of its own."""
    must_read(sql, limits)
    session: list[Any] = []
    with failing(source, limits, Watch(limits, lambda: _abort(session)), _told):
        cursor = _cursor(source, limits, session)
        try:
            cursor.execute(sql, tuple(parameters), timeout=max(1, int(limits.timeout_s)))
            table = first_rows(cursor.fetch_arrow_batches(), limits)
            names = [column.name for column in cursor.description]
        finally:
            session[0].close()
    return table_of(names, []) if table is None else normal(table)


def check(source: Connection) -> None:
    """Sign in and ask for one row."""
    run(source, "SELECT CURRENT_WAREHOUSE(), CURRENT_SCHEMA()", [], CHECK_LIMITS)


def relations(source: Connection) -> list[Relation]:
    """Tables and views of the database that the role may see."""
    rows = run(source, RELATIONS, [], LIST_LIMITS).to_pylist()
    return [Relation(row["name"], row["kind"]) for row in rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of "SCHEMA.TABLE"."""
    schema, _dot, table = name.rpartition(".")
    schema = schema or str(source.settings.get("schema") or "PUBLIC")
    rows = run(source, COLUMNS, [schema, table], LIST_LIMITS).to_pylist()
    return [FoundColumn(row["name"], type_of(row["native"]), row["native"]) for row in rows]


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives, without running it."""
    must_read(sql, limits)
    names = driver("snowflake.connector.constants").FIELD_ID_TO_NAME
    session: list[Any] = []
    with failing(source, limits, Watch(limits, lambda: _abort(session)), _told):
        cursor = _cursor(source, limits, session)
        try:
            found = [(each.name, names[each.type_code]) for each in cursor.describe(sql)]
        finally:
            session[0].close()
    return [FoundColumn(name, type_of(native), native) for name, native in found]


def _cursor(source: Connection, limits: Limits, session: list[Any]) -> Any:
    details, seconds = source.settings, max(1, int(limits.timeout_s))
    try:
        checked_host(_host(details), HOST, "account")
    except UserError as error:
        raise SourceRefused(error.message, field="account") from error
    connection = driver("snowflake.connector").connect(
        account=str(details["account"]),
        user=str(details["user"]),
        warehouse=str(details.get("warehouse", "")),
        database=str(details.get("dbname", "")),
        schema=str(details.get("schema") or "PUBLIC"),
        role=str(details.get("role") or "") or None,
        paramstyle="qmark",
        login_timeout=15,
        network_timeout=seconds + 5,
        validate_default_parameters=True,
        session_parameters={
            "STATEMENT_TIMEOUT_IN_SECONDS": seconds,
            "ROWS_PER_RESULTSET": limits.rows,
            "TIMEZONE": "UTC",
            "WEEK_START": 1,
            "MULTI_STATEMENT_COUNT": 1,
            "QUERY_TAG": "sightline",
        },
        **_sign_in(str(details.get("auth") or "token"), source.secret),
    )
    session[:] = [connection, connection.cursor()]
    return session[1]


def _sign_in(kind: str, secret: str) -> dict[str, Any]:
    if kind == "password":
        return {"password": secret}
    if kind == "token":
        return {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "token": secret}
    try:
        key = serialization.load_pem_private_key(secret.encode(), None)
    except (ValueError, TypeError) as error:
        raise failures.wrong_password() from error
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {"private_key": private}


def _abort(session: list[Any]) -> None:
    if len(session) == 2 and session[1].sfqid:
        session[1].abort_query(session[1].sfqid)


def _host(details: Any) -> str:
    return f"{details.get('account', '')}.snowflakecomputing.com"


def _told(error: Exception, limits: Limits) -> UserError | None:
    number = getattr(error, "errno", None)
    if number in SIGN_IN:
        return failures.wrong_password()
    if number in TOO_LATE:
        return failures.late()
    if number in UNKNOWN and not limits.is_persons_sql:
        return failures.unknown(UNKNOWN[number])
    if number in NO_RIGHT:
        return failures.no_right("role")
    if getattr(error, "sqlstate", None) in NO_ANSWER:
        return failures.unreachable("account")
    if type(error).__name__ == "ProgrammingError":
        return failures.refused(limits, str(getattr(error, "raw_msg", "") or error))
    return None
