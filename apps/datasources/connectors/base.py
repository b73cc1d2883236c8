"""What a connector gets and gives: plain values, so that none of them reads our tables."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

POLL_S = 0.05


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

    `is_late` and `is_cancelled` say afterwards why.
    """

    def __init__(self, limits: Limits, interrupt: Callable[[], Any]) -> None:
        self.limits, self.interrupt = limits, interrupt
        self.ended = threading.Event()
        self.is_late = self.is_cancelled = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._wait, daemon=True, name="watchdog").start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()

    def _wait(self) -> None:
        """For the end, the limit or the person, whatever comes first."""
        left = self.limits.timeout_s
        cancelled = self.limits.cancelled
        pause = POLL_S if cancelled else left
        while not self.ended.wait(min(pause, max(left, 0))):
            left -= pause
            self.is_cancelled = bool(cancelled and cancelled())
            self.is_late = left <= 0
            if self.is_late or self.is_cancelled:
                self.interrupt()
                return
