"""Twelve charts on one upload of 2,000,000 rows, uncached: by the rows, and by roll-ups.

Run alone: `python -m tests.bench.rollups`.
"""

import statistics
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command

from tests import servers  # first: it starts PostgreSQL and Redis, and names the settings

# isort: split
from apps.accounts import services as accounts
from apps.accounts.models import User, Workspace
from apps.datasources import engine, kept
from apps.datasources import services as datasources
from apps.datasources.access import scope_of
from apps.datasources.query import Query
from apps.datasources.rollups import asked
from apps.datasources.rollups import kept as rollups
from apps.datasources.rollups import services as makers
from tests.bench import rows

__all__ = ["main", "servers"]
COUNT, RUNS = 2_000_000, 5
YEAR = {"time": "ts", "window": {"from": "2024-01-01T00:00:00Z", "to": "2025-01-01T00:00:00Z"}}
RAGGED = {"time": "ts", "window": {"from": "2024-02-10T09:41:07Z", "to": "2024-11-21T16:20:00Z"}}
WEST = [{"column": "region", "op": "in", "values": ["West"]}]
WEB = [{"column": "channel", "op": "eq", "values": ["web"]}]
ZONE = {"timezone": "Europe/Berlin"}
HOURS = [{"column": "ts", "part": "weekday"}, {"column": "ts", "part": "hour"}]
CHARTS: dict[str, dict[str, Any]] = {
    "revenue by day": YEAR | {"measures": ["revenue"], "grain": "day"},
    "events by week, Berlin": YEAR | ZONE | {"measures": ["events"], "grain": "week"},
    "latency by month": YEAR | {"measures": ["latency", "slowest"], "grain": "month"},
    "top 10 customers": YEAR | {"measures": ["revenue"], "dimensions": ["customer"], "limit": 10},
    "top 10 products": RAGGED | {"measures": ["events"], "dimensions": ["product"], "limit": 10},
    "revenue": YEAR | {"measures": ["revenue"]},
    "events, not of whole days": RAGGED | {"measures": ["events"]},
    "revenue by day, West": YEAR | {"measures": ["revenue"], "grain": "day", "filters": WEST},
    "latency by hour, web": RAGGED | {"measures": ["latency"], "grain": "hour", "filters": WEB},
    "by region and channel": YEAR | {"measures": ["revenue"], "dimensions": ["region", "channel"]},
    "by day and region": YEAR | {"measures": ["events"], "grain": "day", "dimensions": ["region"]},
    "by weekday and hour, Berlin": YEAR | ZONE | {"measures": ["events"], "dimensions": HOURS},
}


def main() -> None:
    """Print one line a chart, and all together."""
    call_command("migrate", verbosity=0)
    workspace = Workspace.objects.create(name="Roll-ups", slug="roll-ups")
    user = User.objects.create_user("rollups@example.com", "correct horse battery")
    accounts.set_role(user, workspace, "admin")
    user.refresh_from_db()
    dataset = datasources.register_upload(
        workspace,
        name="events",
        slug="rolled-events",
        table=rows.events(COUNT),
        time_column="ts",
        measures=rows.MEASURES,
    )
    asks = {n: Query.from_json({"dataset": dataset.pk, **c}) for n, c in CHARTS.items()}
    least = settings.ROLLUP_MIN_ROWS
    settings.ROLLUP_MIN_ROWS = 0  # none are used
    slow = {name: _uncached(query, user) for name, query in asks.items()}
    settings.ROLLUP_MIN_ROWS = least
    for _time in range(asked.OFTEN):
        for query in asks.values():
            engine.answer(query, user)
    began = time.perf_counter()
    makers.keep_up(dataset.pk)
    took = time.perf_counter() - began
    found = rollups.kept(dataset.relation).rollups
    fast = {name: _uncached(query, user) for name, query in asks.items()}
    for name, query in asks.items():
        mark = "" if engine.explain(query, user).rollup else "  (by the rows)"
        line(f"2,000,000 rows, {name}", f"{_said(slow[name], fast[name])}{mark}")
    line("all twelve", _said(sum(slow.values()), sum(fast.values())) + "; goal 1000 ms")
    size = sum(each.size for each in found) / 1024**2
    counts = ", ".join(f"{each.row_count:,}" for each in found)
    line(f"{len(found)} roll-ups made", f"in {took:.1f} s; {counts} rows, {size:.1f} MiB")


def line(what: str, said: str) -> None:
    """One row of the table."""
    sys.stdout.write(f"  {what:<46} {said}\n")
    sys.stdout.flush()


def _said(slow: float, fast: float) -> str:
    return f"{slow:8.1f} ms, by roll-ups {fast:8.1f} ms: {slow / fast:.1f} times as fast"


def _uncached(query: Query, user: User) -> float:
    """Median milliseconds of the answer as bytes, when nothing is kept."""
    key = engine.answer_key(query, scope_of(user, query.dataset))

    def once() -> float:
        kept.forget(key)
        began = time.perf_counter()
        engine.answer_encoded(query, user)
        return (time.perf_counter() - began) * 1000

    once()
    return statistics.median(once() for _run in range(RUNS))


if __name__ == "__main__":
    main()
