"""A real Trino and real search nodes, each on free ports of 127.0.0.1 and with a small heap."""

import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from config.serve import account, ports, processes
from tests.datasources.connectors import certificates
from tests.engines import versions
from tests.engines.fetch import home, java_home

START_LIMIT_S = 180
BOSS, READER = "boss", "reader"  # who may do all, and who may only read
PASSWORD = "s3cret-of-the-reader"
JWT_KEY = b"a key of thirty-two bytes or more, for tests"
SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC")


class CannotStart(Exception):
    """A server ended, or did not answer in time; with the end of its log."""


@contextlib.contextmanager
def folder_of(name, java):
    """A throw-away folder, and the user that may run a server in it: these refuse to be root."""
    folder = Path(tempfile.mkdtemp(prefix=f"sightline-{name}-"))
    try:
        folder.chmod(0o711)
        who = account.choose(folder, [java / "bin" / "java"])
        yield who.folder(folder / "run"), who
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(command, folder, who, is_ready, environment=None):
    """A server while it runs. `folder` is given to its user first."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, who.uid, who.gid)
    log = folder.parent / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*who.prefix, *command],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not is_ready():
            if server.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(log.read_text(errors="replace")[-4000:])
            time.sleep(0.3)
        yield
    finally:
        server.kill()
        server.wait()
        # the launcher of a search node has the node as a child
        processes.end_all(processes.living_in(folder), 9, patience_s=5)


def answers(url, **options):
    """Whether a server says yes."""
    try:
        return httpx.get(url, timeout=2, **options).status_code == 200
    except httpx.HTTPError:
        return False


# -- Trino


class Trino:
    """`port` asks for no password, `tls_port` does: user and password, or a token."""

    def __init__(self, folder):
        self.port, self.tls_port = ports.any_free(), ports.any_free()
        self.certificate = folder / "cert.pem"

    def is_ready(self):
        """Whether it takes questions."""
        try:
            told = httpx.get(f"http://127.0.0.1:{self.port}/v1/info", timeout=2).json()
        except (httpx.HTTPError, ValueError):
            return False
        return told.get("starting") is False


@contextlib.contextmanager
def trino():
    """One node with the catalogs shop (tables in memory) and tpch, and users by files."""
    java = java_home(versions.TRINO_JAVA)
    with folder_of("trino", java) as (folder, who):
        server = Trino(folder)
        _write_trino(server, folder)
        command = [str(java / "bin" / "java"), "-Xmx900M", "-Xss8M", *SMALL]
        command += ["-Djdk.attach.allowAttachSelf=true", "-Dfile.encoding=UTF-8"]
        command += [f"-Dconfig={folder}/etc/config.properties", f"-Dnode.data-dir={folder}/data"]
        command += ["-Dnode.environment=test", "-Dnode.id=one", "-Dnode.bind-ip=127.0.0.1"]
        command += ["-Dnode.internal-address=127.0.0.1"]
        command += ["-cp", f"{home(versions.TRINO)}/lib/*", "io.trino.server.TrinoServer"]
        with running(command, folder, who, server.is_ready):
            yield server


def _write_trino(server, folder):
    etc = folder / "etc"
    (etc / "catalog").mkdir(parents=True)
    certificates.write(folder, "localhost")
    keystore = (folder / "key.pem").read_text() + server.certificate.read_text()
    (folder / "both.pem").write_text(keystore)
    (folder / "jwt.key").write_text(base64.b64encode(JWT_KEY).decode())
    salt = os.urandom(16)
    digest = hashlib.pbkdf2_hmac("sha1", PASSWORD.encode(), salt, 1000, 32)
    (folder / "passwords").write_text(f"{READER}:1000:{salt.hex()}:{digest.hex()}\n")
    # What docs/sources.md says to give: nothing but SELECT.
    everything = ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP"]
    rules = [{"user": BOSS, "privileges": everything}, {"user": READER, "privileges": ["SELECT"]}]
    (folder / "rules.json").write_text(json.dumps({"tables": rules}))
    _properties(
        etc / "config.properties",
        {
            "coordinator": "true",
            "node-scheduler.include-coordinator": "true",
            "discovery.uri": f"http://127.0.0.1:{server.port}",
            "http-server.http.port": server.port,
            "http-server.https.enabled": "true",
            "http-server.https.port": server.tls_port,
            "http-server.https.keystore.path": folder / "both.pem",
            "http-server.authentication.type": "PASSWORD,JWT",
            "http-server.authentication.allow-insecure-over-http": "true",
            "http-server.authentication.jwt.key-file": folder / "jwt.key",
            "internal-communication.shared-secret": "of this one node",
            "plugin.dir": home(versions.TRINO) / "plugin",
            "catalog.config-dir": etc / "catalog",
            "password-authenticator.config-files": etc / "password.properties",
            "access-control.config-files": etc / "access.properties",
            "query.max-memory": "256MB",
            "query.max-memory-per-node": "256MB",
        },
    )
    file = {"password-authenticator.name": "file", "file.password-file": folder / "passwords"}
    _properties(etc / "password.properties", file)
    rules = {"access-control.name": "file", "security.config-file": folder / "rules.json"}
    _properties(etc / "access.properties", rules)
    _properties(etc / "catalog" / "shop.properties", {"connector.name": "memory"})
    _properties(etc / "catalog" / "tpch.properties", {"connector.name": "tpch"})


def _properties(path, values):
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))


# -- Elasticsearch and OpenSearch

LAUNCH = {  # what each kind needs beside the common options of Java
    "elasticsearch-9": (),
    "opensearch-3": ("-javaagent:agent/opensearch-agent.jar",),
    "elasticsearch-7": (),
    "opensearch-2": (),
}
ROLES = """
reader:
  indices:
    - names: ["orders*", "many"]
      privileges: ["read", "view_index_metadata"]
"""


class SearchNode:
    """Where there is security, `boss` may do all and `reader` read some indices; elsewhere, whoever
    asks may do all.
    """

    def __init__(self, name):
        self.name, self.about = name, versions.SEARCH[name]
        self.port, self.transport = ports.any_free(), ports.any_free()
        self.url = f"http://127.0.0.1:{self.port}"
        self.signed = (BOSS, PASSWORD) if self.about.has_security else None

    def is_ready(self):
        """Whether it takes questions."""
        path = "/_cluster/health?wait_for_status=yellow&timeout=1s"
        return answers(f"{self.url}{path}", auth=self.signed)

    def client(self):
        """For somebody who may do all."""
        return httpx.Client(base_url=self.url, timeout=120, auth=self.signed)


@contextlib.contextmanager
def search_node(name):
    """One node with an empty index folder."""
    node = SearchNode(name)
    java, place = java_home(node.about.java), home(node.about.artifact)
    with folder_of(name, java) as (folder, who):
        _write_node(node, folder)
        prefix = "ES" if node.about.kind == "elasticsearch" else "OPENSEARCH"
        environment = {f"{prefix}_JAVA_HOME": str(java), f"{prefix}_PATH_CONF": f"{folder}/conf"}
        environment[f"{prefix}_TMPDIR"] = str(folder / "tmp")
        command = ["bash", str(place / "bin" / node.about.kind)]
        with running(command, folder, who, node.is_ready, environment):
            yield node


def _write_node(node, folder):
    conf = folder / "conf"
    for path in (conf, folder / "tmp", folder / "data", folder / "logs"):
        path.mkdir()
    shutil.copy(home(node.about.artifact) / "config" / "log4j2.properties", conf)
    options = ["-Xms512m", "-Xmx512m", f"-Djava.io.tmpdir={folder}/tmp", *SMALL]
    (conf / "jvm.options").write_text("\n".join([*options, *LAUNCH[node.name], ""]))
    settings = {
        "cluster.name": "sightline",
        "node.name": "one",
        "network.host": "127.0.0.1",
        "http.port": node.port,
        "transport.port": node.transport,
        "discovery.type": "single-node",
        "path.data": folder / "data",
        "path.logs": folder / "logs",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    if node.about.has_security:
        settings |= {
            "xpack.security.enabled": "true",
            "xpack.security.http.ssl.enabled": "false",
            "xpack.security.transport.ssl.enabled": "false",
            "xpack.security.authc.password_hashing.algorithm": "pbkdf2_1000",
        }
        if node.name != "elasticsearch-7":
            settings["xpack.security.autoconfiguration.enabled"] = "false"
        salt = os.urandom(32)
        digest = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), salt, 1000, 32)
        sealed = "$".join(base64.b64encode(each).decode() for each in (salt, digest))
        users = [f"{name}:{{PBKDF2}}1000${sealed}\n" for name in (BOSS, READER)]
        (conf / "users").write_text("".join(users))
        (conf / "users_roles").write_text(f"superuser:{BOSS}\nreader:{READER}\n")
        (conf / "roles.yml").write_text(ROLES)
    kind = node.about.kind
    text = "".join(f"{name}: {value}\n" for name, value in settings.items())
    (conf / f"{kind}.yml").write_text(text)
