"""Answers in Redis: the bytes that will be sent, one lock a question, and what failed lately.

One script a step, because each trip to Redis costs as much as the rest of a small answer.
"""

import secrets
import struct
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from redis.commands.core import Script

from apps.core import redis
from apps.core.errors import Unavailable, UserError

HEAD = struct.Struct(">d")  # when it was computed, seconds since 1970
POLLS_S = (0.005, 0.025)  # while somebody else computes: first, and longest
FAILURE_S = 10  # a failure is shown, and not tried again, for so long
ANSWER_OR_LOCK = """
local kept = redis.call('GET', KEYS[1])
if kept and struct.unpack('>d', kept) >= tonumber(ARGV[1]) then return kept end
if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return 1 end
return 0
"""
KEEP = """
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
"""
FAIL = """
if redis.call('GET', KEYS[2]) == ARGV[1] then
  if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end
  redis.call('DEL', KEYS[2])
end
"""


@dataclass(frozen=True, slots=True)
class Lock:
    """The right to compute an answer, until it is kept or given back."""

    token: bytes


class Failed(Unavailable):
    """A failure as it is kept beside an answer. `at`: seconds since 1970."""

    def __init__(self, status: int, code: str, field: str | None, message: str, at: float) -> None:
        super().__init__(message, field=field, code=code)
        self.status, self.at = status, at


def answer(key: str) -> bytes | None:
    """The kept answer of any age."""
    found: Any = redis.client().get(_answer(key))
    return found  # type: ignore[no-any-return]


def answer_or_lock(key: str, oldest: float) -> bytes | Lock | None:
    """The kept answer if it was computed at `oldest` or later, else the lock, or None: taken."""
    token = secrets.token_bytes(12)
    milliseconds = int((settings.QUERY_TIMEOUT_S + 5) * 1000)
    found: Any = _script(ANSWER_OR_LOCK)(
        keys=[_answer(key), _lock(key)], args=[oldest, token, milliseconds]
    )
    if isinstance(found, bytes):
        return found
    return Lock(token) if found else None


def wait(key: str, patience_s: float) -> bytes | Lock:
    """What somebody else computes meanwhile, or the lock. Raises their failure."""
    began, pause_s = time.time(), POLLS_S[0]
    while time.time() < began + patience_s:
        time.sleep(pause_s)
        found = answer_or_lock(key, began - 1)
        if isinstance(found, bytes):
            return found
        if found:
            failed = failure(key)
            if failed and failed.at >= began:
                release(key, found)
                raise failed
            return found
        pause_s = min(pause_s * 1.5, POLLS_S[1])
    raise Unavailable(_("The same question is being answered for too long. Try again."))


def keep(key: str, lock: Lock, computed_at: float, body: bytes) -> None:
    """Keep an answer and give the lock back, without waiting until that is done.

    Should it be lost, the lock runs out, and the answer is computed again.
    """
    packed = HEAD.pack(computed_at) + body
    names = (_answer(key), _lock(key))
    redis.later.send("EVAL", KEEP, 2, *names, lock.token, packed, settings.QUERY_KEEP_S)


def fail(key: str, lock: Lock, error: UserError) -> None:
    """Keep a failure beside the answer for a moment, and give the lock back."""
    said = orjson.dumps([error.status, error.code, error.field, error.message, time.time()])
    _script(FAIL)(keys=[_failure(key), _lock(key)], args=[lock.token, said, FAILURE_S])


def release(key: str, lock: Lock) -> None:
    """Give the lock back."""
    _script(FAIL)(keys=[_failure(key), _lock(key)], args=[lock.token, b"", FAILURE_S])


def failure(key: str) -> Failed | None:
    """Why the last try failed, if that was a moment ago."""
    said: Any = redis.client().get(_failure(key))
    return Failed(*orjson.loads(said)) if said else None


def forget(key: str) -> None:
    """As if it had never been asked."""
    redis.later.settle()
    redis.client().delete(_answer(key), _failure(key))


def unpack(packed: bytes) -> tuple[float, bytes]:
    """When a kept answer was computed, and its bytes."""
    return HEAD.unpack_from(packed)[0], packed[HEAD.size :]


def _answer(key: str) -> str:
    return f"sightline:answer:{{{key}}}"  # braces: one slot of a cluster for the three


def _lock(key: str) -> str:
    return f"{_answer(key)}:lock"


def _failure(key: str) -> str:
    return f"{_answer(key)}:failed"


@cache
def _script(text: str) -> Script:
    return redis.client().register_script(text)
