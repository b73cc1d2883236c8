"""The frame in a real browser: themes, keys, toasts, a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def home(page: Page, live_server, viewer) -> Page:
    """A page that stands on home, signed in through the form."""
    sign_in(page, live_server.url, viewer)
    return page


def background(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def choose_theme(page: Page, name: str) -> None:
    page.get_by_label("Your menu").click()
    with page.expect_response("**/preferences/theme/") as answer:
        page.get_by_role("button", name=name).click()
    assert answer.value.ok


def test_home_breaks_no_content_policy_and_logs_no_error(home):
    home.reload(wait_until="networkidle")
    assert home.problems == []


def test_a_chosen_theme_is_worn_at_once_and_kept(home):
    light = background(home)
    choose_theme(home, "Dark")
    expect(home.locator("html")).to_have_attribute("data-theme", "dark")
    dark = background(home)
    home.reload()
    assert background(home) == dark != light


def test_the_system_theme_follows_the_system_while_the_page_is_open(home):
    choose_theme(home, "System")
    home.emulate_media(color_scheme="dark")
    expect(home.locator("html")).to_have_attribute("data-theme", "dark")
    home.emulate_media(color_scheme="light")
    expect(home.locator("html")).to_have_attribute("data-theme", "light")


def test_a_question_mark_opens_the_keys_and_escape_closes_them(home):
    home.keyboard.press("?")
    expect(home.get_by_role("dialog", name="Keys")).to_be_visible()
    home.keyboard.press("Escape")
    expect(home.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_two_keys_lead_to_the_dashboards(home):
    home.keyboard.press("g")
    home.keyboard.press("d")
    expect(home.locator('.rail a[data-keys="g d"]')).to_have_attribute("aria-current", "page")


def test_keys_typed_into_a_field_stay_in_the_field(home):
    home.evaluate("document.querySelector('main').append(document.createElement('input'))")
    home.locator("main input").press_sequentially("g d?")
    expect(home.locator("main input")).to_have_value("g d?")
    expect(home.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_a_toast_shows_its_text_as_text(home):
    home.evaluate(
        "document.dispatchEvent(new CustomEvent('sightline:toast',"
        "{detail: {text: '<b>Saved</b>', kind: 'good'}}))"
    )
    expect(home.locator(".toast__text")).to_have_text("<b>Saved</b>")


def test_a_request_that_finds_no_server_says_so(home):
    home.route("**/gone/", lambda route: route.abort())
    home.evaluate("htmx.ajax('GET', '/gone/', {target: 'main', swap: 'none'}).catch(() => {})")
    expect(home.locator(".toast--bad")).to_contain_text("The server does not answer.")


def test_a_page_without_its_session_goes_to_the_sign_in_page_whole(home):
    home.context.clear_cookies()
    home.evaluate("htmx.ajax('GET', '/d/', {target: 'main'})")
    home.wait_for_url("**/accounts/sign-in/?next=*")


def test_signing_out_is_one_press_in_the_menu(home):
    home.get_by_label("Your menu").click()
    home.get_by_role("button", name="Sign out").click()
    expect(home.get_by_role("link", name="Sign in again")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/d/", "/outbox/", "/no-such-page/"])
def test_a_phone_never_scrolls_sideways(home, live_server, path):
    home.set_viewport_size({"width": 390, "height": 844})
    home.goto(f"{live_server.url}{path}")
    assert home.evaluate("document.documentElement.scrollWidth") == 390
    rail = home.locator(".rail").bounding_box()
    assert rail["y"] + rail["height"] == 844
