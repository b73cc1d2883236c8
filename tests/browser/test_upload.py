"""An upload in a real browser: chosen, looked at, confirmed, seen."""

import io
import re
from datetime import date

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CSV = "Day;Region;Turnover\n" + "".join(
    f"{day:02}.03.2024;{region};{day},5\n" for day in range(1, 29) for region in ("West", "East")
)


@pytest.fixture(autouse=True)
def drafts(settings, tmp_path):
    settings.UPLOAD_DRAFTS = tmp_path


@pytest.fixture
def data(page: Page, live_server, analyst) -> Page:
    """The page that takes a file, open for an analyst."""
    sign_in(page, live_server.url, analyst, "/data/upload/")
    return page


def choose(page: Page, content: str | bytes, name: str = "turnover.csv") -> None:
    content = content.encode() if isinstance(content, str) else content
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)


def test_a_chosen_file_is_read_confirmed_and_its_rows_are_seen(data):
    choose(data, CSV)
    expect(data.get_by_role("heading", name="Check and confirm")).to_be_visible()
    expect(data.get_by_label("Type of Day")).to_have_value("time")
    expect(data.get_by_label("Type of Turnover")).to_have_value("number")
    expect(data.get_by_label("First measure of Turnover")).to_have_value("sum")
    data.get_by_label("Name", exact=True).fill("March")
    data.get_by_role("button", name="Confirm").click()
    expect(data.get_by_role("heading", name="March", level=1)).to_be_visible()
    expect(data.get_by_text("Sum of Turnover")).to_be_visible()
    expect(data.locator(".data-sample tbody tr")).to_have_count(20)
    expect(data.locator(".data-sample tbody tr").first).to_contain_text("2024-03-28")
    assert data.problems == []


def test_a_refused_file_is_told_on_the_page_and_another_can_follow(data):
    choose(data, "a,b\n1,2\n3\n")
    expect(data.get_by_role("alert")).to_contain_text("Line 3 has 1 values where 2 are expected")
    choose(data, CSV)
    expect(data.get_by_role("heading", name="Check and confirm")).to_be_visible()


def test_a_file_that_is_dropped_is_taken(data):
    data.evaluate(
        """(text) => {
            const held = new DataTransfer();
            held.items.add(new File([text], "dropped.csv"));
            const say = (name) => document.querySelector(".drop").dispatchEvent(
                new DragEvent(name, { dataTransfer: held, bubbles: true, cancelable: true }));
            say("dragover");
            say("drop");
        }""",
        CSV,
    )
    expect(data.get_by_role("heading", name="Check and confirm")).to_be_visible()
    expect(data.get_by_label("Name", exact=True)).to_have_value(re.compile("[Dd]ropped"))


def test_a_file_beyond_the_limit_is_not_even_sent(data):
    data.locator("#upload").evaluate("form => form.dataset.limit = '10'")
    sent = []
    data.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    choose(data, CSV)
    expect(data.get_by_role("alert")).to_contain_text("larger than")
    assert sent == []


def test_another_sheet_of_a_workbook_is_read(data):
    choose(data, two_sheets(), "year.xlsx")
    expect(data.get_by_text("sheet “March”")).to_be_visible()
    expect(data.get_by_label("Type of Day")).to_have_value("time")
    data.get_by_label("Sheet").select_option("April")
    data.get_by_role("button", name="Read again").click()
    expect(data.get_by_text("sheet “April”")).to_be_visible()
    expect(data.get_by_label("Type of Shop")).to_have_value("text")
    data.get_by_role("button", name="Confirm").click()
    expect(data.get_by_role("heading", name="Year", level=1)).to_be_visible()
    expect(data.locator(".data-sample tbody tr")).to_have_count(3)
    assert data.problems == []


def test_new_rows_are_appended_from_the_page_of_a_dataset(data, live_server, orders):
    data.goto(f"{live_server.url}/data/orders/")
    data.get_by_role("link", name="Upload new rows").click()
    expect(data.get_by_text("For “Orders”")).to_be_visible()
    choose(data, "ordered_at,region,amount,shop\n2026-01-01,North,9,a1\n")
    expect(data.get_by_label("More rows, appended to those of “Orders”")).to_be_checked()
    expect(data.get_by_text("“Cost” is missing in the file. It stays empty")).to_be_visible()
    expect(data.get_by_label("Name", exact=True)).to_have_count(0)
    data.get_by_role("button", name="Confirm").click()
    expect(data.get_by_text("Confirm that this is what you want.")).to_be_visible()
    data.get_by_label("Append the rows all the same").check()
    data.get_by_role("button", name="Confirm").click()
    expect(data.get_by_text("“Orders” now has 241 rows.")).to_be_visible()
    expect(data.locator(".data-sample tbody tr").first).to_contain_text("a1")


def test_replacing_tells_what_breaks_and_follows_the_choice(data, live_server, orders):
    data.goto(f"{live_server.url}/data/upload/?into={orders.pk}")
    choose(data, "ordered_at,region,amount\n2026-01-01,North,9\n")
    data.get_by_label("Other rows, in place of those of “Orders”").check()
    expect(data.get_by_text("Used by measure “Cost”, measure “Cost share”.")).to_be_visible()
    expect(data.get_by_label("Type of region")).to_have_value("text")
    expect(data.get_by_label("Time column")).to_have_value("ordered_at")
    data.get_by_label("A new dataset").check()
    expect(data.locator("#changes")).to_be_empty()
    expect(data.get_by_label("Name", exact=True)).to_be_visible()


def two_sheets() -> bytes:
    """A workbook of two sheets whose columns differ."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "March"
    for row in (["Day", "Turnover"], [date(2024, 3, 1), 7.5], [date(2024, 3, 2), 8]):
        book.active.append(row)
    april = book.create_sheet("April")
    for row in (["Shop", "Turnover"], ["East", 1], ["West", 2], ["North", 3]):
        april.append(row)
    book.save(out)
    return out.getvalue()


def test_a_measure_is_added_in_a_dialog_and_a_wrong_one_stays_in_it(data, live_server, orders):
    data.goto(f"{live_server.url}/data/orders/")
    data.get_by_role("button", name="Add a measure").click()
    dialog = data.get_by_role("dialog")
    dialog.get_by_label("Label").fill("Top amount")
    dialog.get_by_label("Computed as").select_option("max")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Name the column to aggregate.")
    dialog.locator("#id_column").select_option("amount")
    dialog.get_by_role("button", name="Save").click()
    expect(data.get_by_text("Highest Amount")).to_be_visible()
