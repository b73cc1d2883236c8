"""Streams on TimescaleDB: the same tests, and those of hypertables, on the WASM build."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.timescale.server import ROOT, timescale

pytestmark = [pytest.mark.timescale, pytest.mark.slow]


@pytest.fixture(scope="module")
def database_url():
    with timescale() as url:
        yield url


def test_streams_keep_their_promises_on_timescaledb(database_url):
    environment = {
        **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
        "DATABASE_URL": database_url,
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "tests.timescale.settings",
    }
    files = ["tests/timescale/hypertables.py", "tests/streams/test_services.py"]
    command = [sys.executable, "-m", "pytest", "--reuse-db", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *files], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " skipped" not in done.stdout
