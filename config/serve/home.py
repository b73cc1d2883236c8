"""The folder var/: everything that the running product keeps, and who may hold it."""

import contextlib
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import keys, processes
from .problems import CannotStart

# All that the product ever puts there; `reset` removes nothing else.
OURS = (
    *(
        "postgres",
        "redis",
        "run",
        "log",
        "static",
        "media",
        "uploads",
        "drafts",
        "outbox",
        "cache",
        "celerybeat",
    ),
    *("secrets.env", "passwords.env", "demo.json", "setup.stamp", "static.stamp"),
)


@dataclass(frozen=True)
class Home:
    """Paths below var/."""

    var: Path

    @property
    def run(self) -> Path:
        """What is true only while we run: pids, addresses, the lock."""
        return self.var / "run"

    @property
    def addresses(self) -> Path:
        """DATABASE_URL, REDIS_URL and BASE_URL of the running servers, for a second terminal."""
        return self.run / "servers.env"

    @property
    def log(self) -> Path:
        """The current log file."""
        return self.var / "log" / "sightline.log"

    def prepare(self) -> None:
        """Make the folders. Raises CannotStart when that is not allowed."""
        try:
            # Root's servers run as another user, who has to pass through; nobody may look around.
            self.var.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            self.run.mkdir(mode=0o700, exist_ok=True)
            probe = self.run / "probe"
            probe.write_bytes(b"x" * 4096)
            probe.unlink()
        except OSError as error:
            raise CannotStart(
                f"{error.filename or self.var} cannot be written ({error.strerror}).",
                "Give this user the folder, free some space, or choose another folder with "
                "SIGHTLINE_VAR=<folder>.",
            ) from None

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder alone; the kernel lets go when we die, however we die."""
        handle = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            address = keys.read_env(self.addresses).get("BASE_URL")
            where = f"runs already at {address}" if address else "is starting already"
            raise CannotStart(
                f"Sightline {where}, from {self.var}.",
                "Use that one, or stop it with Ctrl-C in its terminal.",
            ) from None
        try:
            yield
        finally:
            os.close(handle)

    def end_orphans(self) -> list[str]:
        """End the parts of a supervisor that was killed. Returns their names. Needs the lock."""
        ended = []
        for path in sorted(self.run.glob("*.pid"), key=_stop_order):
            process = processes.noted(path)
            sign = signal.SIGINT if path.stem == "postgres" else signal.SIGTERM
            if process and processes.end_orphan(process, sign):
                ended.append(path.stem)
            path.unlink(missing_ok=True)
        return ended

    def remove(self) -> list[Path]:
        """Delete what the product made. Returns what else is there, left alone. Needs the lock."""
        for name in OURS:
            path = self.var / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        left = sorted(self.var.iterdir())
        if not left and not self.var.is_symlink():
            self.var.rmdir()
        return left


def _stop_order(path: Path) -> tuple[int, str]:
    """Databases last: the others write to them until their end."""
    return ({"redis": 1, "postgres": 2}.get(path.stem, 0), path.stem)
