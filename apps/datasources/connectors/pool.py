"""Connections that wait for the next query, a few for each source, settings and process."""

import os
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from apps.datasources.connectors.base import Connection

MOST = 3  # that wait for one source
IDLE_S = 60.0
Key = tuple[Hashable, ...]


@dataclass(slots=True)
class Pool:
    """A stack of idle connections. `close` ends one; it may not raise.

    What is taken belongs to its taker, who puts it back or closes it. Those of older settings
    (another Connection.stamp) and those that lay idle for long are closed.
    """

    close: Callable[[Any], None]
    lock: threading.Lock = field(default_factory=threading.Lock)
    idle: dict[Key, list[tuple[float, Any]]] = field(default_factory=dict)
    sweeper: threading.Timer | None = None

    def take(self, source: Connection, *more: Hashable) -> Any | None:
        """An idle connection of the source, if there is one. more: what it was made for besides."""
        key = _key(source, more)
        with self.lock:
            waiting = self.idle.get(key)
            return waiting.pop()[1] if waiting else None

    def put(self, connection: Any, source: Connection, *more: Hashable) -> None:
        """Let it wait for the next."""
        key = _key(source, more)
        with self.lock:
            older = [each for each in self.idle if each[:2] == key[:2] and each[2] != key[2]]
            gone = [item for each in older for _at, item in self.idle.pop(each)]
            waiting = self.idle.setdefault(key, [])
            if len(waiting) < MOST and source.source_id:
                waiting.append((time.monotonic(), connection))
            else:
                gone.append(connection)
            if self.sweeper is None:
                self._sweep_later()
        self._close(key, gone)

    def empty(self) -> None:
        """Close everything that waits."""
        with self.lock:
            waiting, self.idle = self.idle, {}
        for key, items in waiting.items():
            self._close(key, [item for _at, item in items])

    def _sweep_later(self) -> None:
        self.sweeper = threading.Timer(IDLE_S / 2, self._sweep)
        self.sweeper.daemon = True
        self.sweeper.start()

    def _sweep(self) -> None:
        """Close what lay idle for long; look again while something waits."""
        oldest = time.monotonic() - IDLE_S
        with self.lock:
            old = {
                key: [item for at, item in waiting if at < oldest]
                for key, waiting in self.idle.items()
            }
            self.idle = {
                key: young
                for key, waiting in self.idle.items()
                if (young := [each for each in waiting if each[0] >= oldest])
            }
            self.sweeper = None
            if self.idle:
                self._sweep_later()
        for key, items in old.items():
            self._close(key, items)

    def _close(self, key: Key, connections: list[Any]) -> None:
        if key[0] == os.getpid():  # those of a parent process are the parent's to close
            for connection in connections:
                self.close(connection)


def _key(source: Connection, more: Key) -> Key:
    return (os.getpid(), source.source_id, source.stamp, *more)
