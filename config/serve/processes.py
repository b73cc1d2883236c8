"""Who is running: processes told apart by pid *and* start time, so a recycled pid is never hit."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LINUX = sys.platform == "linux"


@dataclass(frozen=True)
class Process:
    """One process, for as long as it lives: `started` differs for the next owner of the pid."""

    pid: int
    started: str

    @property
    def is_alive(self) -> bool:
        """True until it has ended; a zombie has ended."""
        return started_at(self.pid) == self.started


@dataclass(frozen=True)
class _Stat:
    state: str
    session: int
    ticks: int


def _stat(pid: int) -> _Stat | None:
    """State, session and start (clock ticks since boot) from /proc, None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold blanks
    return _Stat(state=fields[0], session=int(fields[3]), ticks=int(fields[19]))


def started_at(pid: int) -> str | None:
    """When the process started, as text that is only compared; None when none lives."""
    if LINUX:
        stat = _stat(pid)
        if stat is None or stat.state in "ZX":
            return None
        return f"{_boot()}:{stat.ticks}"
    answer = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def _boot() -> str:
    """Names this boot of the machine; ticks start anew with each."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def note(path: Path, pid: int) -> None:
    """Remember a part's process, for a later start that has to find its orphans."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"pid": pid, "started": started_at(pid)}))
    fresh.replace(path)


def noted(path: Path) -> Process | None:
    """The process remembered in a file; None when the file is missing or unreadable."""
    try:
        known = json.loads(path.read_text())
        return Process(int(known["pid"]), str(known["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def end_orphan(process: Process, sign: int = signal.SIGTERM, patience_s: float = 10) -> bool:
    """End a part that outlived its supervisor, and its children. True if there was any."""
    members = _family(process)
    if not members:
        return False
    end_all(members, sign, patience_s)
    return True


def _family(leader: Process) -> list[Process]:
    """The leader, and the members of its session even if the leader itself is gone."""
    if not LINUX:
        return [leader] if leader.is_alive else []
    now = started_at(leader.pid)
    boot, _, ticks = leader.started.partition(":")
    if (now is not None and now != leader.started) or boot != _boot():
        return []  # the pid belongs to somebody else by now
    return [
        Process(pid, f"{boot}:{stat.ticks}")
        for pid, stat in _every()
        if stat.session == leader.pid and stat.ticks >= int(ticks) and stat.state not in "ZX"
    ]


def living_in(folder: Path) -> list[Process]:
    """Processes whose working folder is this one: every process of a PostgreSQL cluster.

    Found this way because backends change both session and title. Empty where there is no /proc.
    """
    if not LINUX or not folder.exists():
        return []
    found = []
    for pid, stat in _every():
        with contextlib.suppress(OSError):
            if Path(os.readlink(f"/proc/{pid}/cwd")) == folder.resolve():
                found.append(Process(pid, f"{_boot()}:{stat.ticks}"))
    return found


def _every() -> Iterator[tuple[int, _Stat]]:
    for name in os.listdir("/proc"):
        if name.isdigit() and (stat := _stat(int(name))):
            yield int(name), stat


def end_all(processes: list[Process], sign: int, patience_s: float) -> None:
    """Ask all to end; after `patience_s` kill who is left, and wait until they are gone."""
    for wanted, wait_s in ((sign, patience_s), (signal.SIGKILL, 5.0)):
        left = [process for process in processes if process.is_alive]
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, wanted)
        deadline = time.monotonic() + wait_s
        while any(process.is_alive for process in left) and time.monotonic() < deadline:
            time.sleep(0.05)


def end_group(pid: int, sign: int = signal.SIGKILL) -> None:
    """Signal a whole process group; nothing happens when none of it is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, sign)


def dies_with_parent(sign: str) -> list[str]:
    """Command prefix: the kernel sends `sign` when the parent dies. Empty where it cannot.

    Only a second belt: what it misses, the next start finds by its noted process.
    """
    setpriv = shutil.which("setpriv") if LINUX else None
    return [setpriv, "--pdeathsig", sign, "--"] if setpriv else []
