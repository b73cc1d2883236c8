"""A throw-away PostgreSQL and Redis for one test run, started before settings are imported.

With DATABASE_URL or REDIS_URL set, those servers are used instead. Under xdist the controller
starts PostgreSQL, where pytest-django gives each worker a database; each worker has a Redis and a
folder of its own, since tests empty theirs and a published message reaches every database of a
server. Every run has its own ports and folder.
"""

import atexit
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import django
import pytest

from config.serve import account, keys, ports, postgres, processes, redis

SETTINGS = "config.settings.test"
START_LIMIT_S = 60.0


class Servers:
    """The servers that this run started; `environment` is what the product needs to find them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sightline-test-"))
        # Others may pass through (PostgreSQL's own user must), not look around.
        self.folder.chmod(0o711)
        self.environment = {
            "SIGHTLINE_VAR": str(self.folder),
            **{key: make() for key, make in keys.SECRETS.items()},
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start what the environment does not name already."""
        if not os.environ.get("DATABASE_URL"):
            self.environment["DATABASE_URL"] = self.start_postgres().url
        if not os.environ.get("REDIS_URL"):
            self.environment["REDIS_URL"] = self.start_redis().url

    def start_postgres(self) -> postgres.Postgres:
        """A cluster without fsync, in this run's folder."""
        who = account.choose(self.folder, [postgres.programs() / "postgres"])
        server = postgres.Postgres(
            self.folder / "postgres",
            ports.any_free(),
            who,
            secrets.token_urlsafe(12),
            secrets.token_urlsafe(12),
            durable=False,
        )
        server.prepare()
        self._run(server, "postgres")
        server.ensure_database()
        return server

    def start_redis(self) -> redis.Redis:
        """A server that keeps nothing on disk."""
        who = account.choose(self.folder, [redis.program()])
        password = secrets.token_urlsafe(12)
        server = redis.Redis(self.folder / "redis", ports.any_free(), who, password, durable=False)
        server.prepare()
        self._run(server, "redis")
        return server

    def _run(self, server: postgres.Postgres | redis.Redis, name: str) -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                server.command(),
                env=postgres.environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._running.append(process)
        deadline = time.monotonic() + START_LIMIT_S
        while not server.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start:\n{log.read_text()}")
            time.sleep(0.03)

    def stop(self) -> None:
        """End the servers and remove their folder. May be called twice."""
        # Nothing in them is worth a clean shutdown.
        for process in reversed(self._running):
            process.kill()
            process.wait()
        self._running.clear()
        processes.end_all(processes.living_in(self.folder / "postgres" / "data"), 9, patience_s=5)
        shutil.rmtree(self.folder, ignore_errors=True)


def _start() -> None:
    """Once in every process that reads tests: the only one, or controller and workers of xdist."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if "PYTEST_XDIST_WORKER" in os.environ:
        del os.environ["REDIS_URL"]
    servers = Servers()
    atexit.register(servers.stop)
    servers.start()
    os.environ.update(servers.environment)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes():
    """Workers inherit this environment; with a settings module in it, pytest-django would load the
    settings there before _start() has named the worker's own servers.
    """
    del os.environ["DJANGO_SETTINGS_MODULE"]


_start()
# tests/conftest.py imports models, and pytest reads it before pytest-django sets Django up.
django.setup()
