"""What Redis keeps of a live view: its last deltas by number, and a snapshot to begin with.

All processes share it: whoever joins reads a kept snapshot and what came after it, so the database
answers once however many join.
"""

import secrets
from dataclasses import dataclass

import redis.asyncio

from apps.streams.notices import FRAMES

MOST_DELTAS = 64
KEEP_S = 600
LOCK_MS = 2000
_KEY, _EPOCH, _NUMBER = 32, 16, 12  # characters, in this order: key, epoch, sequence, upto
_HEAD = _KEY + _EPOCH + 2 * _NUMBER

# Number, keep and publish in one step, so that the order of numbers is the order on the wire.
_APPEND = """
if redis.call('GET', KEYS[3]) == ARGV[1] then redis.call('DEL', KEYS[3]) end
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[2])
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local sequence = redis.call('HINCRBY', KEYS[1], 'sequence', 1)
local frame = '{"type":"delta","key":"' .. ARGV[3] .. '","epoch":"' .. epoch .. '","sequence":'
frame = frame .. sequence .. ARGV[4]
local message = ARGV[3] .. epoch .. string.format('%012d', sequence) .. ARGV[5] .. frame
redis.call('RPUSH', KEYS[2], message)
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[6]), -1)
redis.call('EXPIRE', KEYS[1], ARGV[7])
redis.call('EXPIRE', KEYS[2], ARGV[7])
redis.call('PUBLISH', ARGV[8], message)
return sequence
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


@dataclass(frozen=True, slots=True)
class Delta:
    """One packed delta. `upto`: the newest notice that it answers. `frame`: what sockets get."""

    key: str
    epoch: str
    sequence: int
    upto: int
    frame: str

    @classmethod
    def unpack(cls, message: bytes) -> "Delta":
        """Decoded once, and then forwarded to all sockets as it is."""
        head, frame = message[:_HEAD].decode(), message[_HEAD:].decode()
        at = _KEY + _EPOCH
        return cls(
            key=head[:_KEY],
            epoch=head[_KEY:at],
            sequence=int(head[at : at + _NUMBER]),
            upto=int(head[at + _NUMBER :]),
            frame=frame,
        )


@dataclass(frozen=True, slots=True)
class State:
    """Where a view stands. `snapshot` was taken when the sequence was `snapshot_at`."""

    epoch: str
    sequence: int
    log: tuple[Delta, ...]
    snapshot: str | None
    snapshot_at: int

    def after(self, sequence: int) -> list[Delta] | None:
        """The deltas that follow `sequence`, or None if some of them are gone."""
        missed = [delta for delta in self.log if delta.sequence > sequence]
        if len(missed) != self.sequence - sequence or any(d.epoch != self.epoch for d in missed):
            return None
        return missed


class Journal:
    """The journals of all views, on one connection pool."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._redis = client
        self._append = client.register_script(_APPEND)
        self._release = client.register_script(_RELEASE)

    async def read(self, key: str) -> State:
        """Everything about one view, in one round trip; gives it an epoch if it has none."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.hsetnx(_state(key), "epoch", secrets.token_hex(_EPOCH // 2))
        pipe.expire(_state(key), KEEP_S)
        pipe.hmget(_state(key), ["epoch", "sequence"])
        pipe.lrange(_log(key), 0, -1)
        pipe.get(_snapshot(key))
        _new, _kept, (epoch, sequence), log, snapshot = await pipe.execute()
        return State(
            epoch=epoch.decode(),
            sequence=int(sequence or 0),
            log=tuple(Delta.unpack(message) for message in log),
            snapshot=snapshot[_NUMBER:].decode() if snapshot else None,
            snapshot_at=int(snapshot[:_NUMBER]) if snapshot else 0,
        )

    async def append(
        self, key: str, start_ms: int | None, data: bytes, upto: int, token: str
    ) -> None:
        """Number, keep and publish a delta; the lock held by `token` ends with it."""
        start = b"null" if start_ms is None else b"%d" % start_ms
        rest = b',"from":%s,"data":%s}' % (start, data)
        keys = [_state(key), _log(key), _lock(key)]
        fresh = secrets.token_hex(_EPOCH // 2)
        values: list[bytes | str | int] = [
            token,
            fresh,
            key,
            rest,
            f"{upto:012d}",
            MOST_DELTAS,
            KEEP_S,
            FRAMES,
        ]
        await self._append(keys=keys, args=values)

    async def keep_snapshot(self, key: str, frame: str, at: int, keep_s: float) -> None:
        """For those who join in the next moment."""
        value = f"{at:012d}{frame}".encode()
        await self._redis.set(_snapshot(key), value, px=max(1, int(keep_s * 1000)))

    async def lock(self, key: str) -> str | None:
        """A token if this process is to run the tail query; None if another one does."""
        token = secrets.token_hex(8)
        taken = await self._redis.set(_lock(key), token, nx=True, px=LOCK_MS)
        return token if taken else None

    async def release(self, key: str, token: str) -> None:
        """Give the lock back, unless it has passed to another."""
        await self._release(keys=[_lock(key)], args=[token])


def _state(key: str) -> str:
    return f"sightline:live:{key}:state"


def _log(key: str) -> str:
    return f"sightline:live:{key}:log"


def _snapshot(key: str) -> str:
    return f"sightline:live:{key}:snapshot"


def _lock(key: str) -> str:
    return f"sightline:live:{key}:lock"
