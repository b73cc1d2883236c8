"""One whole product for all tests here: started by the supervisor, demo data, feeder running."""

import pytest

from tests.product import running


@pytest.fixture(scope="session")
def product():
    with running(feeder=True) as product:
        yield product


@pytest.fixture
def as_person(product, browser):
    """as_person("viewer") is a page of a fresh browser, signed in as the demo viewer."""
    contexts = []

    def sign_in(role):
        context = browser.new_context(viewport={"width": 1440, "height": 2400})
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{product.url}/accounts/sign-in/")
        page.fill("[name=username]", product.email(role))
        page.fill("[name=password]", product.people[role])
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{product.url}/")
        return page

    yield sign_in
    for context in contexts:
        context.close()
