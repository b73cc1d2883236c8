"""Edit mode in a real browser: move, resize, add with a preview, save, find it so again."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.dashboards.models import Dashboard, Placement
from apps.widgets.models import Widget
from tests.browser.conftest import sign_in, wait_until
from tests.browser.test_dashboard import no_pictures  # noqa: F401
from tests.dashboards.boards import make_board

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARDS = (
    ("Revenue", "big_number", (0, 0, 6, 3), {"measures": ["revenue"]}),
    ("By region", "bar", (0, 3, 12, 6), {"measures": ["revenue"], "dimensions": ["region"]}),
)


@pytest.fixture
def editing(page: Page, both_doors, editor, orders) -> Page:
    """An editor in edit mode on two cards."""
    make_board(editor, orders, cards=CARDS)
    sign_in(page, both_doors, editor, "/d/sales/")
    page.get_by_role("link", name="Edit").click()
    expect(page.locator(".grid-stack-item .ui-resizable-se")).to_have_count(2)
    expect(card(page, "Revenue")).to_have_attribute("data-drawn", "1")
    return page


def card(page: Page, title: str):
    return page.locator(".card", has=page.get_by_role("heading", name=title, exact=True))


def place(title: str):
    placement = Placement.objects.get(widget__title=title)
    return (placement.x, placement.y, placement.w, placement.h)


def drag_until(page: Page, x: float, y: float, side: str, value: str):
    """Move like a hand does, in small steps: GridStack looks at some of them only."""
    mould = page.locator(".grid-stack-placeholder")
    page.mouse.move(x, y, steps=30)
    for nudge in range(20):
        page.mouse.move(x + nudge % 2, y)
        page.wait_for_timeout(50)
        if mould.count() and mould.get_attribute(side) == value:
            return
    expect(mould).to_have_attribute(side, value)


def test_a_card_is_dragged_and_resized_and_stays_there(editing):
    box = card(editing, "Revenue").bounding_box()
    editing.mouse.move(box["x"] + 60, box["y"] + 20)
    editing.mouse.down()
    drag_until(editing, box["x"] + 60 + 12 * 57, box["y"] + 20, "gs-x", "12")
    editing.mouse.up()
    wait_until(lambda: place("Revenue") == (12, 0, 6, 3))
    expect(editing.locator("#unsaved")).to_be_hidden()
    item = editing.locator(".grid-stack-item", has=card(editing, "By region"))
    item.hover()
    grip = item.locator(".ui-resizable-se").bounding_box()
    editing.mouse.move(grip["x"] + 9, grip["y"] + 9)
    editing.mouse.down()
    drag_until(editing, grip["x"] + 9 + 57 * 2, grip["y"] + 9 + 52, "gs-w", "14")
    editing.mouse.up()
    wait_until(lambda: place("By region") == (0, 3, 14, 7))
    editing.get_by_role("link", name="Done").click()
    expect(editing.locator("#grid.grid")).to_be_visible()
    revenue, bars = (card(editing, t).bounding_box() for t in ("Revenue", "By region"))
    assert revenue["x"] > 700
    assert bars["height"] == 7 * 52 - 12
    assert editing.problems == []


def test_keys_move_and_resize_the_focused_card(editing):
    editing.locator(".grid-stack-item").first.focus()
    editing.keyboard.press("ArrowRight")
    editing.keyboard.press("ArrowRight")
    editing.keyboard.press("Shift+ArrowRight")
    wait_until(lambda: place("Revenue") == (2, 0, 7, 3))


def test_a_card_is_added_with_a_preview_and_found_after_a_reload(editing):
    editing.get_by_role("button", name="Add card").click()
    drawer = editing.locator("#drawer")
    drawer.get_by_label("Title").fill("Orders by region")
    drawer.get_by_text("Bar chart").click()
    expect(drawer.get_by_label("Title")).to_have_value("Orders by region")
    drawer.get_by_label("Orders", exact=True).check()
    drawer.get_by_label("Revenue", exact=True).uncheck()
    preview = drawer.locator("[data-preview-card]")
    expect(preview).to_have_attribute("data-drawn", "1")
    expect(preview.locator(".card__chart")).to_have_attribute(
        "aria-label", re.compile("120|East|West")
    )
    drawer.get_by_role("button", name="Add", exact=True).click()
    expect(drawer).to_be_hidden()
    expect(card(editing, "Orders by region")).to_have_attribute("data-drawn", "1")
    editing.reload()
    expect(card(editing, "Orders by region")).to_have_attribute("data-drawn", "1")
    widget = Widget.objects.get(title="Orders by region")
    assert widget.query == {"measures": ["orders"], "dimensions": ["region"]}
    # a form that is half filled has no preview yet, and the console notes the refusal
    assert [each for each in editing.problems if "/w/preview/" not in each] == []


def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(editing):
    editing.locator(".grid-stack-item").first.focus()
    editing.keyboard.press("e")
    drawer = editing.locator("#drawer")
    drawer.get_by_label("Title").fill("")
    drawer.get_by_role("button", name="Add a condition").click()
    drawer.get_by_label("Column").select_option("region")
    drawer.get_by_label("Values, with commas between").fill("West")
    drawer.get_by_role("button", name="Save").click()
    expect(drawer.locator(".field__error")).to_have_text("Give the card a title.")
    expect(drawer.get_by_label("Values, with commas between")).to_have_value("West")
    drawer.get_by_label("Title").fill("Revenue in the West")
    drawer.get_by_role("button", name="Save").click()
    expect(card(editing, "Revenue in the West").locator(".card__chart")).to_contain_text("1,557")


def test_a_removed_card_comes_back_by_undo(editing):
    editing.locator(".grid-stack-item").first.focus()
    editing.keyboard.press("Delete")
    expect(card(editing, "Revenue")).to_have_count(0)
    wait_until(lambda: not Placement.objects.filter(widget__title="Revenue").exists())
    editing.get_by_role("button", name="Undo").click()
    expect(card(editing, "Revenue")).to_have_attribute("data-drawn", "1")
    assert place("Revenue") == (0, 0, 6, 3)


def test_a_lost_race_asks_and_loads_the_other_version_on_demand(editing):
    Dashboard.objects.update(version=50)
    Placement.objects.filter(widget__title="By region").update(y=10)
    editing.locator(".grid-stack-item").first.focus()
    editing.keyboard.press("ArrowRight")
    expect(editing.get_by_role("dialog")).to_contain_text("Somebody else saved meanwhile")
    assert place("Revenue") == (0, 0, 6, 3)
    editing.get_by_role("button", name="Keep mine").click()
    wait_until(lambda: place("Revenue") == (1, 0, 6, 3))


def test_escape_closes_the_drawer_first_and_then_edit_mode(editing):
    editing.get_by_role("button", name="Add card").click()
    expect(editing.locator("#drawer form")).to_be_visible()
    editing.keyboard.press("Escape")
    expect(editing.locator("#drawer")).to_be_hidden()
    editing.keyboard.press("Escape")
    expect(editing.locator("#grid.grid")).to_be_visible()


def test_settings_rename_and_choose_filters(editing):
    editing.get_by_role("button", name="Settings").click()
    dialog = editing.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Sales of all regions")
    dialog.get_by_label("Region").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(editing.get_by_role("heading", name="Sales of all regions")).to_be_visible()
    expect(editing.get_by_role("button", name="Region: All")).to_have_count(0)


def test_a_new_dashboard_opens_in_edit_mode(page, both_doors, editor, orders):
    sign_in(page, both_doors, editor, "/d/new/")
    page.get_by_label("Title").fill("Fresh")
    page.get_by_role("button", name="Create and add cards").click()
    page.wait_for_url(re.compile(r"/d/fresh/\?edit=1"))  # loaded, scripts and all
    page.get_by_role("button", name="Add card").click()
    page.locator("#drawer").get_by_label("Title").fill("First")
    page.locator("#drawer").get_by_role("button", name="Add", exact=True).click()
    first = card(page, "First")
    expect(first).to_have_attribute("data-state", "empty")
    expect(first.locator(".card__message")).to_contain_text("This dataset has rows from")


def test_a_card_is_removed_once_however_often_one_asks_and_comes_back(editing):
    editing.locator(".grid-stack-item", has=card(editing, "Revenue")).focus()
    editing.keyboard.press("Delete")
    editing.keyboard.press("Delete")
    undo = editing.get_by_role("button", name="Undo")
    expect(undo).to_have_count(1)
    expect(card(editing, "Revenue")).to_have_count(0)
    undo.click()
    expect(card(editing, "Revenue")).to_have_attribute("data-drawn", "1")
    assert editing.problems == []


def test_a_card_moved_while_the_last_place_is_on_its_way_is_saved_too(editing):
    held = []
    editing.route("**/d/sales/layout/", lambda route: held.append(route), times=1)
    editing.locator(".grid-stack-item", has=card(editing, "Revenue")).focus()
    editing.keyboard.press("ArrowRight")
    while not held:
        editing.wait_for_timeout(20)
    editing.keyboard.press("ArrowRight")
    editing.keyboard.press("Delete")
    editing.wait_for_timeout(600)  # longer than a save waits
    expect(card(editing, "Revenue")).to_have_count(1)
    held[0].continue_()
    expect(card(editing, "Revenue")).to_have_count(0)
    editing.get_by_role("button", name="Undo").click()
    expect(card(editing, "Revenue")).to_have_count(1)
    wait_until(lambda: place("Revenue") == (2, 0, 6, 3))
    expect(editing.locator("#unsaved")).to_be_hidden()
    assert editing.problems == []


def test_a_card_that_somebody_removed_leaves_the_page_and_the_others_are_saved(editing):
    Placement.objects.get(widget__title="By region").delete()
    editing.locator(".grid-stack-item", has=card(editing, "Revenue")).focus()
    editing.keyboard.press("ArrowRight")
    wait_until(lambda: place("Revenue") == (1, 0, 6, 3))
    expect(card(editing, "By region")).to_have_count(0)
    expect(editing.locator("#unsaved")).to_be_hidden()


def test_a_form_that_comes_back_keeps_to_the_content_policy(editing):
    editing.evaluate("window.htmx.ajax('GET', '/d/sales/widgets/?kind=bar', {target: '#drawer'})")
    title = editing.locator("#w-title")
    expect(title).to_be_visible()
    title.evaluate(
        "field => { field.style.height = '40px'; }"
    )  # as browsers do, and dragged corners
    editing.locator("#drawer [type=submit]").click()
    expect(editing.locator("#drawer .field__error").first).to_have_text("Give the card a title.")
    assert [each for each in editing.problems if "Content Security" in each] == []
