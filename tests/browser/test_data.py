"""From a connection to a profile in a real browser: connect, test, dataset, measure, profile."""

import psycopg
import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from apps.datasources import addresses
from tests.browser.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def reachable(settings, monkeypatch):
    """The test server itself, allowed for once although it is our own."""
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    monkeypatch.setattr(addresses, "_addresses", lambda host: set())


@pytest.fixture
def shop(transactional_db):
    own = connection.settings_dict
    details = {"host": own["HOST"], "port": own["PORT"], "dbname": own["NAME"]}
    with psycopg.connect(
        **details, user=own["USER"], password=own["PASSWORD"], autocommit=True
    ) as outside:
        outside.execute("DROP SCHEMA IF EXISTS shop CASCADE")
        outside.execute("CREATE SCHEMA shop")
        outside.execute(
            "CREATE TABLE shop.orders AS SELECT '2024-01-01'::timestamptz + n * '1 hour'::interval"
            " AS ordered_at, CASE n % 3 WHEN 0 THEN 'Bonn' ELSE 'Köln' END AS city,"
            " (n % 97)::float8 AS amount FROM generate_series(1, 5000) n"
        )
        yield own
        outside.execute("DROP SCHEMA IF EXISTS shop CASCADE")


def test_a_table_is_connected_charted_and_looked_into(page: Page, live_server, analyst, shop):
    sign_in(page, live_server.url, analyst, "/data/")
    page.get_by_role("link", name="Connect a source").click()
    page.get_by_role("link", name="PostgreSQL or TimescaleDB").click()
    page.get_by_label("Name", exact=True).fill("Shop")
    page.get_by_label("Host").fill(shop["HOST"])
    page.get_by_label("Port", exact=True).fill("1")
    page.get_by_label("Database").fill(shop["NAME"])
    page.get_by_label("User").fill(shop["USER"])
    page.get_by_label("Password").fill(shop["PASSWORD"])
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("Save it although it does not answer")).to_be_visible()
    # a secret never comes back from the server; what was typed stands in the page
    expect(page.get_by_label("Password")).to_have_value(shop["PASSWORD"])
    page.get_by_label("Port", exact=True).fill(str(shop["PORT"]))
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("It answered in")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Shop", level=1)).to_be_visible()
    expect(page.get_by_text("Answering")).to_be_visible()

    # three clicks: the table, the dataset, done
    page.get_by_label("Search tables").fill("shop ord")
    page.get_by_role("link", name="orders", exact=True).click()
    expect(page.locator(".data-sample")).to_contain_text("Köln")
    page.get_by_role("button", name="Make the dataset").click()
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    expect(page.locator(".data-facts")).to_contain_text("5,000")

    page.get_by_role("button", name="Add a measure").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Label").fill("Largest")
    expect(dialog.get_by_label("Of the measure")).to_be_hidden()
    dialog.get_by_label("Computed as").select_option("max")
    dialog.get_by_label("Column", exact=True).first.select_option("amount")
    expect(dialog.locator(".data-example")).to_contain_text("now 96")
    dialog.get_by_role("button", name="Another condition").click()
    expect(dialog.locator(".data-condition")).to_have_count(2)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Highest Amount")).to_be_visible()

    page.get_by_role("link", name="Profile").click()
    amount = page.locator(".data-profile__column").filter(has_text="Amount")
    expect(amount.locator("svg rect")).to_have_count(24)
    expect(amount).to_contain_text("Mean")
    city = page.locator(".data-profile__column").filter(has_text="City")
    expect(city).to_contain_text("Köln")
    # a refused form is told by its status, which the console calls an error
    assert [each for each in page.problems if "422" not in each] == []
