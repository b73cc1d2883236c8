"""Ask a question once: authorise, compile, guard, run, keep. Query in, Frame out.

Charts, exports, reports, alerts, insights, embeds and partners all come through here, as a user.
An answer is kept in Redis as the bytes that will be sent. Equal questions at the same time run
once, in all processes; an answer past its freshness is served at once and refreshed behind.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
import pyarrow as pa
from django.conf import settings
from django.db import close_old_connections

from apps.accounts.models import User
from apps.accounts.queries import Visitor
from apps.core import metrics
from apps.core.errors import UserError
from apps.datasources import bins, breaker, kept
from apps.datasources.access import Scope, scope_of
from apps.datasources.compiler import Compiled
from apps.datasources.connectors import BUILT_IN, connector
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.connectors.errors import SourceRefused
from apps.datasources.definition import Definition, definition
from apps.datasources.frame import Frame
from apps.datasources.gaps import open_at_start
from apps.datasources.models import Source
from apps.datasources.plans import answered, plan
from apps.datasources.query import Condition, Query
from apps.datasources.rollups import services as rollups
from apps.datasources.sources import connection_of

logger = logging.getLogger(__name__)
STREAM_FRESH_S = 1.0
REFRESHERS = 4  # more than may wait for one source, so that one that hangs stops no other
Run = Callable[[Connection, str, Sequence[Any], Limits], pa.Table]
FORMS: dict[str, Callable[[Frame], bytes]] = {
    "json": Frame.to_json,
    "arrow": Frame.to_arrow,
    "csv": Frame.to_csv,
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer as bytes. `hit`: it was kept; `stale`: it is past its freshness.

    `problem`: why there is no newer one, in words, and as a code; the source is down, for example.
    """

    body: bytes
    key: str
    computed_at: float
    hit: bool
    stale: bool
    problem: str = ""
    problem_code: str = ""

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


def fresh_kept(query: Query, user: Visitor) -> Encoded | None:
    """The kept answer in JSON if it is there and fresh; nothing is computed or refreshed."""
    scope = scope_of(user, query.dataset)
    key = answer_key(query, scope)
    packed = kept.answer(key)
    if packed is None:
        return None
    found = unpack(key, packed)
    is_stream = definition(query.dataset, scope.version).is_stream
    if time.time() - found.computed_at >= (STREAM_FRESH_S if is_stream else settings.QUERY_FRESH_S):
        return None
    metrics.ANSWERS.labels("hit").inc()
    return found


def encoded(query: Query, scope: Scope, form: str = "json") -> Encoded:
    """answer_encoded for a caller who has authorised already, such as an open socket."""
    found = _found(query, scope, form)
    metrics.ANSWERS.labels("stale" if found.stale else "hit" if found.hit else "miss").inc()
    return found


def _found(query: Query, scope: Scope, form: str) -> Encoded:
    key = answer_key(query, scope, form)
    shape, now = definition(query.dataset, scope.version), time.time()
    oldest = now - STREAM_FRESH_S if shape.is_stream else 0.0
    found = kept.answer_or_lock(key, oldest)
    if isinstance(found, bytes):
        answer = unpack(key, found)
        if shape.is_stream or now - answer.computed_at < settings.QUERY_FRESH_S:
            return answer
        return _stale(answer, query, scope, form, shape)
    return _once(query, scope, form, key, found)


def _stale(answer: Encoded, query: Query, scope: Scope, form: str, shape: Definition) -> Encoded:
    """An old answer goes out at once, and is refreshed behind unless that has just failed."""
    failure: UserError | None = kept.failure(answer.key)
    if failure is None and shape.source_kind not in BUILT_IN:
        failure = breaker.problem_of(shape.source_id)
    if failure is None:
        _refresher().submit(_refresh, query, scope, form, answer.key)
        return replace(answer, stale=True)
    return replace(answer, stale=True, problem=failure.message, problem_code=failure.code)


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


def unpack(key: str, packed: bytes) -> Encoded:
    """What is kept, as an answer."""
    computed_at, body = kept.unpack(packed)
    return Encoded(body, key, computed_at, hit=True, stale=False)


def explain(query: Query, user: Visitor, *, has_rollups: bool = True) -> Compiled:
    """The SQL and its parameters, for "see query"; nothing is run but what the width of bins needs.

    `also` has the further statements of the same answer. Without roll-ups: what the rows were
    asked for an answer that no roll-up gave.
    """
    scope = scope_of(user, query.dataset)
    shape = definition(query.dataset, scope.version)
    query = _settled(query, shape, scope)
    shape = rollups.offered(shape) if has_rollups else shape
    return plan(query, shape, scope.policies, scope.hidden).explained


def _once(query: Query, scope: Scope, form: str, key: str, lock: kept.Lock | None) -> Encoded:
    """Compute under a lock that all processes share; who waited takes the winner's answer.

    lock: None if somebody else has it. A failure is shared as well, with all who waited for it.
    """
    if lock is None:
        found = kept.wait(key, settings.QUERY_TIMEOUT_S + 5)
        if isinstance(found, bytes):
            return unpack(key, found)
        lock = found
    try:
        frame = _compute(query, scope)
        body, computed_at = FORMS[form](frame), frame.computed_at.timestamp()
    except UserError as error:
        kept.fail(key, lock, error)
        raise
    except BaseException:
        kept.release(key, lock)
        raise
    kept.keep(key, lock, computed_at, body)
    return Encoded(body, key, computed_at, hit=False, stale=False)


def _compute(query: Query, scope: Scope) -> Frame:
    shape = definition(query.dataset, scope.version)
    return ask(_settled(query, shape, scope), shape, scope.policies, scope.hidden)


def _settled(query: Query, shape: Definition, scope: Scope) -> Query:
    """With the width of its bins, from a kept answer if there is one."""

    def told(each: Query) -> dict[str, float | None]:
        frame = orjson.loads(encoded(each, scope).body)
        names = (column["name"] for column in frame["columns"])
        return {name: values[0] for name, values in zip(names, frame["data"], strict=True)}

    return bins.settled(query, shape.without(scope.hidden), told)


def ask(
    query: Query,
    shape: Definition,
    policies: tuple[Condition, ...] = (),
    hidden: frozenset[str] = frozenset(),
) -> Frame:
    """Compute now, of a shape that need not be kept: a dataset to be made, or measures of the
    moment. The caller has authorised, and gives the policies and hidden columns of who asks.
    """

    def told(each: Query) -> dict[str, float | None]:
        (row,) = ask(each, shape, policies, hidden).table.to_pylist()
        return dict(row)

    query = bins.settled(query, shape.without(hidden), told)
    asked = plan(query, rollups.offered(shape), policies, hidden)
    started, now = time.perf_counter(), datetime.now(UTC)
    try:
        found = answered(asked, lambda compiled: _run(compiled, shape))
    except SourceRefused:
        if asked.rollup is None:
            raise
        logger.warning("a roll-up of dataset %s is gone or broken", query.dataset)
        asked = plan(query, shape, policies, hidden)
        found = answered(asked, lambda compiled: _run(compiled, shape))
    took_ms = (time.perf_counter() - started) * 1000
    rollups.note(query, shape, policies, asked)
    is_rolled = asked.rollup is not None
    return Frame(found.table, found.columns, query, now, took_ms, found.truncated, is_rolled)


def _run(compiled: Compiled, shape: Definition) -> pa.Table:
    limits = Limits(settings.QUERY_TIMEOUT_S, compiled.limit + 1, settings.QUERY_MAX_BYTES)
    run: Run = connector(shape.source_kind).run
    if shape.source_kind in BUILT_IN:
        own = Connection(shape.source_kind, {}, source_id=shape.source_id)
        return run(own, compiled.sql, compiled.parameters, limits)
    source = Source.objects.get(pk=shape.source_id)
    with breaker.guarded(source):
        return run(connection_of(source), compiled.sql, compiled.parameters, limits)


def _refresh(query: Query, scope: Scope, form: str, key: str) -> None:
    """Compute behind a stale answer, by one of all who saw it stale."""
    try:
        found = kept.answer_or_lock(key, time.time() - STREAM_FRESH_S)
        if isinstance(found, kept.Lock):
            _once(query, scope, form, key, found)
    except UserError as error:
        logger.warning("refresh of dataset %s failed: %s", query.dataset, error.code)
    except Exception:
        logger.exception("refresh of dataset %s failed", query.dataset)
    finally:
        close_old_connections()


@cache
def _refresher() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=REFRESHERS, thread_name_prefix="refresh")


def may_query(user: User, dataset_id: int) -> bool:
    """Whether `user` may ask this dataset at all."""
    try:
        scope_of(user, dataset_id)
    except UserError:
        return False
    return True
