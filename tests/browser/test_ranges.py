"""Ranges in a real browser: set by a bar, a field, a brush; said by a chip; followed; cleared."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.widgets import tasks
from tests.browser.conftest import sign_in
from tests.browser.test_dashboard import figure, wait_drawn
from tests.dashboards.boards import add_card, make_board

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CARDS = (
    ("Orders", "big_number", (0, 0, 6, 3), {"measures": ["orders"]}),
    ("By region", "bar", (16, 3, 8, 7), {"measures": ["revenue"], "dimensions": ["region"]}),
)


@pytest.fixture
def board(page: Page, both_doors, viewer, editor, orders, monkeypatch) -> Page:
    """Orders, their amounts as a histogram, a field for a range of them, and rows as points."""
    monkeypatch.setattr(tasks.draw_pictures, "delay", lambda *wanted: None)
    made = make_board(editor, orders, cards=CARDS)
    add_card(made, orders, "Amounts", "histogram", (0, 3, 16, 7), {}, options={"column": "amount"})
    add_card(
        made, orders, "Amount", "filter_control", (6, 0, 8, 3), {}, options={"column": "amount"}
    )
    rows = {"column_x": "amount", "column_y": "cost"}
    add_card(made, orders, "Rows", "scatter", (0, 10, 12, 8), {}, options=rows)
    sign_in(page, both_doors, viewer, "/d/sales/")
    wait_drawn(page)
    return page


def test_a_bar_filters_the_page_by_its_range_and_the_same_bar_clears_it(board):
    figure(board, "Amounts").locator("[data-mark='0']").hover()
    figure(board, "Amounts").locator("[data-mark='0']").click()
    chip = board.locator("[data-from-chart='amount']")
    expect(chip).to_contain_text(re.compile(r"Amount:\s*5 – (5\.5|6)"))
    expect(figure(board, "Orders")).to_contain_text("120")
    expect(board).to_have_url(re.compile(r"var-amount=5\.\."))
    expect(figure(board, "Amounts").locator("[data-mark]")).not_to_have_count(1)
    board.reload()
    wait_drawn(board)
    expect(chip).to_contain_text(re.compile(r"Amount:\s*5 – "))
    figure(board, "Amounts").locator("[data-mark='0']").focus()
    board.keyboard.press("Enter")
    expect(chip).to_have_count(0)
    expect(figure(board, "Orders")).to_contain_text("240")
    assert board.problems == []


def test_a_typed_range_filters_and_a_wrong_one_says_why(board):
    card = figure(board, "Amount")
    card.get_by_label("From", exact=True).fill("12")
    card.get_by_label("From", exact=True).press("Tab")
    expect(figure(board, "Orders")).to_contain_text("85")
    card.get_by_label("To (not included)").fill("10")
    card.get_by_label("To (not included)").press("Enter")
    expect(card.get_by_role("alert")).to_have_text("From (12) must be below to (10).")
    expect(figure(board, "Orders")).to_contain_text("85")
    card.get_by_label("To (not included)").fill("14")
    card.get_by_label("To (not included)").press("Enter")
    expect(board.locator("[data-from-chart='amount']")).to_contain_text("Amount: 12 – 14")
    card.get_by_role("button", name="Clear").click()
    expect(figure(board, "Orders")).to_contain_text("240")
    assert board.problems == []


def test_a_brush_over_rows_filters_by_both_and_a_double_click_leads_back(board):
    box = figure(board, "Rows").bounding_box()
    board.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.12)
    board.mouse.down()
    board.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] * 0.6, steps=4)
    board.mouse.up()
    expect(board.locator("[data-from-chart]")).to_have_count(2)
    expect(figure(board, "Orders")).not_to_contain_text("240")
    wait_drawn(board)
    board.mouse.dblclick(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    expect(board.locator("[data-from-chart]")).to_have_count(0)
    expect(figure(board, "Orders")).to_contain_text("240")
    assert board.problems == []


def test_a_wrong_range_in_the_address_is_said_and_can_be_taken_away(board):
    board.goto(f"{board.url.split('?')[0]}?var-amount=20..10")
    card = board.locator(".card", has=board.get_by_role("heading", name="Orders", exact=True))
    expect(card).to_contain_text("“20..10” is no range of “amount”")
    board.get_by_role("button", name="Clear all").click()
    expect(figure(board, "Orders")).to_contain_text("240")
