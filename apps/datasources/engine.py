"""Ask a question once: authorise, compile, guard, run, keep. Query in, Frame out.

Charts, exports, reports, alerts, insights, embeds and partners all come through here, as a user.
An answer is kept in Redis as the bytes that will be sent. Equal questions at the same time run
once, in all processes; an answer past its freshness is served at once and refreshed behind.
"""

import logging
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import close_old_connections

from apps.accounts.models import User
from apps.accounts.queries import Visitor
from apps.core import metrics, redis
from apps.core.errors import UserError
from apps.datasources.access import Scope, scope_of
from apps.datasources.compiler import Compiled
from apps.datasources.connectors import BUILT_IN, connector
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.definition import Definition, definition
from apps.datasources.frame import Frame
from apps.datasources.gaps import open_at_start
from apps.datasources.models import Source
from apps.datasources.plans import answered, plan
from apps.datasources.query import Condition, Query
from apps.datasources.sources import connection_of

logger = logging.getLogger(__name__)
HEAD = struct.Struct(">d")  # when it was computed, seconds since 1970
STREAM_FRESH_S = 1.0
FORMS: dict[str, Callable[[Frame], bytes]] = {
    "json": Frame.to_json,
    "arrow": Frame.to_arrow,
    "csv": Frame.to_csv,
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer as bytes. `hit`: it was kept; `stale`: it is past its freshness."""

    body: bytes
    key: str
    computed_at: float
    hit: bool
    stale: bool

    @property
    def etag(self) -> str:
        """Differs for other rows, another scope of rows, and a later computation."""
        return f'"{self.key[:24]}-{int(self.computed_at * 1000):x}"'


def answer(query: Query, user: Visitor) -> Frame:
    """Compute now, as `user`. Raises UserError: NotFound, a wrong field, or a SourceError."""
    scope = scope_of(user, query.dataset)
    return _compute(query, scope)


def answer_encoded(query: Query, user: Visitor, form: str = "json") -> Encoded:
    """The kept answer if it is there, else a computed one. form: one of FORMS."""
    return encoded(query, scope_of(user, query.dataset), form)


def encoded(query: Query, scope: Scope, form: str = "json") -> Encoded:
    """answer_encoded for a caller who has authorised already, such as an open socket."""
    found = _found(query, scope, form)
    metrics.ANSWERS.labels("stale" if found.stale else "hit" if found.hit else "miss").inc()
    return found


def _found(query: Query, scope: Scope, form: str) -> Encoded:
    key = answer_key(query, scope, form)
    if kept := kept_answer(key):
        is_stream = definition(query.dataset, scope.version).is_stream
        age = time.time() - kept.computed_at
        if age < (STREAM_FRESH_S if is_stream else settings.QUERY_FRESH_S):
            return kept
        if not is_stream:
            _refresher().submit(_refresh, query, scope, form, key)
            return Encoded(kept.body, key, kept.computed_at, hit=True, stale=True)
    return _once(query, scope, form, key)


def fresh(query: Query, scope: Scope) -> Frame:
    """Computed now and not kept, for a caller who has authorised: what a live view begins with."""
    return _compute(query, scope)


def tail(query: Query, scope: Scope) -> Frame:
    """`fresh`, for the last steps of a series, to be set behind what is drawn already.

    Without splits it begins at the window's start, with a gap if there is no value.
    """
    frame = _compute(query, scope)
    return replace(frame, table=open_at_start(frame.table, query, frame.columns))


def answer_key(query: Query, scope: Scope, form: str = "json") -> str:
    """What the answer is kept under: the question, the dataset's version, the rows seen."""
    return f"{query.identity}:{scope.key}:{form}"


def kept_answer(key: str) -> Encoded | None:
    """The kept answer of that key, whatever its age."""
    kept: Any = redis.client().get(_name(key))
    return unpack(key, kept) if kept else None


def unpack(key: str, kept: bytes) -> Encoded:
    """What Redis holds, as an answer."""
    (computed_at,) = HEAD.unpack_from(kept)
    return Encoded(kept[HEAD.size :], key, computed_at, hit=True, stale=False)


def explain(query: Query, user: Visitor) -> Compiled:
    """The SQL and its parameters, for "see query"; nothing is run.

    `also` has the further statements of the same answer.
    """
    scope = scope_of(user, query.dataset)
    shape = definition(query.dataset, scope.version)
    return plan(query, shape, scope.policies, scope.hidden).explained


def _once(query: Query, scope: Scope, form: str, key: str) -> Encoded:
    """Compute under a lock that all processes share; who waited takes the winner's answer."""
    asked_at = time.time()
    lock = redis.client().lock(
        f"{_name(key)}:lock",
        timeout=settings.QUERY_TIMEOUT_S + 5,
        blocking_timeout=settings.QUERY_TIMEOUT_S + 5,
        sleep=0.005,
    )
    with lock:
        kept = kept_answer(key)
        if kept and kept.computed_at >= asked_at - STREAM_FRESH_S:
            return kept
        frame = _compute(query, scope)
        body, computed_at = FORMS[form](frame), frame.computed_at.timestamp()
        redis.client().set(_name(key), HEAD.pack(computed_at) + body, ex=settings.QUERY_KEEP_S)
        return Encoded(body, key, computed_at, hit=False, stale=False)


def _compute(query: Query, scope: Scope) -> Frame:
    shape = definition(query.dataset, scope.version)
    return ask(query, shape, scope.policies, scope.hidden)


def ask(
    query: Query,
    shape: Definition,
    policies: tuple[Condition, ...] = (),
    hidden: frozenset[str] = frozenset(),
) -> Frame:
    """Compute now, of a shape that need not be kept: a dataset to be made, or measures of the
    moment. The caller has authorised, and gives the policies and hidden columns of who asks.
    """
    asked = plan(query, shape, policies, hidden)
    started, now = time.perf_counter(), datetime.now(UTC)
    found = answered(asked, lambda compiled: _run(compiled, shape))
    took_ms = (time.perf_counter() - started) * 1000
    return Frame(found.table, found.columns, query, now, took_ms, found.truncated)


def _run(compiled: Compiled, shape: Definition) -> pa.Table:
    limits = Limits(settings.QUERY_TIMEOUT_S, compiled.limit + 1, settings.QUERY_MAX_BYTES)
    if shape.source_kind in BUILT_IN:
        source = Connection(shape.source_kind, {}, source_id=shape.source_id)
    else:
        source = connection_of(Source.objects.get(pk=shape.source_id))
    run = connector(shape.source_kind).run
    table: pa.Table = run(source, compiled.sql, compiled.parameters, limits)
    return table


def _refresh(query: Query, scope: Scope, form: str, key: str) -> None:
    """Compute behind a stale answer, by one of all who saw it stale."""
    mark = f"{_name(key)}:refresh"
    if not redis.client().set(mark, b"1", nx=True, px=int(settings.QUERY_TIMEOUT_S * 1000)):
        return
    try:
        _once(query, scope, form, key)
    except UserError as error:
        logger.warning("refresh of dataset %s failed: %s", query.dataset, error.code)
    finally:
        redis.client().delete(mark)
        close_old_connections()


@cache
def _refresher() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="refresh")


def _name(key: str) -> str:
    return f"sightline:answer:{key}"


def may_query(user: User, dataset_id: int) -> bool:
    """Whether `user` may ask this dataset at all."""
    try:
        scope_of(user, dataset_id)
    except UserError:
        return False
    return True
