"""The connections to Redis: one pool a process, bytes in and bytes out."""

import logging
import os
import threading
from functools import cache
from typing import Any

import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)


@cache
def client() -> redis.Redis:
    """For threads; safe after a fork, since redis-py looks at the process id."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=10, health_check_interval=30)


def async_client() -> redis.asyncio.Redis:
    """A new one for the running event loop; its owner closes it."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, health_check_interval=30)


class Later:
    """A connection on which a command's answer is read only when the next one is sent.

    What is sent on it need not be waited for. Another command of the same process comes after it
    for sure only behind `settle`.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: Any = None
        self.is_open = False  # an answer is still to be read

    def send(self, *command: str | bytes | int) -> None:
        """Send it. Raises redis.ConnectionError."""
        with self.lock:
            if not self._is_sound():
                self.connection = client().connection_pool.make_connection()
                self.connection.connect()
            self.connection.send_command(*command, check_health=False)
            self.is_open = True

    def settle(self) -> None:
        """Wait until what was sent is done."""
        with self.lock:
            self._is_sound()

    def _is_sound(self) -> bool:
        """Read what is due; then nothing more comes, unless the connection has ended."""
        if self.connection is None:
            return False
        try:
            if self.is_open:
                self.is_open = False
                self.connection.read_response()
            return not self.connection.can_read(timeout=0)
        except redis.ResponseError:
            logger.exception("Redis refused what was sent")
            return True
        except redis.RedisError:
            self.connection.disconnect()
            return False


def _reset() -> None:
    """In a forked child: the connection is the parent's, and so may the lock be."""
    global later
    later = Later()


later = Later()
os.register_at_fork(after_in_child=_reset)
