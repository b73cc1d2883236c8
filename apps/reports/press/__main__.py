"""The press: `python -m apps.reports.press`, with the control line as its input.

WeasyPrint takes two seconds to load, so it is loaded once. Each PDF is then made in a fork of this
process, which takes no time, has limits of its own, and is gone afterwards with all it holds. A
job comes as a socket; who closes it ends the job.
"""

import json
import os
import resource
import signal
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from apps.datasources.sandbox.confine import limit, withdraw

IDLE_S: Final = 600.0  # then the memory is worth more than the next start
STARTED: Final = b"+"
PAGE, TARGET = "page.json", "page.pdf"  # in the folder of a job


def main() -> None:
    """Load, then fork for every job until the other side is gone or nothing came for long."""
    limit(resource.RLIMIT_CORE, 0)  # a dump would hold rows
    withdraw()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # or a fork would hold the line open
    control.settimeout(IDLE_S)
    warm()
    while job := _next(control):
        with job:
            if os.fork() == 0:
                control.close()
                work(job)
    os._exit(0)


def warm() -> None:
    """Load what every job needs, as far as it is there: a job then says what is missing."""
    try:
        from apps.reports.press.typesetting import typeset
    except (ImportError, OSError):
        return
    typeset("<p>Page</p>", [])


def work(job: socket.socket) -> None:
    """In the fork: one PDF, and out, whatever happens."""
    try:
        job.sendall(STARTED)
        asked = json.loads(job.makefile("rb").readline())
        threading.Thread(target=_until_left, args=(job,), daemon=True).start()
        verdict = _made(asked)
    except MemoryError:
        verdict = {"refused": "memory"}
    except BaseException as error:  # its name; its text may hold data
        verdict = {"refused": type(error).__name__}
    try:
        job.sendall(json.dumps(verdict).encode())
    finally:
        os._exit(0)


def _made(asked: dict[str, Any]) -> dict[str, Any]:
    """{"pages": n}, the PDF being in the folder; {"refused": "pango"} where that is missing."""
    signal.alarm(int(asked["timeout_s"]) + 5)  # should it hang where Python has no say
    limit(resource.RLIMIT_DATA, asked["memory_bytes"])
    folder = Path(asked["folder"])
    tempfile.tempdir = str(folder)  # of fonts
    page = json.loads((folder / PAGE).read_bytes())
    try:
        from apps.reports.press.typesetting import typeset
    except OSError:
        return {"refused": "pango"}
    body, pages = typeset(page["html"], page["stylesheets"])
    (folder / TARGET).write_bytes(body)
    return {"pages": pages}


def _until_left(job: socket.socket) -> None:
    """Nothing more comes but the end: of the time limit, of the reader's patience, of a process."""
    job.recv(1)
    os._exit(1)


def _next(control: socket.socket) -> socket.socket | None:
    try:
        said, fds, _flags, _address = socket.recv_fds(control, 1, 1)
    except TimeoutError:
        return None
    return socket.socket(fileno=fds[0]) if said and fds else None


if __name__ == "__main__":
    main()
