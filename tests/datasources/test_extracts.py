"""Copies of rows from a real PostgreSQL, a web server and a search index."""

from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from django.db import connection

from apps.core import redis
from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources import engine, extracts, services, sources, tasks, uploads
from apps.datasources.connectors import postgresql
from apps.datasources.models import Dataset, Extract, Source
from apps.datasources.query import Filter, Query

from .webserver import serving

START = datetime(2024, 3, 1, tzinfo=UTC)
TYPES = {"id": "number", "at": "time", "name": "text", "paid": "boolean", "amount": "number"}
MEASURES = [
    {"name": "rows", "label": "Rows", "aggregate": "count"},
    {"name": "total", "label": "Total", "aggregate": "sum", "column": "amount"},
]


@pytest.fixture
def site(settings):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    with serving() as found:
        yield found


def record(number):
    at = (START + timedelta(hours=number)).isoformat()
    return {"id": number, "at": at, "name": f"n{number}", "paid": number % 2 == 0, "amount": 1.5}


@pytest.fixture
def web(workspace, site):
    """A dataset over a web address, with 30 rows."""
    site.rows = [record(number) for number in range(30)]
    site.pages["/orders"] = lambda request: {"items": site.rows}
    source = Source.objects.create(
        workspace=workspace,
        name="Web",
        kind="http",
        settings=sources.checked("http", {"url": site.url}),
    )
    return made(workspace, source, "/orders", options={"records": "$.items[*]"})


def made(workspace, source, relation, **more):
    dataset = Dataset.objects.create(
        workspace=workspace, source=source, name="Orders", slug="copied", kind="table",
        relation=relation, time_column="at", **more,
    )  # fmt: skip
    services.define_columns(dataset, TYPES, {})
    services.define_measures(dataset, MEASURES)
    return dataset


@pytest.fixture
def table(db):
    """1,000 rows, seven at each moment, some at none; the times have microseconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE orders_there (id bigint, at timestamptz, name text, paid boolean,"
            " amount numeric)"
        )
        add(cursor, 0, 1000)
    return "orders_there"


def add(cursor, first, count):
    cursor.execute(
        "INSERT INTO orders_there SELECT n, CASE WHEN n %% 50 > 0 THEN timestamptz"
        " '2024-03-01T00:00Z' + (n / 7) * interval '1.000321 minute' END, 'n' || n, n %% 2 = 0,"
        " n / 2.0 FROM generate_series(%s, %s) AS n",
        [first, first + count - 1],
    )


@pytest.fixture
def database(workspace, table, settings, monkeypatch):
    """A dataset over that table, asked within the test's own transaction."""
    from apps.datasources.connectors import store

    settings.QUERY_MAX_ROWS = 60
    monkeypatch.setattr(postgresql, "run", store.run)
    source = Source.objects.create(workspace=workspace, name="P", kind="postgresql", settings={})
    return made(workspace, source, table)


def copied(dataset, **more):
    extract = extracts.schedule_extract(dataset, 60, **more)
    return again(extract)


def again(extract):
    extracts.take(extract)
    extract.refresh_from_db()
    return extract


def ids(extract, settings):
    return sorted(pq.read_table(settings.UPLOADS / extract.file).column("id").to_pylist())


def test_a_web_address_is_copied_and_then_asked(web, viewer, settings):
    query = Query(dataset=web.pk, measures=("rows", "total"))
    with pytest.raises(UserError, match="still to be copied"):
        engine.answer(query, viewer)
    extract = copied(web)
    assert (extract.problem, extract.row_count) == ("", 30)
    assert extract.finished_at >= extract.started_at
    web.refresh_from_db()
    assert (web.row_count, web.data_from) == (30, START)
    assert web.data_to == START + timedelta(hours=29)
    assert engine.answer(query, viewer).table.to_pylist() == [{"rows": 30, "total": 45.0}]
    window = Window(START, START + timedelta(hours=5))
    some = Query(dataset=web.pk, measures=("rows",), time="at", window=window)
    some = some.narrowed((Filter("paid", "eq", (True,)),))
    assert engine.answer(some, viewer).column("rows") == [3]


def test_the_file_is_like_that_of_an_upload(web, site, settings):
    site.rows = list(reversed(site.rows))
    file = pq.ParquetFile(settings.UPLOADS / copied(web).file)
    times = file.read().column("at")
    assert str(times.type) == "timestamp[ms]"
    assert times.to_pylist() == sorted(times.to_pylist())
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert str(file.schema_arrow.field("id").type) == "int64"
    assert not list(settings.UPLOADS.glob("*.part"))
    assert not list(settings.UPLOAD_DRAFTS.glob("extract-*"))


def test_a_failure_keeps_the_last_good_copy_and_says_why(web, site, viewer):
    first = copied(web)
    file = first.file
    answer = engine.answer(Query(dataset=web.pk, measures=("rows",)), viewer)
    site.pages["/orders"] = lambda request: (500, {}, b"")
    second = again(first)
    assert second.file == file
    assert "problem of its own" in second.problem
    assert engine.answer(answer.query, viewer).column("rows") == [30]
    site.pages["/orders"] = {"items": site.rows[:3]}
    third = again(second)
    assert (third.problem, third.row_count) == ("", 3)
    assert third.file != file
    assert engine.answer(answer.query, viewer).column("rows") == [3]


def test_the_old_file_is_swept_and_the_new_one_stays(
    web, settings, django_capture_on_commit_callbacks
):
    first = copied(web)
    old = first.file
    with django_capture_on_commit_callbacks(execute=True):
        new = again(first).file
    later = datetime.now(UTC).timestamp() + 3 * 86_400
    uploads.sweep(now=later)
    assert not (settings.UPLOADS / old).exists()
    assert (settings.UPLOADS / new).exists()
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_dataset(web)
    uploads.sweep(now=later)
    assert not (settings.UPLOADS / new).exists()


def test_only_new_rows_are_added_and_none_twice(web, site, settings):
    web.options["since"] = "after"
    web.save()
    extract = copied(web, incremental_by="at")
    site.rows = [record(number) for number in range(29, 33)]  # one again, three new
    extract = again(extract)
    assert ids(extract, settings) == list(range(33))
    assert site.asked[-1][1] == {"after": "2024-03-02T05:00:00.000Z"}
    web.refresh_from_db()
    assert web.row_count == 33
    extract = again(extract)
    assert ids(extract, settings) == list(range(33))
    assert extracts.take_now(web, whole=True) == extract.pk
    extract.refresh_from_db()
    assert again(extract).row_count == 4


def test_rows_of_another_place_are_not_added(web, site, settings):
    extract = copied(web, incremental_by="at")
    site.pages["/other"] = {"items": [record(100)]}
    web.relation = "/other"
    web.save()
    services.touch_dataset(web)
    assert ids(again(extract), settings) == [100]


def test_a_database_is_copied_page_by_page(database, settings):
    extract = copied(database)
    assert extract.problem == ""
    assert ids(extract, settings) == list(range(1000))
    read = pq.read_table(settings.UPLOADS / extract.file).to_pylist()
    by_id = {row["id"]: row for row in read}
    assert by_id[3] == {
        "id": 3,
        "at": datetime(2024, 3, 1),  # noqa: DTZ001 - files hold naive UTC
        "name": "n3",
        "paid": False,
        "amount": 1.5,
    }
    assert by_id[50]["at"] is None


def test_more_rows_of_one_moment_than_a_page_has(database, settings):
    settings.QUERY_MAX_ROWS = 3
    assert ids(copied(database), settings) == list(range(1000))


@pytest.mark.parametrize("by", ["at", "id"])
def test_a_database_is_copied_from_the_watermark_on(database, settings, by):
    extract = copied(database, incremental_by=by)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_there SET name = 'changed' WHERE id IN (1, 999)")
        add(cursor, 1000, 300)
    extract = again(extract)
    got = ids(extract, settings)
    if by == "id":
        assert got == list(range(1300))
    else:  # rows without a time are noticed by a whole copy only
        assert got == [n for n in range(1300) if n < 1000 or n % 50]
    read = pq.read_table(settings.UPLOADS / extract.file).to_pylist()
    names = {row["id"]: row["name"] for row in read}
    assert (names[1], names[999]) == ("n1", "changed")


def test_too_many_rows_are_refused(database, settings):
    settings.EXTRACT_MAX_ROWS = 500
    extract = copied(database)
    assert "more than 500 rows" in extract.problem
    assert extract.file == ""
    assert not list(settings.UPLOADS.glob("*.part"))


def test_columns_that_change_meanwhile_begin_anew(web):
    extract = extracts.schedule_extract(web, 60)
    start = extracts._Start(extract, web, extracts.source_definition(web), "")
    services.define_columns(web, {**TYPES, "more": "text"}, {})
    with pytest.raises(UserError, match="changed meanwhile"):
        extracts._register(start, extracts.Copy("x", 0, "", None, None))
    assert extracts.due() == [extract.pk]


def test_one_at_a_time(web, site):
    extract = extracts.schedule_extract(web, 60)
    with redis.client().lock(f"sightline:extract:{web.pk}", timeout=5):
        extracts.take(extract)
    assert site.asked == []
    again(extract)
    assert len(site.asked) == 1


def test_beat_starts_what_is_due(web, site, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    extract = extracts.schedule_extract(web, 60)
    assert extracts.due() == [extract.pk]
    tasks.take_extract(extract.pk)
    assert extracts.due() == []
    assert extracts.due(datetime.now(UTC) + timedelta(minutes=61)) == [extract.pk]
    extracts.take_now(web)
    assert extracts.due() == [extract.pk]
    tasks.take_extract(extract.pk + 1)


def test_an_extract_that_makes_no_sense_is_refused(web, orders):
    for dataset, more, field in (
        (orders, {"every_minutes": 60}, "dataset"),
        (web, {"every_minutes": 1}, "every_minutes"),
        (web, {"every_minutes": 60, "incremental_by": "name"}, "incremental_by"),
        (web, {"every_minutes": 60, "incremental_by": "gone"}, "incremental_by"),
    ):
        with pytest.raises(UserError) as caught:
            extracts.schedule_extract(dataset, **more)
        assert caught.value.field == field
    with pytest.raises(UserError, match="always copied"):
        extracts.end_extract(web)


def test_the_source_is_asked_again_when_the_extract_ends(database, viewer, settings, monkeypatch):
    copied(database)
    query = Query(dataset=database.pk, measures=("rows",))
    with connection.cursor() as cursor:
        add(cursor, 1000, 5)
    assert engine.answer(query, viewer).column("rows") == [1000]
    version = database.version
    extracts.end_extract(database)
    database.refresh_from_db()
    assert database.version > version
    assert not Extract.objects.exists()
    assert engine.answer(query, viewer).column("rows") == [1005]


def test_a_policy_holds_on_the_copy(web, viewer):
    copied(web)
    filters = [{"column": "name", "op": "in", "values": ["n1", "n2"]}]
    services.set_policy(web, "Some", "viewer", filters)
    viewer.refresh_from_db()
    query = Query(dataset=web.pk, measures=("rows",))
    assert engine.answer(query, viewer).column("rows") == [2]


def test_addresses_are_checked_for_copies_too(web, site, settings):
    settings.SOURCE_NETWORKS = []
    assert "address" in copied(web).problem
    assert site.asked == []
