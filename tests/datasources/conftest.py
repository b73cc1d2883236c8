"""Fixtures of tests of data: folders for uploads, and one table in every system."""

import pytest

from tests.datasources import engines, sql_sources


@pytest.fixture
def upload_folders(settings, tmp_path):
    """Uploads and drafts of one test alone; DuckDB may read only the first."""
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    settings.UPLOAD_DRAFTS = tmp_path / "drafts"
    settings.UPLOAD_DRAFTS.mkdir()


@pytest.fixture(scope="session")
def clickhouse():
    return engines.ClickHouse()


@pytest.fixture(scope="session")
def mariadb_base():
    with engines.mariadb() as base:
        yield engines.MariaDB(base)


@pytest.fixture(params=["duckdb", "store", "sqlite", "clickhouse", "mysql"])
def engine(request, db):
    """Each in turn."""
    if request.param == "clickhouse":
        return request.getfixturevalue("clickhouse")
    if request.param == "mysql":
        return request.getfixturevalue("mariadb_base")
    made = {"duckdb": engines.DuckDB, "store": engines.PostgreSQL, "sqlite": engines.SQLite}
    return made[request.param]()


# -- the SQL lab


@pytest.fixture
def warehouse(workspace, settings, monkeypatch):
    sql_sources.tables()
    return sql_sources.postgresql(workspace, settings, monkeypatch)


@pytest.fixture
def files(orders):
    return orders.source


@pytest.fixture
def lab(client, analyst):
    client.force_login(analyst)
    return client
