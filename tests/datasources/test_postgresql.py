"""A real PostgreSQL as somebody else's source."""

import socket
from dataclasses import replace

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


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"dbname": "no_such"}, "dbname"),
        ({"port": 1}, "host"),
        ({"sslmode": "require"}, "sslmode"),
    ],
)
def test_why_no_connection_comes_about_is_told_at_its_setting(source, change, field):
    secret = change.pop("password", source.secret)
    wrong = replace(source, settings={**source.settings, **change}, secret=secret, source_id=0)
    with pytest.raises(SourceError) as refused:
        postgresql.check(wrong)
    assert refused.value.field == field


def test_a_port_that_hangs_is_told_as_one(source):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {**source.settings, "port": silent.getsockname()[1]}
        with pytest.raises(SourceError, match="says nothing in time"):
            postgresql.check(replace(source, settings=settings, source_id=0))


def test_a_time_without_a_zone_is_utc_whatever_the_role_says(source):
    with connection.cursor() as cursor:
        cursor.execute("ALTER ROLE CURRENT_USER SET timezone = 'Asia/Tokyo'")
    try:
        sql = "SELECT '2024-01-01'::timestamp::timestamptz AS at"
        table = postgresql.run(replace(source, source_id=0), sql, [], LIMITS)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER ROLE CURRENT_USER RESET timezone")
    assert table.to_pylist()[0]["at"].isoformat() == "2024-01-01T00:00:00+00:00"
