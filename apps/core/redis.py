"""The connections to Redis: one pool a process, bytes in and bytes out."""

from functools import cache

import redis
import redis.asyncio
from django.conf import settings


@cache
def client() -> redis.Redis:
    """For threads; safe after a fork, since redis-py looks at the process id."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=10, health_check_interval=30)


def async_client() -> redis.asyncio.Redis:
    """A new one for the running event loop; its owner closes it."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, health_check_interval=30)
