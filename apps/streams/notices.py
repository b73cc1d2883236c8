"""What other processes' hubs hear over Redis: rows arrived, somebody's rights changed."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from apps.core import redis
from apps.core.window import Window, to_ms

ROWS = "sightline:live:rows"  # "dataset number from_ms to_ms"
ACCESS = "sightline:live:access"  # "user user ..."
FRAMES = "sightline:live:frames"  # a Delta, packed
KEEP_S = 30 * 86_400

# Notices of a dataset are numbered, so that a hub sees when it has missed one, and knows of a
# delta which notices it answers.
_TELL = """
local number = redis.call('INCR', KEYS[1])
redis.call('SET', KEYS[2], ARGV[5], 'EX', ARGV[6])
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('PUBLISH', ARGV[1], table.concat({ARGV[2], number, ARGV[3], ARGV[4]}, ' '))
return number
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """Rows of a dataset arrived, whose times lie in [start_ms, end_ms)."""

    dataset_id: int
    number: int
    start_ms: int
    end_ms: int

    @classmethod
    def unpack(cls, message: bytes) -> "Notice":
        """What `tell_rows` published."""
        return cls(*map(int, message.split()))


def tell_rows(dataset_id: int, window: Window) -> int:
    """Tell every hub; returns the number of the notice."""
    values = [ROWS, dataset_id, to_ms(window.start), to_ms(window.end), now_ms(), KEEP_S]
    keys = (_number_key(dataset_id), last_key(dataset_id))
    return int(redis.client().eval(_TELL, 2, *keys, *values))  # type: ignore[arg-type]


def tell_access(user_ids: Iterable[int]) -> None:
    """Have the open sockets of these people checked again."""
    if ids := " ".join(map(str, user_ids)):
        redis.client().publish(ACCESS, ids)


def last_key(dataset_id: int) -> str:
    """Where the time of the last notice stands, in milliseconds since 1970."""
    return f"sightline:live:dataset:{dataset_id}:last"


def now_ms() -> int:
    """The clock."""
    return int(time.time() * 1000)


def _number_key(dataset_id: int) -> str:
    return f"sightline:live:dataset:{dataset_id}:number"
