"""Somebody else's Trino, by its client protocol; version 418 or newer.

Placeholders are ?; the values go beside the statement by EXECUTE IMMEDIATE ... USING.
`relation` is "schema.table" of the source's catalog. Times without a zone are UTC.
A person's statement runs in a read-only transaction. What is late is cancelled by its own address.
Results are taken from the coordinator alone: a segment to be fetched elsewhere is refused.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import requests
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from requests.adapters import HTTPAdapter
from trino import exceptions
from trino.auth import BasicAuthentication, JWTAuthentication
from trino.client import ClientSession, TrinoQuery, TrinoRequest
from trino.transaction import NO_TRANSACTION

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors import failures
from apps.datasources.connectors.arrow import table_of
from apps.datasources.connectors.base import (
    Connection,
    FoundColumn,
    Limits,
    Relation,
    Setting,
    Watch,
)
from apps.datasources.connectors.dial import CONNECT_S, Line, first_answer, http_pool, line_to

logger = logging.getLogger(__name__)
PORT = 443
SIGN_INS = ("password", "jwt", "none")
SETTINGS = (
    Setting("host", gettext_lazy("Host"), is_required=True, is_address=True),
    Setting("port", gettext_lazy("Port"), "number", default=PORT, is_address=True),
    Setting("catalog", gettext_lazy("Catalog"), is_required=True, is_address=True),
    Setting("schema", gettext_lazy("Schema"), help=gettext_lazy("Empty: all of the catalog.")),
    Setting("user", gettext_lazy("User"), is_required=True, is_address=True),
    Setting(
        "auth",
        gettext_lazy("Sign in by"),
        "choice",
        default="password",
        choices=SIGN_INS,
        is_address=True,
    ),
    Setting("password", gettext_lazy("Password or token"), "secret"),
    Setting("tls", gettext_lazy("TLS"), "boolean", default=True, is_address=True),
)
CHECK_LIMITS = Limits(timeout_s=15, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=30, rows=20_000, bytes=20_000_000)
RELATIONS = """
SELECT table_schema || '.' || table_name AS name,
       CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS kind
FROM information_schema.tables
WHERE table_schema <> 'information_schema' AND (? = '' OR table_schema = ?)
ORDER BY 1 LIMIT 20000
"""
COLUMNS = """
SELECT column_name AS name, data_type AS native FROM information_schema.columns
WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position
"""
NUMBERS = ("tinyint", "smallint", "integer", "bigint", "real", "double", "decimal")
NO_DATABASE = {"CATALOG_NOT_FOUND": "catalog", "SCHEMA_NOT_FOUND": "schema"}
TOO_LATE = ("EXCEEDED_TIME_LIMIT", "USER_CANCELED", "ADMINISTRATIVELY_KILLED")
NO_RIGHT = ("PERMISSION_DENIED",)
WRITES = ("READ_ONLY_VIOLATION", "NOT_IN_TRANSACTION", "MULTI_CATALOG_WRITE_CONFLICT")
ENCODING = "X-Trino-Query-Data-Encoding"
# What the driver raises when a server talks nonsense.
NONSENSE = (AttributeError, LookupError, TypeError, ValueError)


class _Elsewhere(Exception):
    """The server names another place for its rows."""


class _Query(TrinoQuery):
    """A query whose rows come from the coordinator only."""

    def _to_segments(self, rows: Any) -> Any:
        raise _Elsewhere


class _Adapter(HTTPAdapter):
    """Carries a session's requests by one line, as they are: neither packed nor redirected."""

    def __init__(self, line: Line) -> None:
        self.line = line
        super().__init__(max_retries=0)

    def init_poolmanager(self, *_sizes: Any, **_options: Any) -> None:
        """The pool that goes nowhere else."""
        self.poolmanager = http_pool(self.line)

    def send(self, request: requests.PreparedRequest, *rest: Any, **options: Any) -> Any:
        """The answer, unless it is packed: unpacked it could be of any size."""
        request.headers.pop(ENCODING, None)  # asks for segments
        response = super().send(request, *rest, **options | {"stream": True})
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise ValueError("packed")
        return response


def check_settings(details: dict[str, Any]) -> None:
    """Whether a source may be at this host, and no password goes in clear. Raises UserError."""
    if details.get("auth") != "none" and not details.get("tls"):
        message = _("A password or token needs TLS. Switch it on, or sign in by “none”.")
        raise UserError(message, field="settings.tls", code="invalid_source")
    addresses.reachable(details["host"], details["port"])


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One statement that reads, page by page."""
    names, _types, rows = _asked(source, _bound(sql, parameters), limits)
    return table_of(names, rows)


def check(source: Connection) -> None:
    """Sign in and look into the catalog, and the schema if one is set."""
    schema = str(source.settings.get("schema") or "information_schema")
    asked = _bound("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", [schema])
    with first_answer():
        _names, _types, rows = _asked(source, asked, CHECK_LIMITS)
    if not rows:
        raise failures.unknown("schema")


def relations(source: Connection) -> list[Relation]:
    """Tables and views of the catalog, or of its one schema."""
    schema = str(source.settings.get("schema") or "")
    rows = run(source, RELATIONS, [schema, schema], LIST_LIMITS).to_pylist()
    return [Relation(row["name"], row["kind"]) for row in rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of "schema.table", or of a table of the source's schema."""
    schema, _dot, table = name.rpartition(".")
    schema = schema or str(source.settings.get("schema") or "default")
    rows = run(source, COLUMNS, [schema, table], LIST_LIMITS).to_pylist()
    return [FoundColumn(row["name"], _type(row["native"]), row["native"]) for row in rows]


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives; it is asked for no row."""
    asked = f"SELECT * FROM (\n{sql}\n) AS asked LIMIT 0"  # noqa: S608 - guarded by its caller
    names, types, _rows = _asked(source, asked, limits)
    return [
        FoundColumn(name, _type(native), native) for name, native in zip(names, types, strict=True)
    ]


def _asked(
    source: Connection, sql: str, limits: Limits
) -> tuple[list[str], list[str], list[list[Any]]]:
    """Names, types and the first rows of an answer."""
    line = line_to(source, PORT)
    line.begin(limits)
    asked: list[_Query] = []
    watch = Watch(limits, lambda: _interrupt(source, line, asked))
    with _failures(source, limits, watch, asked), watch:
        try:
            request = _request(source, line, limits)
            if limits.is_persons_sql:
                _begin(request)
            query = _Query(request, sql)
            asked.append(query)
            rows = _first_rows(query, limits)
            found = query.columns or []
            if limits.is_persons_sql:
                request.transaction_id = NO_TRANSACTION  # the server ends an idle one
        finally:
            line.cut()
            line.close()
    names = [column["name"] for column in found]
    return names, [column["type"] for column in found], rows


def _request(source: Connection, line: Line, limits: Limits) -> TrinoRequest:
    details = source.settings
    seconds = f"{max(1, math.ceil(limits.timeout_s))}s"
    session = ClientSession(
        user=str(details.get("user", "")),
        catalog=str(details.get("catalog", "")),
        schema=str(details.get("schema") or "") or None,
        source="sightline",
        timezone="UTC",
        transaction_id=NO_TRANSACTION,
        properties={"query_max_run_time": seconds, "query_max_execution_time": seconds},
    )
    return TrinoRequest(
        host=f"[{line.host}]" if ":" in line.host else line.host,
        port=line.port,
        client_session=session,
        http_session=_http(line),
        http_scheme="https" if details.get("tls", True) else "http",
        auth=_sign_in(source),
        max_attempts=1,
        request_timeout=(CONNECT_S, limits.timeout_s + CONNECT_S),  # the watch comes first
    )


def _http(line: Line) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc
    session.max_redirects = 0
    session.headers["Accept-Encoding"] = "identity"
    adapter = _Adapter(line)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _sign_in(source: Connection) -> Any:
    """Never without TLS."""
    kind = source.settings.get("auth") or "password"
    if kind == "none" or not source.settings.get("tls", True):
        return None
    if kind == "jwt":
        return JWTAuthentication(source.secret)
    return BasicAuthentication(str(source.settings.get("user", "")), source.secret)


def _begin(request: TrinoRequest) -> None:
    """What follows can only read."""
    response = request.post("START TRANSACTION READ ONLY")
    started = None
    while True:
        started = response.headers.get("X-Trino-Started-Transaction-Id") or started
        status = request.process(response)
        if not status.next_uri:
            break
        response = request.get(status.next_uri)
    if not started:
        raise ValueError("no transaction")
    request.transaction_id = started


def _first_rows(query: _Query, limits: Limits) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for row in query.execute():
        if query.update_type:  # a statement that changes something tells what
            raise failures.writes(limits)
        rows.append([_plain(value) for value in row])
        if len(rows) >= limits.rows:
            query.cancel()
            break
    if query.update_type:
        raise failures.writes(limits)
    return rows


def _interrupt(source: Connection, line: Line, asked: list[_Query]) -> None:
    """Free who waits, then have the server give the query up."""
    line.cut()
    address = asked[0]._request.next_uri if asked else None
    if not address:
        return
    second = line_to(source, PORT)
    session = _http(second)
    try:
        if sign_in := _sign_in(source):
            sign_in.set_http_session(session)
        headers = {"X-Trino-User": str(source.settings.get("user", ""))}
        session.delete(address, headers=headers, timeout=CONNECT_S)
    except (requests.RequestException, UserError, OSError, ValueError) as error:
        logger.info("source %s: no cancel: %s", source.source_id, type(error).__name__)
    finally:
        second.close()


@contextmanager
def _failures(
    source: Connection, limits: Limits, watch: Watch, asked: list[_Query]
) -> Iterator[None]:
    """The driver's errors in our words."""
    try:
        yield
    except UserError:
        raise
    except (
        exceptions.Error,
        exceptions.HttpError,
        requests.RequestException,
        _Elsewhere,
        OSError,
        *NONSENSE,
    ) as error:
        name = getattr(error, "error_name", None) or type(error).__name__
        logger.warning("source %s: %s", source.source_id, str(name)[:60])
        has_answered = bool(asked and asked[0].query_id)
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch) if has_answered else failures.silent() from error
        raise _failure(error, limits, has_answered) from error


def _failure(error: Exception, limits: Limits, has_answered: bool) -> UserError:
    if isinstance(error, exceptions.TrinoQueryError):
        return _query_failure(error, limits)
    if isinstance(error, exceptions.HttpError):
        status = str(error).removeprefix("error ")[:3]
        return {
            "401": failures.wrong_password,
            "403": failures.no_right,
            "429": failures.broken_off,
            "502": failures.broken_off,
            "503": failures.broken_off,
            "504": failures.broken_off,
        }.get(status, failures.silent)()
    causes = " ".join(type(each).__name__ for each in _chain(error))
    if "SSL" in causes:
        return failures.no_tls()
    if "NewConnectionError" in causes:
        return failures.unreachable()
    return failures.broken_off() if has_answered else failures.silent()


def _query_failure(error: exceptions.TrinoQueryError, limits: Limits) -> UserError:
    name = error.error_name or ""
    if name in NO_DATABASE and not limits.is_persons_sql:
        return failures.unknown(NO_DATABASE[name])
    if name in TOO_LATE:
        return failures.late()
    if name in NO_RIGHT:
        return failures.no_right()
    if name in WRITES:
        return failures.writes(limits)
    if error.error_type in ("USER_ERROR", "INSUFFICIENT_RESOURCES"):
        return failures.refused(limits, error.message)
    return failures.broken_off()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _bound(sql: str, parameters: Sequence[Any]) -> str:
    """The statement with its values beside it."""
    if not parameters:
        return sql
    statement = sql.replace("'", "''")
    values = ", ".join(_literal(value) for value in parameters)
    return f"EXECUTE IMMEDIATE '{statement}' USING {values}"


def _literal(value: Any) -> str:
    """A value as Trino writes it. There are no escapes in its texts but the doubled quote."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -(2**63) <= value < 2**63 else f"DECIMAL '{value}'"
    if isinstance(value, float):
        if math.isnan(value):
            return "nan()"
        if math.isinf(value):
            return "infinity()" if value > 0 else "-infinity()"
        return f"{value!r}E0" if "e" not in repr(value) else repr(value)
    if isinstance(value, Decimal):
        return f"DECIMAL '{value:f}'"
    if isinstance(value, datetime):
        aware = value.astimezone(UTC) if value.tzinfo else value
        zone = " UTC" if value.tzinfo else ""
        return f"TIMESTAMP '{aware:%Y-%m-%d %H:%M:%S}.{aware.microsecond:06d}{zone}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    text = str(value).replace("'", "''")
    return f"'{text}'"


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _type(native: str) -> str:
    plain = native.partition("(")[0].strip().lower()
    if plain == "date" or plain.startswith("timestamp"):
        return "time"
    if plain in NUMBERS:
        return "number"
    return "boolean" if plain == "boolean" else "text"
