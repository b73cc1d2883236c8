"""What is asked of the rows again and again, counted in Redis for a day after it was last asked."""

from functools import cache
from typing import Any

import orjson
from redis.commands.core import Script

from apps.core import redis
from apps.datasources.rollups.shapes import Wanted

OFTEN = 3  # times: then a roll-up is made
KEEP_S = 24 * 3600
MOST = 200  # different things counted of one dataset; then counting begins anew
DATASETS = "sightline:{rollups}:asked"  # braces: one slot of a cluster with what is below
NOTE = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[2])
then redis.call('DEL', KEYS[1]) end
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('SADD', KEYS[2], ARGV[4])
"""
DONE = """
for at = 2, #ARGV do
  if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[1])
  end
end
"""


def note(dataset_id: int, wanted: Wanted) -> None:
    """The rows were read for what a roll-up of this could have answered. One trip to Redis."""
    args: list[int | bytes] = [_text(wanted), MOST, KEEP_S, dataset_id]
    _script(NOTE)(keys=[_key(dataset_id), DATASETS], args=args)


def often(dataset_id: int) -> list[Wanted]:
    """What was asked often, the most frequent first."""
    told: Any = redis.client().hgetall(_key(dataset_id))
    found = sorted(((int(count), text) for text, count in told.items()), reverse=True)
    return [_wanted(text) for count, text in found if count >= OFTEN]


def datasets() -> list[int]:
    """The datasets of which something was asked often."""
    told: Any = redis.client().smembers(DATASETS)
    found = []
    for pk in sorted(int(each) for each in told):
        if not redis.client().exists(_key(pk)):
            redis.client().srem(DATASETS, pk)
        elif often(pk):
            found.append(pk)
    return found


def done(dataset_id: int, some: list[Wanted], left: int = 1) -> None:
    """Seen to. When the rows are read for it `left` times more, as after new data, it is due."""
    if some:
        args: list[int | bytes] = [OFTEN - left, *(_text(each) for each in some)]
        _script(DONE)(keys=[_key(dataset_id)], args=args)


def forget(dataset_id: int) -> None:
    """Begin to count anew."""
    redis.client().delete(_key(dataset_id))


def _text(wanted: Wanted) -> bytes:
    return orjson.dumps([wanted.time, wanted.bucket, wanted.columns])


def _wanted(text: bytes) -> Wanted:
    time, bucket, columns = orjson.loads(text)
    return Wanted(time, bucket, tuple(columns))


def _key(dataset_id: int) -> str:
    return f"{DATASETS}:{dataset_id}"


@cache
def _script(text: str) -> Script:
    return redis.client().register_script(text)
