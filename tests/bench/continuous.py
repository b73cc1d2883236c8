"""A stream on TimescaleDB, uncached: by its rows, and by a continuous aggregate.

Run alone: `python -m tests.bench.continuous`. The server is yours (TIMESCALE_URL), or the WASM
build, which is several times slower than a real one on both sides.
"""

import os
import statistics
import subprocess
import sys
import time
from typing import Any

from tests.timescale.server import timescale

ROWS, RUNS = 2_000_000, 5
WINDOW = {"from": "2024-01-02T09:41:07Z", "to": "2024-09-30T12:00:00Z"}
ASKS: dict[str, dict[str, Any]] = {
    "by day": {"grain": "day"},
    "by week and line": {"grain": "week", "dimensions": ["line"]},
    "one number": {},
}
COLUMNS = [{"name": "at", "type": "time"}, {"name": "line", "type": "text"}]
COLUMNS += [{"name": "celsius", "type": "number"}]
MEASURES = [
    {"name": "events", "label": "Events", "aggregate": "count"},
    {"name": "mean", "label": "Mean", "aggregate": "avg", "column": "celsius"},
]
FILL = """
INSERT INTO {} (at, line, celsius) SELECT '2024-01-01'::timestamptz + n * interval '12 seconds',
'Line ' || mod(n, 4), mod(n, 97) FROM generate_series(1, %s) n
"""


def main() -> None:
    """Start the server and measure in a process that has it as its database."""
    with timescale() as url:
        environment = {**os.environ, "DATABASE_URL": url}
        environment["DJANGO_SETTINGS_MODULE"] = "tests.timescale.settings"
        command = [sys.executable, "-m", "tests.bench.continuous", "measure"]
        subprocess.run(command, env=environment, check=True)


def measure() -> None:
    """Print one line a question."""
    from tests import servers  # noqa: F401 - first: it starts Redis

    # isort: split
    from django.core.management import call_command
    from django.db import connection

    from apps.accounts.models import User, Workspace
    from apps.accounts.services import set_role
    from apps.datasources import engine
    from apps.datasources.query import Query
    from apps.datasources.rollups import services as rollups
    from apps.streams import services as streams

    call_command("migrate", verbosity=0)
    workspace = Workspace.objects.create(name="Bench", slug="bench")
    user = User.objects.create_user("bench@example.com", "correct horse battery")
    set_role(user, workspace, "admin")
    user.refresh_from_db()
    described = {"columns": COLUMNS, "time_column": "at", "measures": MEASURES}
    stream = streams.create_stream(workspace, name="Oven", slug="oven", **described)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        name = stream.dataset.relation.replace(".", '"."')
        cursor.execute(FILL.format(f'"{name}"'), [ROWS])
    base = {"dataset": stream.dataset_id, "measures": ["events", "mean"], "time": "at"}
    asks = {name: Query.from_json(base | {"window": WINDOW} | a) for name, a in ASKS.items()}

    def median_ms(query: Query) -> float:
        def once() -> float:
            began = time.perf_counter()
            engine.answer(query, user)
            return (time.perf_counter() - began) * 1000

        return statistics.median(once() for _run in range(RUNS))

    slow = {name: median_ms(query) for name, query in asks.items()}
    began = time.perf_counter()
    rollups.keep_up(stream.dataset_id)
    took = time.perf_counter() - began
    for name, query in asks.items():
        fast = median_ms(query)
        mark = "" if engine.explain(query, user).rollup else " (by the rows)"
        said = f"{slow[name]:8.1f} ms, by a continuous aggregate {fast:8.1f} ms"
        said += f": {slow[name] / fast:.1f} times as fast{mark}"
        sys.stdout.write(f"  {f'stream of {ROWS:,} rows, {name}':<46} {said}\n")
    sys.stdout.write(f"  {'made in':<46} {took:8.1f} s\n")


if __name__ == "__main__":
    measure() if sys.argv[1:] == ["measure"] else main()
