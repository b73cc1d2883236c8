"""The menu of a card: its page, its findings, another kind, a comparison of its own."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.widgets.models import Widget
from tests.browser.conftest import sign_in
from tests.browser.test_dashboard import no_pictures  # noqa: F401
from tests.dashboards.boards import make_board

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CARDS = (
    ("By region", "bar", (0, 0, 12, 7), {"measures": ["revenue"], "dimensions": ["region"]}),
    ("Orders", "big_number", (12, 0, 6, 3), {"measures": ["orders"]}),
)


@pytest.fixture
def board(page: Page, both_doors, editor, orders) -> Page:
    """An editor on two cards."""
    made = make_board(editor, orders, cards=CARDS)
    page.bars = made.placements.get(widget__kind="bar").widget  # type: ignore[attr-defined]
    sign_in(page, both_doors, editor, "/d/sales/")
    for card in page.locator("#grid .card").all():
        expect(card).to_have_attribute("data-drawn", "1", timeout=20_000)
    return page


def choose(page: Page, title: str, item: str, role: str = "menuitem") -> None:
    page.get_by_role("button", name=f"Menu of {title}").click()
    page.get_by_role(role, name=item, exact=True).click()


def test_a_card_has_a_page_of_its_own_with_its_rows(board):
    choose(board, "By region", "View full")
    board.wait_for_url(re.compile(rf"/w/{board.bars.pk}/"))
    expect(board.locator("#card-rows")).to_contain_text("West")
    expect(board.locator(".card")).to_have_attribute("data-state", "drawn")
    assert board.problems == []


def test_another_kind_is_seen_before_it_is_used(board):
    choose(board, "By region", "Change chart type")
    preview = board.locator("[data-preview-card]")
    expect(preview).to_have_attribute("data-drawn", "1")
    board.locator(".change-kind .kind", has_text="Pie chart").click()
    expect(preview).to_have_attribute("data-kind", "pie")
    board.get_by_role("button", name="Use this").click()
    card = board.locator(f"#widget-{board.bars.pk}")
    expect(card).to_have_attribute("data-kind", "pie")
    expect(card).to_have_attribute("data-drawn", "1", timeout=20_000)
    assert Widget.objects.get(pk=board.bars.pk).kind == "pie"


def test_one_card_compares_alone_and_the_address_says_so(board):
    number = board.locator(".card", has_text="Orders").locator(".card__chart")
    board.goto(f"{board.url}?from=2024-02-01&to=2024-02-11")  # there are rows before it
    expect(number).to_contain_text("vs")
    choose(board, "Orders", "Off", role="menuitemradio")
    expect(number).not_to_contain_text("vs")
    expect(board).to_have_url(re.compile(r"card-\d+="))
    board.reload()
    expect(number).to_contain_text("20")
    expect(number).not_to_contain_text("vs")


def test_a_download_is_of_what_the_card_shows(board):
    board.goto(f"{board.url}?from=2024-02-01&to=2024-02-11")
    choose(board, "Orders", "Off", role="menuitemradio")
    board.get_by_role("button", name="Menu of Orders").click()
    for form in ("PNG", "CSV"):
        link = board.get_by_role("menuitem", name=form, exact=True)
        expect(link).to_have_attribute("href", re.compile(r"\?from=2024-02-01&.*compare=off"))


def test_a_card_is_edited_explained_and_copied_from_the_page(board):
    choose(board, "By region", "Explain")
    expect(board.locator("#inspect-body")).to_contain_text("it shows no metric")
    board.keyboard.press("Escape")
    choose(board, "Orders", "Duplicate")
    expect(board.locator("#grid .card")).to_have_count(3)
    choose(board, "By region", "Edit")
    board.wait_for_url(re.compile("edit=1"))
    expect(board.locator("#drawer").get_by_label("Title")).to_have_value("By region")
