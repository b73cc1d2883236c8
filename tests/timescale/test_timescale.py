"""TimescaleDB, in its WASM build: streams that live in it, and somebody else's as a source."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from apps.datasources import services, tables
from apps.datasources.connectors import postgresql
from apps.datasources.models import Source
from apps.datasources.sources import connection_of
from tests.dashboards.boards import add_card, make_board
from tests.timescale.server import ROOT, timescale

pytestmark = [pytest.mark.timescale, pytest.mark.slow]


@pytest.fixture(scope="module")
def database_url():
    with timescale() as url:
        yield url


def test_streams_keep_their_promises_on_timescaledb(database_url):
    environment = {
        **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
        "DATABASE_URL": database_url,
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "tests.timescale.settings",
    }
    files = ["tests/timescale/hypertables.py", "tests/streams/test_services.py"]
    command = [sys.executable, "-m", "pytest", "--reuse-db", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *files], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " skipped" not in done.stdout


# -- somebody else's TimescaleDB, by the connector of PostgreSQL

READINGS = """
DROP SCHEMA IF EXISTS plant CASCADE;
CREATE SCHEMA plant;
CREATE TABLE plant.readings (at timestamptz NOT NULL, machine text, power float8);
SELECT create_hypertable('plant.readings', 'at', chunk_time_interval => interval '1 day');
INSERT INTO plant.readings
  SELECT timestamptz '2024-03-29 00:00:00Z' + n * interval '10 minutes', 'm' || n % 3, n % 7
  FROM generate_series(0, 719) n;
CREATE MATERIALIZED VIEW plant.daily
  WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
  SELECT time_bucket('1 day', at) AS day, machine, sum(power) AS power, count(*) AS readings
  FROM plant.readings GROUP BY 1, 2 WITH NO DATA;
CALL refresh_continuous_aggregate('plant.daily', NULL, '2024-04-02Z');
ALTER TABLE plant.readings SET (timescaledb.compress, timescaledb.compress_segmentby = 'machine');
SELECT compress_chunk(each) FROM show_chunks('plant.readings', older_than => '2024-03-31Z') each
"""


@pytest.fixture
def plant(database_url, workspace, settings):
    """A source there: five days of readings, three of them compressed or in an aggregate."""
    with psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as base:
        for statement in READINGS.split(";"):  # an aggregate is not made inside a transaction
            base.execute(statement)
    settings.SOURCE_NETWORKS = ["127.0.0.0/8"]
    url = urlsplit(database_url)
    details = {"host": url.hostname, "port": url.port, "dbname": url.path[1:]}
    details |= {"user": url.username, "sslmode": "disable"}
    made = Source.objects.create(
        workspace=workspace, name="Plant", kind="postgresql", settings=details
    )
    made.set_password(url.password)
    made.save()
    return made


def test_hypertables_and_continuous_aggregates_are_relations(plant):
    postgresql.check(connection_of(plant))
    found = {each.name: each.kind for each in tables.relations(plant, afresh=True)}
    assert found["plant.readings"] == "table"
    assert found["plant.daily"] == "view"
    assert not [name for name in found if "timescaledb" in name]
    columns = postgresql.columns(connection_of(plant), "plant.daily")
    assert {each.name: each.type for each in columns} == {
        "day": "time",
        "machine": "text",
        "power": "number",
        "readings": "number",
    }


@pytest.mark.parametrize(
    ("relation", "time", "count"),
    [
        ("plant.readings", "at", {"aggregate": "count"}),
        ("plant.daily", "day", {"aggregate": "sum", "column": "readings"}),
    ],
)
def test_a_chart_by_day_is_asked_without_words_of_timescaledb(
    plant, client, editor, viewer, relation, time, count
):
    dataset = plant.datasets.create(
        workspace=plant.workspace, name="R", slug="r", kind="table", relation=relation,
        time_column=time,
    )  # fmt: skip
    found = postgresql.columns(connection_of(plant), relation)
    services.define_columns(dataset, {each.name: each.type for each in found}, {})
    services.define_measures(
        dataset,
        [
            {"name": "power", "label": "Power", "aggregate": "sum", "column": "power"},
            {"name": "n", "label": "Readings", **count},
        ],
    )
    query = {"measures": ["power", "n"], "grain": "day"}
    board = make_board(editor, dataset, cards=())
    card = add_card(board, dataset, "Power per day", "line", (0, 0, 8, 6), query)
    client.force_login(viewer)
    asked = f"/w/{card.widget_id}/data/?from=2024-03-29&to=2024-04-03"
    frame = client.get(asked, HTTP_ACCEPT="application/json").json()["frames"]["main"]
    days = [datetime(2024, 3, 29 + day, tzinfo=UTC) for day in range(3)]
    at, power, n = frame["data"]
    assert at[:3] == [day.timestamp() * 1000 for day in days]
    assert n == [144] * 5
    assert power == [float(sum(k % 7 for k in range(144 * d, 144 * d + 144))) for d in range(5)]
