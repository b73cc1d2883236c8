"""Real servers to be somebody else's source, each started once for a test run."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pymysql
import pytest

from apps.datasources.connectors import mysql
from apps.datasources.connectors.base import Connection, Limits
from config.serve import ports

from . import certificates

START_LIMIT_S = 60
PASSWORD = "s3cret-of-the-reader"


@pytest.fixture
def loopback(settings):
    """Sources may be on this machine."""
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def limits():
    return Limits(timeout_s=10, rows=1000, bytes=1_000_000)


@pytest.fixture
def persons(limits):
    """The limits of a statement that a person wrote."""
    return Limits(limits.timeout_s, limits.rows, limits.bytes, is_persons_sql=True)


@pytest.fixture(scope="session")
def mariadb():
    """The port of a MariaDB with a database `shop` and a user `reader` who may select there."""
    program = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    if program is None:
        pytest.skip("needs MariaDB: apt-get install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="sightline-mariadb-"))
    folder.chmod(0o711)
    data, port, who = folder / "data", ports.any_free(), []
    if os.geteuid() == 0:
        owner = next(name for name in ("mysql", "nobody") if _is_user(name))
        who = [f"--user={owner}"]
    certificates.write(folder, "localhost")
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", *who]
    install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, capture_output=True)
    log = (folder / "log").open("wb")
    command = [program, "--no-defaults", f"--datadir={data}", f"--port={port}", *who]
    command += ["--bind-address=127.0.0.1", f"--socket={data}/socket", "--skip-name-resolve"]
    command += [f"--ssl-cert={folder}/cert.pem", f"--ssl-key={folder}/key.pem"]
    command += ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"]
    server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        with contextlib.closing(_first_connection(port, server, folder / "log")) as connection:
            _fill(connection)
        yield port
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _is_user(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def _first_connection(port, server, log):
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            return pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        except pymysql.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MariaDB did not start:\n{log.read_text()}") from None
            time.sleep(0.1)


def _fill(connection):
    statements = [
        "CREATE DATABASE shop CHARACTER SET utf8mb4",
        "CREATE DATABASE other",
        "CREATE TABLE other.secrets (canary INT)",
        """CREATE TABLE shop.orders (
             id INT PRIMARY KEY, at DATETIME(3), day DATE, stamp TIMESTAMP NULL, name TEXT,
             price DECIMAL(12, 2), weight DOUBLE, is_paid TINYINT(1), level TINYINT(1), flag BIT(1),
             raw BINARY(4), note JSON, took TIME, kind ENUM('a', 'b'))""",
        """INSERT INTO shop.orders VALUES
             (1, '2024-03-01 10:00:00.250', '2024-03-01', '2024-03-01 10:00:00', 'Zoë 🎈', 12.5,
              1.5, 1, 7, b'1', x'ff00ff00', '{"a": 1}', '01:02:03', 'a'),
             (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""",
        "CREATE VIEW shop.paid AS SELECT * FROM shop.orders WHERE is_paid",
        f"CREATE USER reader IDENTIFIED BY '{PASSWORD}'",
        "GRANT SELECT ON shop.* TO reader",
        f"CREATE USER writer IDENTIFIED BY '{PASSWORD}'",
        "GRANT ALL ON shop.* TO writer",
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def mysql_source(mariadb, loopback):
    """A function that gives the connection of a source on that MariaDB."""

    def make(secret=PASSWORD, **changes):
        details = {"host": "127.0.0.1", "port": mariadb, "dbname": "shop", "user": "reader"}
        return Connection("mysql", details | changes, secret, 1, f"{secret} {changes}")

    yield make
    mysql.IDLE.clear()


@pytest.fixture
def mute_server(loopback):
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=20) as server:
        yield server.getsockname()[1]


@pytest.fixture
def rude_server(loopback):
    """The port of a server that answers everything with the same bytes, and how to set them."""
    with socket.create_server(("127.0.0.1", 0), backlog=20) as server:
        says = {"bytes": b"\x00" * 400, "seen": 0}

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = server.accept()
                    says["seen"] += 1
                    with connection, contextlib.suppress(OSError):
                        connection.sendall(says["bytes"])
                        connection.settimeout(0.3)
                        connection.recv(100)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], says
        server.shutdown(socket.SHUT_RDWR)
