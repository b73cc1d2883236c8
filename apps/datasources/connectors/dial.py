"""Connections to the address that was checked, and to no other, which can be cut.

A host's name may lead elsewhere a moment after it was looked up (DNS rebinding). So the name is
looked up and checked whenever a socket is opened, and the socket goes to that very address; name
and certificate are still compared with the host as it was given. No proxy of the environment is
used, and a redirect or link that leads to another host is refused. What comes in is counted as it
comes, before any driver makes something of it.
"""

import contextlib
import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import urllib3
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors import failures
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.connectors.errors import SourceRefused, SourceTimeout

CONNECT_S = 5.0
KEPT_HANDLES = 4
OVERHEAD_BYTES = 2_000_000  # what a protocol says besides the answer
T = TypeVar("T")


class Line:
    """The sockets of one question: each to a checked address of one host, all cut at once.

    `limits`, which the user of a line sets for each question, bounds what HTTP answers may bring.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.limits: Limits | None = None
        self.came = 0
        self.is_cut = False
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()

    def open(self) -> socket.socket:
        """A connected socket. Raises SourceRefused for a forbidden address, else OSError."""
        try:
            found = addresses.reachable(self.host, self.port)
        except UserError as error:
            raise SourceRefused(error.message, field="host") from error
        problem: OSError | None = None
        for address in dict.fromkeys(found):
            try:
                made = socket.create_connection((address, self.port), CONNECT_S)
            except OSError as error:
                problem = error
                continue
            self._keep(made)
            return made
        raise problem or OSError("no address")

    def begin(self, limits: Limits) -> None:
        """Count anew, for the next question."""
        self.limits, self.came = limits, 0

    def count(self, size: int) -> None:
        """So much more has come. Raises SourceTooLarge."""
        self.came += size
        if self.limits and self.came > self.limits.bytes + OVERHEAD_BYTES:
            raise failures.too_large(self.limits)

    def cut(self) -> None:
        """End every socket, whoever waits on it."""
        with self._lock:
            self.is_cut = True
            for handle in self._handles:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of what `cut` needs."""
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()

    def _keep(self, made: socket.socket) -> None:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        with self._lock:
            if self.is_cut:
                made.close()
                raise OSError("cut")
            self._handles.append(made.dup())  # TLS takes the first handle for itself
            for old in self._handles[:-KEPT_HANDLES]:  # a handle keeps its connection open
                old.close()
            del self._handles[:-KEPT_HANDLES]


class _Metered:
    """A socket whose incoming bytes a line counts."""

    def __init__(self, sock: Any, line: Line) -> None:
        self.sock, self.line = sock, line

    def makefile(self, mode: str, *_buffering: Any) -> io.BufferedReader:
        """What http.client reads from; it asks for nothing but "rb"."""
        return io.BufferedReader(_Meter(self.sock.makefile(mode, buffering=0), self.line), 65_536)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)


class _Meter(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, line: Line) -> None:
        self.raw, self.line = raw, line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        size: int | None = self.raw.readinto(buffer)
        self.line.count(size or 0)
        return size

    def close(self) -> None:
        self.raw.close()
        super().close()


def line_to(source: Connection, port: int) -> Line:
    """The line to a source's host; `port` where none is set."""
    return Line(str(source.settings.get("host", "")), int(source.settings.get("port") or port))


def http_pool(line: Line) -> urllib3.PoolManager:
    """An HTTP client that opens its connections by `line` and goes nowhere else."""

    def dial(connection: HTTPConnection) -> socket.socket:
        if (connection.host, connection.port) != (line.host.strip("[]"), line.port):
            raise SourceRefused(_("The source leads to another host. Name that one."), field="host")
        try:
            return line.open()
        except OSError as error:
            raise NewConnectionError(connection, "no connection") from error

    class Plain(HTTPConnection):
        _new_conn = dial

        def connect(self) -> None:
            super().connect()
            self.sock: Any = _Metered(self.sock, line)

    class Tls(HTTPSConnection):
        _new_conn = dial

        def connect(self) -> None:
            super().connect()
            self.sock: Any = _Metered(self.sock, line)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    manager = urllib3.PoolManager(num_pools=2, maxsize=2, cert_reqs="CERT_REQUIRED")
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
    return manager


@contextmanager
def first_answer() -> Iterator[None]:
    """For "test connection": who takes too long for `SELECT 1` is silent, not busy."""
    try:
        yield
    except SourceTimeout as error:
        raise failures.silent() from error


class Idle(Generic[T]):
    """What was opened to a source and waits for its next question, in this process.

    Kept under the source's stamp, so that other settings or another password open anew.
    """

    def __init__(self, close: Callable[[T], Any], per_source: int = 4, keep_s: float = 30) -> None:
        self.close, self.per_source, self.keep_s = close, per_source, keep_s
        self._kept: dict[tuple[int, int, str], list[tuple[float, T]]] = {}
        self._lock = threading.Lock()

    def take(self, source: Connection) -> T | None:
        """The one used last, if it is fresh enough; the caller has it alone."""
        now, old, found = time.monotonic(), [], None
        with self._lock:
            for key, things in list(self._kept.items()):
                old += [thing for since, thing in things if now - since > self.keep_s]
                fresh = [(since, thing) for since, thing in things if now - since <= self.keep_s]
                if key == _place(source) and fresh:
                    found = fresh.pop()[1]
                self._kept[key] = fresh
                if not fresh:
                    del self._kept[key]
        for thing in old:
            self.close(thing)
        return found

    def give(self, source: Connection, thing: T) -> None:
        """Keep it, unless there are enough or the source is only being tried."""
        with self._lock:
            things = self._kept.setdefault(_place(source), [])
            is_kept = bool(source.source_id and source.stamp) and len(things) < self.per_source
            if is_kept:
                things.append((time.monotonic(), thing))
        if not is_kept:
            self.close(thing)

    def clear(self) -> None:
        """Close all of them."""
        with self._lock:
            things = [thing for kept in self._kept.values() for _since, thing in kept]
            self._kept.clear()
        for thing in things:
            self.close(thing)


def _place(source: Connection) -> tuple[int, int, str]:
    return os.getpid(), source.source_id, source.stamp
