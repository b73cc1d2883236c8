"""What an uncached answer costs beside the same SQL sent by psycopg or DuckDB directly.

Run alone: `python -m tests.bench.data`, or `python -m tests.bench.data upload` for one kind of
place. It starts servers of its own: one for our store, one that is somebody else's PostgreSQL.

Ours is the whole answer as bytes: authorised, compiled, run, encoded, kept; uploads are asked in a
process of their own. Direct is the compiled SQL alone and its rows in Python, on a connection that
stays open; for uploads a DuckDB in this very process with as many threads as ours.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import orjson
import psycopg
from django.conf import settings
from django.core.management import call_command

from tests import servers  # first: it starts PostgreSQL and Redis, and names the settings

# isort: split
from apps.accounts import services as accounts
from apps.accounts.models import User, Workspace
from apps.core.window import Window
from apps.datasources import engine, kept
from apps.datasources import services as datasources
from apps.datasources.access import scope_of
from apps.datasources.models import Dataset, Source
from apps.datasources.query import Query, grain_for
from tests.bench import rows

SIZES = (100_000, 2_000_000)
YEAR = {"from": "2024-01-01T00:00:00Z", "to": "2025-01-01T00:00:00Z"}
TEN_DAYS = {"from": "2024-05-01T00:00:00Z", "to": "2024-05-11T00:00:00Z"}
POINTS, WIDTH = 5_000_000, 1920
QUESTIONS: dict[str, dict[str, Any]] = {
    "by day": {"measures": ["revenue"], "time": "ts", "grain": "day", "window": YEAR},
    "top 10": {"measures": ["revenue"], "dimensions": ["customer"], "limit": 10},
    "one number": {"measures": ["revenue"], "time": "ts", "window": YEAR},
}
TYPES = {"id": "number", "ts": "time", "region": "text", "product": "text", "customer": "text"}
TYPES |= {"channel": "text", "quantity": "number", "amount": "number", "latency_ms": "number"}


@dataclass(frozen=True)
class Place:
    """Where rows lie: a dataset of ours, and how the same SQL is sent without us."""

    name: str
    dataset: Dataset
    direct: Callable[[str, tuple[Any, ...]], Any]


def main() -> None:
    """Print one line a place, size and question."""
    call_command("migrate", verbosity=0)
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    workspace = Workspace.objects.create(name="Bench", slug="bench")
    user = User.objects.create_user("bench@example.com", "correct horse battery")
    accounts.set_role(user, workspace, "admin")
    user.refresh_from_db()
    theirs = servers.Servers()
    try:
        url = theirs.start_postgres().url
        for count in SIZES:
            table = rows.events(count)
            for place in places(workspace, url, table, count):
                if sys.argv[1:] not in ([], [place.name]):
                    continue
                for name, question in QUESTIONS.items():
                    ours, direct = compared(place, user, question)
                    what = f"{place.name}, {count:,} rows, {name}"
                    said = f"{ours:8.2f} ms, direct {direct:8.2f} ms: {ours / direct:.2f} times"
                    line(what, said)
        if sys.argv[1:] in ([], ["upload"]):
            series(workspace, user)
    finally:
        theirs.stop()


def line(what: str, said: str) -> None:
    """One row of the table."""
    sys.stdout.write(f"  {what:<46} {said}\n")
    sys.stdout.flush()


def series(workspace: Workspace, user: User) -> None:
    """A line over very many points, as a chart of WIDTH pixels asks for it, whole and zoomed."""
    place = Place("upload", _upload(workspace, rows.events(POINTS), POINTS), _by_duckdb())
    for name, window in {"a year": YEAR, "zoomed to ten days": TEN_DAYS}.items():
        span = Window.parse(window["from"], window["to"])
        question = {"measures": ["latency", "slowest"], "time": "ts", "window": window}
        question["grain"] = grain_for(span, WIDTH)
        ours, direct = compared(place, user, question)
        query = Query.from_json({"dataset": place.dataset.pk, **question})
        body = engine.answer_encoded(query, user).body
        points = orjson.loads(body)["row_count"]
        said = f"{ours:8.2f} ms, direct {direct:8.2f} ms: {ours / direct:.2f} times"
        said += f"; {points / WIDTH:.2f} points a pixel, {len(body) / 1024:.0f} KiB"
        line(f"{POINTS:,} points, {name}, by {question['grain']}", said)


def places(workspace: Workspace, url: str, table: Any, count: int) -> list[Place]:
    """The rows in our store, in somebody else's PostgreSQL, and in an uploaded file."""
    name, own_url = f"events_{count}", os.environ["DATABASE_URL"]
    with psycopg.connect(own_url, autocommit=True) as own:
        own.execute("CREATE SCHEMA IF NOT EXISTS streams")
        rows.load(own, f"streams.{name}", table)
    with psycopg.connect(url, autocommit=True) as other:
        rows.load(other, name, table)
    source, _made = Source.objects.get_or_create(
        workspace=workspace, name="Warehouse", kind="postgresql"
    )
    where = psycopg.conninfo.conninfo_to_dict(url)
    source.settings = {key: where[key] for key in ("host", "dbname", "user")}
    source.settings |= {"port": int(where["port"]), "sslmode": "prefer"}
    source.set_password(str(where["password"]))
    source.save()
    store = datasources.source_of_kind(workspace, "store")
    return [
        Place("store", _dataset(store, name, f"streams.{name}"), _by_psycopg(own_url)),
        Place("postgresql", _dataset(source, name, f"public.{name}"), _by_psycopg(url)),
        Place("upload", _upload(workspace, table, count), _by_duckdb()),
    ]


def compared(place: Place, user: User, question: dict[str, Any]) -> tuple[float, float]:
    """Median milliseconds of our uncached answer, and of the same SQL alone, alternating."""
    query = Query.from_json({"dataset": place.dataset.pk, **question})
    compiled = engine.explain(query, user)
    key = engine.answer_key(query, scope_of(user, place.dataset.pk))

    def ours() -> float:
        kept.forget(key)
        began = time.perf_counter()
        answer = engine.answer_encoded(query, user)
        took = time.perf_counter() - began
        if answer.hit:
            raise SystemExit("a kept answer was measured")
        return took

    def direct() -> float:
        began = time.perf_counter()
        place.direct(compiled.sql, compiled.parameters)
        return time.perf_counter() - began

    for _warm in range(3):
        once = min(ours(), direct())
    runs = max(9, min(201, int(3 / once)))
    pairs = [(ours(), direct()) for _run in range(runs)]
    return tuple(statistics.median(pair[side] for pair in pairs) * 1000 for side in (0, 1))


def _dataset(source: Source, slug: str, relation: str) -> Dataset:
    dataset = Dataset.objects.create(
        workspace=source.workspace,
        source=source,
        name=slug,
        slug=f"{source.kind}-{slug}".replace("_", "-"),
        kind=Dataset.Kind.TABLE,
        relation=relation,
        time_column="ts",
    )
    datasources.define_columns(dataset, TYPES, {})
    datasources.define_measures(dataset, rows.MEASURES)
    return dataset


def _upload(workspace: Workspace, table: Any, count: int) -> Dataset:
    return datasources.register_upload(
        workspace,
        name=f"events_{count}",
        slug=f"u{count}",
        table=table,
        time_column="ts",
        measures=rows.MEASURES,
    )


def _by_psycopg(url: str) -> Callable[[str, tuple[Any, ...]], Any]:
    cursor = psycopg.RawCursor(psycopg.connect(url, autocommit=True))
    return lambda sql, parameters: cursor.execute(sql.encode(), parameters).fetchall()


def _by_duckdb() -> Callable[[str, tuple[Any, ...]], Any]:
    """As many threads as ours, or the two would not be alike."""
    connection = duckdb.connect(":memory:", config={"threads": settings.ENGINE_THREADS})
    return lambda sql, parameters: connection.execute(sql, list(parameters)).fetchall()


if __name__ == "__main__":
    main()
