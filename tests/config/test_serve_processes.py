"""Orphans are found and ended; whoever got their pid later is left alone."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.serve import processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
# A leader that prints its child's pid.
WITH_CHILD = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; "
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, "
    "flush=True); time.sleep(600)",
]


@pytest.fixture
def started():
    """Starts commands, each in a session of its own, and ends them afterwards."""
    running = []

    def start(command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        running.append(process)
        return process

    yield start
    for process in running:
        processes.end_group(process.pid)
        process.wait()
        process.stdout.close()


def eventually(condition, limit_s=30):
    """Wait for something that happens soon; fails if it does not happen at all."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_noted_process_is_known_again(tmp_path, started):
    process = started(SLEEP)
    processes.note(tmp_path / "part.pid", process.pid)
    assert processes.noted(tmp_path / "part.pid").is_alive


def test_a_broken_note_is_no_process(tmp_path):
    (tmp_path / "part.pid").write_text("{half")
    assert processes.noted(tmp_path / "part.pid") is None
    assert processes.noted(tmp_path / "missing.pid") is None


def test_a_recycled_pid_is_never_hit(started):
    process = started(SLEEP)
    earlier = processes.Process(process.pid, "an-earlier-boot:1")
    assert not processes.end_orphan(earlier)
    assert process.poll() is None


def test_a_pid_recycled_in_this_boot_is_never_hit(started):
    process = started(SLEEP)
    boot, _, ticks = processes.started_at(process.pid).rpartition(":")
    assert not processes.end_orphan(processes.Process(process.pid, f"{boot}:{int(ticks) - 1}"))
    assert process.poll() is None


def test_an_orphan_ends_with_its_children(started):
    leader = started(WITH_CHILD)
    child = int(leader.stdout.readline())
    orphan = processes.Process(leader.pid, processes.started_at(leader.pid))
    assert processes.end_orphan(orphan)
    assert leader.wait() == -signal.SIGTERM
    eventually(lambda: processes.started_at(child) is None)


@pytest.mark.skipif(not processes.LINUX, reason="needs /proc")
def test_children_of_a_dead_leader_are_found_by_their_session(started):
    leader = started(WITH_CHILD)
    child = int(leader.stdout.readline())
    orphan = processes.Process(leader.pid, processes.started_at(leader.pid))
    leader.kill()
    leader.wait()
    assert processes.end_orphan(orphan)
    eventually(lambda: processes.started_at(child) is None)


def test_one_who_ignores_the_request_is_killed(started):
    deaf = started(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
            "print('deaf', flush=True); time.sleep(600)",
        ]
    )
    deaf.stdout.readline()
    orphan = processes.Process(deaf.pid, processes.started_at(deaf.pid))
    processes.end_all([orphan], signal.SIGTERM, patience_s=0.2)
    assert deaf.wait() == -signal.SIGKILL


@pytest.mark.skipif(not processes.dies_with_parent("KILL"), reason="needs setpriv")
def test_a_part_dies_with_its_parent(started):
    prefix = processes.dies_with_parent("KILL")
    code = (
        "import subprocess, sys, time; "
        f"child = subprocess.Popen({[*prefix, *SLEEP]!r}, start_new_session=True); "
        "print(child.pid, flush=True); time.sleep(600)"
    )
    parent = started([sys.executable, "-c", code])
    child = int(parent.stdout.readline())
    # setpriv needs a moment to ask for the signal and to become Python.
    command = Path(f"/proc/{child}/cmdline")
    eventually(lambda: command.read_bytes().split(b"\0")[0] == sys.executable.encode())
    parent.kill()
    parent.wait()
    eventually(lambda: processes.started_at(child) is None)
