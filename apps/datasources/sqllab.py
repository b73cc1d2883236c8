"""The SQL lab: a person's statement runs, can be cancelled, leaves a trace, becomes a dataset.

A run takes up to QUERY_TIMEOUT_S, and the WSGI bridge has eight threads for everybody; so a run
has a thread of its own and the page asks how it fares. A process runs PLACES of them at once, a
person two. A queue of the worker would start later, share its places with forecasts and reports,
and gain nothing: it is the source that works, this thread waits. What several processes must know
(cancel, signs of life, rows) is in Redis.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connections, transaction
from django.utils.translation import gettext as _
from sqlglot import exp

from apps.accounts.models import User
from apps.core import redis
from apps.core.errors import TooMany, Unavailable, UserError
from apps.datasources import sql_access, sql_parameters, sql_uploads
from apps.datasources.connectors import connector
from apps.datasources.connectors.base import Limits
from apps.datasources.connectors.errors import QueryCancelled
from apps.datasources.models import Source, SqlRun
from apps.datasources.sources import connection_of
from apps.datasources.sql_parameters import Statement

logger = logging.getLogger(__name__)
PLACES = 4  # runs at once in one process
EACH = 2  # and of one person
KEEP_S = 900  # how long the rows of a run can be looked at and downloaded
KEPT_RUNS = 3  # of one person
GRACE_S = 15  # a run that gives no sign of life for its limit and this long is lost
WAIT_S = 0.3  # a quick answer comes with the start

_places = threading.BoundedSemaphore(PLACES)


@dataclass(slots=True)
class Started:
    """A run on its way; `ended` is set once its outcome is written. `error`: why there is none."""

    run: SqlRun
    ended: threading.Event = field(default_factory=threading.Event)
    error: UserError | None = None


def start(user: User, source: Source, sql: str, given: Mapping[str, Any]) -> Started:
    """Check the statement and begin to run it. Raises UserError before anything has run."""
    statement = prepared(user, source, sql, given)
    if not _places.acquire(blocking=False):
        message = _("Many statements are running just now. Try again in a moment.")
        raise TooMany(message, retry_after_s=5, code="too_many_runs")
    try:
        started = Started(_admitted(user, source, sql, given))
        redis.client().set(_key(started.run.pk, "alive"), b"1", ex=_lifetime_s())
        name = f"sql-{started.run.pk}"
        threading.Thread(target=_run, args=(started, statement), name=name, daemon=True).start()
    except BaseException:
        _places.release()
        raise
    return started


def prepared(user: User, source: Source, sql: str, given: Any) -> Statement:
    """What the connector will run for this person: checked, narrowed, limited, values apart."""
    values = sql_parameters.read_values(sql, given)
    tree, words = sql_parameters.parsed(sql, source.kind)
    if source.kind == Source.Kind.DUCKDB:
        own = sql_access.put_uploads(user, source, tree)
    else:
        sql_access.check_reach(user, source, tree)
        own = []
    tree = limited(tree, settings.QUERY_MAX_ROWS + 1)
    return sql_parameters.placed(tree, words, values, source.kind, own)


def limited(tree: exp.Expr, rows: int) -> exp.Expr:
    """At most so many rows, so that a source need not make what nobody will see."""
    if isinstance(tree, exp.Values):
        return tree
    limit = tree.args.get("limit")
    asked = limit.expression if isinstance(limit, exp.Limit) else None
    if limit is None:
        tree.set("limit", exp.Limit(expression=exp.Literal.number(rows)))
    elif isinstance(asked, exp.Literal) and asked.is_int and int(asked.name) > rows:
        limit.set("expression", exp.Literal.number(rows))
    return tree  # another kind of limit stays: the connector stops at as many rows


def fetch(source: Source, statement: Statement, cancelled: Callable[[], bool]) -> pa.Table:
    """Run it now, in this thread, read-only, within all limits."""
    limits = Limits(
        settings.QUERY_TIMEOUT_S,
        settings.QUERY_MAX_ROWS + 1,
        settings.QUERY_MAX_BYTES,
        is_persons_sql=True,
        cancelled=cancelled,
    )
    if source.kind == Source.Kind.DUCKDB:
        return sql_uploads.run(statement.sql, statement.parameters, limits)
    run = connector(source.kind).run
    table: pa.Table = run(connection_of(source), statement.sql, statement.parameters, limits)
    return table


def cancel(run: SqlRun) -> None:
    """The source is told to stop within a moment, whichever process runs it."""
    redis.client().set(_key(run.pk, "cancel"), b"1", ex=_lifetime_s())


def rows_of(run: SqlRun) -> pa.Table | None:
    """The rows of a run, while they are kept."""
    kept: Any = redis.client().get(_key(run.pk, "rows"))
    return pa.ipc.open_stream(kept).read_all() if kept else None


def settled(run: SqlRun) -> SqlRun:
    """The run as it stands; one whose process has died is told as such."""
    if run.state == SqlRun.State.RUNNING and not redis.client().exists(_key(run.pk, "alive")):
        run.refresh_from_db()
        if run.state == SqlRun.State.RUNNING:
            _end(run, SqlRun.State.FAILED, _("The server was restarted meanwhile. Run it again."))
    return run


@transaction.atomic
def _admitted(user: User, source: Source, sql: str, given: Mapping[str, Any]) -> SqlRun:
    """A row for the run, if the person has not two at work already."""
    User.objects.select_for_update().get(pk=user.pk)  # two tabs count one after the other
    since = datetime.now(UTC) - timedelta(seconds=_lifetime_s())
    running = SqlRun.objects.filter(user=user, state=SqlRun.State.RUNNING, started_at__gt=since)
    if running.count() >= EACH:
        message = _("Two of your statements are running. Cancel one, or wait for it.")
        raise TooMany(message, retry_after_s=5, code="too_many_runs")
    names = sql_parameters.names_of(sql)
    parameters = {name: given[name] for name in names if name in given}
    return SqlRun.objects.create(
        user=user, source=source, sql=sql, parameters=parameters, state=SqlRun.State.RUNNING
    )


def _run(started: Started, statement: Statement) -> None:
    """The life of a run, in its thread."""
    run, began = started.run, time.perf_counter()
    try:
        is_cancelled = _asked_to_cancel(run.pk)
        table = fetch(run.source, statement, is_cancelled)
        _keep(run, table)
        run.row_count = min(table.num_rows, settings.QUERY_MAX_ROWS)
        _end(run, SqlRun.State.DONE, "", began)
    except QueryCancelled as error:
        started.error = error
        _end(run, SqlRun.State.CANCELLED, "", began)
    except UserError as error:
        started.error = error
        _end(run, SqlRun.State.FAILED, error.message, began)
    except Exception:
        logger.exception("SQL run %s broke", run.pk)
        started.error = Unavailable(_("Something went wrong here. Try again."))
        _end(run, SqlRun.State.FAILED, started.error.message, began)
    finally:
        _places.release()
        started.ended.set()
        connections.close_all()


def _asked_to_cancel(run_id: int) -> Callable[[], bool]:
    key = _key(run_id, "cancel")
    return lambda: bool(redis.client().exists(key))


def _keep(run: SqlRun, table: pa.Table) -> None:
    """Rows in Redis for a while; the oldest of the person's give way."""
    shown = table.slice(0, settings.QUERY_MAX_ROWS)
    about = {"truncated": str(int(table.num_rows > shown.num_rows)), "bytes": str(shown.nbytes)}
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, shown.schema.with_metadata(about), options=options) as writer:
        writer.write_table(shown)
    client, mine = redis.client(), f"sightline:sql:of:{run.user_id}"
    client.set(_key(run.pk, "rows"), sink.getvalue().to_pybytes(), ex=KEEP_S)
    client.lpush(mine, run.pk)
    client.expire(mine, KEEP_S)
    old: Any = client.lrange(mine, KEPT_RUNS, -1)
    client.ltrim(mine, 0, KEPT_RUNS - 1)
    if old:
        client.delete(*(_key(int(pk), "rows") for pk in old))


def _end(run: SqlRun, state: str, problem: str, began: float | None = None) -> None:
    """Write the outcome, once: who comes second changes nothing."""
    run.state, run.problem = state, problem[:500]
    run.took_ms = (time.perf_counter() - began) * 1000 if began is not None else None
    SqlRun.objects.filter(pk=run.pk, state=SqlRun.State.RUNNING).update(
        state=run.state, problem=run.problem, row_count=run.row_count, took_ms=run.took_ms
    )
    redis.client().delete(_key(run.pk, "alive"), _key(run.pk, "cancel"))


def _key(run_id: int, what: str) -> str:
    return f"sightline:sql:{run_id}:{what}"


def _lifetime_s() -> int:
    return int(settings.QUERY_TIMEOUT_S) + GRACE_S
