"""What a person waits for: a cold dashboard in Chromium, and a point from ingest to the screen."""

import statistics
import time
from datetime import UTC, datetime
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.product import Product

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
POINTS = 60

WATCH = """
window.lcp = 0; window.shift = 0; window.arrivals = [];
new PerformanceObserver(l => { for (const e of l.getEntries()) window.lcp = e.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(l => { for (const e of l.getEntries()) window.shift += e.value; })
  .observe({type: 'layout-shift', buffered: true});
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', event => {
      if (String(event.data).slice(0, 40).includes('"delta"'))
        requestAnimationFrame(() => window.arrivals.push(Date.now()));
    });
  }
};
"""


def sign_in(browser: Browser, product: Product, role: str = "admin") -> Page:
    """A page of a new, empty browser profile, signed in."""
    page = browser.new_context(viewport={"width": 1440, "height": 2200}).new_page()
    page.goto(f"{product.url}/accounts/sign-in/")
    page.fill("[name=username]", product.email(role))
    page.fill("[name=password]", product.people[role])
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{product.url}/")
    return page


def all_drawn(page: Page, timeout_ms: float = 30_000) -> None:
    """Wait until every card shows its live picture."""
    page.wait_for_function(
        "() => { const c = document.querySelectorAll('[data-widget]');"
        " return c.length && [...c].every(e => e.dataset.drawn === '1'); }",
        timeout=timeout_ms,
        polling=10,
    )


def first_chart(product: Product) -> float:
    """Seconds from the start of the product until a person who signed in sees a chart drawn."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = sign_in(browser, product)
        page.goto(f"{product.url}/d/sales/", wait_until="commit")
        page.wait_for_selector("[data-widget][data-drawn='1']")
        took = time.perf_counter() - product.began
        browser.close()
    return took


def cold_load(product: Product, slug: str = "sales", runs: int = 5) -> dict[str, float]:
    """Medians over cold browser profiles; the server's answers are warm after the first."""
    found: list[dict[str, float]] = []
    with sync_playwright() as play:
        for _run in range(runs + 1):
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            cookies = sign_in(browser, product).context.cookies()
            context = browser.new_context(viewport={"width": 1440, "height": 2200})
            context.add_cookies(cookies)  # type: ignore[arg-type]
            context.add_init_script(WATCH)
            found.append(_load(context.new_page(), product, slug))
            browser.close()
    return {name: statistics.median(run[name] for run in found[1:]) for name in found[0]}


def _load(page: Page, product: Product, slug: str) -> dict[str, float]:
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    sizes: list[tuple[str, float]] = []
    kinds: dict[str, str] = {}
    client.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    client.on(
        "Network.loadingFinished",
        lambda e: sizes.append((kinds.get(e["requestId"], ""), e["encodedDataLength"])),
    )
    frames: list[int] = []
    client.on(
        "Network.webSocketFrameReceived",
        lambda e: frames.append(len(e["response"]["payloadData"])),
    )
    began = time.perf_counter()
    page.goto(f"{product.url}/d/{slug}/", wait_until="commit")
    all_drawn(page)
    drawn = (time.perf_counter() - began) * 1000
    page.wait_for_timeout(500)
    return {
        "cards": float(page.locator("[data-widget]").count()),
        "drawn_ms": drawn,
        "lcp_ms": float(page.evaluate("window.lcp")),
        "layout_shift": float(page.evaluate("window.shift")),
        "requests": float(len(sizes)),
        "kib": (sum(size for _kind, size in sizes) + sum(frames)) / 1024,
        "js_kib": sum(size for kind, size in sizes if kind == "Script") / 1024,
    }


def ingest_to_browser(product: Product) -> dict[str, float]:
    """Milliseconds from just before POST to the animation frame after the delta arrived."""
    token = product.token("feeder")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = sign_in(browser, product)
        page.add_init_script(WATCH)
        client = httpx.Client(headers={"Authorization": f"Bearer {token}"})
        _send(client, product)
        page.goto(f"{product.url}/d/live-operations/")
        all_drawn(page)
        page.wait_for_timeout(2000)
        taken = [_one(page, client, product) for _point in range(POINTS)]
        browser.close()
    taken.sort()
    return {"p50_ms": taken[len(taken) // 2], "p95_ms": taken[int(len(taken) * 0.95)]}


def _one(page: Page, client: httpx.Client, product: Product) -> float:
    page.evaluate("window.arrivals.length = 0")
    sent = time.time() * 1000
    _send(client, product)
    page.wait_for_function("() => window.arrivals.length > 0", timeout=10_000, polling=20)
    arrived = float(page.evaluate("window.arrivals[0]"))
    page.wait_for_timeout(300)
    return arrived - sent


def _send(client: httpx.Client, product: Product) -> None:
    event: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "carrier": "UA"}
    event |= {"carrier_name": "United Air Lines Inc.", "origin": "EWR", "destination": "IAH"}
    event |= {"distance": 1400, "departure_delay": 2, "arrival_delay": 11, "air_time": 227}
    client.post(f"{product.url}/api/v1/streams/departures/events/", json=[event]).raise_for_status()
