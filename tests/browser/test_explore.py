"""Explore in a real browser: a question by hand, its picture, the way down, and a card of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.dashboards.models import Dashboard
from tests.browser.conftest import sign_in
from tests.browser.test_dashboard import no_pictures  # noqa: F401
from tests.dashboards.boards import make_board

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def exploring(page: Page, both_doors, editor, orders) -> Page:
    """An editor with a dashboard, on the orders as Explore opens them."""
    make_board(editor, orders, cards=())
    sign_in(page, both_doors, editor, "/explore/?dataset=orders")
    drawn(page, "line")
    return page


def drawn(page: Page, kind: str) -> None:
    """The picture of this kind stands, and nothing is on its way."""
    picture = page.locator(f"#picture[data-kind='{kind}'][data-drawn='1']:not([aria-busy])")
    expect(picture).to_have_count(1, timeout=20_000)


def field(page: Page, name: str):
    return page.locator("#fields").get_by_role("button", name=name, exact=True)


def rows(page: Page) -> list[list[str]]:
    """The texts of the table, without the cells of menus."""
    lines = page.locator("#rows tbody tr").all()
    return [line.locator("td:not(.explore__handle)").all_inner_texts() for line in lines]


def add_condition(page: Page, column: str, value: str) -> None:
    page.get_by_role("button", name="Condition").last.click()
    row = page.locator(".explore__condition").last
    row.get_by_label("Column").select_option(label=column)
    row = page.locator(".explore__condition").last
    row.get_by_role("combobox", name="Values").click()
    page.get_by_role("option", name=value).click()
    page.locator("#field-search").focus()


def by_region(page: Page) -> None:
    page.get_by_role("button", name="Remove Ordered at").click()
    field(page, "Region").click()
    drawn(page, "bar")


def test_it_opens_with_the_first_measure_over_time_and_breaks_no_policy(exploring):
    expect(exploring.locator("#picture-title")).to_have_text("Revenue by Ordered at")
    expect(exploring.locator("#foot-rows")).to_have_text("120 rows")
    expect(exploring.locator("#foot-cache")).to_have_text("Computed now")
    expect(exploring.locator("#foot-age")).to_have_text(re.compile("ago"))
    assert exploring.problems == []


def test_orders_by_region_are_filtered_pivoted_and_saved_where_they_are_found_again(
    exploring, both_doors
):
    by_region(exploring)
    assert rows(exploring) == [["West", "€\xa01,557"], ["East", "€\xa0600"]]
    add_condition(exploring, "Region", "West")
    expect(exploring.locator("#rows tbody tr")).to_have_count(1)
    field(exploring, "Ordered at").click()
    exploring.get_by_label("Step of time").select_option("month")
    exploring.get_by_label("Across").select_option("@time")
    exploring.get_by_label("With totals").check()
    heads = exploring.locator("#rows thead th")
    expect(heads).to_have_text(
        ["Region", "January 2024", "February 2024", "March 2024", "April 2024", "Total"]
    )
    assert rows(exploring)[0][0::5] == ["West", "€\xa01,557"]
    exploring.get_by_role("button", name="Period before").click()
    expect(exploring).to_have_url(re.compile("compare=previous"))
    # the range before it held nothing, and the pivot says so beside each figure
    expect(heads.last).to_have_text("Total · Change")
    foot = exploring.locator("#rows tfoot tr").inner_text().split("\t")
    assert foot[-3:] == ["€\xa01,557", "–", "–"]
    exploring.get_by_role("button", name="Save as widget").click()
    dialog = exploring.get_by_role("dialog", name="Save as widget")
    dialog.get_by_label("Title", exact=True).fill("West by month")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(exploring.locator("#toasts")).to_contain_text("Saved on “Sales”.")
    exploring.locator("#toasts").get_by_role("link", name="Open").click()
    card = exploring.locator(".card", has=exploring.get_by_role("heading", name="West by month"))
    expect(card).to_have_attribute("data-drawn", "1", timeout=20_000)
    expect(card.locator("thead th")).to_have_count(13)
    expect(card.locator("thead th").nth(2)).to_have_text("January 2024 · Revenue, before €")
    assert exploring.problems == []


def chips(page: Page, which: str) -> list[str]:
    """The labels of the chips, in their order."""
    return page.locator(f"#{which} .truncate").all_inner_texts()


def test_fields_are_put_in_order_by_keys_by_menu_and_by_drag(exploring):
    field(exploring, "Orders").click()
    exploring.get_by_role("group", name="Measures").get_by_role(
        "button", name="Cost", exact=True
    ).click()
    assert chips(exploring, "measures") == ["Revenue", "Orders", "Cost"]
    exploring.get_by_role("button", name="Cost, 3 of 3").focus()
    exploring.keyboard.press("ArrowLeft")
    assert chips(exploring, "measures") == ["Revenue", "Cost", "Orders"]
    expect(exploring.locator("#order-said")).to_have_text("Cost is number 2 of 3 now.")
    expect(exploring.get_by_role("button", name="Cost, 2 of 3")).to_be_focused()
    exploring.keyboard.press("Home")
    expect(exploring).to_have_url(re.compile("m=cost&m=revenue&m=orders"))
    exploring.keyboard.press("Enter")
    exploring.get_by_role("menuitem", name="One place later").click()
    expect(exploring).to_have_url(re.compile("m=revenue&m=cost&m=orders"))
    expect(exploring.get_by_role("button", name="Cost, 2 of 3")).to_be_focused()
    orders = exploring.get_by_role("button", name="Orders, 3 of 3")
    orders.drag_to(exploring.get_by_role("button", name="Revenue, 1 of 3"))
    expect(exploring).to_have_url(re.compile("m=orders&m=revenue&m=cost"))
    assert chips(exploring, "measures") == ["Orders", "Revenue", "Cost"]
    expect(exploring.locator("#chip-menu")).to_be_hidden()
    exploring.reload()
    drawn(exploring, "line")
    assert chips(exploring, "measures") == ["Orders", "Revenue", "Cost"]
    assert exploring.problems == []


def test_the_largest_are_said_to_be_of_the_first_grouping(exploring):
    by_region(exploring)
    field(exploring, "Amount").click()
    expect(exploring.locator("#top-label")).to_have_text("Largest Region only")
    exploring.get_by_label("How many").fill("1")
    expect(exploring.locator("#top-label")).to_have_text("Largest 1 Region only")
    exploring.get_by_role("button", name="Region, 1 of 2").press("ArrowRight")
    expect(exploring.locator("#top-label")).to_have_text("Largest 1 Amount only")


def test_what_a_link_asks_for_and_the_reader_has_not_is_said(exploring, both_doors):
    exploring.goto(f"{both_doors}/explore/?dataset=orders&m=revenue&m=margin&d=salary&d=region")
    drawn(exploring, "bar")
    said = exploring.locator("#left-out")
    expect(said).to_contain_text("gone or hidden from you: margin, salary.")
    field(exploring, "Orders").click()
    expect(said).to_be_hidden()
    exploring.go_back()
    expect(said).to_be_visible()
    said.get_by_role("button", name="Close").click()
    expect(said).to_be_hidden()
    exploring.goto(f"{both_doors}/explore/?dataset=orders&m=margin")
    expect(said).to_contain_text("margin")
    expect(exploring.locator("#start")).to_be_visible()


def test_a_comparison_and_the_rest_are_drawn_and_said(exploring):
    by_region(exploring)
    exploring.locator(".range-btn").click()
    exploring.get_by_label("From", exact=True).fill("2024-02-01")
    exploring.get_by_label("To", exact=True).fill("2024-03-01")
    exploring.get_by_role("button", name="Show", exact=True).click()
    exploring.get_by_role("button", name="Period before").click()
    exploring.get_by_label("How many").fill("1")
    exploring.get_by_text("The rest as “Other”").click()
    heads = exploring.locator("#rows thead th")
    expect(heads).to_have_text(["Region", "Revenue €", "Revenue, before €", "Change"])
    expect(exploring.locator("#rows tbody tr").last).to_contain_text("Other")
    other = [text.replace("\xa0", " ") for text in rows(exploring)[1]]
    assert other == ["Other", "€ 145", "€ 155", "−6.5 %"]
    drawn(exploring, "bar")
    exploring.get_by_role("button", name="Remove Region").click()
    drawn(exploring, "big_number")
    expect(exploring.locator("#chart")).to_contain_text("vs previous 29 days")
    assert exploring.problems == []


def test_the_address_is_the_question_and_back_undoes(exploring):
    by_region(exploring)
    exploring.get_by_role("radio", name="Pie chart").click()
    drawn(exploring, "pie")
    address = exploring.url
    assert "kind=pie" in address
    exploring.go_back()
    drawn(exploring, "bar")
    exploring.goto(address)
    drawn(exploring, "pie")
    expect(exploring.locator("#dimensions")).to_have_text("Region")


def test_an_error_stands_at_its_control_and_the_last_picture_stays(exploring):
    by_region(exploring)
    exploring.get_by_role("button", name="Condition").click()
    row = exploring.locator(".explore__condition")
    row.get_by_label("Column").select_option(label="Amount")
    exploring.locator(".explore__condition").get_by_label("Value").fill("many")
    error = exploring.locator("[data-field='filters'] .field__error")
    expect(error).to_contain_text("“many” does not fit “amount”")
    expect(exploring.locator("#picture")).to_have_attribute("data-state", "error")
    expect(exploring.locator("#picture canvas")).to_have_count(1)
    exploring.locator(".explore__condition").get_by_label("Value").fill("8")
    expect(exploring.locator("#rows tbody tr")).to_have_count(1)
    expect(error).to_have_count(0)


def test_a_mark_leads_to_less_and_to_its_rows(exploring):
    by_region(exploring)
    exploring.locator("#rows tbody tr", has_text="East").hover()
    exploring.get_by_role("button", name="Menu of East").click()
    exploring.get_by_role("menuitem", name="See the rows").click()
    dialog = exploring.get_by_role("dialog", name="Rows: East")
    expect(dialog).to_contain_text("120 rows")
    expect(dialog).not_to_contain_text("West")
    exploring.keyboard.press("Escape")
    box = exploring.locator("#chart").bounding_box()
    exploring.mouse.click(box["x"] + 200, box["y"] + 10)
    exploring.get_by_role("menuitem", name="Only West").click()
    expect(exploring.locator("#rows tbody tr")).to_have_count(1)
    expect(exploring.locator(".explore__token")).to_have_text("West")


def test_a_moment_of_a_line_leads_to_its_step(exploring):
    box = exploring.locator("#chart").bounding_box()
    exploring.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    exploring.get_by_role("menuitem", name=re.compile("Only .* 2024")).click()
    expect(exploring).to_have_url(re.compile(r"from=\d{13}&to=\d{13}"))
    expect(exploring.locator("#foot-rows")).to_have_text("1 row")


def test_the_sql_is_shown_to_copy_and_the_rows_are_a_file(exploring):
    exploring.get_by_role("button", name="See SQL").click()
    expect(exploring.get_by_role("dialog", name="What was asked")).to_contain_text("SELECT")
    exploring.keyboard.press("Escape")
    with exploring.expect_download() as download:
        exploring.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "orders.csv"


def test_a_phone_asks_in_a_sheet(exploring):
    exploring.set_viewport_size({"width": 390, "height": 844})
    expect(exploring.locator("#question")).to_be_hidden()
    exploring.get_by_role("button", name="Question").click()
    field(exploring, "Orders").click()
    exploring.get_by_role("button", name="Done", exact=True).click()
    expect(exploring.locator("#question")).to_be_hidden()
    expect(exploring.locator("#picture-title")).to_have_text("Revenue, Orders by Ordered at")
    assert exploring.evaluate("document.documentElement.scrollWidth") <= 390
    assert Dashboard.objects.count() == 1
    assert exploring.problems == []
