"""Starts the servers, then the product's parts, watches them all, and stops them in order."""

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import account, keys, ports, postgres, redis
from .home import Home
from .log import Log
from .parts import Part, Watched
from .problems import CannotStart
from .steps import Steps

WEB_PORT, POSTGRES_PORT, REDIS_PORT = 8000, 15432, 16379
STOP_ORDER = ("web", "feeder", "worker", "redis", "postgres")
DOUBLE_S = 0.5  # make, timeout and terminals may each pass on the same Ctrl-C
SERVER_LIMIT_S = 120.0  # crash recovery of a large database takes its time


@dataclass(frozen=True)
class Options:
    """What `manage.py serve` was asked for."""

    root: Path  # the checkout
    var: Path
    port: int = WEB_PORT
    demo: bool = True
    feeder: bool = True


def serve(options: Options) -> None:
    """Run until Ctrl-C or SIGTERM. Raises CannotStart with cause and remedy."""
    os.umask(0o077)  # what we and our parts write in var/ is for this user alone
    home = Home(options.var)
    home.prepare()
    with home.lock():
        asyncio.run(Supervisor(options, home).run())


class Supervisor:
    """The parts of one run. Everything here happens in one thread's event loop."""

    def __init__(self, options: Options, home: Home) -> None:
        self.options = options
        self.home = home
        self.log = Log(home.log)
        self.watched: dict[str, Watched] = {}
        self.environment = dict(os.environ)
        self._hurry = asyncio.Event()
        self._ports: set[int] = set()

    async def run(self) -> None:
        """Start all, wait for a signal, stop all."""
        main = asyncio.create_task(self._start())
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        first = 0.0

        def asked() -> None:
            nonlocal first
            if not stopping.is_set():
                first = loop.time()
            elif loop.time() - first > DOUBLE_S:
                self._hurry.set()
            stopping.set()
            main.cancel()

        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(sign, asked)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await main
                await stopping.wait()
        finally:
            await self._stop()

    async def _start(self) -> None:
        for name in self.home.end_orphans():
            self.log.say("serve", f"ended {name}, left over from a run that was killed")
        self._load_secrets()
        web_port = self._port("PORT", self.options.port, "web")
        await self._start_servers()
        self._publish(f"http://{ports.HOST}:{web_port}")
        steps = Steps(self.options.root, self.home.var, sys.executable, self.environment, self.log)
        await steps.run(demo=self.options.demo)
        for part in self._product(web_port):
            self._watch(part)
        await self._until_healthy(web_port)
        if self.options.demo and self.options.feeder:
            self._watch(self._part("feeder", "manage.py", "feed_flights"))
        self.log.box(self._welcome())
        self.log.say("serve", f"ready at {self.environment['BASE_URL']}")

    def _load_secrets(self) -> None:
        """Secrets of this installation; a variable that is set already wins."""
        kept = keys.load(self.home.var / "secrets.env", keys.SECRETS)
        self.environment = {
            **kept,
            **self.environment,
            "SIGHTLINE_VAR": str(self.home.var),
            "PYTHONUNBUFFERED": "1",
        }

    async def _start_servers(self) -> None:
        """Start PostgreSQL and Redis, each only if the environment names none."""
        wanted = [
            name
            for name, variable in (("postgres", "DATABASE_URL"), ("redis", "REDIS_URL"))
            if not self.environment.get(variable)
        ]
        if not wanted:
            return
        binaries = {"postgres": lambda: postgres.programs() / "postgres", "redis": redis.program}
        who = account.choose(self.home.var, [binaries[name]() for name in wanted])
        kept = keys.load(self.home.var / "passwords.env", keys.PASSWORDS)
        if "redis" in wanted:
            await self._start_redis(who, kept)
        if "postgres" in wanted:
            await self._start_postgres(who, kept)

    async def _start_postgres(self, who: account.Account, kept: dict[str, str]) -> None:
        server = postgres.Postgres(
            self.home.var / "postgres",
            POSTGRES_PORT,
            who,
            kept["POSTGRES_PASSWORD"],
            kept["POSTGRES_ADMIN_PASSWORD"],
        )
        if not server.data.exists():
            self.log.say("serve", "making the database (first start)")
        server.prepare()
        # Only now: while a cluster is made, another start may take the port.
        port = self._port("POSTGRES_PORT", POSTGRES_PORT, "PostgreSQL")
        server = dataclasses.replace(server, port=port)
        part = Part(
            "postgres",
            server.command(),
            postgres.environment(),
            stop_signal=signal.SIGINT,  # 'fast': ends sessions, writes a checkpoint
            hard_signal=signal.SIGQUIT,
            patience_s=30,
            prepare=server.clear_leftovers,
        )
        self._watch(part)
        await self._until_ready("postgres", server.is_ready)
        server.ensure_database()
        self.environment["DATABASE_URL"] = server.url

    async def _start_redis(self, who: account.Account, kept: dict[str, str]) -> None:
        server = redis.Redis(
            self.home.var / "redis",
            self._port("REDIS_PORT", REDIS_PORT, "Redis"),
            who,
            kept["REDIS_PASSWORD"],
        )
        server.prepare()
        self._watch(Part("redis", server.command(), postgres.environment()))
        await self._until_ready("redis", server.is_ready)
        self.environment["REDIS_URL"] = server.url

    async def _until_ready(self, name: str, is_ready: Callable[[], bool]) -> None:
        """Wait for a server; give up when it cannot live."""
        deadline = time.monotonic() + SERVER_LIMIT_S
        watched = self.watched[name]
        while not await asyncio.to_thread(is_ready):
            if watched.starts > 3 or time.monotonic() > deadline:
                words = self.log.last.get(name) or ["it said nothing"]
                raise CannotStart(
                    f"{name} does not start: {words[-1]}",
                    f"The lines above say more, and {self.log.path} keeps them.",
                )
            await asyncio.sleep(0.15)

    def _port(self, variable: str, wanted: int, name: str) -> int:
        """A free port: the one asked for by a variable or the usual one, or the next."""
        text = self.environment.get(variable) or str(wanted)
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise CannotStart(f"{variable}={text} is no port.", "Use a number from 1 to 65535.")
        wanted = int(text)
        port = ports.next_free(wanted, taken=self._ports)
        self._ports.add(port)
        if port != wanted:
            self.log.say("serve", f"port {wanted} is taken; {name} uses {port}")
        return port

    def _publish(self, address: str) -> None:
        """Tell the parts, and whoever opens a second terminal, where the servers are."""
        self.environment["BASE_URL"] = self.environment.get("BASE_URL") or address
        names = ("DATABASE_URL", "REDIS_URL", "BASE_URL")
        keys.write_env(self.home.addresses, {name: self.environment[name] for name in names})

    def _product(self, port: int) -> list[Part]:
        """Our own code: pages and sockets, and the worker with its clock."""
        web = [
            *("-m", "uvicorn", "config.asgi:application", "--host", ports.HOST),
            *("--port", str(port), "--no-access-log", "--log-level", "warning"),
            "--no-proxy-headers",  # nobody stands between; who claims so is not believed
            *("--timeout-graceful-shutdown", "5"),
            # Compression costs 50 KiB a socket, and more time than the frames of a page are worth.
            *("--ws-per-message-deflate", "false"),
        ]
        worker = [
            *("-m", "celery", "-q", "-A", "config", "worker", "-B", "--concurrency", "2"),
            *("-l", "INFO", "--without-mingle", "--without-gossip"),
            *("--scheduler", "django_celery_beat.schedulers:DatabaseScheduler"),
            *("--schedule", str(self.home.run / "celerybeat")),
        ]
        return [self._part("web", *web), self._part("worker", *worker)]

    def _part(self, name: str, *arguments: str) -> Part:
        command = [sys.executable, *arguments]
        return Part(name, command, self.environment, folder=self.options.root)

    def _watch(self, part: Part) -> None:
        self.watched[part.name] = Watched(part, self.home.run, self.log)
        self.watched[part.name].start()

    async def _until_healthy(self, port: int) -> None:
        """Wait until the web part answers; it is started again meanwhile if it dies."""
        while not await answers(port, "/healthz"):
            await asyncio.sleep(0.1)

    def _welcome(self) -> list[str]:
        users = _demo_users(self.home.var / "demo.json")
        return [
            f"Sightline is running at {self.environment['BASE_URL']}",
            *(
                f"Sign in as {user['email']} / {user['password']} ({user['role']})"
                for user in users
            ),
            f"Ctrl-C stops it; the data stays in {self.home.var}",
        ]

    async def _stop(self) -> None:
        """Stop in the order in which they need each other; a second signal kills."""
        if self.watched:
            self.log.say("serve", "stopping; Ctrl-C again kills")
        for name in STOP_ORDER:
            if name in self.watched:
                await self.watched[name].stop(self._hurry)
        self.home.addresses.unlink(missing_ok=True)
        if self.watched:
            self.log.say("serve", "stopped; nothing is lost")


async def answers(port: int, path: str) -> bool:
    """True when GET path on our own port answers 200 within two seconds."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(ports.HOST, port)
            try:
                host = f"Host: {ports.HOST}:{port}"
                writer.write(f"GET {path} HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n".encode())
                status = await reader.readline()
            finally:
                writer.close()
            return status.split(b" ")[1:2] == [b"200"]
    return False


def _demo_users(path: Path) -> list[dict[str, str]]:
    """Who may sign in to the demo; empty without a demo."""
    try:
        users = json.loads(path.read_text())["users"]
        return [{key: str(user[key]) for key in ("email", "password", "role")} for user in users]
    except (OSError, ValueError, KeyError, TypeError):
        return []
