"""The gallery draws every kind with rows of the reader's datasets, or says what it takes."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.widgets.kinds import KINDS
from tests.browser.conftest import sign_in
from tests.dashboards.boards import make_board

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_each_kind_is_drawn_or_says_what_it_takes_and_leads_to_a_form(
    page: Page, both_doors, editor, orders
):
    make_board(editor, orders, cards=())
    sign_in(page, both_doors, editor, "/widgets/gallery/")
    examples = page.locator("[data-example]")
    expect(examples).to_have_count(len(KINDS))
    for slug in ("line", "bar", "pie", "table"):
        example = page.locator(f"#{slug} [data-example]")
        example.scroll_into_view_if_needed()
        expect(example).to_have_attribute("data-state", "drawn", timeout=20_000)
    insight = page.locator("#insight [data-example]")
    insight.scroll_into_view_if_needed()
    expect(insight.locator(".card__message")).to_contain_text("it takes a metric")
    page.get_by_label("Search kinds").fill("pie")
    expect(page.locator("#line")).to_be_hidden()
    page.locator("#pie").get_by_role("link").click()
    page.wait_for_url(re.compile("/d/sales/"))
    expect(page.locator("#drawer input[name=kind][value=pie]")).to_be_checked()
    assert [each for each in page.problems if "404" not in each and "preview" not in each] == []
