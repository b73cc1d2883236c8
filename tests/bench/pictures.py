"""What a server drawing costs per kind, and how many bytes of script a dashboard of kinds loads.

`python -m tests.bench.pictures`. Times are medians in one process, beside that of a line chart,
since milliseconds alone would tell of the machine.
"""

import gzip
import json
import os
import statistics
import sys
import time
from pathlib import Path

import tests.widgets.alone  # noqa: F401 - first
from apps.widgets import render
from tests.widgets.golden import first_samples
from tests.widgets.samples import SAMPLES

RUNS = 15
SIZE = (460, 260)
DIST = Path(__file__).resolve().parents[2] / "static" / "dist"
DASHBOARD = "dashboard.js"


def drawing_ms() -> dict[str, float]:
    """Milliseconds of a drawing by kind: data in, SVG out; each warmed up once."""
    kinds = first_samples()
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    for run in range(RUNS + 1):
        for kind, sample in kinds.items():  # in turn, so that a busy moment hits all alike
            _kind, data, options, _size = SAMPLES[sample]
            began = time.perf_counter()
            render.svg(kind, data, options, "light", *SIZE)
            if run:
                taken[kind].append((time.perf_counter() - began) * 1000)
    return {kind: statistics.median(times) for kind, times in taken.items()}


def script_bytes() -> dict[str, tuple[int, int]]:
    """(bytes, gzipped) that a page loads: "" for a dashboard alone, then what a kind adds."""
    manifest = json.loads((DIST / "manifest.json").read_text())
    page = {DASHBOARD, *manifest["entries"][DASHBOARD]}
    found = {"": _size(page)}
    for kind in first_samples():
        found[kind] = _size(set(manifest["kinds"].get(kind, ())) - page)
    engine = set.intersection(*(set(manifest["kinds"][kind]) for kind in ("line", "bar"))) - page
    found["engine, shared by charts"] = _size(engine)
    used = set().union(*(manifest["kinds"][kind] for kind in first_samples()))
    found["all kinds together"] = _size(used - page)
    return found


def _size(names: set[str]) -> tuple[int, int]:
    bodies = [(DIST / name).read_bytes() for name in sorted(names)]
    return sum(map(len, bodies)), sum(len(gzip.compress(body, 6)) for body in bodies)


def main() -> None:
    """Print both tables."""
    drawn = drawing_ms()
    for kind, took in sorted(drawn.items(), key=lambda item: item[1]):
        said = f"{took:8.1f} ms, {took / drawn['line']:.2f} of a line chart's"
        sys.stdout.write(f"  {'server drawing, ' + kind:<40} {said}\n")
    for name, (plain, packed) in script_bytes().items():
        what = f"script, {name}" if name else "script of a dashboard without cards"
        said = f"{plain / 1024:8.1f} KiB, gzip {packed / 1024:.1f} KiB"
        sys.stdout.write(f"  {what:<40} {said}\n")
    sys.stdout.flush()
    os._exit(0)  # nothing of this process is needed, V8 least


if __name__ == "__main__":
    main()
