"""Files of KEY=value lines that only their owner may read: secrets and server addresses."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from .problems import CannotStart

# Made once, at the first start; losing them locks the data that they protect.
SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "TOKEN_KEY": lambda: secrets.token_urlsafe(50),
}
# Of the embedded servers. Apart from the secrets, which every process of the product reads: the
# database's administrator is for the supervisor alone.
PASSWORDS: dict[str, Callable[[], str]] = {
    "POSTGRES_ADMIN_PASSWORD": lambda: secrets.token_urlsafe(24),
    "POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(24),
    "REDIS_PASSWORD": lambda: secrets.token_urlsafe(24),
}


def read_env(path: Path) -> dict[str, str]:
    """The KEY=value lines of a file; empty when there is none."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise CannotStart(
            f"{path} may not be read by this user.",
            "Run as the user who started Sightline before, or give the file to this one.",
        ) from None
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def write_env(path: Path, values: dict[str, str]) -> None:
    """Write all values at once (mode 0600): a reader sees the old file or the new one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{key}={value}\n" for key, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def load(path: Path, makers: dict[str, Callable[[], str]]) -> dict[str, str]:
    """The values kept in a file; what is missing is made and kept."""
    known = read_env(path)
    missing = {key: make() for key, make in makers.items() if not known.get(key)}
    if missing:
        known |= missing
        write_env(path, known)
    return known
