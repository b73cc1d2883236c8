"""Tabs of a dashboard in a real browser: clicks, keys, the address, and what hidden cards ask."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.widgets import tasks
from tests.browser.conftest import sign_in, wait_until
from tests.dashboards.test_tabs import tabbed  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Tasks run at once in tests; V8 would draw before the page was answered."""
    monkeypatch.setattr(tasks.draw_pictures, "delay", lambda *wanted: None)


@pytest.fixture
def board(page: Page, both_doors, viewer, tabbed):  # noqa: F811
    """The page at its first tab, with what its socket was told; and the cards' numbers."""
    dashboard, pk = tabbed
    told = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: told.append(text)))
    sign_in(page, both_doors, viewer, dashboard.get_absolute_url())
    drawn(page, "In one")
    return page, pk, told


def drawn(page: Page, title: str) -> None:
    card = page.locator(".card:visible", has=page.get_by_role("heading", name=title, exact=True))
    expect(card).to_have_attribute("data-drawn", "1", timeout=20_000)


def test_a_tab_is_chosen_by_click_and_key_and_stays_through_back_reload_and_range(board):
    page, pk, told = board
    bar = page.get_by_role("tablist")
    one, two = bar.get_by_role("tab").all()
    expect(page.locator("#grid .card:visible")).to_have_count(2)
    assert not any(f'"widget":{pk["In two"]}' in text for text in told), "a hidden card asked"
    two.click()
    drawn(page, "In two")
    expect(page.locator(f"#widget-{pk['In one']}")).to_be_hidden()
    assert page.locator(f"#widget-{pk['In two']}").bounding_box()["y"] < 400
    expect(page).to_have_url(re.compile(rf"\?tab={pk['Two']}$"))
    page.locator("#compare").click()
    expect(page).to_have_url(re.compile(rf"compare=previous&tab={pk['Two']}"))
    page.reload()
    drawn(page, "In two")
    expect(two).to_have_attribute("aria-selected", "true")
    two.focus()
    page.keyboard.press("ArrowRight")
    expect(one).to_be_focused()
    page.keyboard.press("Enter")
    drawn(page, "In one")
    page.go_back()
    expect(two).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"#widget-{pk['In two']}")).to_be_visible()
    assert page.problems == []


def test_a_link_to_a_card_opens_its_tab_and_a_card_that_is_hidden_again_hears_nothing(board):
    page, pk, told = board
    page.goto(page.url + f"#widget-{pk['In two']}")
    drawn(page, "In two")
    expect(page).to_have_url(re.compile(rf"\?tab={pk['Two']}#widget-{pk['In two']}$"))
    gone = f'{{"type":"unsubscribe","widget":{pk["In one"]}}}'
    page.get_by_role("tab", name="One").click()
    drawn(page, "In one")
    page.get_by_role("tab", name="Two").click()
    wait_until(lambda: page.wait_for_timeout(50) or gone in told)
