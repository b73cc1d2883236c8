"""The search box over every page, by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from apps.dashboards.models import Dashboard
from tests.browser.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def home(page: Page, both_doors, viewer, editor, workspace) -> Page:
    for title in ("Sales of the year", "Flights"):
        Dashboard.objects.create(
            workspace=workspace, owner=editor, title=title, slug=title.split()[0].lower()
        )
    sign_in(page, both_doors, viewer)
    return page


def test_a_few_letters_and_enter_lead_to_the_dashboard(home):
    home.keyboard.press("Control+k")
    box = home.get_by_role("dialog").get_by_role("searchbox")
    expect(box).to_be_focused()
    box.press_sequentially("sal")
    expect(home.get_by_role("dialog").get_by_text("Sales of the year")).to_be_visible()
    home.keyboard.press("ArrowDown")
    expect(home.get_by_role("dialog").get_by_role("link").first).to_be_focused()
    home.keyboard.press("Enter")
    home.wait_for_url("**/d/sales/")
    assert home.problems == []


def test_the_box_says_when_nothing_is_found_and_escape_closes_it(home):
    home.keyboard.press("/")
    home.get_by_role("dialog").get_by_role("searchbox").press_sequentially("zebra")
    expect(home.get_by_text("Nothing has “zebra” in its name.")).to_be_visible()
    home.keyboard.press("Escape")
    expect(home.locator("#palette")).to_be_hidden()


def test_the_rail_opens_it_for_who_has_no_keys(home):
    home.get_by_role("navigation").get_by_role("link", name="Search").click()
    expect(home.get_by_role("dialog").get_by_role("searchbox")).to_be_focused()
