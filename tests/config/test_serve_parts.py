"""A dead part starts again, after a pause that grows; a stopped one does not."""

import asyncio
import os
import signal
import sys

import pytest

from config.serve import parts, processes
from config.serve.log import Log

PYTHON = (sys.executable, "-u", "-c")


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "log" / "all.log", open(tmp_path / "terminal", "w"))


@pytest.fixture
def watch(tmp_path, log):
    """A Watched part running the given Python code."""

    def make(code, **options):
        part = parts.Part("web", [*PYTHON, code], {}, **options)
        return parts.Watched(part, tmp_path, log)

    return make


async def until(condition, limit_s=30):
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_killed_part_starts_again(watch, tmp_path):
    watched = watch("import time; time.sleep(600)")
    watched.start()
    await until(lambda: watched.pid)
    first = watched.pid
    processes.end_group(first)
    await until(lambda: watched.pid not in (None, first))
    assert processes.noted(tmp_path / "web.pid").pid == watched.pid
    await watched.stop(asyncio.Event())
    assert not (tmp_path / "web.pid").exists()


async def test_children_of_a_killed_part_do_not_stay(watch, log):
    watched = watch(
        "import subprocess, sys, time; "
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid); "
        "time.sleep(600)"
    )
    watched.start()
    await until(lambda: log.last.get("web"))
    child = int(log.last["web"][0])
    os.kill(watched.pid, signal.SIGKILL)
    await until(lambda: processes.started_at(child) is None)
    await watched.stop(asyncio.Event())


async def test_the_pause_doubles_up_to_a_limit(watch, log, monkeypatch):
    pauses = []
    real = asyncio.sleep

    async def note(seconds):
        pauses.append(seconds)
        await real(0)

    monkeypatch.setattr(parts.asyncio, "sleep", note)
    watched = watch("raise SystemExit(3)")
    watched.start()
    while len(pauses) < 7:
        await real(0.01)
    await watched.stop(asyncio.Event())
    assert pauses[:7] == [0.5, 1, 2, 4, 8, 10, 10]
    assert "web ended (exit code 3); starting it again in 0.5 s" in log.last["serve"]


async def test_after_a_calm_life_the_pause_is_short_again(watch, log, monkeypatch):
    monkeypatch.setattr(parts, "CALM_S", 0.0)
    monkeypatch.setattr(parts, "FIRST_PAUSE_S", 0.01)
    watched = watch("raise SystemExit(1)")
    watched.start()
    await until(lambda: watched.starts >= 4)
    await watched.stop(asyncio.Event())
    assert {line.rpartition(" in ")[2] for line in log.last["serve"]} == {"0.01 s"}


async def test_a_program_that_is_missing_is_said(watch, tmp_path, log):
    part = parts.Part("web", [str(tmp_path / "none")], {})
    watched = parts.Watched(part, tmp_path, log)
    watched.start()
    await until(lambda: log.last.get("serve"))
    assert "could not start (No such file" in log.last["serve"][0]
    await watched.stop(asyncio.Event())


async def test_a_stopped_part_ends_in_its_own_way(watch, log):
    watched = watch(
        "import signal, sys, time; "
        "signal.signal(signal.SIGTERM, lambda *_: (print('goodbye'), sys.exit())); "
        "print('up'); time.sleep(600)"
    )
    watched.start()
    await until(lambda: log.last.get("web"))
    await watched.stop(asyncio.Event())
    assert list(log.last["web"]) == ["up", "goodbye"]
    assert watched.pid is None


async def test_a_second_request_kills_who_does_not_listen(watch, log):
    watched = watch(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('deaf'); time.sleep(600)",
        patience_s=600,
    )
    watched.start()
    await until(lambda: log.last.get("web"))
    hurry = asyncio.Event()
    stopping = asyncio.create_task(watched.stop(hurry))
    await asyncio.sleep(0)
    hurry.set()
    await asyncio.wait_for(stopping, 30)
    assert watched.pid is None


async def test_what_a_part_needs_before_its_start_is_done_before_every_start(watch):
    done = []
    watched = watch("raise SystemExit(0)", prepare=lambda: done.append(1))
    watched.start()
    await until(lambda: len(done) >= 2)  # a start is counted before it is prepared
    await watched.stop(asyncio.Event())
    assert len(done) <= watched.starts
