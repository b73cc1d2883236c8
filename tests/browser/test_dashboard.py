"""A dashboard in a real browser: drawn, ranged, filtered, inspected."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.widgets import tasks
from tests.browser.conftest import sign_in
from tests.dashboards.boards import CARDS, make_board

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Tasks run at once in tests; V8 would draw before the page was answered."""
    monkeypatch.setattr(tasks.draw_pictures, "delay", lambda *wanted: None)


def wait_drawn(page: Page) -> None:
    """Every card shows its live picture."""
    for card in page.locator("#grid .card").all():
        card.scroll_into_view_if_needed()
        expect(card).to_have_attribute("data-drawn", "1", timeout=20_000)


@pytest.fixture
def board(page: Page, both_doors, viewer, editor, orders) -> Page:
    """A viewer on a dashboard with one card of each kind, all drawn."""
    make_board(editor, orders)
    sign_in(page, both_doors, viewer, "/d/sales/")
    wait_drawn(page)
    return page


def figure(page: Page, title: str):
    """The text of a card's body."""
    return page.locator(".card", has=page.get_by_role("heading", name=title, exact=True)).locator(
        ".card__chart"
    )


def test_every_kind_is_drawn_and_the_content_policy_holds(board):
    assert board.locator(".card[data-drawn='1']").count() == len(CARDS)
    assert board.locator(".card:not([data-state='drawn'])").count() == 0
    assert board.problems == []


def test_a_quick_range_moves_the_address_and_the_figures_and_back_undoes_it(board):
    before = figure(board, "Orders").inner_text()
    board.locator(".range-btn").click()
    board.get_by_label("From", exact=True).fill("2024-02-01")
    board.get_by_label("To", exact=True).fill("2024-02-11")
    board.get_by_role("button", name="Show", exact=True).click()
    expect(figure(board, "Orders")).to_contain_text("20")
    expect(board).to_have_url(re.compile(r"from=2024-02-01&to=2024-02-11"))
    expect(board.locator("#range-label")).to_have_text("1 Feb – 10 Feb 2024")
    board.reload()
    expect(figure(board, "Orders")).to_contain_text("20")
    board.go_back()
    expect(figure(board, "Orders")).to_have_text(before)


def test_buttons_and_keys_move_the_span_along_and_make_it_wider(board):
    label = board.locator("#range-label")
    board.goto(f"{board.url.split('?')[0]}?from=2024-02-01&to=2024-03-01")
    board.get_by_role("button", name="The span before").click()
    expect(label).to_have_text("1 Jan – 31 Jan 2024")
    expect(figure(board, "Orders")).to_contain_text("62")
    board.keyboard.press("t")
    board.keyboard.press("n")
    expect(label).to_have_text("1 Feb – 29 Feb 2024")
    expect(figure(board, "Orders")).to_contain_text("58")
    board.keyboard.press("t")
    board.keyboard.press("z")
    expect(label).to_contain_text("17 Jan")
    board.go_back()
    expect(label).to_have_text("1 Feb – 29 Feb 2024")
    assert board.problems == []


def test_words_in_a_picture_keep_their_places_on_a_page_from_right_to_left(board):
    places = """() => [...document.querySelectorAll(".card__chart svg")].flatMap((svg) => {
      const leftOf = (element) => element.getBoundingClientRect().left;
      const words = [...svg.querySelectorAll("text")];
      return words.map((text) => Math.round(leftOf(text) - leftOf(svg)));
    })"""
    before = board.evaluate(places)
    assert before
    board.evaluate("document.documentElement.dir = 'rtl'")
    assert board.evaluate(places) == before


def test_a_filter_is_chosen_from_values_with_counts_and_cleared(board):
    board.get_by_role("button", name="Region: All").click()
    west = board.locator(".picker .check", has_text="West")
    expect(west).to_contain_text("120")
    west.locator("input").check()
    expect(figure(board, "Orders")).to_contain_text("120")
    expect(board).to_have_url(re.compile("var-region=West"))
    board.get_by_role("button", name="Done").click()
    board.get_by_role("button", name="Clear all").click()
    expect(figure(board, "Orders")).to_contain_text("240")
    assert board.problems == []


def test_a_click_on_a_mark_filters_the_page_and_a_second_one_ends_it(board):
    fire = """column => document.querySelector('#grid .card').dispatchEvent(
        new CustomEvent('sightline:select', {bubbles: true, detail: {column, value: 'East'}}))"""
    board.evaluate(fire, "region")
    expect(figure(board, "Orders")).to_contain_text("120")
    expect(board.get_by_role("button", name="Region: East")).to_be_visible()
    board.evaluate(fire, "region")
    expect(figure(board, "Orders")).to_contain_text("240")
    board.evaluate(fire, "no_such_column")
    expect(board).not_to_have_url(re.compile("no_such"))


def test_dragging_over_a_line_zooms_the_whole_page(board):
    box = figure(board, "Revenue per day").bounding_box()
    y = box["y"] + box["height"] / 2
    board.mouse.move(box["x"] + box["width"] * 0.4, y)
    board.mouse.down()
    board.mouse.move(box["x"] + box["width"] * 0.6, y, steps=4)
    board.mouse.up()
    expect(board).to_have_url(re.compile(r"from=\d{13}&to=\d{13}"))
    expect(figure(board, "Orders")).not_to_contain_text("240")


def test_an_empty_range_says_where_rows_are_and_leads_there(board):
    address = board.url.split("?")[0]
    board.goto(f"{address}?from=2010-01-01&to=2010-02-01")
    line = board.locator(".card[data-kind='line']")
    expect(line).to_have_attribute("data-state", "empty")
    line.get_by_role("button", name="Show that range").click()
    expect(line).to_have_attribute("data-state", "drawn")
    expect(figure(board, "Orders")).to_contain_text("240")


def test_a_card_shows_its_data_its_query_and_its_link(board):
    card = board.locator(".card[data-kind='bar']")
    card.hover()
    menu = card.get_by_role("button", name="Menu of By region")
    menu.click()
    board.get_by_role("menuitem", name="See data").click()
    expect(board.get_by_role("dialog")).to_contain_text("West")
    board.keyboard.press("Escape")
    menu.click()
    board.get_by_role("menuitem", name="See query").click()
    expect(board.get_by_role("dialog")).to_contain_text("SELECT")
    assert board.problems == []


def test_a_card_that_fails_keeps_its_last_data_and_comes_back(board):
    board.route(re.compile(r"/w/\d+/data/"), lambda route: route.fulfill(status=503, body="{}"))
    board.evaluate("WebSocket.prototype.send = () => {}")
    board.locator("#compare").click()
    card = board.locator(".card[data-kind='big_number']").first
    expect(card).to_have_attribute("data-state", "error", timeout=15_000)
    expect(figure(board, "Revenue")).to_contain_text("2,157")
    board.unroute(re.compile(r"/w/\d+/data/"))
    card.get_by_role("button", name="Try now").click()
    expect(card).to_have_attribute("data-state", "drawn")


def test_a_viewer_has_no_edit_button(board):
    expect(board.get_by_role("link", name="Edit")).to_have_count(0)
