"""What waits for one socket: bounded, and only the newest for a reader who is slow."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

MOST_CHARACTERS = 256 * 1024
MOST_FRAMES = 500


class Outbox:
    """A queue that one task empties into a socket.

    Frames of a view that no longer fit are taken out, and the view is noted as missed: once the
    reader has caught up, `on_missed` is called, which sends a snapshot in their place.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], on_missed: Callable[["Outbox", str], None]
    ) -> None:
        self._send = send
        self._on_missed = on_missed
        self._queue: deque[tuple[str, str]] = deque()  # view key ("" for none), frame
        self._size = 0
        self._wake = asyncio.Event()
        self._missed: set[str] = set()
        self.blocked_since: float | None = None  # monotonic; while a frame is on its way out

    @property
    def size(self) -> int:
        """Characters that wait."""
        return self._size

    def put(self, frame: str, key: str = "") -> None:
        """Queue a frame; `key` names the live view that it belongs to."""
        if key in self._missed:
            return
        too_much = self._size + len(frame) > MOST_CHARACTERS or len(self._queue) >= MOST_FRAMES
        if key and too_much and self._queue:
            self.forget(key)
            self._missed.add(key)
        else:
            self._queue.append((key, frame))
            self._size += len(frame)
        self._wake.set()

    def forget(self, key: str) -> None:
        """Take out what waits of one view."""
        self._queue = deque(item for item in self._queue if item[0] != key)
        self._size = sum(len(frame) for _key, frame in self._queue)
        self._missed.discard(key)

    async def run(self) -> None:
        """Send until cancelled, or until the socket is gone."""
        while True:
            while self._queue:
                _key, frame = self._queue.popleft()
                self._size -= len(frame)
                self.blocked_since = time.monotonic()
                await self._send(frame)
                self.blocked_since = None
            for key in self._missed.copy():
                self._missed.discard(key)
                self._on_missed(self, key)
            self._wake.clear()
            await self._wake.wait()
