"""Pictures drawn on the server: by the browser's code, safe anywhere, and never in the way."""

import asyncio
import functools
import json
import os
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.widgets import render
from apps.widgets.kinds import KINDS
from tests.widgets.samples import SAMPLES
from tests.widgets.samples.base import INSIGHTS
from tests.widgets.samples.parts import (
    HOSTILE,
    ORDERS,
    REGION,
    REVENUE,
    SEGMENT,
    TIME,
    card,
    frame,
)

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str, theme: str = "light") -> str:
    kind, data, options, (width, height) = SAMPLES[name]
    return render.svg(kind, data, options, theme, width, height)


known = functools.cache(drawn)


def texts(picture: str) -> str:
    return " ".join(node.text or "" for node in ElementTree.fromstring(picture).iter(f"{SVG}text"))


def test_every_kind_has_a_sample():
    assert {kind for kind, *_ in SAMPLES.values()} == set(KINDS)


@pytest.mark.parametrize("theme", render.THEMES)
@pytest.mark.parametrize("name", SAMPLES)
def test_each_kind_draws_a_whole_svg_of_the_asked_size(name, theme):
    root = ElementTree.fromstring(known(name, theme))
    width, height = SAMPLES[name][3]
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("height")) == (str(width), str(height))
    assert len(list(root.iter())) >= 5


@pytest.mark.parametrize("name", SAMPLES)
def test_a_picture_passes_a_strict_content_policy_and_reaches_for_nothing_outside(name):
    for node in ElementTree.fromstring(known(name)).iter():
        assert "style" not in node.attrib
        assert node.tag.removeprefix(SVG) not in {"script", "style", "foreignObject", "image", "a"}
        for key, value in node.attrib.items():
            assert not key.lower().startswith("on")
            assert not key.endswith("href") or value.startswith("#")
            assert "url(" not in value or "url(#" in value


@pytest.mark.parametrize("name", ["line", "columns", "pie", "heatmap", "scatter", "bar"])
def test_no_text_is_stroked_or_styled_by_a_shorthand_which_weasyprint_would_drop(name):
    for node in ElementTree.fromstring(known(name)).iter(f"{SVG}text"):
        assert node.get("stroke") in (None, "none")
        assert node.get("font") is None
        assert "Inter" in node.get("font-family", "Inter")


def test_the_same_question_gets_the_same_bytes():
    assert drawn("line") == drawn("line")


def test_ids_of_two_pictures_differ_so_that_both_can_stand_in_one_page():
    def ids(name: str) -> set[str]:
        root = ElementTree.fromstring(known(name))
        return {node.get("id", "") for node in root.iter()} - {""}

    assert ids("line")
    assert not ids("line") & ids("splits")


def test_themes_differ():
    assert len({known("bar", theme) for theme in render.THEMES}) == len(render.THEMES)


@pytest.mark.parametrize("kind", render.KINDS)
def test_hostile_names_come_out_as_text(kind):
    names = [HOSTILE, "<script>alert(1)</script>", "مبيعات", "東京", "x" * 5000, None, ""]
    columns = [
        {**REGION, "label": HOSTILE},
        SEGMENT,
        {**REVENUE, "unit": "<b>"},
        {**ORDERS, "label": HOSTILE},
    ]
    main = frame(columns, names, names, [1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1])
    data = card(
        main,
        overlays={
            "insights": [
                {
                    "text": HOSTILE,
                    "figures": [{"start": 0, "end": 4, "href": "javascript:alert(1)"}],
                }
            ]
        },
    )
    safe = _without_lone_surrogates(data)
    picture = render.svg(kind, safe, {}, "light", 500, 300)
    tags = {node.tag.removeprefix(SVG) for node in ElementTree.fromstring(picture).iter()}
    assert not tags & {"img", "script", "b", "a"}
    assert "javascript:" not in picture


def _without_lone_surrogates(data: dict) -> bytes:
    """As JSON from a client may hold them: escaped, since no UTF-8 can."""
    return json.dumps(data).encode()


@pytest.mark.parametrize("kind", render.KINDS)
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"frames": {}},
        {"frames": {"main": None}, "overlays": None},
        {"frames": {"main": {"columns": [], "data": []}}},
        {"frames": {"main": {"columns": [REVENUE], "data": []}}},
        card(frame([REVENUE], [])),
        card(frame([REVENUE], [None])),
        card(frame([TIME, REVENUE], [], [])),
        card(frame([TIME, REVENUE], [1], [5])),
        card(frame([TIME, REVENUE], [1, 2, 3], [None, None, None])),
        card(frame([TIME, REVENUE], [1, 1, 1], [1, 2, 3])),
        card(frame([TIME, REVENUE], [None, 9e18, -9e18], [1, 2, 3])),
        card(frame([TIME, REGION, REVENUE], [1, 2], [None, "a"], [1e12, -1e12])),
        card(frame([REGION, REVENUE], ["a"], [0])),
        card(frame([REGION, REVENUE], ["a", "b"], ["no", True])),
        card(frame([REGION, SEGMENT, REVENUE], ["a", "b"], ["c", "d"], [-1, -1])),
        card(frame([REGION, REVENUE, ORDERS], ["a", "b"], [1e300, -1e300], [1e-300, 0])),
    ],
)
def test_poor_data_gives_a_picture_and_nothing_broken(kind, data):
    for width, height in ((200, 60), (600, 300)):
        picture = render.svg(kind, data, {}, "dark", width, height)
        ElementTree.fromstring(picture)
        assert "NaN" not in picture
        assert "undefined" not in picture
        assert "Infinity" not in picture


@pytest.mark.parametrize("size", [(200, 100), (200, 900), (3840, 2160), (1, 1), (100_000, 20)])
@pytest.mark.parametrize("name", SAMPLES)
def test_any_size_draws(name, size):
    kind, data, options, _ = SAMPLES[name]
    ElementTree.fromstring(render.svg(kind, data, options, "print", *size))


@pytest.mark.parametrize("kind", ["bar", "pie", "heatmap", "table", "line"])
def test_ten_thousand_categories_draw_what_fits_and_say_how_many_do_not(kind):
    names = [f"Customer {at}" for at in range(10_000)]
    columns = (
        [TIME, REGION, REVENUE]
        if kind == "line"
        else [REGION, SEGMENT, REVENUE]
        if kind == "heatmap"
        else [REGION, REVENUE]
    )
    values = [float(10_000 - at) for at in range(10_000)]
    lead = [[1_000_000 * at for at in range(10_000)]] if kind == "line" else []
    more = [[name[-1] for name in names]] if kind == "heatmap" else []
    picture = render.svg(
        kind, card(frame(columns, *lead, names, *more, values)), {}, "light", 500, 300
    )
    assert len(picture) < 400_000
    if kind != "pie":
        assert "+ " in texts(picture)


def test_words_figures_and_times_are_in_the_readers_language_and_zone():
    kind, data, options, _ = SAMPLES["columns"]
    german = texts(render.svg(kind, data, options, "light", 520, 220, "de", "Europe/Berlin"))
    assert "Sept" in german or "Sep" in german
    english = texts(render.svg("bar", SAMPLES["bar"][1], {}, "light", 480, 180))
    assert "€\u00a0412k" in english
    assert "€" in texts(render.svg("bar", SAMPLES["bar"][1], {}, "light", 480, 180, "de"))
    assert "412k" not in texts(render.svg("bar", SAMPLES["bar"][1], {}, "light", 480, 180, "de"))


def test_translated_words_take_the_place_of_english_ones():
    options = {"words": {"previous": "Vorperiode"}}
    assert "Vorperiode" in texts(render.svg("line", SAMPLES["line"][1], options, "light", 720, 236))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_picture_is_told_in_one_sentence_and_as_a_table(name):
    kind, data, options, _ = SAMPLES[name]
    told = render.describe(kind, data, options)
    assert told["summary"].strip()
    assert told["rows"]
    assert all(len(row) == len(told["columns"]) for row in told["rows"])


def test_a_fact_is_told_with_its_figures():
    told = render.describe("big_number", SAMPLES["big_number"][1], {})
    assert "8.4\u00a0%" in told["summary"]
    assert INSIGHTS[0]["text"] in render.describe("insight", SAMPLES["insight"][1], {})["summary"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_png_starts_with_its_magic(name):
    assert render.png(known(name), 1).startswith(b"\x89PNG\r\n\x1a\n")


def test_a_png_of_something_else_is_refused():
    with pytest.raises(render.RenderError):
        render.png("<html>")


@pytest.mark.parametrize(
    "kind", ["", "lines", "toString", "constructor", "__proto__", "line'); spin('"]
)
def test_an_unknown_kind_is_refused(kind):
    with pytest.raises(render.RenderError, match="no picture of kind"):
        render.svg(kind, {}, {}, "light", 100, 100)


def test_an_unknown_theme_is_refused():
    with pytest.raises(render.RenderError):
        render.svg("line", {}, {}, "pink", 100, 100)


def test_what_is_not_json_is_refused_without_repeating_it():
    with pytest.raises(render.RenderError) as error:
        render.svg("line", b'{"secret": hunter2}', {}, "light", 100, 100)
    assert "hunter2" not in str(error.value)
    with pytest.raises(render.RenderError):
        render.svg("line", {"a": object()}, {}, "light", 100, 100)


def test_too_much_data_is_refused(monkeypatch):
    monkeypatch.setattr(render, "MOST_BYTES", 100)
    with pytest.raises(render.RenderError, match="too much data"):
        render.svg("bar", SAMPLES["bar"][1], {}, "light", 100, 100)


@pytest.fixture
def with_traps() -> Iterator[None]:
    """Two globals that never end: one in time, one in memory."""
    drawn("bar")
    render._worker.submit(
        render._evaluate,
        "globalThis.spin = () => { for (;;); };"
        "globalThis.eat = () => { const a = []; for (;;) a.push(new Array(1e5).fill(1.5)); };",
    ).result()
    yield
    render._worker.submit(render._forget).result()


def test_a_picture_that_never_ends_is_stopped_and_the_next_one_draws(monkeypatch, with_traps):
    monkeypatch.setattr(render, "TIMEOUT_S", 0.3)
    with pytest.raises(render.RenderError, match="too much time"):
        render._call("spin")
    monkeypatch.undo()
    assert drawn("bar").startswith("<svg")


def test_a_picture_that_eats_memory_is_stopped_and_the_next_one_draws(with_traps):
    with pytest.raises(render.RenderError, match="too much memory"):
        render._call("eat")
    assert drawn("bar").startswith("<svg")


def test_after_a_heap_that_was_eaten_the_process_ends_well():
    """V8 that is closed in another thread than its own may crash; at the end nobody would see."""
    code = (
        "import django\ndjango.setup()\nfrom apps.widgets import render\n"
        "render._worker.submit(render._evaluate, 'globalThis.eat = () => {"
        " const a = []; for (;;) a.push(new Array(1e5).fill(1.5)); };').result()\n"
        "try:\n    render._call('eat')\nexcept render.RenderError as error:\n    print(error)\n"
        "print(render._call('String', 1))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=90)
    assert (done.returncode, done.stdout.split("\n")[1]) == (0, "1"), done.stderr


def test_threads_take_turns():
    expected = drawn("bar")
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(drawn("bar"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert made == [expected] * 6


def test_a_thread_with_an_event_loop_may_ask_too():
    async def ask() -> str:
        return drawn("bar")

    with ThreadPoolExecutor(1) as other:
        assert other.submit(asyncio.run, ask()).result(60).startswith("<svg")


def test_a_child_of_a_process_with_v8_gets_an_error_and_does_not_hang():
    drawn("bar")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        try:
            drawn("bar")
            os.write(writer, b"drew")
        except render.RenderError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert b"forked" in pipe.read()
    os.waitpid(child, 0)


def test_a_missing_script_names_the_remedy(monkeypatch, tmp_path):
    render._worker.submit(render._forget).result()
    monkeypatch.setattr(render, "SCRIPT", tmp_path / "server.js")
    with pytest.raises(render.RenderError, match="make static"):
        drawn("bar")
