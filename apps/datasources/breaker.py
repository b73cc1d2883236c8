"""A source that is down is left alone, and one that hangs holds few of our threads.

The circuit breaker is in Redis, for all processes: after BREAKER_FAILURES outages in a row a
source's queries are refused at once for BREAKER_OPEN_S; then one query tries it again. The places
to wait at a source are counted per process. How a source fares is written to its row for people.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.commands.core import Script

from apps.core import redis
from apps.core.errors import UserError
from apps.datasources.connectors.errors import (
    QueryCancelled,
    SourceBusy,
    SourceDown,
)
from apps.datasources.models import Source

TOLD_S = 60  # a source that is well is noted so often
SILENT_S = 2.0  # nobody queues behind queries that have had no answer for so long
# the state: failures, since (of the first), name, open_until; gone when the source answers
_noted: dict[int, float] = {}  # source -> when this process has seen to that
FAILED = """
local n = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('HSETNX', KEYS[1], 'since', ARGV[1])
redis.call('HSET', KEYS[1], 'name', ARGV[5])
if n < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
else
  redis.call('HSET', KEYS[1], 'open_until', ARGV[4])
  redis.call('EXPIRE', KEYS[1], 86400)
end
return n
"""


@contextmanager
def guarded(source: Source) -> Iterator[None]:
    """Ask a source inside. Raises SourceDown or SourceBusy instead of letting the query begin."""
    was_failing = _admit(source)
    with _place(source):
        try:
            yield
        except QueryCancelled:
            _forget_probe(source)
            raise
        except UserError as error:
            if getattr(error, "is_outage", False):
                _failed(source, error)
            else:
                _answered(source, was_failing)  # it said no, but it spoke
            raise
        except BaseException:
            _forget_probe(source)
            raise
    _answered(source, was_failing)


def problem_of(source_id: int) -> SourceDown | None:
    """What is wrong with a source, if its breaker is open."""
    state = _state(source_id)
    return _down(state) if _is_open(state) else None


def close(source_id: int) -> None:
    """Ask the source again at once: its settings have changed, or a person tries it."""
    redis.client().delete(_key(source_id), _probe_key(source_id))


def note_answer(source_id: int) -> None:
    """The source has just answered, and is asked again by everybody."""
    close(source_id)
    redis.client().delete(_told_key(source_id, "failed"))
    Source.objects.filter(pk=source_id).update(answered_at=datetime.now(UTC), problem="")


def note_failure(source_id: int, problem: str) -> None:
    """The source has just failed; since when stands as it was, if it failed before."""
    redis.client().delete(_told_key(source_id, "answered"))
    mine = Source.objects.filter(pk=source_id)
    well = Q(failed_at=None) | Q(answered_at__gt=F("failed_at"))
    mine.filter(well).update(failed_at=datetime.now(UTC))
    mine.update(problem=problem[:300])


def _admit(source: Source) -> bool:
    """Whether the source was failing. Raises SourceDown while the breaker is open.

    Half open, the first who comes goes through as the probe.
    """
    state = _state(source.pk)
    if b"open_until" not in state:
        return bool(state)
    keep_ms = int((settings.QUERY_TIMEOUT_S + 10) * 1000)
    probe = _probe_key(source.pk)
    if _is_open(state) or not redis.client().set(probe, b"1", nx=True, px=keep_ms):
        raise _down(state)
    return True


def _answered(source: Source, was_failing: bool) -> None:
    if not was_failing and time.monotonic() < _noted.get(source.pk, 0.0) + TOLD_S:
        return  # without asking Redis
    _noted[source.pk] = time.monotonic()
    if _is_due(source.pk, "answered") or was_failing:
        note_answer(source.pk)


def _failed(source: Source, error: UserError) -> None:
    now = time.time()
    limits = (settings.BREAKER_FAILURES, int(settings.BREAKER_WINDOW_S * 1000))
    until = now + settings.BREAKER_OPEN_S
    failures = _count_failure()(keys=[_key(source.pk)], args=[now, *limits, until, source.name])
    _forget_probe(source)
    if failures in (1, settings.BREAKER_FAILURES) or _is_due(source.pk, "failed"):
        note_failure(source.pk, error.message)


def _is_due(source_id: int, what: str) -> bool:
    """Whether this has not been written to the row lately."""
    return bool(redis.client().set(_told_key(source_id, what), b"1", nx=True, ex=TOLD_S))


def _forget_probe(source: Source) -> None:
    redis.client().delete(_probe_key(source.pk))


def _state(source_id: int) -> dict[bytes, bytes]:
    state: Any = redis.client().hgetall(_key(source_id))
    return dict(state)


def _is_open(state: dict[bytes, bytes]) -> bool:
    return float(state.get(b"open_until", 0)) > time.time()


def _down(state: dict[bytes, bytes]) -> SourceDown:
    since = timezone.localtime(datetime.fromtimestamp(float(state.get(b"since", 0)), UTC))
    is_today = since.date() == timezone.localdate()
    at = since.strftime("%H:%M %Z" if is_today else "%Y-%m-%d %H:%M %Z")
    message = _("“%(name)s” has not answered since %(at)s.")
    return SourceDown(message % {"name": state.get(b"name", b"").decode(), "at": at})


def _key(source_id: int) -> str:
    return f"sightline:source:{source_id}:breaker"


def _probe_key(source_id: int) -> str:
    return f"sightline:source:{source_id}:probe"


def _told_key(source_id: int, what: str) -> str:
    return f"sightline:source:{source_id}:{what}"


@cache
def _count_failure() -> Script:
    return redis.client().register_script(FAILED)


# -- places to wait, in this process


@dataclass(slots=True)
class _Places:
    """Who waits for one source. `moved_at`: when one began on a quiet source, or was answered."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    taken: int = 0
    moved_at: float = 0.0


_all_places: dict[int, _Places] = {}


@contextmanager
def _place(source: Source) -> Iterator[None]:
    """One of SOURCE_THREADS places. Raises SourceBusy if none becomes free for SILENT_S."""
    places = _all_places.setdefault(source.pk, _Places())
    with places.changed:
        while places.taken >= settings.SOURCE_THREADS:
            patience_s = places.moved_at + SILENT_S - time.monotonic()
            if patience_s <= 0:
                message = _("The source “%(name)s” is slow. Try again in a moment.")
                raise SourceBusy(message % {"name": source.name})
            places.changed.wait(patience_s)
        if not places.taken:
            places.moved_at = time.monotonic()
        places.taken += 1
    try:
        yield
    finally:
        with places.changed:
            places.taken -= 1
            places.moved_at = time.monotonic()
            places.changed.notify()
