"""What travels between a process of ours and its child: questions one way, answers the other.

A line is a pair of sockets on which one question is asked at a time. A question is JSON; it comes
from us. An answer is an Arrow stream, or a refusal as JSON; it may come from a broken child, so
that it is checked before it is used.
"""

import json
import socket
import struct
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

ORDER = struct.Struct("!cII")  # on the control line: what to do, which line, which question
OPEN, INTERRUPT, CLOSE = b"o", b"i", b"c"
HEAD = struct.Struct("!II")  # of a message: its bytes, and a question's number or an answer's kind
ROWS, REFUSAL = 0, 1
ONE_THREAD = pa.ipc.IpcReadOptions(use_threads=False)
FIRST = 65_536  # bytes, as many as most answers have


class Refused(Exception):
    """Why there is no answer, as one of the keys of connectors/child.py's REFUSALS.

    `words`: the engine's own, for who wrote the statement.
    """

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code, self.words = code, words


class Broken(Exception):
    """The other side is gone, or says what makes no sense."""


def question_as_bytes(question: dict[str, Any]) -> bytes:
    """A question with the values of Python that engines take."""
    return json.dumps(question, default=_tagged).encode()


def question_of(body: memoryview) -> dict[str, Any]:
    """The same again."""
    found: dict[str, Any] = json.loads(bytes(body), object_hook=_untagged)
    return found


def table_as_bytes(table: pa.Table) -> bytes:
    """Rows as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def table_of_bytes(body: memoryview) -> pa.Table:
    """The same again, with every offset checked. Raises Broken."""
    try:
        table = pa.ipc.open_stream(body, options=ONE_THREAD).read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Broken from error
    return table


def refusal_as_bytes(refusal: Refused) -> bytes:
    """A refusal as it is told."""
    return json.dumps([refusal.code, refusal.words]).encode()


def refusal_of(body: memoryview) -> Refused:
    """A refusal as it was told. Raises Broken."""
    try:
        code, words = json.loads(bytes(body))
    except ValueError as error:
        raise Broken from error
    return Refused(str(code), str(words))


def send(peer: socket.socket, body: bytes, about: int) -> None:
    """One message. about: the question's number, or ROWS or REFUSAL."""
    peer.sendall(HEAD.pack(len(body), about) + body)


def received(peer: socket.socket, most: int) -> tuple[memoryview, int]:
    """One message of at most so many bytes, and what it is about. Raises Broken."""
    try:
        return _received(peer, most)
    except OSError as error:
        raise Broken from error


def _received(peer: socket.socket, most: int) -> tuple[memoryview, int]:
    first = peer.recv(FIRST)
    while first and len(first) < HEAD.size:
        more = peer.recv(FIRST)
        first = first + more if more else b""
    if not first:
        raise Broken
    length, about = HEAD.unpack_from(first)
    if length > most:
        raise Broken
    there = len(first) - HEAD.size
    if there == length:
        return memoryview(first)[HEAD.size :], about
    body = memoryview(bytearray(length))
    body[:there] = first[HEAD.size :]
    while there < length:
        count = peer.recv_into(body[there:])
        if not count:
            raise Broken
        there += count
    return body, about


def order(control: socket.socket) -> tuple[bytes, int, int, list[int]] | None:
    """What the control line says next, with the sockets that came along; None at its end."""
    said, fds, _flags, _address = socket.recv_fds(control, ORDER.size, 1)
    while said and len(said) < ORDER.size:
        more = control.recv(ORDER.size - len(said))
        said = said + more if more else b""
    if not said:
        return None
    what, line, question = ORDER.unpack(said)
    return what, line, question, list(fds)


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, datetime | date):
        return {type(value).__name__: value.isoformat()}
    if isinstance(value, Decimal):
        return {"Decimal": str(value)}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    raise TypeError(type(value).__name__)


MADE: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "Decimal": Decimal,
    "bytes": bytes.fromhex,
}


def _untagged(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        ((name, text),) = found.items()
        if name in MADE:
            return MADE[name](text)
    return found
