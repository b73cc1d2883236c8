"""The servers of this tier, each started once, and a source on each."""

from pathlib import Path

import pytest

from apps.datasources.connectors import opensearch
from apps.datasources.connectors.base import Connection
from tests.datasources.connectors.conftest import limits, loopback, persons  # noqa: F401
from tests.datasources.test_opensearch import ROWS, fill
from tests.engines import servers, versions
from tests.engines.engines import Search, Trino

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """All of this folder is the tier."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.engines)


@pytest.fixture(scope="session")
def trino_server():
    with servers.trino() as server:
        yield server


@pytest.fixture(scope="session")
def trino_tables(trino_server):
    """A cursor of someone who may write, after the tables were made."""
    engine = Trino(trino_server.port)
    engine.prepare()
    return engine


@pytest.fixture
def trino_source(trino_server, trino_tables, loopback):  # noqa: F811
    """A function that gives the connection of a source there; in turn without and with TLS."""

    def make(secret="", **changes):
        details = {"host": "127.0.0.1", "port": trino_server.port, "catalog": "shop"}
        details |= {"schema": "sales", "user": servers.READER, "auth": "none", "tls": False}
        if changes.get("tls"):
            details |= {"host": "localhost", "port": trino_server.tls_port}
        return Connection("trino", details | changes, secret, source_id=3)

    return make


@pytest.fixture(scope="session", params=list(versions.SEARCH))
def node(request):
    """Each search node in turn."""
    with servers.search_node(request.param) as found:
        fill(found.url, ROWS, auth=found.signed)
        fill(found.url, ROWS[:1], "secrets", found.signed)
        yield found


@pytest.fixture
def url(node, settings):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    opensearch._known.clear()
    return node.url


@pytest.fixture
def signed(node):
    return node.signed


@pytest.fixture
def index(node, url):
    """The small table of tests/datasources/engines.py as an index."""
    return Search(node)
