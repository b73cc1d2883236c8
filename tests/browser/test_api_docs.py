"""The API reference in a browser, under the policy that every page has."""

import pytest
from playwright.sync_api import expect

from tests.conftest import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_reference_opens_shows_every_resource_and_breaks_no_policy(page, live_server):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: said.append(request.url))
    page.goto(f"{live_server.url}/api/v1/docs/")
    expect(page.locator("#api-reference[data-drawn='1']")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("link", name="dashboards", exact=True)).to_be_visible()
    assert [text for text in said if "Content Security Policy" in text] == []
    foreign = [text for text in said if text.startswith("http") and live_server.url not in text]
    assert foreign == []


def test_a_signed_in_reader_tries_an_operation(page, live_server, client, workspace):
    viewer = person("viewer@example.com", workspace)
    client.force_login(viewer)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/api/v1/docs/#/workspaces/workspaces_list")
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table tbody .response-col_description").first
    expect(answer).to_contain_text('"slug": "commerce"')
