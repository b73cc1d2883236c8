"""What one statement may cost, on real systems: rows, bytes, time, a person's patience."""

import threading
import time

import pytest

from apps.datasources.connectors import duckdb, postgresql, store
from apps.datasources.connectors.base import Connection, Limits, Watch
from apps.datasources.connectors.errors import QueryCancelled, SourceTimeout, SourceTooLarge
from tests.datasources.test_postgresql import source  # noqa: F401 - a fixture

MANY = {
    "duckdb": "SELECT range AS n, repeat('x', 1000) AS text FROM range(1000000)",
    "postgresql": "SELECT n, repeat('x', 1000) AS text FROM generate_series(1, 1000000) AS n",
}
LONG = {
    "duckdb": "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range + b.range = 3",
    "postgresql": "SELECT pg_sleep(30)",
}


@pytest.fixture(params=["duckdb", "store", "postgresql"])
def system(request, db):
    """(run, dialect) of each connector."""
    kind = request.param
    if kind == "postgresql":
        source = request.getfixturevalue("source")
        yield lambda sql, limits: postgresql.run(source, sql, [], limits), "postgresql"
        postgresql._pool.empty()
        return
    module, dialect = {"duckdb": (duckdb, "duckdb"), "store": (store, "postgresql")}[kind]
    yield lambda sql, limits: module.run(Connection(kind, {}), sql, [], limits), dialect


def limits(**given):
    return Limits(**{"timeout_s": 10.0, "rows": 50_000, "bytes": 1_000_000} | given)


def test_more_bytes_than_may_be_are_refused_early(system):
    run, dialect = system
    began = time.monotonic()
    with pytest.raises(SourceTooLarge, match="1 MB"):
        run(MANY[dialect], limits())
    assert time.monotonic() - began < 5


def test_rows_end_at_the_limit(system):
    run, dialect = system
    found = run(MANY[dialect], limits(rows=150, bytes=10_000_000))
    assert found.num_rows == 150
    assert found.column_names == ["n", "text"]


def test_it_ends_at_the_limit_of_time(system):
    run, dialect = system
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        run(LONG[dialect], limits(timeout_s=0.4))
    assert time.monotonic() - began < 3
    assert run("SELECT 1 AS n", limits()).to_pylist() == [{"n": 1}]


def test_a_person_may_cancel(system):
    run, dialect = system
    wish = threading.Event()
    threading.Timer(0.3, wish.set).start()
    began = time.monotonic()
    with pytest.raises(QueryCancelled):
        run(LONG[dialect], limits(cancelled=wish.is_set))
    assert time.monotonic() - began < 5
    assert run("SELECT 1 AS n", limits()).to_pylist() == [{"n": 1}]


def test_no_rows_have_their_types_too(system):
    run, _dialect = system
    sql = "SELECT 1.5 AS a, TIMESTAMP '2024-01-01' AS b, 'x' AS c, true AS d WHERE 1 = 0"
    types = [str(field.type) for field in run(sql, limits()).schema]
    assert types == ["double", "timestamp[ms, tz=UTC]", "string", "bool"]


def test_one_thread_keeps_all_limits():
    interrupted = []
    watches = [Watch(limits(timeout_s=0.2), lambda n=n: interrupted.append(n)) for n in range(20)]
    before = threading.active_count()
    for watch in watches:
        watch.__enter__()
    assert threading.active_count() <= before + 1
    for watch in watches[:10]:
        watch.__exit__()
    time.sleep(0.6)
    assert sorted(interrupted) == list(range(10, 20))
    assert [watch.is_late for watch in watches] == [False] * 10 + [True] * 10
