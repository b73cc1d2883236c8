"""One line: its questions, one after another, and what of them may be interrupted."""

import os
import socket
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from apps.datasources.connectors.base import Limits
from apps.datasources.sandbox import duckdb_file, persons, sqlite, uploads, wire
from apps.datasources.sandbox.question import Question

MOST = 64_000_000  # bytes of a question
ENGINES: dict[str, Callable[[Question], pa.Table]] = {
    "uploads": uploads.ask,
    "persons": persons.ask,
    "duckdb_file": duckdb_file.ask,
    "sqlite": sqlite.ask,
}


class Line:
    """What one thread of ours asks; `interrupt` comes from the main thread."""

    def __init__(self, peer: socket.socket, memory_bytes: int, threads: int) -> None:
        self.peer, self.memory_bytes, self.threads = peer, memory_bytes, threads
        # the number of what is being answered, and it; set together, since two threads look
        self.current: tuple[int, Question | None] = (0, None)

    def serve(self) -> None:
        """Until the other side hangs up."""
        try:
            while True:
                body, number = wire.received(self.peer, MOST)
                self._answer(wire.question_of(body), number)
        except (wire.Broken, OSError):
            self.peer.close()
        except BaseException:
            os._exit(1)  # nobody can tell what is left; the other side starts a new process

    def interrupt(self, number: int) -> None:
        """Stop a question that is being answered; one that was answered already stays so."""
        current, question = self.current
        if question and current == number:
            question.interrupt()

    def _answer(self, asked: dict[str, Any], number: int) -> None:
        limits = Limits(0.0, asked["rows"], asked["bytes"])  # the other side has the clock
        path, sql, parameters = asked["path"], asked["sql"], asked["parameters"]
        question = Question(path, sql, parameters, limits, self.memory_bytes, self.threads)
        self.current = (number, question)
        try:
            body = wire.table_as_bytes(ENGINES[asked["kind"]](question))
            about = wire.ROWS
        except wire.Refused as refusal:
            body, about = wire.refusal_as_bytes(refusal), wire.REFUSAL
        except (MemoryError, pa.ArrowMemoryError):
            body, about = wire.refusal_as_bytes(wire.Refused("memory")), wire.REFUSAL
        self.current = (number, None)
        wire.send(self.peer, body, about)
