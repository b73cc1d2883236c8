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
        # before the rows, for without them all twelve thousand would be drawn
        start(page, name, theme, data, sheets=("base", "sheet"))
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
    page.locator(".sheet__said", has_text="1 row found").wait_for()
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
@pytest.mark.parametrize("name", ["table_styled", "table_raw", "pivot", "kpi_table"])
def test_a_table_shuts_nobody_out(table, name, theme):
    page = table(name, theme)  # noqa: F811
    page.evaluate(AXE)
    assert page.evaluate(ASK) == []


GRID_SERVER = """() => {
  window.sent = [];
  window.store = new Map();
  document.addEventListener("sightline:grid", ({ detail }) => {
    const { cells, history, read, done, failed } = detail;
    if (read) return done({ may_edit: window.mayEdit, cells: [] });
    if (history) return done({ changes: [{ at: 0, by: "Ada", from: null, to: 5 }] });
    window.sent.push(cells);
    if (window.conflict) return failed("Somebody else changed this.", window.conflict);
    return done({ cells: cells.map((cell) => ({ ...cell, version: cell.version + 1 })) });
  });
}"""


@pytest.fixture
def grid(page):  # noqa: F811
    """An editable grid whose server stands in the page."""

    def opened(may_edit=True, theme="light"):
        page.goto(f"{page.address}/{theme}")
        page.wait_for_function("() => window.ready")
        page.evaluate(f"() => {{ window.mayEdit = {'true' if may_edit else 'false'}; }}")
        page.evaluate(GRID_SERVER)
        kind, data, options, size = SAMPLES["editable_grid"]
        wanted = {"kind": kind, "data": data, "options": options, "size": size}
        for sheet in ("base", "sheet"):
            page.add_style_tag(url=f"/static/css/{sheet}.css")
        page.evaluate("wanted => window.start(wanted)", wanted)
        return page

    return opened


def cell(page, row, column):  # noqa: F811
    return page.locator(f"[data-cell='{row},{column}']")


def test_a_grid_is_filled_by_keys_and_each_cell_is_saved_at_once(grid):
    page = grid()  # noqa: F811
    cell(page, 0, 0).click()
    page.keyboard.type("1,250.5")
    page.keyboard.press("Enter")
    page.wait_for_function("window.sent.length === 1")
    assert page.evaluate("window.sent[0]") == [
        {"row": "West", "column": "2026-01", "value": 1250.5, "version": 0}
    ]
    page.wait_for_function("document.activeElement.dataset.cell === '1,0'")
    assert cell(page, 0, 0).inner_text() == "1,250.5"
    page.keyboard.press("Control+z")
    page.wait_for_function("window.sent.length === 2")
    assert page.evaluate("window.sent[1][0].value") is None
    assert page.evaluate("window.sent[1][0].version") == 1
    cell(page, 2, 2).click()
    page.keyboard.type("lots")
    page.keyboard.press("Enter")
    page.locator(".sheet__said--bad", has_text="“lots” is not a number").wait_for()
    assert page.evaluate("window.sent.length") == 2


def test_a_block_is_pasted_copied_and_emptied(grid):
    page = grid()  # noqa: F811
    cell(page, 0, 0).click()
    page.evaluate(
        """() => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", "1\\t2\\n3\\t4\\n");
          const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true });
          document.activeElement.dispatchEvent(paste);
        }"""
    )
    page.wait_for_function("window.sent.length === 1")
    assert [each["value"] for each in page.evaluate("window.sent[0]")] == [1, 2, 3, 4]
    cell(page, 0, 0).click()
    cell(page, 1, 1).click(modifiers=["Shift"])
    assert page.locator("[aria-selected='true']").count() == 4
    copied = page.evaluate(
        """() => {
          const clipboardData = new DataTransfer();
          const copy = new ClipboardEvent("copy", { clipboardData, bubbles: true });
          document.activeElement.dispatchEvent(copy);
          return clipboardData.getData("text/plain");
        }"""
    )
    assert copied == "1\t2\n3\t4"
    page.keyboard.press("Delete")
    page.wait_for_function("window.sent.length === 2")
    assert page.evaluate("window.sent[1].every(({ value }) => value === null)")


def test_a_conflict_shows_both_and_the_reader_decides(grid):
    page = grid()  # noqa: F811
    there = {"row": "West", "column": "2026-01", "value": 77, "version": 4, "by": "Ada"}
    page.evaluate("conflict => { window.conflict = [conflict]; }", there)
    cell(page, 0, 0).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    page.locator(".sheet__said", has_text="Ada wrote 77 meanwhile. Yours: 5").wait_for()
    assert cell(page, 0, 0).inner_text() == "77.0"
    page.evaluate("window.conflict = null")
    page.get_by_role("button", name="Write mine").click()
    page.wait_for_function("window.sent.length === 2")
    assert page.evaluate("window.sent[1][0]") == {
        "row": "West",
        "column": "2026-01",
        "value": 5,
        "version": 4,
    }


def test_who_may_not_edit_moves_and_reads_the_history_but_types_nothing(grid):
    page = grid(may_edit=False)  # noqa: F811
    cell(page, 0, 0).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("5")
    assert page.locator(".sheet__input").count() == 0
    assert page.evaluate("document.activeElement.dataset.cell") == "0,1"
    page.evaluate("window.card.resize()")
    page.get_by_role("button", name="History").click()
    page.locator(".sheet__past", has_text="Ada").wait_for()
    assert page.evaluate("window.sent.length") == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_grid_shuts_nobody_out(grid, theme):
    page = grid(theme=theme)  # noqa: F811
    cell(page, 1, 1).click()
    page.evaluate(AXE)
    assert page.evaluate(ASK) == []
