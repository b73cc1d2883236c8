"""A click on a mark: deeper and back, elsewhere, and to the rows behind it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.test_dashboard import no_pictures  # noqa: F401
from tests.dashboards.boards import make_board

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARDS = (
    ("By region", "bar", (0, 0, 12, 7), {"measures": ["revenue"], "dimensions": ["region"]}),
    ("Orders", "big_number", (12, 0, 6, 3), {"measures": ["orders"]}),
)


@pytest.fixture
def board(page: Page, both_doors, viewer, editor, orders) -> Page:
    """A viewer on bars by region, below which is the cost; a click may also lead elsewhere."""
    column = orders.columns.get(name="cost")
    column.parent = orders.columns.get(name="region")
    column.save()
    orders.version += 1
    orders.save()
    made = make_board(editor, orders, cards=CARDS)
    bars = made.placements.get(widget__kind="bar").widget
    bars.options = {"through": "/d/sales/?var-{column}={value}&from={from}"}
    bars.save()
    sign_in(page, both_doors, viewer, "/d/sales/")
    for card in page.locator("#grid .card").all():
        expect(card).to_have_attribute("data-drawn", "1", timeout=20_000)
    return page


def bar(page: Page):
    box = page.locator(".card[data-kind='bar'] .card__chart").bounding_box()
    return box["x"] + box["width"] * 0.4, box["y"] + 14


def test_a_mark_leads_deeper_in_this_card_alone_and_back(board):
    board.mouse.click(*bar(board))
    board.get_by_role("menuitem", name=re.compile("Drill down")).click()
    path = board.get_by_role("navigation", name="Drilled into")
    expect(path).to_contain_text("West")
    expect(board).to_have_url(re.compile("card-"))
    expect(board.locator(".card", has_text="Orders").locator(".card__chart")).to_contain_text("240")
    board.reload()
    expect(path).to_contain_text("West")
    path.get_by_role("button", name="All").click()
    expect(path).to_have_count(0)
    assert board.problems == []


def test_the_second_button_shows_the_rows_behind_a_mark(board):
    board.mouse.click(*bar(board), button="right")
    board.get_by_role("menuitem", name="See the rows").click()
    rows = board.locator("#inspect-body tbody tr")
    expect(rows).to_have_count(100)
    expect(board.locator("#inspect-body")).not_to_contain_text("East")
    board.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(120)


def test_a_mark_leads_where_the_author_says_by_keys_alone(board):
    board.locator(".card[data-kind='bar'] .card__chart").focus()
    board.keyboard.press("ArrowRight")
    board.keyboard.press("Enter")
    link = board.get_by_role("menuitem", name="Open /d/sales/")
    assert re.search(r"/d/sales/\?var-region=West&from=\d+", link.get_attribute("href"))
    expect(board.get_by_role("menuitem", name="Only West")).to_be_focused()
    board.keyboard.press("Enter")
    expect(board).to_have_url(re.compile("var-region=West"))
