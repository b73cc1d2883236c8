"""How smoothly charts move in Chromium: over 1,000,000 points, and 24 of them live.

`python -m tests.bench.frames [SECONDS]`: SECONDS of the live soak, 300 unless given. A real product
and its real pages; frames are told by requestAnimationFrame, long tasks by the browser. An empty
page is measured alike, since a machine without a graphics card, or a busy one, drops frames by
itself: what a page costs is what it drops beyond that.
"""

import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.bench import uploads
from tests.bench.pages import CHROMIUM, FLAGS, WATCH, all_drawn, sign_in
from tests.product import Product, running

SOAK_S = 300
SETTLE_S = 60  # before the soak: caches fill, code is compiled
CHARTS, PER_S = 24, 5
ROUNDS, PANS = 6, 5
LATE_MS = 17.5  # a frame that missed its turn at 60 a second
WHOLE = (datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))  # of the upload

FRAMES = """
window.frames_ms = []; window.tasks_ms = [];
let last = performance.now();
const step = now => { window.frames_ms.push(now - last); last = now; requestAnimationFrame(step); };
requestAnimationFrame(step);
new PerformanceObserver(l => l.getEntries().forEach(e => window.tasks_ms.push(e.duration)))
  .observe({type: 'longtask', buffered: true});
"""


@dataclass(frozen=True, slots=True)
class Smoothness:
    """Of a span on a page: its frames in ms, how many came late, tasks over 50 ms."""

    median_ms: float
    p95_ms: float
    p99_ms: float
    fps: float
    late: float
    long_tasks: int
    longest_ms: float

    def __str__(self) -> str:
        return (
            f"{self.fps:.0f} fps; median {self.median_ms:.1f} ms, p95 {self.p95_ms:.1f}, "
            f"p99 {self.p99_ms:.1f}; {self.late:.1%} over {LATE_MS} ms; "
            f"{self.long_tasks} long tasks, longest {self.longest_ms:.0f} ms"
        )

    def beside(self, idle: "Smoothness") -> str:
        """Against an empty page."""
        return f"{self.p95_ms / idle.p95_ms:.2f} times an empty page's p95"


def forget(page: Page) -> None:
    """Begin to count."""
    page.evaluate("window.frames_ms.length = window.tasks_ms.length = 0")


def counted(page: Page) -> Smoothness:
    """What was counted since forget()."""
    frames = sorted(page.evaluate("window.frames_ms"))
    tasks = page.evaluate("window.tasks_ms")
    return Smoothness(
        median_ms=median(frames),
        p95_ms=frames[int(len(frames) * 0.95)],
        p99_ms=frames[int(len(frames) * 0.99)],
        fps=len(frames) * 1000 / sum(frames),
        late=sum(ms > LATE_MS for ms in frames) / len(frames),
        long_tasks=len(tasks),
        longest_ms=max(tasks, default=0.0),
    )


def empty_page(page: Page, seconds: float = 10) -> Smoothness:
    """The same loop where nothing happens."""
    page.goto("about:blank")
    page.wait_for_timeout(1000)
    forget(page)
    page.wait_for_timeout(seconds * 1000)
    return counted(page)


def caller(product: Product) -> httpx.Client:
    """The API, as the demo's admin."""
    headers = {"Authorization": f"Bearer {product.token('admin')}"}
    return httpx.Client(base_url=f"{product.url}/api/v1/", headers=headers, timeout=120)


def _post(client: httpx.Client, path: str, data: Any) -> Any:
    response = client.post(path, json=data)
    if response.is_error:
        raise SystemExit(f"{path}: {response.status_code} {response.text[:400]}")
    return response.json()


def board_of(client: httpx.Client, title: str, cards: list[dict[str, Any]], **fields: Any) -> str:
    """A new dashboard with line cards; its slug."""
    workspace = client.get("dashboards/").json()["results"][0]["workspace"]
    board = _post(client, "dashboards/", {"workspace": workspace, "title": title, **fields})
    for card in cards:
        _post(client, "widgets/", {"dashboard": board["id"], "kind": "line", **card})
    return str(board["slug"])


def million_points(product: Product, page: Page) -> tuple[Smoothness, float]:
    """ROUNDS zooms by dragging, each panned through and left again; ms until one is drawn."""
    client = caller(product)
    listed = client.get("datasets/?page_size=200").json()["results"]
    if not any(each["name"] == uploads.NAME for each in listed):
        with tempfile.TemporaryDirectory() as name:
            uploads._uploaded(product, uploads.csv_file(Path(name)))
        listed = client.get("datasets/?page_size=200").json()["results"]
    dataset = next(each["id"] for each in listed if each["name"] == uploads.NAME)
    place = {"x": 0, "y": 0, "w": 24, "h": 12}
    card = {"title": "Amount", "dataset": dataset, "query": {"measures": ["amount"]}}
    slug = board_of(client, "A million points", [{**card, "place": place}])
    start, end = (edge.isoformat().replace("+00:00", "Z") for edge in WHOLE)
    page.goto(f"{product.url}/d/{slug}/?from={start}&to={end}")
    all_drawn(page, 120_000)
    page.wait_for_timeout(2000)
    forget(page)
    waits = [_zoomed_and_panned(page) for _round in range(ROUNDS)]
    return counted(page), median(waits)


def _zoomed_and_panned(page: Page) -> float:
    """Drag over the middle third, move it by hand PANS times, go back by Back; ms until drawn."""
    box = page.locator("[data-widget] canvas").first.bounding_box() or {}
    middle, height = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle - box["width"] / 6, height)
    page.mouse.down()
    page.mouse.move(middle + box["width"] / 6, height, steps=40)
    wait = _drawn_after(page, page.mouse.up)
    page.keyboard.down("Shift")
    for _pan in range(PANS):
        page.mouse.move(middle, height)
        page.mouse.down()
        for step in range(40):
            page.mouse.move(middle - step * box["width"] / 160, height)
            page.wait_for_timeout(16)
        page.mouse.up()
        page.wait_for_timeout(300)
    page.keyboard.up("Shift")
    _drawn_after(page, lambda: page.evaluate(f"history.go({-1 - PANS})"))
    return wait


def _drawn_after(page: Page, act: Any) -> float:
    """Do it, and wait until the chart is drawn anew, at most five seconds; the milliseconds."""
    page.evaluate(
        "() => { window.redrawn = new Promise(done => { setTimeout(done, 5000);"
        " document.addEventListener('sightline:drawn', done, {once: true}); }).then(() => 1); }"
    )
    began = time.perf_counter()
    act()
    page.evaluate("window.redrawn")
    took = (time.perf_counter() - began) * 1000
    page.wait_for_timeout(300)
    return took


def live_charts(product: Product, page: Page, soak_s: float) -> dict[str, Any]:
    """CHARTS live lines fed PER_S times a second: smoothness, updates per chart, what grew."""
    client = caller(product)
    slug, board = _live_board(client)
    is_over = threading.Event()
    feeding = threading.Thread(target=_feed, args=(client, slug, is_over))
    feeding.start()
    devtools = page.context.new_cdp_session(page)
    try:
        page.goto(f"{product.url}/d/{board}/")
        all_drawn(page, 180_000)
        page.wait_for_timeout(min(SETTLE_S, soak_s) * 1000)
        before = _held(page, devtools)
        forget(page)
        page.evaluate("window.arrivals.length = 0")
        began = time.perf_counter()
        page.wait_for_timeout(soak_s * 1000)
        took_s = time.perf_counter() - began
        smooth, updates = counted(page), page.evaluate("window.arrivals.length")
        after = _held(page, devtools)
    finally:
        is_over.set()
        feeding.join(30)
    return {"smooth": smooth, "per_s": updates / took_s / CHARTS, "before": before, "after": after}


def _live_board(client: httpx.Client) -> tuple[str, str]:
    """A stream of CHARTS numbers, and a dashboard with a line for each: (stream, dashboard)."""
    slug = f"bench-{int(time.time())}"
    workspace = client.get("dashboards/").json()["results"][0]["workspace"]
    columns = [{"name": "at", "type": "time"}]
    columns += [{"name": f"v{at}", "type": "number"} for at in range(CHARTS)]
    measures = [
        {"name": f"m{at}", "label": f"Value {at}", "aggregate": "avg", "column": f"v{at}"}
        for at in range(CHARTS)
    ]
    stream = {"workspace": workspace, "name": slug, "slug": slug, "time_column": "at"}
    made = _post(client, "streams/", {**stream, "columns": columns, "measures": measures})
    cards = [
        {
            "title": f"Value {at}",
            "dataset": made["dataset"],
            "query": {"measures": [f"m{at}"]},
            "place": {"x": at % 6 * 4, "y": at // 6 * 4, "w": 4, "h": 4},
        }
        for at in range(CHARTS)
    ]
    board = board_of(client, "Live charts", cards, time_from="now-5m", time_to="now")
    return slug, board


def _feed(client: httpx.Client, slug: str, is_over: threading.Event) -> None:
    beat = 0
    while not is_over.wait(1 / PER_S):
        beat += 1
        event: dict[str, Any] = {"at": datetime.now(UTC).isoformat()}
        event |= {f"v{at}": (beat * (at + 1)) % 97 for at in range(CHARTS)}
        client.post(f"streams/{slug}/events/", json=[event])


def _held(page: Page, devtools: Any) -> dict[str, float]:
    """What the page holds after all that can be collected is: bytes, nodes, listeners."""
    page.evaluate("window.frames_ms.length = window.arrivals.length = 0")
    for _twice in range(2):
        devtools.send("HeapProfiler.collectGarbage")
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
    found = devtools.send("Memory.getDOMCounters")
    return {"mib": heap / 1024**2, "nodes": found["nodes"], "listeners": found["jsEventListeners"]}


def measured(product: Product, soak_s: float) -> list[tuple[str, str]]:
    """Rows of the table: what, and how much."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = sign_in(browser, product)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.add_init_script(WATCH)
        page.add_init_script(FRAMES)
        idle = empty_page(page)
        moved, wait_ms = million_points(product, page)
        live = live_charts(product, page, soak_s)
        still = empty_page(page)
        browser.close()
    before, after = live["before"], live["after"]
    return [
        ("an empty page", f"{idle}; once more at the end: p95 {still.p95_ms:.1f} ms"),
        (f"zoom and pan, {uploads.ROWS:,} points", f"{moved}; goal 60 fps"),
        ("", f"{moved.beside(idle)}; a zoom is drawn after {wait_ms:.0f} ms"),
        (f"{CHARTS} live charts", f"{live['smooth']}; goal 30 fps"),
        ("", f"{live['smooth'].beside(idle)}; {live['per_s']:.1f} updates a second of each"),
        (
            f"held after {soak_s:.0f} s of that",
            f"{after['mib']:.1f} MiB ({after['mib'] - before['mib']:+.1f}), "
            f"{after['nodes']:.0f} nodes ({after['nodes'] - before['nodes']:+.0f}), "
            f"{after['listeners']:.0f} listeners ({after['listeners'] - before['listeners']:+.0f})",
        ),
    ]


def main() -> None:
    """Start a product, and print the table."""
    soak_s = float(sys.argv[1]) if sys.argv[1:] else SOAK_S
    with running(feeder=False) as product:
        time.sleep(30)  # the first forecasts and pictures are made
        for what, value in measured(product, soak_s):
            sys.stdout.write(f"  {what:<34} {value}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
