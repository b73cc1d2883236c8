"""Cards in a real browser, under the strict content policy, beside what the server draws."""

import functools
import http.server
import io
import json
import re
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from apps.widgets import render
from tests.widgets import comparison, golden
from tests.widgets.comparison import check
from tests.widgets.samples import SAMPLES
from tests.widgets.samples.parts import DAY_MS, START_MS

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'"
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">
<title>Cards</title><link rel="stylesheet" href="/static/vendor/inter.css">
<link rel="stylesheet" href="/static/css/tokens.css"><link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>{body}</html>"""
STYLE = """body { margin: 0; padding: 20px; background: var(--card); font: 13px/1.45 var(--font); }
#card { position: relative; overflow: hidden; } #card > svg { display: block; }
"""
WORD = re.compile(r"\w+")
# apart from each other, which innerText's are not where a line holds several
TEXTS = """() => {
  const walk = document.createTreeWalker(document.getElementById("card"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) found.push(walk.currentNode.data);
  return found.join(" ");
}"""
SCRIPT = """import { configure, mount } from "/static/dist/cards.js";
configure({ locale: "en", timezone: "UTC" });
window.events = [];
for (const name of ["drawn", "zoom", "select"]) {
  const keep = (event) => window.events.push([name, event.detail]);
  document.addEventListener(`sightline:${name}`, keep);
}
window.start = async ({ kind, data, options, size: [width, height] }) => {
  const element = document.getElementById("card");
  Object.assign(element.style, { width: `${width}px`, height: `${height}px` });
  window.card = mount(element, { kind, options });
  await window.card.update(data);
};
window.ready = true;
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """The page, and the checkout's static folder, all under the policy."""

    def do_GET(self) -> None:
        made = {"/page.js": ("text/javascript", SCRIPT), "/page.css": ("text/css", STYLE)}
        if self.path.startswith("/static/"):
            return super().do_GET()
        theme = "dark" if "dark" in self.path else "light"
        body = self.server.body if "server" in self.path else '<div id="card"></div>'  # type: ignore[attr-defined]
        kind, text = made.get(self.path, ("text/html", PAGE.format(theme=theme, body=body)))
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())
        return None

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    handler = functools.partial(Handler, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def page(browser, server):
    made = browser.new_page(viewport={"width": 900, "height": 420})
    made.complaints = []
    made.on("console", lambda line: line.type == "error" and made.complaints.append(line.text))
    made.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield made
    complaints = [text for text in made.complaints if "favicon" not in text]
    made.close()
    assert complaints == []


def start(
    page, name: str, theme: str = "light", data: dict | None = None, size=None, sheets=()
) -> None:
    """Draw a sample; `sheets` are stylesheets of the product that it needs beside its colours."""
    kind, sample, options, usual = SAMPLES[name]
    size = size or usual
    page.goto(f"{page.address}/{theme}")
    page.wait_for_function("() => window.ready")
    for sheet in sheets:
        page.add_style_tag(url=f"/static/css/{sheet}.css")
    wanted = {"kind": kind, "data": data or sample, "options": options, "size": size}
    # as text: Playwright takes half a minute to hand over twelve thousand rows one value at a time
    page.evaluate("text => window.start(JSON.parse(text))", json.dumps(wanted))


def shot(page, size: tuple[int, int]) -> Image.Image:
    clip = {"x": 20, "y": 20, "width": size[0], "height": size[1]}
    return Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")


@pytest.mark.parametrize(
    ("theme", "size"),
    [("light", (300, 180)), ("dark", (720, 320))],
    ids=["light-small", "dark-large"],
)
@pytest.mark.parametrize("kind", golden.first_samples())
def test_browser_and_server_draw_the_same_picture(page, kind, theme, size):
    """Chromium's canvas beside the server's SVG as PNG, by two rasterisers, within BROWSER.

    A kind that is HTML in the browser scrolls and wraps by itself, and its server's picture shows
    what fits: there half its words must stand in the browser as well, no more.
    """
    sample = golden.first_samples()[kind]
    start(page, sample, theme, size=size)
    if page.locator("#card > svg, #card canvas").count() == 0:
        if page.locator("#card iframe, #card img").count():
            page.complaints.clear()  # what is embedded is not there for this page's policy
            return
        drawn = words_of(sample, theme, size)
        live = set(WORD.findall(page.evaluate(TEXTS).lower()))
        assert len(drawn & live) >= len(drawn) / 2
        return
    live, still = shot(page, size), golden.drawn(sample, theme, size)
    check(f"{kind}-{theme}-{size[0]}", live, still, **comparison.BROWSER)


def words_of(sample: str, theme: str, size: tuple[int, int]) -> set[str]:
    """The whole words of the server's picture, but not what says how many rows it leaves out."""
    kind, data, options, _size = SAMPLES[sample]
    root = ElementTree.fromstring(render.svg(kind, data, options, theme, *size))
    lines = [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]
    whole = [line for line in lines if "…" not in line and not line.startswith("+ ")]
    return {word for line in whole for word in WORD.findall(line.lower())}


@pytest.mark.parametrize("name", ["table", "insight"])
def test_words_and_rows_are_html_that_the_policy_lets_pass(page, name):
    start(page, name)
    assert page.locator("#card td, #card p").count() > 1
    assert page.evaluate("window.events")[0][1]["empty"] is False


def test_a_delta_changes_the_chart_in_place(page):
    start(page, "splits")
    canvas = page.locator("#card canvas").first.element_handle()
    before = page.screenshot()
    frame = SAMPLES["splits"][1]["frames"]["main"]
    first = START_MS + 47 * 3_600_000
    data = [[first] * 4, ["West", "East", "Central", "South"], [500, 400, 300, 200]]
    delta = {"from": first, "data": {"frames": {"main": {**frame, "data": data, "row_count": 4}}}}
    page.evaluate("delta => window.card.applyDelta(delta)", delta)
    assert page.screenshot() != before
    assert page.evaluate("node => node.isConnected", canvas)
    assert page.locator("#card canvas").count() == 1


def test_many_updates_in_one_frame_are_one_picture(page):
    start(page, "bar")
    page.evaluate(
        "data => Promise.all(Array.from({length: 30}, () => window.card.update(data)))",
        SAMPLES["bar"][1],
    )
    drawn = [name for name, _ in page.evaluate("window.events") if name == "drawn"]
    assert len(drawn) <= 4  # the first, this one, and what the observer asked for


def test_dragging_over_time_asks_for_that_span(page):
    start(page, "line")
    page.mouse.move(220, 120)
    page.mouse.down()
    page.mouse.move(420, 130, steps=4)
    page.mouse.up()
    spans = [detail for name, detail in page.evaluate("window.events") if name == "zoom"]
    assert len(spans) == 1
    assert START_MS < spans[0]["from"] < spans[0]["to"] < START_MS + 70 * DAY_MS
    assert 10 * DAY_MS < spans[0]["to"] - spans[0]["from"] < 30 * DAY_MS


def zooms(page) -> list[dict]:
    return [detail for name, detail in page.evaluate("window.events") if name == "zoom"]


def test_shift_and_a_drag_move_the_time_and_escape_takes_it_back(page):
    start(page, "line")
    window = SAMPLES["line"][1]["frames"]["main"]["window"]
    before = shot(page, (720, 236))
    page.keyboard.down("Shift")
    page.mouse.move(420, 120)
    page.mouse.down()
    page.mouse.move(220, 130, steps=4)
    page.wait_for_timeout(100)
    assert shot(page, (720, 236)) != before, "the chart did not follow the hand"
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(100)
    assert zooms(page) == []
    page.mouse.move(420, 120)
    page.mouse.down()
    page.mouse.move(220, 130, steps=4)
    page.mouse.up()
    [moved] = zooms(page)
    assert moved["to"] - moved["from"] == window["to"] - window["from"]
    assert 10 * DAY_MS < moved["from"] - window["from"] < 30 * DAY_MS


def test_ctrl_and_the_wheel_zoom_where_the_pointer_is_once_it_rests(page):
    start(page, "line")
    window = SAMPLES["line"][1]["frames"]["main"]["window"]
    page.mouse.move(420, 120)
    page.keyboard.down("Control")
    for _notch in range(3):
        page.mouse.wheel(0, -100)
    page.wait_for_function("() => window.events.some(([name]) => name === 'zoom')")
    [closer] = zooms(page)
    times = (window["to"] - window["from"]) / (closer["to"] - closer["from"])
    assert times == pytest.approx(1.25**3, rel=0.01)
    assert window["from"] < closer["from"] < closer["to"] < window["to"]


def touch(page, kind: str, *places: tuple[int, int]) -> None:
    """Fingers as the browser's own devices would report them."""
    points = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(places)]
    page.cdp.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


@pytest.fixture
def touched(page):
    page.cdp = page.context.new_cdp_session(page)
    page.cdp.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    return page


def test_a_finger_moves_the_time_sideways_and_leaves_up_and_down_to_the_page(touched):
    start(touched, "line")
    window = SAMPLES["line"][1]["frames"]["main"]["window"]
    touch(touched, "Start", (420, 120))
    for x in (400, 320, 220):
        touch(touched, "Move", (x, 122))
    touch(touched, "End")
    [moved] = zooms(touched)
    assert moved["to"] - moved["from"] == window["to"] - window["from"]
    assert 10 * DAY_MS < moved["from"] - window["from"] < 30 * DAY_MS
    touch(touched, "Start", (420, 120))
    for y in (130, 170, 230):
        touch(touched, "Move", (422, y))
    touch(touched, "End")
    assert len(zooms(touched)) == 1


def test_two_fingers_zoom_between_them(touched):
    start(touched, "line")
    window = SAMPLES["line"][1]["frames"]["main"]["window"]
    touch(touched, "Start", (300, 120), (400, 120))
    touch(touched, "Move", (275, 120), (425, 122))
    touch(touched, "Move", (250, 120), (450, 124))
    touch(touched, "End")
    [closer] = zooms(touched)
    times = (window["to"] - window["from"]) / (closer["to"] - closer["from"])
    assert times == pytest.approx(2, rel=0.02)
    assert window["from"] < closer["from"] < closer["to"] < window["to"]


def test_a_click_on_a_bar_selects_its_category(page):
    start(page, "bar")
    page.mouse.click(20 + 200, 20 + 16)
    [chosen] = [detail for name, detail in page.evaluate("window.events") if name == "select"]
    place = chosen.pop("place")
    assert chosen == {"column": "region", "value": "Consumer electronics", "also": []}
    assert (place["x"], place["y"]) == pytest.approx((220, 36), abs=1)


def test_the_theme_changes_with_the_page(page):
    start(page, "bar")
    before = page.screenshot()
    page.evaluate(
        """() => { document.documentElement.dataset.theme = "dark";
        document.dispatchEvent(new CustomEvent("sightline:theme", {detail: {name: "dark"}}));
        return window.card.resize(); }"""
    )
    assert page.screenshot() != before


def test_a_card_follows_its_size_and_leaves_nothing_behind(page):
    start(page, "line")
    page.evaluate("document.getElementById('card').style.width = '300px'")
    page.wait_for_function(
        "() => document.querySelector('#card canvas').getBoundingClientRect().width === 300"
    )
    page.evaluate("window.card.destroy()")
    assert page.locator("#card *").count() == 0


def test_empty_data_says_so_and_real_data_takes_its_place(page):
    start(page, "line", data={"frames": {}})
    page.evaluate("data => window.card.update(data)", SAMPLES["line"][1])
    states = [detail["empty"] for name, detail in page.evaluate("window.events") if name == "drawn"]
    assert states[0] is True
    assert states[-1] is False


def test_a_chart_is_named_for_those_who_do_not_see_it(page):
    start(page, "line")
    label = page.locator("#card").get_attribute("aria-label")
    assert label == json.loads(
        json.dumps(render.describe("line", SAMPLES["line"][1], {})["summary"])
    )


def test_a_dashboard_loads_the_engine_once_and_only_the_kinds_it_shows(page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    start(page, "bar")
    assert len(asked) == len(set(asked))
    assert any(name.startswith("bar-") for name in asked)
    assert not any(name.startswith(("pie-", "heatmap-", "scatter-")) for name in asked)
