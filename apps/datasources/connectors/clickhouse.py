"""Somebody else's ClickHouse, over HTTP; 22.6 or newer.

Placeholders are {p1:Float64}, {p2:String} and so on, which the server fills in; the first
parameter is p1. `relation` is "database.table".
Answers come as Arrow. Arrow has no word for some of ClickHouse's types (a DateTime is a bare
UInt32 in it), so a statement whose answer may hold one is described first, once per settings.
The session reads only and may not change its own limits; what is late is killed by its query id.
"""

import contextlib
import logging
import struct
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import clickhouse_connect
import pyarrow as pa
import urllib3
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as DriverError
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors import failures
from apps.datasources.connectors.arrow import normal
from apps.datasources.connectors.base import (
    Connection,
    FoundColumn,
    Limits,
    Relation,
    Setting,
    Watch,
)
from apps.datasources.connectors.clickhouse_types import UNCLEAR, told, type_of
from apps.datasources.connectors.dial import (
    CONNECT_S,
    Idle,
    Line,
    first_answer,
    http_pool,
    line_to,
)

logger = logging.getLogger(__name__)
logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # it would log whole addresses
PORT = 8443
SETTINGS = (
    Setting("host", gettext_lazy("Host"), is_required=True, is_address=True),
    Setting(
        "port",
        gettext_lazy("Port"),
        "number",
        default=PORT,
        is_address=True,
        help=gettext_lazy("The port for HTTP: 8443 with TLS, 8123 without."),
    ),
    Setting("dbname", gettext_lazy("Database"), default="default", is_address=True),
    Setting("user", gettext_lazy("User"), default="default", is_address=True),
    Setting("password", gettext_lazy("Password"), "secret"),
    Setting("tls", gettext_lazy("TLS"), "boolean", default=True, is_address=True),
)
CHECK_LIMITS = Limits(timeout_s=8, rows=1, bytes=10_000)
LIST_LIMITS = Limits(timeout_s=20, rows=20_000, bytes=20_000_000)
RELATIONS = """
SELECT concat(database, '.', name) AS name, if(engine LIKE '%View', 'view', 'table') AS kind
FROM system.tables
WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA') AND NOT is_temporary
  AND name NOT LIKE '.inner%'
ORDER BY database = currentDatabase() DESC, name LIMIT 20000
"""
COLUMNS = """
SELECT name, type AS native FROM system.columns
WHERE database = if({p1:String} = '', currentDatabase(), {p1:String}) AND table = {p2:String}
ORDER BY position
"""
SIGN_IN = (516, 193, 194, 192)
NO_DATABASE = (81,)
NO_RIGHT = (497, 291)
TOO_LATE = (159, 160, 394)  # the limit, the estimate, killed
TOO_LARGE = (396, 241, 307)  # result bytes, memory, bytes read
BUSY = (202, 203, 210, 209)


@dataclass(eq=False, slots=True)
class _Opened:
    """A client with the line it speaks by."""

    client: Client
    line: Line | None = None

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.client.close()
        if self.line:
            self.line.cut()
            self.line.close()


IDLE: Idle[_Opened] = Idle(_Opened.close)


def check_settings(details: dict[str, Any]) -> None:
    """Whether a source may be at this host. Raises UserError."""
    addresses.reachable(details["host"], details["port"])


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One statement that reads."""
    # As a subquery a person's text can choose neither a file, a format nor its own limits.
    asked = f"SELECT * FROM (\n{sql}\n)" if limits.is_persons_sql else sql  # noqa: S608
    values = {f"p{place}": value for place, value in enumerate(parameters, 1)}
    with _asking(source, limits) as ask:
        table = _read(ask(asked, values), limits)
        types: tuple[str, ...] = ()
        if any(is_one(kind) for kind in table.schema.types for is_one in UNCLEAR):
            shape = (str(table.schema), asked, source.source_id, source.stamp)
            types = _described(shape, lambda: _types(ask, asked, values))
    return normal(told(table, types))


def check(source: Connection) -> None:
    """Sign in and ask for one row."""
    with first_answer():
        run(source, "SELECT 1", [], CHECK_LIMITS)


def relations(source: Connection) -> list[Relation]:
    """Tables and views that the source's user may see, those of its database first."""
    rows = run(source, RELATIONS, [], LIST_LIMITS).to_pylist()
    return [Relation(row["name"], row["kind"]) for row in rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of "database.table"."""
    database, _dot, table = name.rpartition(".")
    rows = run(source, COLUMNS, [database, table], LIST_LIMITS).to_pylist()
    return [FoundColumn(row["name"], type_of(row["native"]), row["native"]) for row in rows]


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives, without running it."""
    with _asking(source, replace(limits, rows=LIST_LIMITS.rows)) as ask:
        rows = _read(ask(f"DESCRIBE TABLE (\n{sql}\n)", {}), LIST_LIMITS).to_pylist()
    return [FoundColumn(row["name"], type_of(row["type"]), row["type"]) for row in rows]


def _client(source: Connection, line: Line) -> Client:
    """The driver's client. Tests put another engine's in its place."""
    details = source.settings
    return clickhouse_connect.get_client(
        interface="https" if details.get("tls", True) else "http",
        host=line.host,
        port=line.port,
        username=str(details.get("user") or "default"),
        password=source.secret,
        database=str(details.get("dbname") or "default"),
        pool_mgr=http_pool(line),
        compress=False,  # so that what comes in is what there is
        query_retries=0,
        connect_timeout=CONNECT_S,
        send_receive_timeout=CONNECT_S,
        autogenerate_session_id=False,
        form_encode_query_params=True,
        show_clickhouse_errors="scrub",
        client_name="sightline",
    )


class Ask(Protocol):
    """Sends a statement with its values; its answer has at most so many rows."""

    def __call__(self, sql: str, values: dict[str, Any], rows: int | None = None) -> Any:
        """A stream of Arrow's IPC."""


@contextmanager
def _asking(source: Connection, limits: Limits) -> Iterator[Ask]:
    """A function that sends a statement, within the limits, with errors in our words."""
    opened = IDLE.take(source)
    is_connected = opened is not None
    line = (opened and opened.line) or line_to(source, PORT)
    line.begin(limits)
    query = uuid.uuid4().hex
    watch = Watch(limits, lambda: _interrupt(source, line, query))
    try:
        with watch:
            if opened is None:
                opened = _Opened(_client(source, line), line)
                is_connected = True
            yield _ask_by(opened.client, limits, query)
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch)
    except (DriverError, urllib3.exceptions.HTTPError, pa.ArrowException, OSError) as error:
        _close(opened, line)
        logger.warning("source %s: %s", source.source_id, _words(error))
        if watch.is_late or watch.is_cancelled:
            raise failures.ended(watch) if is_connected else failures.silent() from error
        raise _failure(error, limits, is_connected) from error
    except BaseException:
        _close(opened, line)
        raise
    IDLE.give(source, opened)


def _ask_by(client: Client, limits: Limits, query: str) -> Ask:
    most = {
        "max_execution_time": max(1, int(limits.timeout_s)),
        "max_result_bytes": limits.bytes,
        "result_overflow_mode": "throw",
        "limit": limits.rows,
        "output_format_arrow_compression_method": "none",
        "output_format_arrow_string_as_string": 1,
        "cancel_http_readonly_queries_on_client_close": 1,
        "readonly": 1,  # last: after it nothing can be set
    }
    # A user whom the server lets read only may set less, or nothing.
    known = client.server_settings
    accepted = {name: most[name] for name in most if name in known and not known[name].readonly}
    accepted |= {"query_id": query, "wait_end_of_query": 1}  # errors come before the first row
    timeout = urllib3.Timeout(connect=CONNECT_S, read=limits.timeout_s + CONNECT_S)
    if hasattr(client, "timeout"):
        client.timeout = timeout

    def ask(sql: str, values: dict[str, Any], rows: int | None = None) -> Any:
        chosen = {name: rows if rows and name == "limit" else accepted[name] for name in accepted}
        return client.raw_stream(sql, values or None, settings=chosen, fmt="ArrowStream")

    return ask


def _read(stream: Any, limits: Limits) -> pa.Table:
    """The first rows of an Arrow stream. Raises SourceTooLarge."""
    messages = pa.ipc.MessageReader.open_stream(_File(stream))
    schema = pa.ipc.read_schema(messages.read_next_message())
    batches, rows, size = [], 0, 0
    while rows < limits.rows:
        try:
            message = messages.read_next_message()
        except StopIteration:
            break
        if _is_packed(message.metadata.to_pybytes()):
            raise pa.ArrowInvalid("a packed batch, which may be of any size")
        batch = pa.ipc.read_record_batch(message, schema)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if size > limits.bytes:
            raise failures.too_large(limits)
        batches.append(batch)
    return pa.Table.from_batches(batches, schema).slice(0, limits.rows)


class _File:
    """What Arrow wants of a file, over a response whose encoding is left alone."""

    closed = False

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.options = {"decode_content": False} if hasattr(stream, "decode_content") else {}

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end."""
        parts, left = [], size
        while left:
            part = self.stream.read(left if left > 0 else None, **self.options)
            if not part:
                break
            parts.append(part)
            left -= len(part) if left > 0 else left
        return b"".join(parts)


def _is_packed(metadata: bytes) -> bool:
    """Whether a message of Arrow's IPC holds a record batch with a compressed body.

    Flatbuffers: a table begins with the way back to the list of where its fields are. The header
    is field 2 of Message, the compression field 3 of RecordBatch.
    """

    def place(table: int, number: int) -> int:
        fields = table - struct.unpack_from("<i", metadata, table)[0]
        (size,) = struct.unpack_from("<H", metadata, fields)
        if 4 + 2 * number >= size:
            return 0
        (offset,) = struct.unpack_from("<H", metadata, fields + 4 + 2 * number)
        return table + offset if offset else 0

    root = struct.unpack_from("<I", metadata, 0)[0]
    header = place(root, 2)
    if not header:
        return False
    return place(header + struct.unpack_from("<I", metadata, header)[0], 3) != 0


def _types(ask: Ask, sql: str, values: dict[str, Any]) -> tuple[str, ...]:
    """ClickHouse's own words for the columns of an answer."""
    found = _read(ask(f"DESCRIBE TABLE (\n{sql}\n)", values, LIST_LIMITS.rows), LIST_LIMITS)
    return tuple(found.column("type").to_pylist())


_KNOWN: dict[Any, tuple[str, ...]] = {}


def _described(shape: Any, ask: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    if shape not in _KNOWN:
        if len(_KNOWN) > 1000:
            _KNOWN.clear()
        _KNOWN[shape] = ask()
    return _KNOWN[shape]


def _interrupt(source: Connection, line: Line, query: str) -> None:
    """Free who waits, then tell the server, should it not see that nobody listens any more."""
    line.cut()
    second = line_to(source, PORT)
    scheme = "https" if source.settings.get("tls", True) else "http"
    name = f"{source.settings.get('user') or 'default'}:{source.secret}"
    try:
        http_pool(second).request(
            "POST",
            f"{scheme}://{second.host}:{second.port}/",
            body=f"KILL QUERY WHERE query_id = '{query}' ASYNC",
            headers=urllib3.make_headers(basic_auth=name),
            timeout=CONNECT_S,
            retries=False,
        )
    except (urllib3.exceptions.HTTPError, UserError, OSError) as error:
        logger.info("source %s: no kill: %s", source.source_id, type(error).__name__)
    finally:
        second.close()


def _close(opened: _Opened | None, line: Line) -> None:
    if opened:
        opened.close()
    line.close()


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {getattr(error, 'code', None) or ''}".strip()


def _failure(error: Exception, limits: Limits, is_connected: bool) -> UserError:
    code = getattr(error, "code", None)
    causes = " ".join(type(each).__name__ for each in _chain(error))
    if code in SIGN_IN:
        return failures.wrong_password()
    if code in NO_DATABASE:
        return failures.unknown("dbname")
    if code in NO_RIGHT:
        return failures.no_right()
    if code in TOO_LATE:
        return failures.late()
    if code in TOO_LARGE:
        return failures.too_large(limits)
    if code in BUSY:
        return failures.broken_off()
    if "SSL" in causes or "Certificate" in causes:
        return failures.no_tls()
    if "NewConnectionError" in causes:
        return failures.unreachable()
    if code is None:
        return failures.broken_off() if is_connected else failures.silent()
    return failures.refused(limits, str(error).partition("server response: ")[2] or str(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
