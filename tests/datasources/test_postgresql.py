"""A real PostgreSQL as somebody else's source."""

import pytest
from django.db import connection

from apps.datasources import addresses
from apps.datasources.connectors import postgresql
from apps.datasources.connectors.base import Limits
from apps.datasources.connectors.errors import SourceError
from apps.datasources.models import Source
from apps.datasources.sources import connection_of

LIMITS = Limits(timeout_s=5, rows=1000, bytes=1_000_000)


@pytest.fixture
def source(workspace, settings, monkeypatch):
    """The test server itself, allowed for once although it is our own."""
    own = connection.settings_dict
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    details = {"host": own["HOST"], "port": int(own["PORT"]), "dbname": own["NAME"]}
    details["user"] = own["USER"]
    found = Source.objects.create(
        workspace=workspace, name="W", kind="postgresql", settings=details
    )
    found.set_password(own["PASSWORD"])
    found.save()
    monkeypatch.setattr(addresses, "_addresses", lambda host: set())
    return connection_of(found)


def test_it_answers_one_read_only_statement(source):
    table = postgresql.run(source, "SELECT $1::int AS n", [7], LIMITS)
    assert table.to_pylist() == [{"n": 7}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; COMMIT; CREATE TABLE canary (a int)",
        "CREATE TABLE canary (a int)",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT set_config('a', ",
    ],
)
def test_sql_1_it_writes_nothing(source, sql):
    with pytest.raises(SourceError):
        postgresql.run(source, sql, [], LIMITS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('canary')")
        assert cursor.fetchone() == (None,)


def test_ssrf_2_the_address_is_checked_again_when_it_connects(source, settings):
    settings.SOURCE_NETWORKS = []
    with pytest.raises(SourceError, match="address"):
        postgresql.run(source, "SELECT 1", [], LIMITS)


def test_sql_5_our_own_database_is_refused_at_every_connection(source, monkeypatch):
    monkeypatch.undo()
    with pytest.raises(SourceError, match=r"own database|address"):
        postgresql.run(source, "SELECT 1", [], LIMITS)
