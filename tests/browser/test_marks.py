"""Marks of a picture under the pointer and under the keys, by the strict content policy."""

import pytest

from tests.browser.test_cards import page, server, start  # noqa: F401

pytestmark = pytest.mark.browser
PICTURE = """async () => {
  const { marksOf } = await import("/static/js/charts/marks.js");
  const card = document.getElementById("card");
  card.innerHTML = `<svg width="600" height="300" role="img">${[0, 1, 2].map((i) =>
    `<rect data-mark="${i}" x="${i * 200}" y="0" width="190" height="140"/>`).join("")}
    <rect data-mark="3" x="400" y="150" width="190" height="140"/></svg>`;
  window.events = [];
  const made = {
    tip: (i) => ({ title: `Mark ${i}`, rows: [["Revenue", `${i} <b>€</b>`, "#2457d6"]] }),
    select: ({ dataIndex: i }) => (i === 3 ? [] : [{ column: "region", value: `r${i}` }]),
  };
  window.marks = marksOf(card, () => made, (i) => window.events.push(i));
  window.marks.refresh();
}"""


@pytest.fixture
def marked(page):  # noqa: F811
    page.goto(f"{page.address}/light")
    page.wait_for_function("() => window.ready")
    page.add_style_tag(url="/static/css/card.css")
    page.evaluate(PICTURE)
    return page


def test_a_mark_has_a_tooltip_that_stays_in_the_window_and_a_click(marked):
    marked.set_viewport_size({"width": 660, "height": 330})
    tip = marked.locator(".tip")
    marked.mouse.move(600, 290)
    tip.wait_for(state="visible")
    assert tip.inner_text().split() == ["Mark", "3", "Revenue", "3", "<b>€</b>"]
    box = tip.bounding_box()
    assert box["x"] + box["width"] <= 660
    assert box["y"] + box["height"] <= 330
    marked.mouse.move(15, 5)
    tip.wait_for(state="hidden")
    marked.mouse.click(100, 60)
    assert marked.evaluate("window.events") == [0]
    marked.mouse.move(100, 60)
    marked.mouse.down()
    marked.mouse.move(180, 60, steps=3)
    marked.mouse.up()
    assert marked.evaluate("window.events") == [0]  # a span was marked, not a place


def test_arrows_walk_from_mark_to_mark_and_enter_clicks(marked):
    focused = "() => document.activeElement.dataset.mark"
    for key, at in (("Tab", "0"), ("ArrowRight", "1"), ("ArrowRight", "2"), ("ArrowDown", "3")):
        marked.keyboard.press(key)
        assert marked.evaluate(focused) == at
    assert marked.locator(".tip").inner_text().startswith("Mark 3")
    marked.keyboard.press("Home")
    marked.keyboard.press("Enter")
    assert marked.evaluate("window.events") == [0]
    first = marked.locator('[data-mark="0"]')
    assert first.get_attribute("role") == "button"
    assert first.get_attribute("aria-label") == "Mark 0, Revenue 0 <b>€</b>"
    marked.keyboard.press("Escape")
    marked.locator(".tip").wait_for(state="hidden")
    marked.evaluate("window.marks.stop()")
    marked.keyboard.press("Enter")
    assert marked.evaluate("window.events") == [0]


def test_new_markup_keeps_the_focus_where_it_was(marked):
    marked.keyboard.press("Tab")
    marked.keyboard.press("End")
    marked.evaluate(
        """() => { const card = document.getElementById("card"); window.marks.remember();
        card.innerHTML = card.innerHTML.replaceAll('height="140"', 'height="120"');
        window.marks.refresh(); }"""
    )
    assert marked.evaluate("() => document.activeElement.dataset.mark") == "3"
    assert marked.locator('[data-mark][tabindex="0"]').count() == 1


def test_a_chart_is_walked_by_keys_and_read_out(page):  # noqa: F811
    start(page, "bar")
    page.locator("#card").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator('[role="status"]').inner_text().startswith("Consumer electronics, ")
    page.keyboard.press("ArrowRight")
    assert not page.locator('[role="status"]').inner_text().startswith("Consumer electronics")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    [chosen] = [detail for name, detail in page.evaluate("window.events") if name == "select"]
    assert set(chosen.pop("place")) == {"x", "y"}
    assert chosen == {"column": "region", "value": "Consumer electronics", "also": []}
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")  # nothing is marked any more
    assert len([each for each in page.evaluate("window.events") if each[0] == "select"]) == 1


@pytest.mark.parametrize("name", ["line", "splits", "pie", "heatmap", "scatter"])
def test_every_chart_reads_its_points_out(page, name):  # noqa: F811
    start(page, name)
    page.locator("#card").focus()
    said = set()
    for key in ("End", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        said.add(page.locator('[role="status"]').inner_text())
    assert len(said) >= 2
    assert not any("{" in text or "|" in text or not text for text in said)
