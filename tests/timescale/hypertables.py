"""What must hold where TimescaleDB is present. Run by test_timescale.py, in a run of its own."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.datasources import engine, tasks
from apps.datasources.query import Query
from apps.datasources.rollups import continuous
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


# -- continuous aggregates, which can be made and refreshed only outside of transactions

alone = pytest.mark.django_db(transaction=True)
MARCH = {"from": "2026-02-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}


@pytest.fixture
def rolled(departures, viewer, settings):
    """A stream of three days whose delays by day and carrier have a roll-up."""
    settings.ROLLUP_MIN_ROWS = 100
    few = [row(n / 144, carrier=("UA", "AA", None)[n % 3], delay=n % 7) for n in range(432)]
    services.record_events(departures, few)
    for _time in range(3):
        assert not engine.answer(by_day(departures), viewer).is_rolled
    tasks.make_due_rollups()
    yield departures
    services.drop_stream(departures)


def by_day(stream, **more):
    data = {"dataset": stream.dataset_id, "measures": ["flights", "delay"], "time": "at"}
    data |= {"dimensions": ["carrier"], "grain": "day", "window": MARCH}
    return Query.from_json({**data, **more})


def both(query, user, settings):
    """The answer with roll-ups, and that of the rows."""
    found = engine.answer(query, user)
    settings.ROLLUP_MIN_ROWS = 0
    rows = engine.answer(query, user)
    settings.ROLLUP_MIN_ROWS = 100
    assert not rows.is_rolled
    return found, rows


@alone
def test_a_continuous_aggregate_answers_as_the_rows_do(rolled, viewer, settings):
    (rollup,) = continuous.kept(rolled.dataset.relation)
    assert rollup.holds.bucket == 86_400
    found, rows = both(by_day(rolled), viewer, settings)
    assert found.is_rolled
    assert found.table.equals(rows.table)
    asked = engine.explain(by_day(rolled), viewer)
    assert rollup.file.split(".")[1] in asked.sql


@alone
def test_late_rows_and_new_ones_count_at_once(rolled, viewer, settings):
    for days in (-1, 1, 40):
        services.record_events(rolled, [row(days, carrier="UA", delay=600)])
        found, rows = both(by_day(rolled), viewer, settings)
        assert found.table.equals(rows.table)
    assert 600 in found.column("delay")
    tasks.refresh_rollups()
    found, rows = both(by_day(rolled), viewer, settings)
    assert found.is_rolled
    assert found.table.equals(rows.table)


@alone
def test_rows_that_were_dropped_are_gone_from_answers(rolled, viewer, settings):
    rolled.retention_days = 1
    rolled.save()
    services.drop_old_rows(now=NOON + timedelta(days=2))
    found, rows = both(by_day(rolled), viewer, settings)
    assert found.table.equals(rows.table)
    tasks.refresh_rollups()
    found, rows = both(by_day(rolled), viewer, settings)
    assert found.is_rolled
    assert found.table.equals(rows.table)


@alone
def test_a_stream_with_a_roll_up_grows_a_column_and_is_dropped(rolled, viewer, settings):
    services.add_column(rolled, {"name": "gate", "type": "text", "label": "Gate"})
    rolled.refresh_from_db()
    services.record_events(rolled, [row(1, gate="B7", carrier="AA")])
    found, rows = both(by_day(rolled), viewer, settings)
    assert found.table.equals(rows.table)
