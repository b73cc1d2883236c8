"""The process that asks files: what it may not, and what of it cannot be lost or late."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from apps.datasources.connectors import child, duckdb
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.connectors.errors import (
    QueryCancelled,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)
from apps.datasources.sandbox import wire

LIMITS = Limits(timeout_s=20, rows=1000, bytes=1_000_000)
UPLOADS = Connection("duckdb", {})
SLOW = "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range + b.range = 3"


@pytest.fixture(autouse=True)
def _folder(settings):
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)


def ask(sql="SELECT 1 AS n", *parameters, **limits):
    return duckdb.run(UPLOADS, sql, parameters, replace(LIMITS, **limits)).to_pylist()


def pid():
    ask()
    return child._children["uploads"].running.process.pid


def facts(process, name):
    return Path(f"/proc/{process}/{name}").read_text()


def is_gone(process, within_s=5.0):
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if facts(process, "stat").rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.02)
                continue
        return True
    return False


@pytest.fixture
def waiting():
    """A slow question, asked from a thread. Gives what it came to."""
    pid()
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(ask, SLOW)
        time.sleep(0.4)
        yield found


# -- what goes wrong in it


@pytest.mark.parametrize("fatal", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
def test_a_crash_is_told_to_who_waits_and_the_next_question_gets_a_new_process(waiting, fatal):
    crashed = child._children["uploads"].running.process.pid
    os.kill(crashed, fatal)
    with pytest.raises(SourceError, match="broken down") as caught:
        waiting.result(timeout=5)
    assert caught.value.code == "source_crashed"
    assert ask() == [{"n": 1}]
    assert pid() != crashed


def test_one_that_has_ended_while_nobody_asked_is_not_noticed():
    before = pid()
    os.kill(before, signal.SIGKILL)
    assert child._children["uploads"].running.gone.wait(5)  # with all of its threads
    assert ask() == [{"n": 1}]


def test_a_slow_question_ends_in_time_and_others_are_answered_meanwhile():
    before = pid()
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        slow = pool.submit(ask, SLOW, timeout_s=1.0)
        for number in range(10):
            assert ask("SELECT $1 + 1 AS n", number) == [{"n": number + 1}]
        assert not slow.done()
        with pytest.raises(SourceTimeout):
            slow.result(timeout=5)
        assert time.monotonic() - began < 3
    assert pid() == before


def test_a_person_who_cancels_is_obeyed_and_the_process_lives(waiting):
    before = pid()
    wish = threading.Event()
    threading.Timer(0.2, wish.set).start()
    with pytest.raises(QueryCancelled):
        ask(SLOW, cancelled=wish.is_set)
    assert pid() == before
    child.stop()


def test_what_does_not_obey_is_killed():
    stuck = pid()
    os.kill(stuck, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        ask(timeout_s=0.3)
    assert time.monotonic() - began < 3
    assert is_gone(stuck)
    assert ask() == [{"n": 1}]


def test_who_waits_beside_one_that_does_not_obey_is_asked_again():
    stuck = pid()
    os.kill(stuck, signal.SIGSTOP)
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(ask, timeout_s=30)
        disobeying = pool.submit(ask, timeout_s=0.3)
        with pytest.raises(SourceTimeout):
            disobeying.result(timeout=5)
        assert other.result(timeout=10) == [{"n": 1}]
    assert is_gone(stuck)


def test_memory_is_refused_and_the_process_lives():
    before = pid()
    with pytest.raises(SourceTooLarge, match="memory"):
        ask("SELECT len(list(range)) AS n FROM range(2000000000)")
    assert pid() == before
    with pytest.raises(SourceTooLarge, match="1 MB"):
        ask("SELECT repeat('x', 1000) AS x FROM range(100000)", rows=100_000)
    assert pid() == before


def test_sqlite_has_a_limit_of_memory_too(settings):
    path = settings.UPLOADS / f"{'a' * 32}.sqlite"
    path.write_bytes(b"")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) "
    hog = numbers + "SELECT i, hex(randomblob(1000)) AS b FROM n ORDER BY b"
    with pytest.raises(SourceTooLarge):
        child.ask_file("sqlite", path, hog, [], LIMITS)
    found = child.ask_file("sqlite", path, "SELECT 1 AS n", [], LIMITS)
    assert found.to_pylist() == [{"n": 1}]


def test_fifty_questions_at_once_each_get_their_own_answer():
    child.stop()

    def one(number):
        sql = "SELECT range + $1 AS n FROM range(500) ORDER BY 1"
        return ask(sql, number)[0]["n"], ask(sql, number)[-1]["n"]

    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(one, range(50)))
    assert found == [(number, number + 499) for number in range(50)]


def test_who_gives_up_leaves_the_line_to_nobody():
    before = pid()

    def nobody():
        raise KeyboardInterrupt

    line = child._children["uploads"].running.line()
    line.child.idle.append(line)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "received", lambda *_: nobody())
        with pytest.raises(KeyboardInterrupt):
            ask(SLOW)
    assert line not in line.child.lines
    assert ask("SELECT 7 AS n") == [{"n": 7}]
    assert pid() == before


# -- what it may not


def test_no_secret_and_no_file_of_ours_is_given_to_it():
    process = pid()
    names = {entry.partition("=")[0] for entry in facts(process, "environ").split("\0") if entry}
    assert names == {"PATH", "LANG", "OPENBLAS_NUM_THREADS"}
    told = facts(process, "environ") + facts(process, "cmdline")
    for secret in ("SECRET_KEY", "FIELD_KEY", "TOKEN_KEY", "DATABASE_URL", "REDIS_URL"):
        assert os.environ[secret] not in told
    opened = {os.readlink(each) for each in Path(f"/proc/{process}/fd").iterdir()}
    others = {each for each in opened if not each.startswith(("socket:", "/dev/null", "pipe:"))}
    assert {each for each in others if not each.startswith("anon_inode:")} == set()


def test_the_system_bounds_it():
    process = pid()
    limits = facts(process, "limits")
    for name, most in {
        "Max core file size": 0,
        "Max file size": 0,
        "Max open files": 256,
        "Max data size": 2 * 1_000_000_000 + 1024**3,
    }.items():
        assert re.search(rf"{name}\s+{most}\s+{most}\s", limits), name
    assert re.search(r"NoNewPrivs:\s+1", facts(process, "status"))
    assert facts(process, "oom_score_adj").strip() == "1000"


def run_confined(code):
    """What a confined process of its own does."""
    begin = "import os\nfrom apps.datasources.sandbox import confine\n"
    begin += "confine.confine(1 << 30, os.getppid())\n"
    done = subprocess.run([sys.executable, "-c", begin + code], capture_output=True, timeout=30)
    return done.stdout.decode().strip()


def test_nothing_is_reached_and_nothing_is_written(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(1)
        port = server.getsockname()[1]
        told = run_confined(
            "from apps.datasources.sandbox.confine import without_network\n"
            "import socket\n"
            f"try: socket.create_connection(('127.0.0.1', {port}), timeout=1); print('reached')\n"
            "except OSError: print('no network')\n"
        )
        if told == "reached" and not _may_leave_the_network():
            pytest.skip("this system gives no network of one's own")
        assert told == "no network"
        with pytest.raises(TimeoutError):
            server.accept()
    target = tmp_path / "written"
    wrote = f"with open({str(target)!r}, 'w') as file: file.write('x')"
    run_confined(wrote)
    assert not target.exists() or target.read_text() == ""


def _may_leave_the_network():
    code = "from apps.datasources.sandbox.confine import without_network as w; print(w())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30)
    return told.stdout.strip() == b"True"


def test_more_memory_than_the_limit_is_not_given():
    assert run_confined("try: bytearray(2 << 30)\nexcept MemoryError: print('no')") == "no"


@pytest.mark.parametrize("kind", ["uploads", "persons"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('CANARY')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
        "COPY (SELECT 1) TO 'CANARY.out'",
        "COPY (SELECT 1) TO 'FOLDER/out.csv'",
        "ATTACH 'FOLDER/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET memory_limit = '90GB'",
        "SELECT * FROM duckdb_secrets() WHERE getenv('HOME') = ''",
        "SELECT 1; SELECT * FROM read_text('CANARY')",
    ],
)
def test_sql_11_the_engine_reads_uploads_alone(kind, sql, tmp_path, settings):
    canary = tmp_path / "canary"
    canary.write_text("canary-4711")
    before = sorted(settings.UPLOADS.iterdir())
    sql = sql.replace("CANARY", str(canary)).replace("FOLDER", str(settings.UPLOADS))
    with pytest.raises(wire.Refused) as refusal:
        child.ask(kind, settings.UPLOADS, sql, [], LIMITS)
    assert "4711" not in refusal.value.words
    assert list(tmp_path.iterdir()) == [canary]
    assert sorted(settings.UPLOADS.iterdir()) == before


def test_a_folder_of_uploads_opens_no_other(tmp_path, settings):
    other = tmp_path / "others"
    other.mkdir()
    pa.parquet.write_table(pa.table({"a": [1]}), other / "x.parquet")
    with pytest.raises(SourceRefused):
        ask(f"SELECT * FROM read_parquet('{other}/x.parquet')")


# -- how it lives and ends

PARENT = """
import django, os, sys, threading
django.setup()
from apps.datasources.connectors import child, duckdb
from apps.datasources.connectors.base import Connection, Limits
def ask():
    return duckdb.run(Connection("duckdb", {}), "SELECT 1 AS n", [], Limits(20, 10, 10000))
thread = threading.Thread(target=ask)
thread.start(); thread.join()  # who asks first may be gone soon
ask()
print(child._children["uploads"].running.process.pid, flush=True)
END
"""


@pytest.fixture
def parent():
    """Starts another process of ours, with a child. Gives it and the child's number."""
    running = []

    def start(end="sys.stdin.read()"):
        code = PARENT.replace("END", end)
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        running.append(process)
        return process, int(process.stdout.readline())

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_it_outlives_the_thread_that_asked_first_but_not_the_process(parent):
    process, number = parent()
    assert not is_gone(number, within_s=0.3)
    process.kill()
    assert is_gone(number)


def test_it_ends_with_an_orderly_end_too(parent):
    process, number = parent()
    process.stdin.close()
    assert process.wait(10) == 0
    assert is_gone(number)


def test_a_forked_process_has_a_child_of_its_own_and_lets_the_other_be(parent):
    fork = """
if os.fork():
    os.wait()
    ask()
    print(child._children["uploads"].running.process.pid, flush=True)
    sys.stdin.read()
else:
    ask()
    print(child._children["uploads"].running.process.pid, flush=True)
    os._exit(0)
"""
    process, first = parent(fork)
    forked, again = int(process.stdout.readline()), int(process.stdout.readline())
    assert forked != first
    assert again == first
    assert is_gone(forked)
    assert not is_gone(first, within_s=0.2)


# -- what travels


def test_values_of_every_kind_arrive_as_they_were():
    given = [
        1,
        -(2**63),
        0.1,
        float("inf"),
        None,
        True,
        "é🎈\0'\\",
        datetime(2024, 1, 1, 12, 30, tzinfo=UTC),
        datetime(2024, 1, 1),  # noqa: DTZ001 - as compiled SQL has them
        datetime(2024, 1, 1).date(),  # noqa: DTZ001
        Decimal("12.50"),
        b"\x00\xff",
        ["a", "b"],
    ]
    question = wire.question_of(memoryview(wire.question_as_bytes({"parameters": given})))
    assert question["parameters"] == given


def test_an_answer_that_is_none_is_found_out():
    table = pa.table({"name": ["x", "yy", None], "n": [1.5, None, float("nan")]})
    body = wire.table_as_bytes(table)
    assert wire.table_of_bytes(memoryview(body)).schema == table.schema
    offsets = body.index(b"\x00\x00\x00\x00\x01\x00\x00\x00\x03\x00\x00\x00\x03\x00\x00\x00")
    wrong = bytearray(body)
    wrong[offsets + 4 : offsets + 8] = b"\xff\xff\xff\x7f"  # beyond all that is there
    for each in (bytes(wrong), b"", b"nonsense", body[:40]):
        with pytest.raises(wire.Broken):
            wire.table_of_bytes(memoryview(each))


def test_a_message_longer_than_may_be_is_not_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.HEAD.pack(2**31, wire.ROWS))
        with pytest.raises(wire.Broken):
            wire.received(ours, 1000)
