"""What must be done before the web part starts: tables, static files, demo. Skipped when done."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from .log import Log
from .parts import Part, describe, finish, spawn
from .problems import CannotStart


@dataclass(frozen=True)
class Steps:
    """The steps of one checkout (`root`) on the folder `var` with the parts' environment."""

    root: Path
    var: Path
    python: str
    environment: dict[str, str]
    log: Log

    async def run(self, *, demo: bool) -> None:
        """Bring database and static files up to the code."""
        await self._static()
        state = self._state(demo)
        if state is not None and _read(self.var / "setup.stamp") == state:
            self.log.say("setup", "database and demo are up to date")
            return
        await self.manage("migrate", "--noinput", "--verbosity=1")
        await self.manage("sync_schedule")
        if demo:
            await self.manage("setup_demo")
        _write(self.var / "setup.stamp", self._state(demo))

    async def _static(self) -> None:
        folders = [self.root / "static", *sorted(self.root.glob("apps/*/static"))]
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        lock = self.root / "requirements" / "base.txt"  # the admin's and others' statics
        state = fingerprint([*files, lock], self.root)
        stamp = self.var / "static.stamp"
        if (self.var / "static").is_dir() and _read(stamp) == state:
            return
        stamp.unlink(missing_ok=True)
        await self.manage("collectstatic", "--noinput", "--clear", "--verbosity=1")
        _write(stamp, state)

    def _state(self, demo: bool) -> str | None:
        """The code and the migrations that the database really has; None when it cannot tell."""
        applied = applied_migrations(self.environment["DATABASE_URL"])
        if applied is None:
            return None
        lists = (self.root.glob(pattern) for pattern in ("apps/**/*.py", "config/**/*.py"))
        files = [path for paths in lists for path in paths]
        code = fingerprint([*files, self.root / "requirements" / "base.txt"], self.root)
        address = hashlib.sha256(self.environment["DATABASE_URL"].encode()).hexdigest()
        return json.dumps([code, address, applied, demo])

    async def manage(self, *arguments: str) -> None:
        """Run one management command; raises CannotStart with its last words if it fails."""
        command = [self.python, str(self.root / "manage.py"), *arguments]
        part = Part("setup", command, self.environment, self.root)
        self.log.last.pop("setup", None)
        process, pump = await spawn(part, self.log)
        try:
            code = await process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            await finish(pump)
        if code != 0:
            words = self.log.last.get("setup") or [describe(code)]
            raise CannotStart(
                f"`manage.py {arguments[0]}` failed: {words[-1]}",
                f"The lines above say more, and {self.log.path} keeps them.",
            )


def fingerprint(paths: Iterable[Path], root: Path) -> str:
    """One hash over names and contents: the same files give the same text on any machine."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(root)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"")
    return total.hexdigest()


def applied_migrations(url: str) -> list[int] | None:
    """Count and newest id of the migrations in the database; None without any, or no answer."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            # Asked first, because a failed query would stand as an error in the server's log.
            there = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
            if there is None or there[0] is None:
                return None
            row = connection.execute("SELECT count(*), max(id) FROM django_migrations").fetchone()
    except psycopg.Error:
        return None
    return None if row is None or not row[0] else [int(row[0]), int(row[1])]


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None


def _write(path: Path, text: str | None) -> None:
    if text is not None:
        path.write_text(text)
