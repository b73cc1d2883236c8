"""One hub per process: hears of rows, has the touched views asked once, forwards the answers.

One Redis subscription, one registry of live views and the sockets that watch them. A frame is
encoded once, in one process, and reaches every socket as the same text. The hub knows neither
widgets nor people's rights: a LiveView brings its own question.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

import orjson
import redis.exceptions
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.db import connections as database
from django.utils.translation import gettext as _

from apps.accounts.queries import stamps_of
from apps.core import metrics
from apps.core import redis as connections
from apps.core.errors import UserError
from apps.core.window import Window
from apps.streams.journal import Delta, Journal, State
from apps.streams.limits import Sockets
from apps.streams.notices import ACCESS, FRAMES, ROWS, Notice, last_key, now_ms
from apps.streams.outbox import Outbox
from apps.streams.watched import Entry, LiveView, Member, Part, Seat

logger = logging.getLogger(__name__)
ASKING, OPENING = 2, 4  # threads for tail queries, and for what sockets get first
RENEW_S = 30.0
WATCH_S = 2.0  # how often lateness and slow readers are looked at
REOPEN_S = 2.0  # after a failure of our own
RETRY_S = 0.25  # how long another process may take for a tail query before we look again
SLOW_S = 30.0  # a socket that takes nothing for so long is closed
FULL_AGE_S = 5.0  # of a kept snapshot of a view that moves
MOST_STILL = 128  # snapshots of views that stand still, kept in this process too
Result = TypeVar("Result")


class Hub:
    """The registry and its tasks. All methods belong to one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._redis = connections.async_client()
        self._journal = Journal(self._redis)
        self._asking = ThreadPoolExecutor(ASKING, thread_name_prefix="live")
        self._opening_pool = ThreadPoolExecutor(OPENING, thread_name_prefix="open")
        self._entries: dict[str, Entry] = {}
        self._by_dataset: dict[int, set[Entry]] = {}
        self._numbers: dict[int, int] = {}
        self._tasks: set[asyncio.Task[Any]] = set()  # the loop itself holds tasks only weakly
        self._ready = asyncio.Event()
        self._members: dict[Outbox, Member] = {}
        self._still: dict[str, tuple[float, str]] = {}  # key -> (until when, frame)
        self.sockets = Sockets(self._redis)
        self.spawn(self._listen())
        self.spawn(self._watch())

    # -- sockets come and go

    async def enter(self, outbox: Outbox, member: Member) -> None:
        """A socket opened; returns once the hub hears of rows."""
        self._members[outbox] = member
        metrics.SOCKETS.inc()
        with contextlib.suppress(TimeoutError):  # without Redis the page still gets its answers
            await asyncio.wait_for(self._ready.wait(), 5)

    def leave(self, outbox: Outbox) -> None:
        """A socket closed."""
        if self._members.pop(outbox, None) is not None:
            metrics.SOCKETS.dec()
        for key in [key for key, entry in self._entries.items() if outbox in entry.seats]:
            self.unsubscribe(outbox, key)

    @property
    def socket_count(self) -> int:
        """Sockets that are open in this process."""
        return len(self._members)

    def subscribe(
        self, outbox: Outbox, view: LiveView, since: int | None = None, epoch: str | None = None
    ) -> None:
        """Send what there is, or what was missed since `since` of `epoch`; then every delta."""
        entry = self._entries.get(view.key)
        if entry is None:
            entry = self._entries[view.key] = Entry(view)
            if view.dataset_id is not None:
                self._by_dataset.setdefault(view.dataset_id, set()).add(entry)
        seat = entry.seats[outbox] = Seat(outbox)
        if frame := self._kept_still(view):
            seat.opened([frame], view.key, "", 0)
        else:
            self.spawn(self._open(entry, seat, since, epoch))

    def unsubscribe(self, outbox: Outbox, key: str) -> None:
        """No more of this view for this socket; nothing of it stays in the queue."""
        entry = self._entries.get(key)
        outbox.forget(key)
        if entry is None or entry.seats.pop(outbox, None) is None or entry.seats:
            return
        del self._entries[key]
        if (dataset_id := entry.view.dataset_id) is not None:
            self._by_dataset[dataset_id].discard(entry)

    def on_missed(self, outbox: Outbox, key: str) -> None:
        """A slow reader has caught up: give it the newest in place of what it missed."""
        entry = self._entries.get(key)
        if entry and outbox in entry.seats:
            seat = entry.seats[outbox] = Seat(outbox)
            self.spawn(self._open(entry, seat, None, None))

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run blocking work in one of a few threads, apart from those of the tail queries."""
        return await self._loop.run_in_executor(self._opening_pool, _with_connections, work)

    def spawn(self, work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """A task that lives as long as it runs."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End every task and connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()
        for pool in (self._asking, self._opening_pool):
            await asyncio.to_thread(pool.shutdown)
        await asyncio.to_thread(_close_connections)

    # -- what a socket gets first

    async def _open(self, entry: Entry, seat: Seat, since: int | None, epoch: str | None) -> None:
        """Frames that bring the socket up to date, then what came meanwhile, in order."""
        key = entry.view.key
        while entry.seats.get(seat.outbox) is seat:
            try:
                first, at_epoch, at = await self._opening(entry, since, epoch)
            except Exception as error:
                if not isinstance(error, UserError):
                    logger.exception("live view %s could not open", key)
                seat.outbox.put(_error_frame(key, error), key)
                if entry.view.dataset_id is None or isinstance(error, UserError):
                    return
                await asyncio.sleep(REOPEN_S)
                continue
            if entry.seats.get(seat.outbox) is not seat:
                return
            if not entry.epoch:
                entry.epoch, entry.sequence = at_epoch, at
            if seat.opened(first, key, at_epoch, at):
                break
            since = epoch = None
        if entry.is_stale and seat.waiting is None:
            seat.outbox.put(_age_frame("stale", key), key)

    async def _opening(
        self, entry: Entry, since: int | None, epoch: str | None
    ) -> tuple[list[str], str, int]:
        """Frames, and the epoch and number that they bring a socket to."""
        state = await self._journal.read(entry.view.key)
        missed = None
        if entry.view.dataset_id is not None:
            await self._look_at_age([entry])
            if since is not None and epoch == state.epoch:
                missed = state.after(since)
        if missed is not None:
            return [delta.frame for delta in missed], state.epoch, state.sequence
        snapshot, at = state.snapshot, state.snapshot_at
        if snapshot is None or state.after(at) is None:
            snapshot, at_epoch, at = await self._snapshot(entry, state)
            if at_epoch != state.epoch or at >= state.sequence:
                return [snapshot], at_epoch, at
        missed = state.after(at) or []
        return [snapshot, *(delta.frame for delta in missed)], state.epoch, state.sequence

    async def _snapshot(self, entry: Entry, state: State) -> tuple[str, str, int]:
        """Computed once for all who wait for it here.

        Its number was read before the question was asked, so no row falls between them; a delta
        that the snapshot holds already replaces rows by themselves.
        """
        if entry.opening is None or entry.opening.done():
            entry.opening = self.spawn(self._take_snapshot(entry.view, state))
        return await asyncio.shield(entry.opening)

    async def _take_snapshot(self, view: LiveView, state: State) -> tuple[str, str, int]:
        part = await self.run(lambda: view.answer(None))
        body = part.body.decode() if part else '{"frames":{}}'
        frame = (
            f'{{"type":"snapshot","key":"{view.key}","epoch":"{state.epoch}",'
            f'"sequence":{state.sequence},"data":{body}}}'
        )
        keep_s = view.keep_s if view.dataset_id is None else FULL_AGE_S
        await self._journal.keep_snapshot(view.key, frame, state.sequence, keep_s)
        if view.dataset_id is None:
            self._keep_still(view, frame)
        return frame, state.epoch, state.sequence

    def _keep_still(self, view: LiveView, frame: str) -> None:
        """So that the next who opens this card costs neither a task nor a trip to Redis."""
        self._still.pop(view.key, None)
        self._still[view.key] = (self._loop.time() + view.keep_s, frame)
        while len(self._still) > MOST_STILL:
            del self._still[next(iter(self._still))]

    def _kept_still(self, view: LiveView) -> str | None:
        until, frame = self._still.get(view.key, (0.0, ""))
        return frame if until > self._loop.time() else None

    # -- rows arrive

    async def _listen(self) -> None:
        """The one subscription; after a cut everything may have changed."""
        pause_s = 0.1
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(ROWS, FRAMES, ACCESS)
                    async for message in pubsub.listen():
                        if message["type"] == "message":
                            self._hear(message["channel"], message["data"])
                        elif message["channel"] == ACCESS.encode():  # the last of the three
                            self._ready.set()
                            self._touch_everything()
                            pause_s = 0.1
            except (redis.exceptions.RedisError, OSError) as error:
                self._ready.clear()
                logger.warning("the live bus is down: %s", error)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 1.0)

    def _hear(self, channel: bytes, data: bytes) -> None:
        try:
            if channel == FRAMES.encode():
                self._forward(Delta.unpack(data))
            elif channel == ROWS.encode():
                self._notice(Notice.unpack(data))
            else:
                self._recheck(set(map(int, data.split())))
        except ValueError:
            logger.exception("an unreadable message on %s", channel)

    def _notice(self, notice: Notice) -> None:
        """Rows arrived: views of that dataset are asked, at once after a quiet time."""
        before = self._numbers.get(notice.dataset_id, notice.number - 1)
        self._numbers[notice.dataset_id] = notice.number
        start_ms = notice.start_ms if notice.number == before + 1 else None
        for entry in self._by_dataset.get(notice.dataset_id, ()):
            entry.touch(start_ms, notice.end_ms, notice.number)
            self._set_age(entry, is_late=False)
            self._schedule(entry)

    def _touch_everything(self) -> None:
        for entry in self._entries.values():
            if entry.view.dataset_id is not None:
                entry.touch(None, 0, 0)
                self._schedule(entry)

    def _schedule(self, entry: Entry) -> None:
        if entry.task is None or entry.task.done():
            entry.task = self.spawn(self._ticks(entry))

    async def _ticks(self, entry: Entry) -> None:
        """Ask as long as something is touched and somebody watches, one tick at a time."""
        while entry.touched and entry.seats:
            await asyncio.sleep(max(0.0, entry.next_at - self._loop.time()))
            if entry.touched:  # meanwhile another process may have answered
                await self._tick(entry)

    async def _tick(self, entry: Entry) -> None:
        view, began = entry.view, self._loop.time()
        entry.next_at = began + RETRY_S
        upto, start_ms, end_ms = entry.upto, entry.start_ms, entry.end_ms
        try:
            token = await self._journal.lock(view.key)
            if token is None:  # another process asks; its delta says what it has answered
                return
            span = entry.take()
            part = await self._ask(view, span)
            if part is None:
                await self._journal.release(view.key, token)
            else:
                await self._journal.append(view.key, part.start_ms, part.body, upto, token)
            self._set_age(entry, has_failed=False)
        except (UserError, DatabaseError, redis.exceptions.RedisError) as error:
            logger.warning("live view %s could not be asked: %s", view.key, error)
            entry.touch(start_ms, end_ms, upto)
            self._set_age(entry, has_failed=True)
            entry.next_at = self._loop.time() + 1.0
        else:
            took_s = self._loop.time() - began
            # A heavy question gets a third of one thread at most.
            pause_s = max(settings.LIVE_TICK_S, view.every_s, 3 * took_s)
            entry.next_at = began + pause_s

    async def _ask(self, view: LiveView, span: Window | None) -> Part | None:
        work = partial(_with_connections, lambda: view.answer(span))
        return await self._loop.run_in_executor(self._asking, work)

    def _forward(self, delta: Delta) -> None:
        """The same text to every socket at that view."""
        entry = self._entries.get(delta.key)
        if entry is None:
            return
        if entry.touched and delta.upto >= entry.upto:
            entry.touched = False  # another process has answered what we owed
            entry.next_at = self._loop.time() + settings.LIVE_TICK_S
        is_gap = entry.epoch and (delta.epoch, delta.sequence) != (entry.epoch, entry.sequence + 1)
        if is_gap and delta.epoch == entry.epoch and delta.sequence <= entry.sequence:
            return
        since, epoch = entry.sequence, entry.epoch
        entry.epoch, entry.sequence = delta.epoch, delta.sequence
        for seat in list(entry.seats.values()):
            if is_gap and seat.waiting is None:
                seat.waiting = []
                self.spawn(self._open(entry, seat, since, epoch))
            seat.take(delta)

    # -- what is late, slow, or no longer allowed

    async def _watch(self) -> None:
        """Every two seconds: late datasets, slow readers, people whose rights have changed."""
        renew_at = time.monotonic() + RENEW_S
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                await self._look_at_age(self._entries.values())
                await self._look_at_people()
                if time.monotonic() > renew_at:
                    renew_at = time.monotonic() + RENEW_S
                    for member in list(self._members.values()):
                        await self.sockets.renew(member.user_id, member.name)
            except (redis.exceptions.RedisError, DatabaseError) as error:
                logger.warning("looking after sockets failed: %s", error)
            now = time.monotonic()
            for outbox, member in list(self._members.items()):
                if outbox.blocked_since is not None and now - outbox.blocked_since > SLOW_S:
                    member.drop()

    async def _look_at_people(self) -> None:
        """One query for all sockets, should the message on ACCESS have been lost, or never sent."""
        if not self._members:
            return
        ids = {member.user_id for member in self._members.values()}
        stamps = await self.run(lambda: stamps_of(ids))
        changed = {
            member.user_id
            for member in self._members.values()
            if stamps.get(member.user_id) != member.stamp
        }
        self._recheck(changed)

    async def _look_at_age(self, entries: Iterable[Entry]) -> None:
        """Mark views whose dataset has been silent for too long, and tell their sockets."""
        live = [(e, e.view.dataset_id) for e in entries if e.view.dataset_id is not None]
        if not live:
            return
        times = await self._redis.mget([last_key(dataset_id) for _entry, dataset_id in live])
        oldest = now_ms() - settings.LIVE_LATE_S * 1000
        for (entry, _dataset_id), last in zip(live, times, strict=True):
            self._set_age(entry, is_late=last is None or int(last) < oldest)

    def _set_age(
        self, entry: Entry, *, is_late: bool | None = None, has_failed: bool | None = None
    ) -> None:
        was_stale = entry.is_stale
        entry.is_late = entry.is_late if is_late is None else is_late
        entry.has_failed = entry.has_failed if has_failed is None else has_failed
        if entry.is_stale != was_stale:
            frame = _age_frame("stale" if entry.is_stale else "fresh", entry.view.key)
            for seat in entry.seats.values():
                if seat.waiting is None:
                    seat.outbox.put(frame, entry.view.key)

    def _recheck(self, user_ids: set[int]) -> None:
        for outbox, member in list(self._members.items()):
            if member.user_id in user_ids:
                self.spawn(self._recheck_one(outbox, member))

    async def _recheck_one(self, outbox: Outbox, member: Member) -> None:
        """Twice: Django says that somebody signs out just before the session is gone."""
        for pause_s in (0.0, 1.0):
            await asyncio.sleep(pause_s)
            if outbox in self._members:
                await member.recheck()


def open_sockets() -> int:
    """Sockets that are open in this process; for any thread."""
    return sum(each.socket_count for each in list(_hubs.values()))


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop, made at first need."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


async def close_hub() -> None:
    """End the running loop's hub, if it has one."""
    if found := _hubs.pop(asyncio.get_running_loop(), None):
        await found.close()


_connections: WeakSet[Any] = WeakSet()  # to the database, one for each thread of the pools


def _with_connections(work: Callable[[], Result]) -> Result:
    close_old_connections()
    try:
        _connections.add(database["default"])
        return work()
    finally:
        close_old_connections()


def _close_connections() -> None:
    """Those of threads that have ended; nobody else uses them."""
    for connection in list(_connections):
        connection.inc_thread_sharing()
        connection.close()
        connection.dec_thread_sharing()


def _age_frame(kind: str, key: str) -> str:
    return f'{{"type":"{kind}","key":"{key}"}}'


def _error_frame(key: str, error: Exception) -> str:
    code = error.code if isinstance(error, UserError) else "unavailable"
    words = _("The data cannot be read right now. It will be tried again.")
    message = error.message if isinstance(error, UserError) else words
    frame = {"type": "error", "key": key, "widget": None, "code": code, "message": message}
    return orjson.dumps(frame).decode()
