"""What must hold where TimescaleDB is present. Run by test_timescale.py, in a run of its own."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.datasources import engine
from apps.datasources.query import Query
from apps.streams import services, tables
from tests.streams.conftest import make_stream

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def departures(workspace):
    return make_stream(workspace)


def rows_of(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def row(days=0, **fields):
    return {"at": (NOON + timedelta(days=days)).isoformat(), "delay": 1, **fields}


def test_the_extension_is_there(db):
    assert connection.has_timescale()


def test_a_stream_is_a_hypertable_by_its_time(departures):
    found = rows_of(
        "SELECT hypertable_name, primary_dimension FROM timescaledb_information.hypertables"
        " WHERE hypertable_schema = 'streams'"
    )
    assert (services.table_of(departures).name, "at") in found


def test_it_keeps_the_key_that_tells_events_apart(departures):
    assert services.record_events(departures, [row(event_id="a")]).accepted == 1
    again = services.record_events(departures, [row(event_id="a"), row(event_id="b")])
    assert (again.accepted, again.duplicates) == (1, 1)


def test_every_day_has_a_chunk_and_a_late_row_finds_its_own(departures):
    services.record_events(departures, [row(), row(1), row(2)])
    services.record_events(departures, [row(1)])
    name = services.table_of(departures).name
    chunks = rows_of(
        "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = %s", name
    )
    assert chunks == [(3,)]


def test_it_is_asked_like_any_dataset(departures, viewer):
    services.record_events(departures, [row(), row(1), row(1)])
    question = Query.from_json(
        {
            "dataset": departures.dataset_id,
            "measures": ["flights"],
            "time": "at",
            "grain": "day",
            "window": {"from": "2026-03-01T00:00:00Z", "to": "2026-03-04T00:00:00Z"},
        }
    )
    assert engine.answer(question, viewer).column("flights") == [1, 2]


def test_it_grows_a_column_and_loses_old_rows(departures):
    services.record_events(departures, [row(-3), row()])
    services.add_column(departures, {"name": "gate", "type": "text", "label": "Gate"})
    departures.refresh_from_db()
    services.record_events(departures, [row(1, gate="B7")])
    departures.retention_days = 2
    departures.save()
    assert services.drop_old_rows(now=NOON) == 1


def test_dropping_the_stream_drops_the_hypertable(departures):
    table = services.table_of(departures)
    services.drop_stream(departures)
    assert not tables.exists(table)
