"""What must be done before the web part starts: tables, static files, demo. Skipped when done."""

import asyncio
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

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
        """Bring static files and database up to the code, both at once."""
        static = asyncio.create_task(self._static())
        try:
            await self._database(demo)
            await static
        finally:
            static.cancel()
            await asyncio.gather(static, return_exceptions=True)

    async def _database(self, demo: bool) -> None:
        state = self._state(demo)
        if state is not None and _read(self.var / "setup.stamp") == state:
            self.log.say("setup", "database and demo are up to date")
            return
        await self.manage("setup", "migrate", "--noinput", "--verbosity=0")
        if demo:
            await self.manage("setup", "setup_demo")
        _write(self.var / "setup.stamp", self._state(demo))

    async def _static(self) -> None:
        folders = [self.root / "static", *sorted(self.root.glob("apps/*/static"))]
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        # Settings say how they are stored, the lock file brings those of the admin and others.
        how = [*self.root.glob("config/settings/*.py"), self.root / "requirements" / "base.txt"]
        state = fingerprint([*files, *how], self.root)
        stamp = self.var / "static.stamp"
        if (self.var / "static").is_dir() and _read(stamp) == state:
            return
        stamp.unlink(missing_ok=True)
        await self.manage("static", "collectstatic", "--noinput", "--clear", "--verbosity=0")
        _write(stamp, state)

    def _state(self, demo: bool) -> str | None:
        """The code and the migrations that the database really has; None when it cannot tell."""
        applied = applied_migrations(self.environment["DATABASE_URL"])
        if applied is None:
            return None
        lists = (self.root.glob(pattern) for pattern in ("apps/**/*.py", "config/**/*.py"))
        files = [path for paths in lists for path in paths]
        code = fingerprint([*files, self.root / "requirements" / "base.txt"], self.root)
        # Without the port, which is another one whenever somebody else has taken ours.
        url = urlsplit(self.environment["DATABASE_URL"])
        address = hashlib.sha256(f"{url.username}@{url.hostname}{url.path}".encode()).hexdigest()
        return json.dumps([code, address, applied, demo])

    async def manage(self, name: str, *arguments: str) -> None:
        """Run one management command, shown as `name`. Raises CannotStart with its last words."""
        command = [self.python, str(self.root / "manage.py"), *arguments]
        part = Part(name, command, self.environment, self.root)
        self.log.last.pop(name, None)
        self.log.say(name, f"manage.py {arguments[0]}")
        process, pump = await spawn(part, self.log)
        try:
            code = await process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            await finish(pump)
        if code != 0:
            words = self.log.last.get(name) or [describe(code)]
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
