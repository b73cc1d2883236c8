"""Chromium of the system for every browser test."""

import os
import shutil

import pytest

# Playwright's event loop runs in this thread, which Django would take for an async one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium where there is one, without its sandbox, which root cannot have."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    found = {"executable_path": path} if path else {}
    return browser_type_launch_args | found | {"args": ["--no-sandbox", "--disable-dev-shm-usage"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """A laptop's window, and times that no machine's zone can move."""
    return browser_context_args | {
        "viewport": {"width": 1440, "height": 900},
        "timezone_id": "UTC",
        "locale": "en",
    }
