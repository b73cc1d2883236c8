"""`manage.py serve` whole: real supervisor, PostgreSQL, Valkey and uvicorn, around a tiny checkout.

The checkout stands in for our own code only, so that these tests are about the supervisor.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from config.serve import keys, ports, processes
from config.serve.home import Home

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]

MANAGE = """
import json, os, sys, time, pathlib, psycopg
var, command = pathlib.Path(os.environ["SIGHTLINE_VAR"]), sys.argv[1]
with open(var / "commands", "a") as file:
    file.write(command + "\\n")
if (pathlib.Path(__file__).parent / ("fail-" + command)).exists():
    sys.exit("the reason is this")
if command == "migrate":
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (id serial, name text)")
        connection.execute("INSERT INTO django_migrations (name) VALUES ('first')")
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
elif command == "collectstatic":
    (var / "static").mkdir(exist_ok=True)
elif command == "setup_demo":
    user = {"email": "ada@example.org", "password": "pass-word", "role": "admin"}
    (var / "demo.json").write_text(json.dumps({"users": [user]}))
elif command == "feed_flights":
    time.sleep(600)
"""
ASGI = """
async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("the web part has ended", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
"""
# `python -m celery` in the checkout finds this one: a worker with a child, as the real one has.
CELERY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
time.sleep(600)
"""
RUN = """
import sys
from pathlib import Path
from config.serve import cli
cli.ROOT = Path(sys.argv[1])
sys.exit(cli.main(sys.argv[2:]))
"""


class Checkout:
    """A folder with code and var/, and the supervisors started in it."""

    def __init__(self, folder):
        self.folder = folder
        self.var = folder / "var"
        self.home = Home(self.var)
        self.runs = []
        files = {
            "manage.py": MANAGE,
            "config/__init__.py": "",
            "config/asgi.py": ASGI,
            "celery/__init__.py": "",
            "celery/__main__.py": CELERY,
            "requirements/base.txt": "",
            "static/page.css": "",
        }
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        drop = ("DATABASE_URL", "REDIS_URL", "BASE_URL", "SECRET_KEY", "FIELD_KEY", "TOKEN_KEY")
        self.environment = {k: v for k, v in os.environ.items() if k not in drop} | {
            "SIGHTLINE_VAR": str(self.var),
            "PYTHONPATH": str(REPOSITORY),
            "PORT": str(ports.any_free()),
            "POSTGRES_PORT": str(ports.any_free()),
            "REDIS_PORT": str(ports.any_free()),
        }

    def command(self, *arguments):
        return [sys.executable, "-c", RUN, str(self.folder), *arguments]

    def call(self, *arguments, **options):
        """Run a command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=REPOSITORY,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
            **options,
        )

    def serve(self, *arguments):
        """Start the supervisor."""
        run = Run(self, arguments)
        self.runs.append(run)
        return run

    def commands(self):
        """Management commands that ran so far."""
        with contextlib.suppress(FileNotFoundError):
            return (self.var / "commands").read_text().split()
        return []

    def pid(self, name):
        process = processes.noted(self.home.run / f"{name}.pid")
        return process.pid if process and process.is_alive else None

    def connect(self):
        return psycopg.connect(keys.read_env(self.home.addresses)["DATABASE_URL"], autocommit=True)


class Run:
    """One supervisor and what it printed."""

    def __init__(self, checkout, arguments):
        self.printed = checkout.folder / f"terminal-{len(checkout.runs)}"
        with self.printed.open("w") as output:
            self.process = subprocess.Popen(
                checkout.command("serve", *arguments),
                env=checkout.environment,
                cwd=REPOSITORY,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def text(self):
        return self.printed.read_text()

    def until(self, words):
        eventually(lambda: words in self.text or self.process.poll() is not None)
        assert words in self.text, self.text
        return self

    def stop(self, sign=signal.SIGINT):
        self.process.send_signal(sign)
        return self.process.wait(timeout=60)


def eventually(condition, limit_s=60):
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def checkout():
    folder = Path(tempfile.mkdtemp(prefix="sightline-run-"))
    folder.chmod(0o711)
    made = Checkout(folder)
    yield made
    for run in made.runs:
        if run.process.poll() is None:
            run.stop()
    made.home.run.mkdir(parents=True, exist_ok=True)
    made.home.end_orphans()
    data = made.var / "postgres" / "data"
    processes.end_all(processes.living_in(data), signal.SIGKILL, patience_s=5)
    shutil.rmtree(folder, ignore_errors=True)


def test_one_command_starts_everything_and_ctrl_c_stops_it(checkout):
    run = checkout.serve().until("ready at")
    assert set(checkout.commands()) >= {"collectstatic", "migrate", "setup_demo"}
    assert checkout.commands().index("migrate") < checkout.commands().index("setup_demo")
    assert f"Sightline is running at http://127.0.0.1:{checkout.environment['PORT']}" in run.text
    assert "Sign in as ada@example.org / pass-word (admin)" in run.text
    eventually(lambda: all(map(checkout.pid, ("postgres", "redis", "web", "worker", "feeder"))))
    for name in ("run/servers.env", "secrets.env", "passwords.env", "demo.json"):
        assert stat.S_IMODE((checkout.var / name).stat().st_mode) == 0o600

    assert run.stop() == 0
    order = re.findall(
        r"the web part has ended|ready to exit|database system is shut down", run.text
    )
    assert order == ["the web part has ended", "ready to exit", "database system is shut down"]
    assert not list(checkout.home.run.glob("*.pid"))
    assert not checkout.home.addresses.exists()


def test_a_second_start_finds_the_data_and_repeats_no_step(checkout):
    run = checkout.serve().until("ready at")
    with checkout.connect() as connection:
        connection.execute("INSERT INTO kept VALUES (7)")
    run.stop()
    before = checkout.commands()
    checkout.serve().until("database and demo are up to date").until("ready at")
    with checkout.connect() as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
    eventually(lambda: checkout.commands() != before)  # the feeder
    assert set(checkout.commands()[len(before) :]) == {"feed_flights"}


def test_changed_code_repeats_the_steps(checkout):
    checkout.serve("--no-demo").until("ready at")
    checkout.runs[0].stop()
    (checkout.folder / "config" / "models.py").write_text("# new\n")
    (checkout.folder / "static" / "page.css").write_text("/* new */")
    checkout.serve("--no-demo").until("ready at")
    assert sorted(checkout.commands()) == ["collectstatic", "collectstatic", "migrate", "migrate"]


def test_a_part_killed_comes_back_and_nothing_is_lost(checkout):
    run = checkout.serve("--no-demo").until("ready at")
    with checkout.connect() as connection:
        connection.execute("INSERT INTO kept VALUES (7)")
    for name in ("postgres", "redis", "web", "worker"):
        first = checkout.pid(name)
        os.kill(first, signal.SIGKILL)
        run.until(f"{name} was killed (SIGKILL); starting it again in 0.5 s")
        eventually(lambda name=name, first=first: checkout.pid(name) not in (None, first))
        eventually(lambda: rows(checkout) == [(7,)])
    assert run.stop() == 0


def rows(checkout):
    with contextlib.suppress(psycopg.Error), checkout.connect() as connection:
        return connection.execute("SELECT n FROM kept").fetchall()
    return None


def test_a_killed_supervisor_leaves_nothing_that_stops_the_next_start(checkout):
    checkout.serve().until("ready at")
    eventually(lambda: checkout.pid("feeder"))
    with checkout.connect() as connection:
        connection.execute("INSERT INTO kept VALUES (7)")
    checkout.runs[0].process.kill()
    checkout.runs[0].process.wait()
    run = checkout.serve().until("ready at")
    assert rows(checkout) == [(7,)]
    assert "taken" not in run.text


def test_a_first_start_killed_half_way_heals(checkout):
    run = checkout.serve()
    eventually(lambda: list((checkout.var / "postgres").glob("new-*")))
    run.process.kill()
    run.process.wait()
    checkout.serve().until("ready at")
    assert not list((checkout.var / "postgres").glob("new-*"))


def test_a_second_supervisor_or_a_reset_says_where_the_first_is(checkout):
    checkout.serve("--no-demo").until("ready at")
    second = checkout.call("serve")
    assert second.returncode == 1
    assert f"runs already at http://127.0.0.1:{checkout.environment['PORT']}" in second.stderr
    assert "Traceback" not in second.stderr
    answer = checkout.call("reset", "--yes")
    assert answer.returncode == 1
    assert "runs already at" in answer.stderr
    assert (checkout.var / "postgres").exists()


def test_a_taken_port_is_said_and_the_next_one_used(checkout):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        checkout.environment["PORT"] = str(taken)
        run = checkout.serve("--no-demo").until("ready at")
        assert f"port {taken} is taken; web uses " in run.text
        address = keys.read_env(checkout.home.addresses)["BASE_URL"]
        assert urllib.request.urlopen(address).read() == b"ok"


def test_a_step_that_fails_stops_the_start_with_its_reason(checkout):
    (checkout.folder / "fail-migrate").touch()
    run = checkout.serve()
    assert run.process.wait(timeout=60) == 1
    assert "sightline: `manage.py migrate` failed: the reason is this" in run.text
    assert "Traceback" not in run.text
    (checkout.folder / "fail-migrate").unlink()
    checkout.serve("--no-demo").until("ready at")


def test_a_port_that_is_none_is_named(checkout):
    checkout.environment["PORT"] = "eighty"
    run = checkout.serve()
    assert run.process.wait(timeout=60) == 1
    assert "PORT=eighty is no port." in run.text


def test_a_folder_that_cannot_be_written_is_named(checkout):
    checkout.var.write_text("a file, where a folder should be")
    answer = checkout.call("serve")
    assert answer.returncode == 1
    assert f"{checkout.var} cannot be written" in answer.stderr
    assert "SIGHTLINE_VAR=" in answer.stderr
    assert "Traceback" not in answer.stderr
    checkout.var.unlink()


def test_servers_of_ones_own_are_used_instead(checkout):
    names = ("DATABASE_URL", "REDIS_URL")
    checkout.environment |= {name: os.environ[name] for name in names}
    (checkout.folder / "manage.py").write_text(MANAGE.replace("CREATE TABLE", "CREATE TEMP TABLE"))
    run = checkout.serve("--no-demo").until("ready at")
    assert not (checkout.var / "postgres").exists()
    assert not (checkout.var / "redis").exists()
    assert run.stop(signal.SIGTERM) == 0


def test_reset_asks_first_and_removes_only_what_is_ours(checkout):
    checkout.serve().until("ready at").stop()
    (checkout.var / "mine.txt").write_text("keep")
    assert checkout.call("reset", input="no\n").returncode == 1
    assert (checkout.var / "postgres").exists()
    answer = checkout.call("reset", input="yes\n")
    assert answer.returncode == 0
    assert "Left alone" in answer.stdout
    assert "mine.txt" in answer.stdout
    assert not (checkout.var / "postgres").exists()
    assert (checkout.var / "mine.txt").exists()


def test_the_doctor_names_what_is_missing_and_how_to_get_it(checkout):
    answer = checkout.call("doctor")
    assert re.search(r"^ok +Python +3\.", answer.stdout, re.M)
    assert re.search(r"^ok +PostgreSQL +/", answer.stdout, re.M)
    assert re.search(r"^MISSING +front end +Run `make static`\.", answer.stdout, re.M)
    assert answer.returncode == 1
    (checkout.folder / "static" / "dist").mkdir()
    (checkout.folder / "static" / "dist" / "manifest.json").write_text(json.dumps({}))
    assert checkout.call("doctor").returncode == 0
