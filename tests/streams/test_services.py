"""Streams come to be, and take rows: on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from guardian.shortcuts import assign_perm

from apps.core.errors import Conflict, UserError
from apps.datasources import engine
from apps.datasources.query import Query
from apps.datasources.signals import rows_recorded
from apps.streams import services, tables
from apps.streams.models import Batch, Stream
from tests.streams.conftest import COLUMNS, make_stream

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(second=0, **fields):
    at = (NOON + timedelta(seconds=second)).isoformat()
    return {"at": at, "carrier": "UA", "delay": 4.5, "is_late": False, **fields}


def stored(stream):
    columns = "at, carrier, delay, is_late"
    with connection.cursor() as cursor:
        table = services.table_of(stream).name
        cursor.execute(f'SELECT {columns} FROM streams."{table}" ORDER BY at, carrier')
        return cursor.fetchall()


@pytest.fixture
def heard():
    """What was announced about rows."""
    found = []

    def receive(sender, signal, **facts):
        found.append(facts)

    rows_recorded.connect(receive)
    yield found
    rows_recorded.disconnect(receive)


def test_rows_are_stored_in_the_types_of_their_columns(departures):
    recorded = services.record_events(departures, [row(), row(1, delay=None, is_late=True)])
    assert recorded == services.Recorded(accepted=2, duplicates=0)
    assert stored(departures) == [
        (NOON, "UA", 4.5, False),
        (NOON + timedelta(seconds=1), "UA", None, True),
    ]


def test_a_stream_is_a_dataset_that_can_be_asked_at_once(departures, viewer):
    services.record_events(departures, [row(delay=2), row(1, delay=4)])
    question = {"dataset": departures.dataset_id, "measures": ["flights", "delay"]}
    frame = engine.answer(Query.from_json(question), viewer)
    assert (frame.column("flights"), frame.column("delay")) == ([2], [3.0])


def test_what_is_wrong_with_a_row_is_named_and_sinks_no_other(departures):
    rows = [row(), row(1, delay="late"), {"carrier": "UA"}, row(2, gate="B"), row(3)]
    recorded = services.record_events(departures, rows)
    assert (recorded.accepted, recorded.rejected) == (2, 3)
    assert [(e.row, e.column) for e in recorded.errors] == [(1, "delay"), (2, "at"), (3, "gate")]
    assert all(error.message for error in recorded.errors)
    assert len(stored(departures)) == 2


def test_a_resent_event_changes_nothing(departures):
    rows = [row(event_id="a"), row(event_id="b")]
    assert services.record_events(departures, rows).accepted == 2
    again = services.record_events(departures, [*rows, row(event_id="c")])
    assert (again.accepted, again.duplicates) == (1, 2)
    assert len(stored(departures)) == 3


def test_equal_rows_without_an_event_id_are_different_events(departures):
    assert services.record_events(departures, [row(), row()]).accepted == 2


def test_what_was_recorded_is_announced_with_its_span(
    departures, heard, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        services.record_events(departures, [row(9), row(3), row(5, delay="x")])
    (facts,) = heard
    assert (facts["dataset_id"], facts["rows"]) == (departures.dataset_id, 2)
    assert facts["window"].start == NOON + timedelta(seconds=3)
    assert facts["window"].end > NOON + timedelta(seconds=9)


def test_nothing_is_announced_when_nothing_is_new(
    departures, heard, django_capture_on_commit_callbacks
):
    services.record_events(departures, [row(event_id="a")])
    with django_capture_on_commit_callbacks(execute=True):
        services.record_events(departures, [row(event_id="a")])
        services.record_events(departures, [])
    assert heard == []


def test_the_same_key_gets_the_same_answer(departures):
    first = services.record_events(departures, [row(), row(delay="x")], "batch 1")
    assert services.record_events(departures, [row(), row(delay="x")], "batch 1") == first
    assert len(stored(departures)) == 1


def test_another_body_under_the_same_key_is_refused(departures):
    services.record_events(departures, [row()], "batch 1")
    with pytest.raises(Conflict):
        services.record_events(departures, [row(1)], "batch 1")
    assert len(stored(departures)) == 1


def test_a_key_belongs_to_one_stream(workspace, departures):
    other = make_stream(workspace, "arrivals")
    services.record_events(departures, [row()], "batch 1")
    services.record_events(other, [row(1)], "batch 1")
    assert len(stored(other)) == 1


@pytest.mark.django_db(transaction=True)
def test_up_7_one_key_sent_100_times_in_parallel_stores_its_rows_once(departures):
    def send(_number):
        try:
            return services.record_events(departures, [row(), row(1)], "batch 1")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(100)))
    assert answers == [services.Recorded(2, 0)] * 100
    assert len(stored(departures)) == 2


def test_a_column_is_added_and_old_rows_miss_it(departures):
    services.record_events(departures, [row()])
    services.add_column(departures, {"name": "gate", "type": "text", "label": "Gate"})
    departures.refresh_from_db()
    services.record_events(departures, [row(1, gate="B7")])
    assert services.table_of(departures).columns[-1] == ("gate", "text")
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT gate FROM streams."{services.table_of(departures).name}" ORDER BY at'
        )
        assert cursor.fetchall() == [(None,), ("B7",)]


def test_dropping_a_stream_takes_its_table_along(departures):
    table = services.table_of(departures)
    assert tables.exists(table)
    services.drop_stream(departures)
    assert not tables.exists(table)
    assert not Stream.objects.exists()


def test_retention_removes_what_is_older_and_nothing_else(departures):
    departures.retention_days = 1
    departures.save()
    services.record_events(departures, [row(-90_000), row()], "key")
    assert services.drop_old_rows(now=NOON) == 1
    assert [values[0] for values in stored(departures)] == [NOON]
    assert Batch.objects.exists()
    services.drop_old_rows(now=datetime.now(UTC) + timedelta(days=8))
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ([{"name": "at", "type": "text"}], "time_column"),
        ([{"name": "at", "type": "time"}, {"name": "at", "type": "text"}], "columns"),
        ([{"name": "at", "type": "time"}, {"name": "event_id", "type": "text"}], "columns"),
        ([{"name": "at", "type": "time"}, {"name": "x", "type": "blob"}], "columns"),
        ([{"name": "at", "type": "time"}, {"name": 'a"; --', "type": "text"}], "columns"),
        ([{"name": "at", "type": "time"}, {"name": "_event", "type": "text"}], "columns"),
        ([], "columns"),
    ],
)
def test_a_stream_that_cannot_be_is_refused_with_the_field(workspace, columns, field):
    with pytest.raises(UserError) as caught:
        services.create_stream(workspace, name="X", slug="x", columns=columns, time_column="at")
    assert caught.value.field == field
    assert not Stream.objects.exists()


def test_a_column_may_have_a_name_that_python_keeps_for_itself(workspace):
    columns = [{"name": name, "type": "text"} for name in ("class", "select", "pk", "a__b", "c0")]
    stream = services.create_stream(
        workspace,
        name="X",
        slug="x-y",
        columns=[{"name": "at", "type": "time"}, *columns],
        time_column="at",
    )
    event = {"at": NOON.isoformat(), "class": "1", "select": "2", "pk": "3", "a__b": "4"}
    assert services.record_events(stream, [event]).accepted == 1


def test_a_taken_short_name_is_refused(workspace, departures):
    with pytest.raises(Conflict):
        make_stream(workspace)


def test_a_bad_short_name_is_refused_with_its_field(workspace):
    with pytest.raises(UserError) as caught:
        services.create_stream(workspace, name="X", slug="a b", columns=COLUMNS, time_column="at")
    assert caught.value.field == "slug"


def test_editors_send_viewers_do_not_and_a_grant_to_send_is_no_right_to_read(
    departures, editor, viewer, stranger
):
    may_send = Stream.objects.writable_by
    assert list(may_send(editor)) == [departures]
    assert not may_send(viewer).exists()
    assert not may_send(stranger).exists()
    assign_perm("streams.send_events", stranger, departures)
    assert list(may_send(stranger)) == [departures]
    assert not Stream.objects.visible_to(stranger).exists()
