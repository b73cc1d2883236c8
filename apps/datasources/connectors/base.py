"""What a connector gets and gives: plain values, so that none of them reads our tables."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

logger = logging.getLogger(__name__)
POLL_S = 0.05  # how exactly a limit is kept
LINGER_S = 10.0


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to fill in to reach a source. kind: text, number, choice, boolean or secret.

    A secret is sealed with the row and never shown again. `is_address`: a kept secret was given
    for this address, so that another one needs the secret again.
    """

    name: str
    label: Any
    kind: str = "text"
    is_required: bool = False
    default: Any = ""
    choices: tuple[str, ...] = ()
    help: Any = ""
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one source. `stamp` changes with the settings: what pools are kept under."""

    kind: str
    settings: Mapping[str, Any]
    secret: str = field(default="", repr=False)
    source_id: int = 0
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may cost. Raising past them is SourceTimeout or SourceTooLarge.

    `is_persons_sql`: a person wrote it, so it runs on a session that is thrown away afterwards.
    `cancelled` is asked while it runs.
    """

    timeout_s: float
    rows: int
    bytes: int
    is_persons_sql: bool = False
    cancelled: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view, index or series that a dataset can be made of, by the dataset's `relation`."""

    name: str
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column as the source tells it. type: time, number, text, boolean; native: its own word."""

    name: str
    type: str
    native: str = ""


class Watch:
    """Interrupts what runs inside once its time is over or its person cancels it.

    `is_late` and `is_cancelled` say afterwards why. One thread of the process looks at all of
    them; the interrupting itself has a thread of its own, since a source that hangs may hang there
    too. What was interrupted is to be thrown away: the interruption may come a little after it.
    """

    def __init__(self, limits: Limits, interrupt: Callable[[], Any]) -> None:
        self.limits, self.interrupt = limits, interrupt
        self.ends_at = 0.0
        self.is_late = self.is_cancelled = False

    def __enter__(self) -> Self:
        self.ends_at = time.monotonic() + self.limits.timeout_s
        _patrol.watches.add(self)
        if not _patrol.needed.is_set():
            _patrol.wake()
        return self

    def __exit__(self, *error: object) -> None:
        _patrol.watches.discard(self)
        # The server's own timer, set to the same limit, may have been first and said nothing.
        if not self.is_cancelled and time.monotonic() >= self.ends_at:
            self.is_late = True

    def look(self) -> None:
        """Interrupt if it is time."""
        cancelled = self.limits.cancelled
        is_late = time.monotonic() >= self.ends_at
        is_cancelled = not is_late and cancelled is not None and cancelled()
        if (is_late or is_cancelled) and self in _patrol.watches:
            _patrol.watches.discard(self)
            self.is_late, self.is_cancelled = is_late, is_cancelled
            threading.Thread(target=self._interrupt, daemon=True, name="interrupt").start()

    def _interrupt(self) -> None:
        try:
            self.interrupt()
        except Exception:
            logger.info("what was interrupted had ended")


class _Patrol:
    """The thread that looks at every Watch. It sleeps for good when there was none for a while."""

    def __init__(self) -> None:
        self.watches: set[Watch] = set()
        self.needed = threading.Event()
        self.starting = threading.Lock()
        self.thread: threading.Thread | None = None

    def wake(self) -> None:
        """See that the thread runs."""
        with self.starting:
            self.needed.set()
            if self.thread is None:
                self.thread = threading.Thread(target=self._walk, daemon=True, name="watchdog")
                self.thread.start()

    def _walk(self) -> None:
        quiet_s = 0.0
        while True:
            time.sleep(POLL_S)
            quiet_s = 0.0 if self._look() else quiet_s + POLL_S
            if quiet_s > LINGER_S:
                self.needed.clear()
                if not self.watches:  # one that came meanwhile has seen the event set
                    self.needed.wait()

    def _look(self) -> int:
        """Look at each watch; how many there are."""
        watches = list(self.watches)
        for watch in watches:
            try:
                watch.look()
            except Exception:
                logger.exception("a watch could not look")
        return len(watches)


def _reset() -> None:
    """In a forked child there are no threads, and the parent's watches are not ours."""
    global _patrol
    _patrol = _Patrol()


_patrol = _Patrol()
os.register_at_fork(after_in_child=_reset)
