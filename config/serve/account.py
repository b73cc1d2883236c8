"""Which system user runs the servers: ourselves, or for root somebody who may do less."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .problems import CannotStart

# Lets the servers pass through folders closed to them (a checkout in root's home), and no more.
_PASSAGE = (
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
    # Without it access(2), by which PostgreSQL looks for its own programs, ignores the capability.
    "--securebits=+no_setuid_fixup",
)


@dataclass(frozen=True)
class Account:
    """A user and the command prefix that becomes it (empty: we are it already)."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def folder(self, path: Path) -> Path:
        """Make a folder that only this account may enter."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.prefix:
                os.chown(path, self.uid, self.gid)
        except OSError as error:
            raise CannotStart(
                f"{path} cannot be made or given to its user ({error.strerror}).",
                "Allow writing there, free some space, or choose another folder with "
                "SIGHTLINE_VAR=<folder>.",
            ) from None
        return path

    def file(self, path: Path, text: str) -> Path:
        """Write a file that only this account may read."""
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        if self.prefix:
            os.chown(path, self.uid, self.gid)
        return path


def choose(folder: Path, programs: Sequence[Path]) -> Account:
    """The account for servers that run `programs` on data in `folder` (which must exist).

    Raises CannotStart when we are root and nobody lesser can reach folder and programs.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CannotStart(
            "PostgreSQL does not run as root, and `setpriv` is not here to become another user.",
            "Run as a normal user, install util-linux, or set DATABASE_URL and REDIS_URL.",
        )
    user = _lesser_user(folder)
    become = (setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    for passage in ((), _PASSAGE):
        prefix = (*become, *passage, "--")
        if _reaches(prefix, folder, programs):
            return Account(user.pw_uid, user.pw_gid, prefix)
    raise CannotStart(
        f"PostgreSQL does not run as root, and the user {user.pw_name!r} may not enter "
        f"{folder} or run {programs[0]}.",
        "Move the checkout out of the closed folder (for example to /srv), run as a normal user, "
        "or set DATABASE_URL and REDIS_URL.",
    )


def _lesser_user(folder: Path) -> pwd.struct_passwd:
    """Who owns the data already, else `postgres`, else `nobody`."""
    owned = [
        path.stat().st_uid for path in (folder / "postgres", folder / "redis") if path.exists()
    ]
    for uid in owned:
        if uid != 0:
            return pwd.getpwuid(uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart(
        "PostgreSQL does not run as root, and this system has no user 'postgres' or 'nobody'.",
        "Run as a normal user, or set DATABASE_URL and REDIS_URL.",
    )


def _reaches(prefix: Sequence[str], folder: Path, programs: Sequence[Path]) -> bool:
    """Try it: enter the folder and start every program as that user."""
    script = 'cd "$1" && shift && for p in "$@"; do "$p" --version || exit 1; done'
    command = [*prefix, "/bin/sh", "-c", script, "sh", str(folder), *map(str, programs)]
    return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0
