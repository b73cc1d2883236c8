"""How many sockets a person may hold, and how fast one may speak."""

import secrets
import time

import redis.asyncio
from django.conf import settings

KEEP_S = 90  # a socket of a killed process counts for so long
MOST_MESSAGES = 100  # a second, on one socket

_ADMIT = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
"""


class Sockets:
    """The open sockets of each person, counted over all processes."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._redis = client
        self._admit = client.register_script(_ADMIT)

    async def admit(self, user_id: int) -> str | None:
        """A name for one more socket, or None if the person has enough."""
        name, now = secrets.token_hex(8), time.time()
        most = settings.WS_MAX_SOCKETS_PER_USER
        values: list[str | float] = [now, most, now + KEEP_S, name, KEEP_S]
        return name if await self._admit(keys=[_key(user_id)], args=values) else None

    async def renew(self, user_id: int, name: str) -> None:
        """Still open."""
        await self._redis.zadd(_key(user_id), {name: time.time() + KEEP_S})
        await self._redis.expire(_key(user_id), KEEP_S)

    async def release(self, user_id: int, name: str) -> None:
        """Closed."""
        await self._redis.zrem(_key(user_id), name)


class Pace:
    """Messages of one socket in the running second."""

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._most = most
        self._second = 0
        self._count = 0

    def is_kept(self) -> bool:
        """Count one message; False if it is one too many."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= self._most


def _key(user_id: int) -> str:
    return f"sightline:live:sockets:{user_id}"
