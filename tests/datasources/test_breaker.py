"""A source that hangs or is away: real sockets, real PostgreSQL behind a line that can be cut."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from apps.core import redis
from apps.core.errors import UserError
from apps.datasources import access, breaker, engine, kept, services
from apps.datasources.connectors import postgresql
from apps.datasources.connectors.base import Limits
from apps.datasources.connectors.errors import (
    SourceBusy,
    SourceDown,
    SourceError,
    SourceRefused,
    SourceTimeout,
)
from apps.datasources.models import Dataset, Source
from apps.datasources.query import Query
from apps.datasources.sources import connection_of

pytestmark = pytest.mark.django_db(transaction=True)


class Line:
    """A port that leads to a real server, until it is frozen: then bytes go nowhere."""

    def __init__(self, host, port):
        self.to = (host, port)
        self.frozen = threading.Event()
        self.opened = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _address = self.listener.accept()
            except OSError:
                return
            self.opened += 1
            far = socket.create_connection(self.to)
            self.sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source, sink):
        try:
            while data := source.recv(65536):
                if not self.frozen.is_set():
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def hang_up(self):
        for each in self.sockets:
            each.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self.listener.close()
        self.hang_up()


@pytest.fixture
def line():
    found = Line(connection.settings_dict["HOST"], int(connection.settings_dict["PORT"]))
    yield found
    if found.listener.fileno() != -1:
        found.close()
    postgresql._pool.empty()
    breaker._noted.clear()


@pytest.fixture
def source(line, workspace, settings):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8"]
    own = connection.settings_dict
    details = {"host": "127.0.0.1", "port": line.port, "dbname": own["NAME"], "user": own["USER"]}
    found = Source.objects.create(
        workspace=workspace, name="Warehouse", kind="postgresql", settings=details
    )
    found.set_password(own["PASSWORD"])
    found.save()
    return found


@pytest.fixture
def people(source, workspace):
    """A dataset on the source: the users of this database."""
    found = Dataset.objects.create(
        workspace=workspace,
        source=source,
        name="People",
        slug="people",
        kind="table",
        relation="public.accounts_user",
    )
    services.define_columns(found, {"id": "number", "email": "text"}, {})
    measures = [{"name": "people", "label": "People", "aggregate": "count"}]
    services.define_measures(found, measures)
    return found


@pytest.fixture
def asked(people):
    return Query.from_json({"dataset": people.pk, "measures": ["people"]})


@contextmanager
def threads(count):
    """A pool whose threads close the database connections that they opened."""
    with ThreadPoolExecutor(count) as pool:
        yield lambda work, items: list(pool.map(lambda item: _closing(work, item), items))


def _closing(work, item):
    try:
        return work(item)
    finally:
        connections.close_all()


def limits(timeout_s=5.0, **more):
    return Limits(**{"timeout_s": timeout_s, "rows": 1000, "bytes": 1_000_000} | more)


def outcome(query, user):
    """What came of it, and how long it took."""
    began = time.monotonic()
    try:
        return engine.answer_encoded(query, user), time.monotonic() - began
    except UserError as error:
        return error, time.monotonic() - began


def test_queries_share_a_connection(source, line):
    for n in range(3):
        table = postgresql.run(connection_of(source), "SELECT $1::int AS n", [n], limits())
        assert table.to_pylist() == [{"n": n}]
    assert line.opened == 1


def test_a_persons_sql_has_a_session_of_its_own(source, line):
    spoil = "SELECT set_config('statement_timeout', '0', false)"
    postgresql.run(connection_of(source), spoil, [], limits(is_persons_sql=True))
    found = postgresql.run(connection_of(source), "SHOW statement_timeout", [], limits())
    assert found.to_pylist() == [{"statement_timeout": "5s"}]
    assert line.opened == 2


def test_changed_settings_mean_a_new_connection(source, line):
    postgresql.run(connection_of(source), "SELECT 1", [], limits())
    source.save()  # its stamp moves
    postgresql.run(connection_of(source), "SELECT 1", [], limits())
    assert line.opened == 2
    assert sum(map(len, postgresql._pool.idle.values())) == 1


def test_a_connection_that_the_server_closed_is_replaced(source, line):
    postgresql.run(connection_of(source), "SELECT 1", [], limits())
    line.hang_up()
    found = postgresql.run(connection_of(source), "SELECT 2 AS n", [], limits())
    assert found.to_pylist() == [{"n": 2}]


def test_a_server_that_hangs_in_a_query_is_left_at_the_limit(source, line):
    postgresql.run(connection_of(source), "SELECT 1", [], limits(0.5))
    line.frozen.set()
    began = time.monotonic()
    with pytest.raises(SourceTimeout) as caught:
        postgresql.run(connection_of(source), "SELECT 1", [], limits(0.5))
    assert caught.value.is_outage
    assert time.monotonic() - began < 0.5 + 2 * postgresql.GRACE_S + 1


def test_a_heavy_query_is_no_outage(source):
    with pytest.raises(SourceTimeout) as caught:
        postgresql.run(connection_of(source), "SELECT pg_sleep(5)", [], limits(0.3))
    assert not caught.value.is_outage


def test_an_outage_is_counted_told_and_ended(source, asked, viewer, line, settings):
    settings.BREAKER_OPEN_S = 0.4
    assert outcome(asked, viewer)[0].body
    source.refresh_from_db()
    assert source.answered_at
    assert not source.problem
    line.close()
    postgresql._pool.empty()
    questions = [Query.from_json(asked.as_json() | {"limit": n}) for n in range(1, 7)]
    for question in questions[:3]:
        assert outcome(question, viewer)[0].code == "source_failed"
    source.refresh_from_db()
    assert source.failed_at > source.answered_at
    assert source.problem
    refused, took_s = outcome(questions[3], viewer)
    assert isinstance(refused, SourceDown)
    assert "Warehouse" in refused.message
    assert took_s < 0.3
    time.sleep(0.5)
    assert outcome(questions[4], viewer)[0].code == "source_failed"  # the probe
    assert isinstance(outcome(questions[5], viewer)[0], SourceDown)  # open again at once
    time.sleep(0.5)
    with breaker.guarded(source):
        pass  # it answers
    source.refresh_from_db()
    assert not source.problem
    assert breaker.problem_of(source.pk) is None


def test_while_one_probes_the_others_are_refused(source, settings):
    settings.BREAKER_FAILURES, settings.BREAKER_OPEN_S = 1, 0.0
    fail_once(source)
    with breaker.guarded(source), pytest.raises(SourceDown), breaker.guarded(source):
        raise AssertionError("two probes at a time")


def test_since_when_it_fails_stands_however_it_is_found_out(source):
    """By charts, by a test of the connection, by the source's page: one place notes it."""

    def stand():
        found = Source.objects.get(pk=source.pk)
        return found.failed_at, found.problem

    with pytest.raises(SourceTimeout), breaker.guarded(source):
        raise SourceTimeout("too slow")
    since, problem = stand()
    assert problem == "too slow"
    breaker.note_failure(source.pk, "gone")
    redis.client().delete(breaker._told_key(source.pk, "failed"))
    with pytest.raises(SourceTimeout), breaker.guarded(source):
        raise SourceTimeout("still slow")
    assert stand() == (since, "still slow")
    breaker.note_answer(source.pk)
    assert stand() == (since, "")
    assert breaker.problem_of(source.pk) is None
    with pytest.raises(SourceTimeout), breaker.guarded(source):
        raise SourceTimeout("slow again")
    assert stand()[0] > since


def test_a_refusal_is_not_an_outage(source, settings):
    settings.BREAKER_FAILURES = 1
    with pytest.raises(SourceRefused), breaker.guarded(source):
        raise SourceRefused("no such table")
    with breaker.guarded(source):
        pass


def test_a_source_that_is_well_is_written_once_a_minute(source, django_assert_num_queries):
    with breaker.guarded(source):
        pass
    with django_assert_num_queries(0), breaker.guarded(source):
        pass
    breaker._noted.clear()  # as another process
    with django_assert_num_queries(0), breaker.guarded(source):
        pass


def test_a_hanging_source_holds_few_threads_and_slows_nobody(asked, orders, viewer, line, settings):
    settings.QUERY_TIMEOUT_S = 4.0
    engine.answer(asked, viewer)
    line.frozen.set()
    questions = [Query.from_json(asked.as_json() | {"limit": n}) for n in range(1, 9)]
    others = Query.from_json({"dataset": orders.pk, "measures": ["revenue"]})
    with threads(8) as everywhere, ThreadPoolExecutor(1) as beside:
        hanging = beside.submit(everywhere, lambda each: outcome(each, viewer), questions)
        time.sleep(breaker.SILENT_S + 0.5)
        found, took_s = outcome(others, viewer)
        assert found.body
        assert took_s < 1.0
        outcomes = hanging.result()
    busy = [took for error, took in outcomes if isinstance(error, SourceBusy)]
    hung = [error for error, _took in outcomes if getattr(error, "is_outage", False)]
    assert len(busy) == 8 - settings.SOURCE_THREADS
    assert max(busy) < breaker.SILENT_S + 1
    assert len(hung) == settings.SOURCE_THREADS
    assert isinstance(outcome(asked.narrowed(()), viewer)[0], SourceDown)


def test_the_last_good_answer_goes_out_with_its_age_and_the_problem(asked, viewer, line, settings):
    settings.QUERY_FRESH_S = 0.0
    first = engine.answer_encoded(asked, viewer)
    line.close()
    postgresql._pool.empty()
    stale = engine.answer_encoded(asked, viewer)
    assert stale.stale
    deadline = time.monotonic() + 10
    while not stale.problem and time.monotonic() < deadline:
        time.sleep(0.05)
        stale = engine.answer_encoded(asked, viewer)
    assert stale.body == first.body
    assert stale.computed_at == first.computed_at
    assert stale.problem_code == "source_failed"
    assert "does not answer" in stale.problem


def test_who_waited_for_an_answer_shares_its_failure(asked, viewer, line, settings):
    settings.QUERY_TIMEOUT_S = 1.0
    engine.answer(asked, viewer)
    line.frozen.set()
    with threads(8) as everywhere:
        outcomes = everywhere(lambda _n: outcome(asked, viewer), range(8))
    assert {error.code for error, _took in outcomes} == {"source_timeout"}
    assert max(took for _error, took in outcomes) < 1.0 + 2 * postgresql.GRACE_S + 2
    assert line.opened <= 2  # one question, perhaps once more on a new connection


def test_an_open_breaker_shows_at_once_on_a_kept_answer(source, asked, viewer, settings):
    settings.QUERY_FRESH_S, settings.BREAKER_FAILURES = 0.0, 1
    engine.answer_encoded(asked, viewer)
    fail_once(source)
    found = engine.answer_encoded(asked, viewer)
    assert found.stale
    assert found.problem_code == "source_down"
    scope = access.scope_of(viewer, asked.dataset)
    assert kept.failure(engine.answer_key(asked, scope)) is None  # nothing was tried


def fail_once(source):
    with pytest.raises(SourceError), breaker.guarded(source):
        raise SourceError("down")
