"""A question as the child has it, and the word by which it may be stopped."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from apps.datasources.connectors.base import Limits
from apps.datasources.sandbox.wire import Refused


@dataclass(slots=True)
class Question:
    """One statement on what lies at `path`: the folder of uploads, or a database file.

    memory_bytes, threads: of the engine that all uploads share.
    """

    path: str
    sql: str
    parameters: Sequence[Any]
    limits: Limits
    memory_bytes: int
    threads: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_interrupted: bool = False
    stop: Callable[[], Any] | None = None

    @contextmanager
    def stopped_by(self, stop: Callable[[], Any]) -> Iterator[None]:
        """While it runs inside, `stop` ends it; never after. Raises Refused if it was too late."""
        with self.lock:
            if self.is_interrupted:
                raise Refused("interrupted")
            self.stop = stop
        try:
            yield
        finally:
            with self.lock:
                self.stop = None

    def interrupt(self) -> None:
        """End it, now or as soon as it begins."""
        with self.lock:
            self.is_interrupted = True
            if self.stop:
                self.stop()


def too_large(_limits: Limits) -> Refused:
    """More bytes than one answer may have."""
    return Refused("large")
