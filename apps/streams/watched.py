"""What the hub keeps: live views, who watches them, and what is owed to them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apps.accounts.queries import Stamp
from apps.core.window import Window
from apps.streams.journal import MOST_DELTAS, Delta
from apps.streams.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Part:
    """Card data as JSON. `start_ms`: rows from there on replace the chart's; None: all do."""

    start_ms: int | None
    body: bytes


@dataclass(frozen=True, slots=True)
class LiveView:
    """One question that sockets watch. Equal keys (32 hex digits) are equal views.

    `dataset_id` is None for what does not move. `answer(span)` runs in a thread: everything for
    None, else what rows with times in `span` changed (None: nothing). It raises UserError.
    `every_s`: the least time between two deltas. `keep_s`: how long a still snapshot is shared.
    """

    key: str
    answer: Callable[[Window | None], Part | None]
    dataset_id: int | None = None
    every_s: float = 0.0
    keep_s: float = 30.0


@dataclass(slots=True)
class Member:
    """One open socket: whose it is, and what can be done about it.

    `name`: as it is counted. `stamp`: the person's rights when they were last looked at.
    `recheck` looks at them again; `drop` ends a reader who takes nothing.
    """

    user_id: int
    name: str
    stamp: Stamp
    recheck: Callable[[], Awaitable[None]]
    drop: Callable[[], None]


@dataclass(slots=True)
class Seat:
    """One socket's place at a view.

    `waiting`: deltas that came before its opening frames; None once those are sent. They brought
    it to (`epoch`, `at`), so that no later delta is sent twice.
    """

    outbox: Outbox
    waiting: list[Delta] | None = field(default_factory=list)
    epoch: str = ""
    at: int = 0

    def take(self, delta: Delta) -> None:
        """Send it, keep it for later, or leave it out as sent already."""
        if self.waiting is None:
            if delta.epoch != self.epoch or delta.sequence > self.at:
                self.outbox.put(delta.frame, delta.key)
        elif len(self.waiting) < MOST_DELTAS:
            self.waiting.append(delta)
        else:
            self.waiting.clear()  # the gap is noticed when the seat opens

    def opened(self, first: list[str], key: str, epoch: str, at: int) -> bool:
        """Send the opening frames and what came meanwhile. False: a delta between is missing."""
        rest = [d for d in self.waiting or () if d.epoch != epoch or d.sequence > at]
        if rest and (rest[0].epoch, rest[0].sequence) != (epoch, at + 1):
            return False
        for frame in (*first, *(delta.frame for delta in rest)):
            self.outbox.put(frame, key)
        self.waiting, self.epoch, self.at = None, epoch, rest[-1].sequence if rest else at
        return True


@dataclass(slots=True, eq=False)
class Entry:
    """A view that somebody in this process watches, and what is owed to it."""

    view: LiveView
    seats: dict[Outbox, Seat] = field(default_factory=dict)
    touched: bool = False
    start_ms: int | None = None  # with `touched`: None means everything
    end_ms: int = 0
    upto: int = 0  # the newest notice heard
    next_at: float = 0.0
    task: asyncio.Task[None] | None = None
    opening: asyncio.Task[tuple[str, str, int]] | None = None
    epoch: str = ""
    sequence: int = 0
    is_late: bool = False
    has_failed: bool = False

    @property
    def is_stale(self) -> bool:
        """Whether what its sockets show is not the newest."""
        return self.is_late or self.has_failed

    def touch(self, start_ms: int | None, end_ms: int, number: int) -> None:
        """Rows with times in that span changed; None: anything may have."""
        known = self.start_ms if self.touched else start_ms
        self.start_ms = None if start_ms is None or known is None else min(start_ms, known)
        self.end_ms = max(self.end_ms, end_ms) if self.touched else end_ms
        self.upto = max(self.upto, number)
        self.touched = True

    def take(self) -> Window | None:
        """What was touched, as a window; the entry owes nothing then."""
        self.touched = False
        if self.start_ms is None:
            return None
        return Window(_moment(self.start_ms), _moment(max(self.end_ms, self.start_ms + 1)))


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
