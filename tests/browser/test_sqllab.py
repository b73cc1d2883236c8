"""The SQL lab in a real browser: typed, completed, run, cancelled, found again, saved."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.datasources import sql_sources

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLOW = "SELECT count(*) FROM range(100000000) a, range(100000) b"


@pytest.fixture
def lab(page: Page, live_server, analyst, orders, settings, monkeypatch) -> Page:
    """The lab, open for an analyst who has a file and a database."""
    sql_sources.tables()
    sql_sources.postgresql(orders.workspace, settings, monkeypatch)
    sign_in(page, live_server.url, analyst, "/sql/")
    return page


def write(page: Page, text: str) -> None:
    editor = page.get_by_role("textbox", name="SQL statement")
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def run(page: Page) -> None:
    page.keyboard.press("ControlOrMeta+Enter")


def rows(page: Page):
    return page.locator("#sql-grid tbody tr")


def test_a_statement_is_typed_completed_and_run(lab):
    expect(lab.locator("[data-table=orders]")).to_be_visible()
    lab.get_by_role("textbox", name="SQL statement").click()
    lab.keyboard.type("SELECT region, amount FROM ord")
    lab.keyboard.press("ControlOrMeta+Space")
    expect(lab.locator(".cm-tooltip-autocomplete")).to_contain_text("orders")
    lab.wait_for_timeout(100)  # CodeMirror takes no key in the first moment of its list
    lab.keyboard.press("Enter")
    expect(lab.locator(".cm-content")).to_contain_text("FROM orders")
    lab.keyboard.insert_text(" WHERE ordered_at < '2024-01-03' ORDER BY amount DESC")
    run(lab)
    expect(rows(lab)).to_have_count(4)
    expect(rows(lab).first).to_contain_text("West")
    expect(lab.locator("#sql-grid th.num")).to_have_text("amount")
    expect(lab.locator("#sql-facts")).to_contain_text("4 rows")
    assert lab.problems == []


def test_keywords_have_the_colours_of_the_page_in_light_and_dark(lab):
    write(lab, "SELECT 'x'")
    keyword = lab.locator(".cm-line span").first
    for scheme in ("light", "dark"):
        lab.emulate_media(color_scheme=scheme)
        expect(lab.locator("html")).to_have_attribute("data-theme", scheme)
        accent = lab.evaluate(
            """() => { const probe = document.body.appendChild(document.createElement("i"));
                 probe.style.color = "var(--accent)"; return getComputedStyle(probe).color; }"""
        )
        expect(keyword).to_have_css("color", accent)
    assert lab.problems == []


def test_an_error_is_shown_where_it_is(lab):
    write(lab, "SELECT region,\n  amuont FROM orders")
    run(lab)
    expect(lab.get_by_role("alert")).to_contain_text("amuont")
    expect(lab.locator(".cm-wrong")).to_have_text("amuont")
    lab.get_by_role("button", name="Line 2").click()
    expect(lab.get_by_role("textbox", name="SQL statement")).to_be_focused()
    write(lab, "SELECT 1; DROP TABLE orders")
    run(lab)
    expect(lab.get_by_role("alert")).to_contain_text("one statement at a time")
    assert [each for each in lab.problems if "400" not in each] == []


def test_a_selection_runs_alone(lab):
    write(lab, "SELECT 7 AS seven;\nSELECT 8 AS eight")
    lab.keyboard.press("Shift+Home")
    run(lab)
    expect(lab.locator("#sql-grid")).to_contain_text("eight")
    expect(rows(lab)).to_have_count(1)


def test_a_parameter_gets_a_field_and_its_value_is_bound(lab):
    write(lab, "SELECT count(*) AS n FROM orders WHERE region = {{ region }}")
    lab.get_by_label("Value of region").fill("West")
    lab.get_by_label("Value of region").press("Enter")
    expect(rows(lab).first).to_contain_text("120")
    write(lab, "SELECT 1 AS a")
    expect(lab.get_by_label("Value of region")).to_have_count(0)


def test_a_slow_statement_is_timed_and_cancelled(lab):
    write(lab, SLOW)
    run(lab)
    expect(lab.locator("#sql-time")).to_contain_text(re.compile(r"Running · \d"))
    lab.get_by_role("button", name="Cancel", exact=True).click()
    expect(lab.locator("#sql-problem")).to_contain_text("Cancelled")
    expect(lab.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_the_history_brings_a_statement_back(lab):
    write(lab, "SELECT 41 + 1 AS answer")
    run(lab)
    expect(rows(lab)).to_have_count(1)
    write(lab, "SELECT 2 AS other")
    lab.get_by_role("tab", name="History").click()
    lab.locator(".sql-run", has_text="answer").click()
    expect(lab.locator(".cm-content")).to_contain_text("41 + 1")
    expect(rows(lab).first).to_contain_text("42")


def test_columns_of_a_table_open_and_go_in_by_a_click(lab):
    lab.locator("[data-table=orders] summary").click()
    lab.get_by_role("button", name="region").click()
    expect(lab.locator(".cm-content")).to_contain_text("region")


def test_another_source_has_other_tables(lab):
    lab.get_by_label("Source", exact=True).select_option(label="Warehouse")
    expect(lab.locator("[data-table='shop.sales']")).to_be_visible()
    lab.get_by_label("Find a table").fill("staff")
    expect(lab.locator("[data-table='shop.sales']")).to_have_count(0)
    write(lab, "SELECT region, sum(amount) AS amount FROM shop.sales GROUP BY 1")
    run(lab)
    expect(rows(lab)).to_have_count(2)


def test_a_result_is_saved_as_a_dataset(lab):
    lab.get_by_label("Source", exact=True).select_option(label="Warehouse")
    write(lab, "SELECT region, amount, sold_at FROM shop.sales")
    run(lab)
    expect(rows(lab)).to_have_count(100)
    with lab.expect_download() as download:
        lab.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    lab.get_by_role("button", name="Save as dataset").click()
    dialog = lab.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Sales of the shop")
    dialog.get_by_role("button", name="Save").click()
    expect(lab.get_by_role("heading", name="Sales of the shop", level=1)).to_be_visible()
    expect(lab.get_by_text("Sum of Amount")).to_be_visible()


def test_escape_leaves_the_editor_and_what_was_written_survives_a_reload(lab):
    lab.get_by_label("Source", exact=True).select_option(label="Warehouse")
    write(lab, "SELECT 'kept' AS a")
    for _press in range(2):  # the first may close a list of completions
        lab.keyboard.press("Escape")
    expect(lab.get_by_role("textbox", name="SQL statement")).not_to_be_focused()
    lab.reload()
    expect(lab.locator(".cm-content")).to_contain_text("'kept'")
    expect(lab.locator("[data-table='shop.sales']")).to_be_visible()
