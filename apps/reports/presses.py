"""Sets pages in a process of its own, so that no page can take a worker or the web with it.

The process starts with the first PDF and ends with this one, or when it was idle for long; it has
no settings, no secrets, no network and no database. See apps/reports/press.
"""

import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import orjson
from django.utils.translation import gettext as _

from apps.datasources import children
from apps.reports.errors import ReportError

TIMEOUT_S: Final = 120.0
MEMORY_BYTES: Final = 2 * 1024**3
POLL_S: Final = 0.25  # between looks at whether the reader is still there
STARTED, PAGE, TARGET = b"+", "page.json", "page.pdf"  # as apps/reports/press/__main__.py says


@dataclass(frozen=True, slots=True)
class Pdf:
    """A finished document."""

    body: bytes
    pages: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a PDF may take, until `until` by time.monotonic(), and how much memory.

    has_left: whether the reader has gone meanwhile.
    """

    until: float
    timeout_s: float = TIMEOUT_S
    memory_bytes: int = MEMORY_BYTES
    has_left: Callable[[], bool] = lambda: False

    @classmethod
    def within(cls, timeout_s: float = TIMEOUT_S, **more: Any) -> Self:
        """So long from now."""
        return cls(time.monotonic() + timeout_s, timeout_s, **more)

    def check(self) -> None:
        """Raises ReportError if it took too long, or if nobody waits any more."""
        if self.has_left():
            raise ReportError(_("Nobody waits for this PDF any more; it was not made."))
        if time.monotonic() > self.until:
            message = _(
                "Printing took more than %(limit)d seconds and was stopped. Choose a shorter "
                "period, fewer cards or tables with fewer rows, or ask for PNG."
            )
            raise ReportError(message % {"limit": self.timeout_s})


def typeset(html: str, stylesheets: tuple[str, ...], bounds: Bounds | None = None) -> Pdf:
    """HTML on pages. Nothing is fetched: only data: addresses are opened. Raises ReportError."""
    bounds = bounds or Bounds.within()
    with tempfile.TemporaryDirectory(
        prefix="sightline-report-",
        ignore_cleanup_errors=True,  # a press that was told to stop may write a last file
    ) as name:
        folder = Path(name)
        page = {"html": html, "stylesheets": stylesheets}
        (folder / PAGE).write_bytes(orjson.dumps(page))
        told = _told(folder, bounds)
        if "pages" in told:
            return Pdf((folder / TARGET).read_bytes(), told["pages"])
    raise _reason(told, bounds)


def stop() -> None:
    """End the press of this process; the next PDF starts another."""
    _press.stop()


class Press:
    """The process, running or not, and the way to it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None

    def job(self) -> socket.socket:
        """A new job's socket; closing it ends the job."""
        ours, theirs = socket.socketpair()
        with self.lock, theirs:
            for _try in range(2):  # it may have ended, being idle
                with suppress(OSError):
                    socket.send_fds(self._running(), [b"j"], [theirs.fileno()])
                    return ours
                self._end()
        ours.close()
        raise _not_started()

    def stop(self) -> None:
        """End it; jobs that run go on."""
        with self.lock:
            self._end()

    def forget(self) -> None:
        """In a forked child of ours: it is the parent's."""
        if self.control:
            self.control.close()

    def _running(self) -> socket.socket:
        if self.control and self.process and self.process.poll() is None:
            return self.control
        self._end()
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = children.start(
                "apps.reports.press", stdin=theirs, stdout=subprocess.DEVNULL
            )
        return self.control

    def _end(self) -> None:
        if self.control:
            self.control.close()
        if self.process:
            self.process.kill()
            self.process.wait()
        self.control = self.process = None


def _told(folder: Path, bounds: Bounds) -> dict[str, Any]:
    """The verdict of the press; {} if it began and ended without one."""
    heard = b""
    for _try in range(2):
        with _press.job() as job:
            asked = {"folder": str(folder), "memory_bytes": bounds.memory_bytes}
            asked["timeout_s"] = max(1.0, bounds.until - time.monotonic())
            with suppress(OSError):
                job.sendall(orjson.dumps(asked) + b"\n")
            heard = _heard(job, bounds)
        if heard:  # else the press ended before it took the job: its idle time was over
            break
    else:
        raise _not_started()
    try:
        told = orjson.loads(heard.removeprefix(STARTED) or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _heard(job: socket.socket, bounds: Bounds) -> bytes:
    heard = b""
    job.settimeout(POLL_S)
    while True:
        bounds.check()
        try:
            more = job.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            more = b""
        if not more:
            bounds.check()  # the press looks at the time as well
            return heard
        heard += more


def _reason(told: dict[str, Any], bounds: Bounds) -> ReportError:
    refused = told.get("refused")
    if refused == "pango":
        message = _(
            "Making a PDF needs the library Pango. On Debian or Ubuntu: "
            "apt install libpango-1.0-0 libpangoft2-1.0-0"
        )
        return ReportError(message, is_final=True)
    if refused in (None, "memory"):  # libraries that get no memory end the process without a word
        message = _(
            "This is too large to print: it needs more than %(mb)d MB of memory. Choose fewer "
            "cards or tables with fewer rows."
        )
        return ReportError(message % {"mb": bounds.memory_bytes // 1024**2})
    return ReportError(_("Printing failed: %(name)s") % {"name": str(refused)[:80]})


def _not_started() -> ReportError:
    return ReportError(_("Printing failed: its process could not be started."))


def _forget() -> None:
    global _press
    _press.forget()
    _press = Press()


_press = Press()
os.register_at_fork(after_in_child=_forget)
