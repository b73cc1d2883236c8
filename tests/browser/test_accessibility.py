"""axe-core on the data pages, in light and in dark: nothing serious, nothing critical."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from apps.datasources import services
from apps.datasources.models import Source
from tests.browser.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
PHONE = {"width": 390, "height": 844}
ASK = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}"""
WAYS = (
    "/data/",
    "/data/orders/",
    "/data/orders/profile/",
    "/data/sources/",
    "/data/sources/new/",
    "/data/sources/new/http/",
    "/data/sources/{source}/",
    "/data/upload/",
    "/explore/",
    "/explore/?dataset=orders&m=revenue&m=orders&m=gone&d=region",
    "/explore/?dataset=orders&m=",
    "/sql/",
)


@pytest.fixture
def data(orders, workspace):
    """A dataset with a policy, and a source that fails."""
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    services.set_policy(orders, "East only", "viewer", rows)
    return Source.objects.create(
        workspace=workspace, name="Web", kind="http", settings={"url": "https://a.example"}
    )


def serious(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands, however strict its content policy."""
    page.evaluate(AXE)
    return page.evaluate(ASK)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_data_page_shuts_anybody_out(page: Page, both_doors, admin_user, data, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    sign_in(page, both_doors, admin_user, "/data/")
    found = {}
    for way in WAYS:
        page.goto(both_doors + way.format(source=data.pk), wait_until="networkidle")
        if problems := serious(page):
            found[way] = problems
    assert found == {}


def test_forms_in_dialogs_shut_nobody_out(page: Page, both_doors, admin_user, data):
    sign_in(page, both_doors, admin_user, "/data/orders/")
    for button in ("Add a measure", "Edit labels and units", "Add a policy", "Add a metric"):
        page.get_by_role("button", name=button).click()
        page.locator("dialog[open] form").wait_for()
        assert serious(page) == [], button
        page.keyboard.press("Escape")


def test_a_phone_reaches_the_data_from_its_bar_and_scrolls_no_page_sideways(
    page: Page, both_doors, admin_user, data
):
    page.set_viewport_size(PHONE)
    sign_in(page, both_doors, admin_user, "/data/")
    for name in ("Explore", "SQL", "Data"):
        page.locator(".rail").get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=name, level=1).wait_for()
        assert serious(page) == [], name
    for way in WAYS:
        page.goto(both_doors + way.format(source=data.pk), wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], way
