"""Asks files in a child of this process: one child for our own Parquet, one for what is riskier.

A child is started with its first question and ends with this process. A file that crashes or
bloats an engine takes only the child with it: the questions that wait for it fail in words, and
the next one starts another. Several may ask at once, each on a line of its own; lines are kept.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from apps.datasources import children
from apps.datasources.connectors import failures, files
from apps.datasources.connectors.base import POLL_S, Limits, Watch
from apps.datasources.connectors.errors import QueryCancelled, SourceBusy, SourceError
from apps.datasources.sandbox import wire

logger = logging.getLogger(__name__)
PLACES = 16  # questions at once in one child; more wait
GRACE_S, AGAIN_S = 1.0, 0.2  # for a question that is interrupted, again and again; then: kill
SLACK_BYTES = 1024**3  # of a child, beside twice the memory of the engine that uploads share:
# what is bounded is address space, of which engines keep more than they use
OVERHEAD_BYTES = 1_000_000  # of an answer as a message, beside twice those of its rows


class Crashed(SourceError):
    """The child ended while it worked on this."""

    code = "source_crashed"


def ask(kind: str, path: Path, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """The rows of one statement. kind: one of sandbox/lines.py's ENGINES.

    Raises SourceTimeout, QueryCancelled, SourceBusy, Crashed, and wire.Refused for what the engine
    itself says.
    """
    question: dict[str, Any] = {"kind": kind, "path": str(path), "sql": sql}
    question |= {"parameters": list(parameters), "rows": limits.rows, "bytes": limits.bytes}
    return _children["uploads" if kind == "uploads" else "files"].ask(question, limits)


def ask_file(
    kind: str, path: Path, sql: str, parameters: Sequence[Any], limits: Limits
) -> pa.Table:
    """`ask`, of a database file that a person uploaded, failing as sources of tables do."""
    try:
        return ask(kind, path, sql, parameters, limits)
    except wire.Refused as refusal:
        if refusal.code in ("large", "memory"):
            raise failures.too_large(limits) from refusal
        if refusal.code in ("gone", "broken"):
            raise files.gone() from refusal
        if refusal.code == "writes":
            raise failures.writes(limits) from refusal
        raise failures.refused(limits, refusal.words.partition("\n")[0]) from refusal


def stop() -> None:
    """End the children of this process; the next question starts another."""
    for each in _children.values():
        each.stop()


class Child:
    """One of the two, running or not."""

    def __init__(self) -> None:
        self.places = threading.Semaphore(PLACES)
        self.lock = threading.Lock()
        self.running: Running | None = None

    def ask(self, question: dict[str, Any], limits: Limits) -> pa.Table:
        """The rows, from this child or, if it had ended already, from a new one."""
        body = wire.question_as_bytes(question)
        with self._place(limits):
            for _try in range(2):
                line = self._line()
                try:
                    return line.ask(body, limits)
                except OSError:  # it had ended before it heard this
                    line.child.end()
                except Crashed:
                    if not line.child.is_stopped:
                        raise  # else the fault was another question's
        raise _crashed()

    def stop(self) -> None:
        """End it."""
        with self.lock:
            if self.running:
                self.running.end()
                self.running.gone.wait()

    @contextmanager
    def _place(self, limits: Limits) -> Iterator[None]:
        until = time.monotonic() + limits.timeout_s
        while not self.places.acquire(timeout=POLL_S):
            if limits.cancelled and limits.cancelled():
                raise QueryCancelled(_("The query was cancelled."))
            if time.monotonic() > until:
                raise SourceBusy(_("Too many questions are asked at once. Try again in a moment."))
        try:
            yield
        finally:
            self.places.release()

    def _line(self) -> "Line":
        with self.lock:
            if self.running is None or self.running.is_over:
                self.running = Running()
            return self.running.line()


class Running:
    """A process, and the lines to it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lines: set[Line] = set()
        self.idle: list[Line] = []
        self.count = 0
        self.is_over = False
        self.is_stopped = False  # for a question that did not stop
        self.process: subprocess.Popen[bytes] | None = None
        self.control, theirs = socket.socketpair()
        started, self.gone = threading.Event(), threading.Event()
        threading.Thread(
            target=self._keep, args=(theirs, started), daemon=True, name="sandbox"
        ).start()
        started.wait()

    def line(self) -> "Line":
        """One that nobody uses."""
        with self.lock:
            if self.idle:
                return self.idle.pop()
            self.count += 1
            line = Line(self, self.count)
            self.lines.add(line)
            return line

    def order(self, what: bytes, line: int, question: int = 0, *fds: int) -> None:
        """Say something on the control line; a child that is gone does not hear it."""
        with suppress(OSError):
            socket.send_fds(self.control, [wire.ORDER.pack(what, line, question)], fds)

    def end(self) -> None:
        """Kill it: it holds nothing that would be lost."""
        self.is_over = True
        if self.process:
            self.process.kill()

    def forget(self) -> None:
        """In a forked child of ours: it is the parent's to ask."""
        self.is_over = True
        self.control.close()
        for line in self.lines:
            line.peer.close()

    def _keep(self, theirs: socket.socket, started: threading.Event) -> None:
        """Start it and see it end, in a thread that lives as long as it does.

        The system ends the child with the thread that started it.
        """
        engine_bytes = settings.ENGINE_MAX_BYTES
        how = {
            "parent": os.getpid(),
            "process_bytes": 2 * engine_bytes + SLACK_BYTES,
            "engine_bytes": engine_bytes,
            "threads": settings.ENGINE_THREADS,
        }
        try:
            self.process = children.start(
                "apps.datasources.sandbox",
                json.dumps(how),
                stdin=theirs,
                stdout=subprocess.DEVNULL,
            )
        except OSError:
            logger.exception("the process that asks files cannot be started")
            self.is_over = True
        finally:
            theirs.close()
            started.set()
        if self.process:
            code = self.process.wait()
            if not self.is_over:
                logger.error("the process that asks files ended: %s", _ending(code))
        self.is_over = True
        self.control.close()
        self.gone.set()


class Line:
    """A pair of sockets on which one question is asked at a time."""

    def __init__(self, child: Running, name: int) -> None:
        self.child, self.name, self.number = child, name, 0
        self.peer, theirs = socket.socketpair()
        child.order(wire.OPEN, name, 0, theirs.fileno())
        theirs.close()

    def ask(self, body: bytes, limits: Limits) -> pa.Table:
        """The rows; then the line is free again. Raises OSError if the child was gone before."""
        self.number += 1
        answered = threading.Event()
        watch = Watch(limits, lambda: self._interrupt(answered))
        try:
            with watch:
                wire.send(self.peer, body, self.number)
                found, about = wire.received(self.peer, 2 * limits.bytes + OVERHEAD_BYTES)
            if about == wire.REFUSAL:
                raise wire.refusal_of(found)
            table = wire.table_of_bytes(found)
        except wire.Broken as error:
            self.child.end()
            raise (_ended(watch) or _crashed()) from error
        except wire.Refused as refusal:
            self._free()
            if refusal.code == "interrupted":
                raise (_ended(watch) or _crashed()) from refusal
            raise
        except BaseException:  # such as the time limit of a task: nobody waits for it any more
            self.child.order(wire.INTERRUPT, self.name, self.number)
            self._close()
            raise
        finally:
            answered.set()
        self._free()
        return table

    def _interrupt(self, answered: threading.Event) -> None:
        for _try in range(int(GRACE_S / AGAIN_S)):
            self.child.order(wire.INTERRUPT, self.name, self.number)
            if answered.wait(AGAIN_S):
                return
        logger.error("the process that asks files did not stop; it is killed")
        self.child.is_stopped = True
        self.child.end()

    def _free(self) -> None:
        with self.child.lock:
            self.child.idle.append(self)

    def _close(self) -> None:
        self.child.order(wire.CLOSE, self.name)
        self.child.lines.discard(self)
        self.peer.close()


def _ended(watch: Watch) -> SourceError | Exception | None:
    return failures.ended(watch) if watch.is_late or watch.is_cancelled else None


def _crashed() -> Crashed:
    return Crashed(
        _("What reads this file has broken down and is started anew. Try again in a moment.")
    )


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"code {code}"


def _forget() -> None:
    """After a fork: the children are the parent's, and so are the locks that it may have held."""
    global _children
    for each in _children.values():
        if each.running:
            each.running.forget()
    _children = _new()


def _new() -> dict[str, Child]:
    return {"uploads": Child(), "files": Child()}


_children = _new()
os.register_at_fork(after_in_child=_forget)
