"""Somebody else's MySQL or MariaDB.

Placeholders are %s, filled in by the driver; any other % of a statement is written %%. Only in
what a person wrote, and without parameters, it stands for itself. `relation` is a table's name,
or "database.table".
Sessions read only, in UTC, and take one statement at a time; the server ends a statement at its
limit, and a second connection kills it where the server does not.
"""

import logging
import ssl
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pymysql
from django.utils.translation import gettext_lazy
from pymysql.constants import CR, ER
from pymysql.cursors import SSCursor

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors import failures, mysql_types, mysql_words
from apps.datasources.connectors.arrow import table_of
from apps.datasources.connectors.base import (
    Connection,
    FoundColumn,
    Limits,
    Relation,
    Setting,
    Watch,
)
from apps.datasources.connectors.dial import CONNECT_S, Idle, Line, first_answer, line_to

logger = logging.getLogger(__name__)
PORT = 3306
TLS = ("prefer", "require", "verify", "disable")
SETTINGS = (
    Setting("host", gettext_lazy("Host"), is_required=True, is_address=True),
    Setting("port", gettext_lazy("Port"), "number", default=PORT, is_address=True),
    Setting("dbname", gettext_lazy("Database"), is_required=True, is_address=True),
    Setting("user", gettext_lazy("User"), is_required=True, is_address=True),
    Setting("password", gettext_lazy("Password"), "secret"),
    Setting(
        "tls",
        gettext_lazy("TLS"),
        "choice",
        default="prefer",
        choices=TLS,
        is_address=True,
    ),
)
CHECK_LIMITS = Limits(timeout_s=8, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=20, rows=20_000, bytes=20_000_000)
BATCH = 2000
RELATIONS = """
SELECT table_name AS name, CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END AS kind
FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1 LIMIT 20000
"""
COLUMNS = """
SELECT column_name AS name, column_type AS native FROM information_schema.columns
WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE()) AND table_name = %s
ORDER BY ordinal_position
"""
SIGN_IN = (ER.ACCESS_DENIED_ERROR, 1698, 1862)  # 1862: the password has expired
NO_DATABASE = (ER.BAD_DB_ERROR, ER.DBACCESS_DENIED_ERROR)
NO_ROUTINE = 1370  # a function that is not there, or not for this user
NO_RIGHT = (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR, NO_ROUTINE)
TOO_LATE = (1317, 1969, 3024)  # interrupted; MariaDB's limit; MySQL's
NO_TLS = (CR.CR_SSL_CONNECTION_ERROR, 3159)  # 3159: the server insists on encryption
LOST = (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, CR.CR_CONN_HOST_ERROR)
# What the driver raises when a server talks nonsense.
NONSENSE = (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class _TooLarge(Exception):
    """More bytes came than the answer may have."""


class _NeedsTls:
    """Stands in for the plugins that would send the password as it is."""

    def __init__(self, connection: "_Session") -> None:
        self.connection = connection

    def authenticate(self, packet: Any) -> Any:
        if not self.connection._secure:
            raise pymysql.OperationalError(CR.CR_SSL_CONNECTION_ERROR, "clear password")
        self.connection.write_packet(self.connection.password + b"\0")
        return self.connection._read_packet()


class _Session(pymysql.connections.Connection):
    """A connection that counts what it reads, with the line it speaks by."""

    line: Line
    bytes_left = 1_000_000  # for the greeting and the sign-in
    timeout_s = 0.0  # what the server knows of

    def _read_bytes(self, num_bytes: int) -> bytes:
        self.bytes_left -= num_bytes
        if self.bytes_left < 0:
            raise _TooLarge
        data: bytes = super()._read_bytes(num_bytes)
        return data

    def end(self) -> None:
        """Close without a word: a polite end would first read all rows that are left."""
        if self._result:
            self._result.unbuffered_active = False
        self._force_close()
        self.line.cut()
        self.line.close()


IDLE: Idle[_Session] = Idle(_Session.end)


def check_settings(details: dict[str, Any]) -> None:
    """Whether a source may be at this host. Raises UserError."""
    addresses.reachable(details["host"], details["port"])


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One read-only statement; a person's on a connection that is closed afterwards."""
    is_plain = limits.is_persons_sql and not parameters
    names, codes, rows = _asked(source, sql, None if is_plain else parameters, limits)
    return table_of(names, mysql_types.as_told(codes, rows))


def check(source: Connection) -> None:
    """Sign in and ask for one row."""
    with first_answer():
        run(source, "SELECT 1", [], CHECK_LIMITS)


def relations(source: Connection) -> list[Relation]:
    """Tables and views of the database that the source's user may read."""
    rows = run(source, RELATIONS, [], LIST_LIMITS).to_pylist()
    return [Relation(row["name"], row["kind"]) for row in rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of "table" or "database.table"."""
    database, _dot, table = name.rpartition(".")
    rows = run(source, COLUMNS, [database, table], LIST_LIMITS).to_pylist()
    return [
        FoundColumn(row["name"], mysql_types.type_named(row["native"]), row["native"])
        for row in rows
    ]


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives; it is asked for no row."""
    asked = f"SELECT * FROM (\n{sql}\n) AS asked LIMIT 0"  # noqa: S608 - guarded by its caller
    names, codes, _rows = _asked(source, asked, None, limits)
    return [
        FoundColumn(name, mysql_types.type_of(*code), mysql_types.word_of(code[0]))
        for name, code in zip(names, codes, strict=True)
    ]


def _asked(
    source: Connection, sql: str, parameters: Sequence[Any] | None, limits: Limits
) -> tuple[list[str], list[tuple[int, int]], list[tuple[Any, ...]]]:
    """Names, (type, width) and the first rows of an answer."""
    kept = None if limits.is_persons_sql else _kept(source, limits.timeout_s)
    line = kept.line if kept else line_to(source, PORT)
    kill: list[int] = []
    watch = Watch(limits, lambda: _interrupt(source, line, kill))
    session = None
    try:
        with _failures(source, limits, watch, kill), watch:
            session = kept or _connect(source, line, limits.timeout_s)
            kill.append(session.thread_id())
            if limits.is_persons_sql:
                session.query("START TRANSACTION READ ONLY")
            session.bytes_left = limits.bytes
            cursor = session.cursor(SSCursor)
            values = (
                None
                if parameters is None
                else tuple(mysql_types.bound(each) for each in parameters)
            )
            cursor.execute(sql, values)
            rows: list[tuple[Any, ...]] = []
            while len(rows) < limits.rows:
                batch = cursor.fetchmany(min(BATCH, limits.rows - len(rows)))
                if not batch:
                    break
                rows += batch
            description = cursor.description or ()
            is_read = len(rows) < limits.rows or cursor.fetchone() is None
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch)  # SLEEP() and BENCHMARK() end without an error
        if is_read and not limits.is_persons_sql:
            IDLE.give(source, session)
            session = None
    finally:
        if session:
            session.end()
        elif not kill:  # it did not come to one
            line.close()
    names = [item[0] for item in description]
    return names, [(item[1], item[3] or 0) for item in description], rows


def _kept(source: Connection, timeout_s: float) -> _Session | None:
    """A session that has just answered and still does."""
    session = IDLE.take(source)
    if session is None:
        return None
    session.bytes_left, session._read_timeout = 1_000_000, CONNECT_S
    try:
        session.ping()
        _limit(session, timeout_s)
    except (pymysql.Error, OSError, struct.error, _TooLarge, *NONSENSE):
        session.end()
        return None
    return session


def _limit(session: _Session, timeout_s: float) -> None:
    """Have the server end each statement at its time."""
    if session.timeout_s != timeout_s:
        is_mariadb = "mariadb" in session.get_server_info().lower()
        limit = f"max_statement_time = {timeout_s:.3f}"
        if not is_mariadb:
            limit = f"max_execution_time = {int(timeout_s * 1000)}"
        session.query(f"SET SESSION time_zone = '+00:00', {limit}")
        session.timeout_s = timeout_s
    # The watch is first, unless its thread is dead.
    session._read_timeout = timeout_s + CONNECT_S


def _connect(source: Connection, line: Line, timeout_s: float) -> _Session:
    details = source.settings
    session = _Session(
        host=line.host,
        port=line.port,
        user=str(details.get("user", "")),
        password=source.secret.encode(),
        database=str(details.get("dbname", "")),
        charset="utf8mb4",
        sql_mode="",  # so that a backslash and a double quote mean what they are taken for
        autocommit=True,
        local_infile=False,
        read_timeout=CONNECT_S,
        write_timeout=CONNECT_S,
        program_name="sightline",
        conv=mysql_types.CONVERSIONS,
        auth_plugin_map={"mysql_clear_password": _NeedsTls, "dialog": _NeedsTls},
        defer_connect=True,
        **_tls(str(details.get("tls") or "prefer")),
    )
    session.line = line
    session.connect(line.open())
    session.query("SET SESSION TRANSACTION READ ONLY")
    _limit(session, timeout_s)
    return session


def _tls(choice: str) -> dict[str, Any]:
    if choice == "disable":
        return {"ssl_disabled": True}
    if choice == "prefer":
        return {}
    context = ssl.create_default_context()
    if choice == "require":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return {"ssl": context}


def _interrupt(source: Connection, line: Line, kill: list[int]) -> None:
    """Free who waits, then tell the server, which would go on working for nobody."""
    line.cut()
    if not kill:
        return
    second = line_to(source, PORT)
    try:
        session = _connect(source, second, CONNECT_S)
        session.query(f"KILL QUERY {kill[0]:d}")
        session.close()
    except (pymysql.Error, UserError, OSError, struct.error, *NONSENSE) as error:
        # Killed already, most often: both sides keep the same limit.
        logger.info("source %s: no kill: %s", source.source_id, type(error).__name__)
    finally:
        second.close()


@contextmanager
def _failures(
    source: Connection, limits: Limits, watch: Watch, connected: list[int]
) -> Iterator[None]:
    """The driver's errors in our words."""
    try:
        yield
    except UserError:
        raise
    except _TooLarge as error:
        raise failures.too_large(limits) if connected else failures.silent() from error
    except (pymysql.Error, OSError, struct.error, *NONSENSE) as error:
        number = error.args[0] if isinstance(error, pymysql.Error) and error.args else 0
        number = number if isinstance(number, int) else 0
        logger.warning("source %s: %s %d", source.source_id, type(error).__name__, number)
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch) if connected else failures.silent() from error
        raise _failure(error, number, limits, bool(connected)) from error


def _failure(error: Exception, number: int, limits: Limits, is_connected: bool) -> UserError:
    cause = getattr(error, "original_exception", error)
    if number in SIGN_IN:
        return failures.wrong_password()
    if number in NO_DATABASE:
        return failures.unknown("dbname")
    if number in NO_RIGHT and not (number == NO_ROUTINE and limits.is_persons_sql):
        return failures.no_right()
    if number in TOO_LATE:
        return failures.late()
    if number in NO_TLS or isinstance(cause, ssl.SSLError):
        return failures.no_tls()
    if isinstance(error, OSError) and not is_connected:
        return failures.unreachable()
    if number in LOST or not isinstance(error, pymysql.Error) or not number:
        return failures.broken_off() if is_connected else failures.silent()
    return failures.refused(limits, mysql_words.in_words(number, str(error.args[-1])))
