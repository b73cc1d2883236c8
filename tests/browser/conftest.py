"""A laptop's window for every browser test, and the product as it is served."""

import os
import socket
import threading
import time

import pytest
import uvicorn
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from apps.accounts.models import User

# Playwright's event loop runs in this thread, which Django would take for an async one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PASSWORD = "correct horse battery"
expect.set_options(timeout=20_000)  # what is right passes at once; a busy machine gets its time


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """A laptop's window, and times that no machine's zone can move."""
    return browser_context_args | {
        "viewport": {"width": 1440, "height": 900},
        "timezone_id": "UTC",
        "locale": "en",
    }


@pytest.fixture(scope="session")
def both_doors(django_db_setup):
    """Pages and sockets as they are served: config.asgi under uvicorn, in a thread of this run."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings.ALLOWED_ORIGINS.append(url)
    from config.asgi import application

    server = uvicorn.Server(
        uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning", ws="auto")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    yield url
    server.should_exit = True
    thread.join(10)
    settings.ALLOWED_ORIGINS.remove(url)


def sign_in(page: Page, url: str, user: User, path: str = "/") -> None:
    """Stand on a page as this person, its scripts at work; the form has tests of its own.

    What the console calls an error is gathered in page.problems."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}
    page.context.add_cookies([cookie])
    gather_problems(page)
    page.goto(f"{url}{path}")


# What htmx says of a question that nobody waits for any more, since the page was left
LEFT = ("htmx:sendAbort", "htmx:afterRequest")


def gather_problems(page: Page) -> None:
    page.problems = []  # type: ignore[attr-defined]

    def note(said):
        if said.type == "error" and not said.text.startswith(LEFT):
            page.problems.append(f"{said.text} {said.location}")

    page.on("console", note)
    page.on("pageerror", lambda error: page.problems.append(str(error)))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true, limit_s=20.0):
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
