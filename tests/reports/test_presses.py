import os
import resource
import socket
import threading
import time
from pathlib import Path

import pytest

from apps.reports import presses, printing
from apps.reports.errors import ReportError

WAIT_S = 15


@pytest.fixture(autouse=True)
def own_press():
    presses.stop()
    yield
    presses.stop()


def forks(of):
    """The processes of a press that make a PDF."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:  # it has ended
            continue
        if f"\nPPid:\t{of.pid}\n" in text and "State:\tZ" not in text:
            found.append(int(status.parent.name))
    return found


def until(is_so):
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def endless():
    """A page that takes minutes to set."""
    cells = "".join(f"<td>{n} words that wrap</td>" for n in range(20))
    return "<table>" + f"<tr>{cells}</tr>" * 4000 + "</table>"


def test_pages_are_set_one_after_the_other_by_one_process():
    first = presses.typeset("<p>One</p>", ())
    press = presses._press.process
    second = presses.typeset("<p>Two</p><p style='break-before: page'>More</p>", ())
    assert presses._press.process is press
    assert (first.pages, second.pages) == (1, 2)
    assert first.body.startswith(b"%PDF-")


def test_a_page_that_hangs_is_ended_with_what_to_do(endless):
    presses.typeset("<p>Warm</p>", ())
    press = presses._press.process
    with pytest.raises(ReportError, match=r"more than 2 seconds.*shorter period"):
        presses.typeset(endless, (), presses.Bounds.within(2.0))
    until(lambda: forks(press) == [])
    assert presses.typeset("<p>Next</p>", ()).pages == 1
    assert presses._press.process is press  # only the page's own process was ended


def test_a_reader_who_leaves_ends_it(endless):
    presses.typeset("<p>Warm</p>", ())
    press = presses._press.process
    left = threading.Event()
    failed = []

    def wait():
        try:
            presses.typeset(endless, (), presses.Bounds.within(60, has_left=left.is_set))
        except ReportError as error:
            failed.append(error.message)

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: forks(press))
    left.set()
    thread.join(WAIT_S)
    assert failed == ["Nobody waits for this PDF any more; it was not made."]
    until(lambda: forks(press) == [])


def test_a_page_that_needs_too_much_memory_takes_nothing_with_it(endless):
    presses.typeset("<p>Warm</p>", ())
    press = presses._press.process
    with pytest.raises(ReportError, match=r"more than 60 MB of memory.*fewer"):
        presses.typeset(endless, (), presses.Bounds.within(60, memory_bytes=60 * 1024**2))
    assert press.poll() is None


def test_a_press_that_was_ended_is_started_anew():
    presses.typeset("<p>One</p>", ())
    presses._press.process.kill()
    presses._press.process.wait()
    assert presses.typeset("<p>Two</p>", ()).pages == 1


def test_a_press_that_ends_as_a_job_comes_is_asked_again(monkeypatch):
    real = presses.Press.job
    dead = []

    def job(press):
        if not dead:
            ours, theirs = socket.socketpair()
            theirs.close()  # as of a press that was idle for long, and ended
            dead.append(ours)
            return ours
        return real(press)

    monkeypatch.setattr(presses.Press, "job", job)
    assert presses.typeset("<p>One</p>", ()).pages == 1


def test_a_process_with_a_thousand_open_sockets_prints_too():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    held = [os.dup(0) for _ in range(1100)]
    try:
        assert presses.typeset("<p>One</p>", ()).pages == 1
    finally:
        for each in held:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_who_comes_while_others_are_printed_is_told_soon(monkeypatch):
    monkeypatch.setattr(printing, "PATIENCE_S", 0.05)
    monkeypatch.setattr(printing, "_slots", threading.BoundedSemaphore(1))
    with printing._slots, pytest.raises(ReportError, match=r"Other PDFs.*again in a minute"):
        printing.make(printing.Job(dashboard_id=1, user_id=1, view={}))


def test_a_press_that_never_begins_is_not_called_too_large(monkeypatch):
    def job(press):
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours

    monkeypatch.setattr(presses.Press, "job", job)
    with pytest.raises(ReportError, match="could not be started"):
        presses.typeset("<p>One</p>", ())


def test_the_press_has_no_secret_and_no_network_and_ends_with_us():
    presses.typeset("<p>One</p>", ())
    press = presses._press.process
    environment = Path(f"/proc/{press.pid}/environ")
    if os.access(environment, os.R_OK):  # by root; the press lets nobody else of its user look
        assert b"SECRET_KEY" not in environment.read_bytes()
        assert b"DATABASE_URL" not in environment.read_bytes()
    links = Path(f"/proc/{press.pid}/net/dev").read_text()
    assert "eth" not in links
    presses._press.control.close()  # as the end of this process does
    until(lambda: press.poll() is not None)
