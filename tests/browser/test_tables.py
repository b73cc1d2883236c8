"""Tables in a real browser: they scroll, sort, are searched and edited, by mouse and keyboard."""

import pytest

from tests.browser.test_accessibility import ASK, AXE
from tests.browser.test_cards import page, server, start  # noqa: F401 - fixtures
from tests.widgets.samples import SAMPLES

pytestmark = pytest.mark.browser


@pytest.fixture
def table(page):  # noqa: F811
    """A page with the product's own styles."""

    def opened(name, theme="light", data=None):
        start(page, name, theme, data)
        for sheet in ("base", "sheet"):
            page.add_style_tag(url=f"/static/css/{sheet}.css")
        page.evaluate("window.card.resize()")
        return page

    return opened


def first_cells(page, count=3):  # noqa: F811
    rows = page.locator("tbody tr[aria-rowindex]")
    return [rows.nth(at).locator("th, td").all_inner_texts() for at in range(count)]


def test_twelve_thousand_rows_scroll_with_few_in_the_page(table):
    page = table("table_raw")  # noqa: F811
    box = page.locator(".sheet__scroll")
    assert page.locator("tbody tr").count() < 50
    most = page.evaluate(
        """async () => {
          const box = document.querySelector(".sheet__scroll");
          let most = 0;
          for (let at = 0; at < 20; at++) {
            box.scrollTop += 7200;
            await new Promise(requestAnimationFrame);
            most = Math.max(most, document.querySelectorAll("tbody tr").length);
          }
          return most;
        }"""
    )
    assert most < 50
    box.evaluate("box => (box.scrollTop = box.scrollHeight)")
    page.locator("tr[aria-rowindex='12001']").wait_for()
    assert page.locator("tbody tr").count() < 50
    head = page.locator("thead th").first.bounding_box()
    assert abs(head["y"] - box.bounding_box()["y"]) < 2  # it stays


def test_heads_sort_by_mouse_and_keyboard_and_keep_the_focus(table):
    page = table("table_styled")  # noqa: F811
    orders = page.get_by_role("columnheader", name="Orders", exact=True)
    orders.get_by_role("button").click()
    assert orders.get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    assert orders.get_attribute("aria-sort") == "ascending"
    assert page.evaluate("document.activeElement.dataset.sort") == "orders"
    page.get_by_role("columnheader", name="Product").get_by_role("button").click(
        modifiers=["Shift"]
    )
    assert page.locator("thead sup").all_inner_texts() == ["2", "1"]
    page.evaluate("data => window.card.update(data)", _data())
    assert page.locator("th[aria-sort]").count() == 2  # new data does not undo it


def _data():
    return SAMPLES["table_styled"][1]


def test_searching_hiding_and_widening(table):
    page = table("table_styled")  # noqa: F811
    page.get_by_role("searchbox").fill("copiers")
    page.locator(".sheet__said", has_text="1 rows found").wait_for()
    assert page.locator("tbody tr[aria-rowindex]").count() == 1
    assert page.evaluate("document.activeElement.type") == "search"
    page.get_by_role("searchbox").fill("")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Margin").uncheck()
    page.get_by_role("columnheader", name="Margin").wait_for(state="detached")
    page.keyboard.press("Escape")
    assert page.locator("details[open]").count() == 0
    button = page.get_by_role("columnheader", name="Product").get_by_role("button")
    before = button.bounding_box()["width"]
    button.focus()
    page.keyboard.press("Alt+ArrowRight")
    assert button.bounding_box()["width"] > before + 10


def test_a_cut_table_asks_for_more_and_for_another_order(table):
    sample = _data()
    main = {**sample["frames"]["main"], "truncated": True}
    page = table("table_marks", data={**sample, "frames": {"main": main}})  # noqa: F811
    page.evaluate(
        """() => {
          window.asked = [];
          document.addEventListener("sightline:rows", ({ detail }) => window.asked.push(detail));
          window.card.destroy();
        }"""
    )
    page.evaluate(
        """async ({ data }) => {
          const { mount } = await import("/static/dist/cards.js");
          const card = document.getElementById("card");
          window.card = mount(card, { kind: "table", options: { rows: 12 } });
          await window.card.update(data);
        }""",
        {"data": {**sample, "frames": {"main": main}}},
    )
    page.get_by_role("button", name="Load more").click()
    asked = page.evaluate("({ have: window.asked[0].have, after: window.asked[0].after })")
    assert asked == {"have": 12, "after": None}
    page.evaluate("window.asked[0].failed('The source is down.')")
    page.locator(".sheet__said", has_text="The source is down.").wait_for()
    page.get_by_role("columnheader", name="Orders").get_by_role("button").click()
    assert page.evaluate("window.asked.at(-1).order") == [{"name": "orders", "descending": True}]
    page.evaluate(
        "frame => window.asked.at(-1).done({ frame, next: null, replaces: true, more: false })",
        {
            **main,
            "data": [values[:2] for values in main["data"]],
            "row_count": 2,
            "truncated": False,
        },
    )
    page.wait_for_function(
        "() => document.querySelectorAll('tbody tr[aria-rowindex]').length === 2"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["table_styled", "table_raw"])
def test_a_table_shuts_nobody_out(table, name, theme):
    page = table(name, theme)  # noqa: F811
    page.evaluate(AXE)
    assert page.evaluate(ASK) == []
