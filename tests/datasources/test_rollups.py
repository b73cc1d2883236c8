"""Roll-ups from first to last: counted, made, used, dropped, of no use any more."""

import time
from datetime import UTC, datetime, timedelta

import orjson
import pyarrow as pa
import pytest
from django.conf import settings
from django.urls import reverse

from apps.accounts import services as accounts
from apps.datasources import engine, extracts, services, tasks, uploads
from apps.datasources.models import Dataset
from apps.datasources.query import Query
from apps.datasources.rollups import asked, building, kept
from apps.datasources.rollups import services as rollups
from apps.datasources.rollups.shapes import Wanted

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = {"from": "2024-01-01T00:00:00Z", "to": "2024-01-08T00:00:00Z"}
MEASURES = [
    {"name": "revenue", "label": "Revenue", "aggregate": "sum", "column": "amount"},
    {"name": "events", "label": "Events", "aggregate": "count"},
    {
        "name": "large",
        "label": "Large",
        "aggregate": "count",
        "filters": [{"column": "amount", "op": "gt", "values": [5]}],
    },
    {"name": "kinds", "label": "Kinds", "aggregate": "count_distinct", "column": "region"},
]


def table(factor=1.0, minutes=7 * 24 * 60):
    """A row a minute for a week, in turn of three regions."""
    return pa.table(
        {
            "at": pa.array(
                [START + timedelta(minutes=n) for n in range(minutes)], pa.timestamp("s")
            ),
            "region": [("West", "East", None)[n % 3] for n in range(minutes)],
            "clerk": [f"Clerk {n % 700}" for n in range(minutes)],
            "amount": [factor * (n % 13) for n in range(minutes)],
        }
    )


@pytest.fixture
def sales(workspace, settings, upload_folders):
    settings.ROLLUP_MIN_ROWS = 1000
    return upload(workspace, table())


def upload(workspace, rows):
    return services.register_upload(
        workspace, name="Sales", slug="sales", table=rows, time_column="at", measures=MEASURES
    )


def by_day(dataset, **more):
    data = {"dataset": dataset.pk, "measures": ["revenue", "events"], "time": "at", "grain": "day"}
    return Query.from_json({**data, "window": WEEK, **more})


def asked_often(query, user, times=3):
    for _time in range(times):
        frame = engine.answer(query, user)
    return frame


def made(dataset):
    """What the worker does at the next minute."""
    tasks.make_due_rollups()
    return kept.kept(rollups.shape_of(dataset).relation).rollups


def test_what_is_asked_often_is_rolled_up_and_answered_alike(sales, viewer):
    query = by_day(sales, dimensions=["region"], timezone="Europe/Berlin")
    assert not asked_often(query, viewer, 2).is_rolled
    assert made(sales) == ()
    rows = asked_often(query, viewer, 1)
    (rollup,) = made(sales)
    assert rollup.holds == Wanted("at", 3600, ("region",))
    assert rollup.row_count == 7 * 24 * 3
    rolled = engine.answer(query, viewer)
    assert rolled.is_rolled
    assert rolled.table.equals(rows.table)
    told = engine.explain(query, viewer)
    assert told.rollup == rollup
    assert rollup.file in told.sql
    assert engine.explain(query, viewer, has_rollups=False).rollup is None


def test_the_answer_says_that_a_roll_up_gave_it(sales, viewer):
    query = by_day(sales)
    assert "rolled_up" not in orjson.loads(engine.answer_encoded(query, viewer).body)
    asked_often(query, viewer, 2)
    assert made(sales)
    other = by_day(sales, measures=["events"])
    assert orjson.loads(engine.answer_encoded(other, viewer).body)["rolled_up"] is True


def test_ends_within_a_step_are_answered_by_the_rows(sales, viewer):
    asked_often(by_day(sales), viewer)
    assert made(sales)
    ragged = by_day(
        sales, grain=None, window={"from": "2024-01-01T00:00:30Z", "to": "2024-01-05T10:07:00Z"}
    )
    frame = engine.answer(ragged, viewer)
    assert frame.is_rolled
    assert frame.column("events") == [4 * 24 * 60 + 10 * 60 + 7 - 1]


def test_counts_are_added_up_beyond_what_one_of_them_needs(workspace, viewer, settings):
    settings.ROLLUP_MIN_ROWS = 1000
    sales = upload(workspace, table().set_column(1, "region", pa.array(["A", "B", "C"] * 3360)))
    asked_often(by_day(sales, measures=["large"], dimensions=["region"], grain="hour"), viewer)
    assert made(sales)
    top = {"limit": 2, "by": "events"}
    asked = {"dataset": sales.pk, "measures": ["large"], "dimensions": ["region"], "top": top}
    frame = engine.answer(Query.from_json(asked), viewer)
    assert frame.is_rolled
    assert frame.column("large") == [1809, 1808]


def test_wishes_are_put_together_while_that_stays_small(sales, viewer):
    for dimensions in ([], ["region"], ["clerk"]):
        asked_often(by_day(sales, dimensions=dimensions), viewer)
    asked_often(by_day(sales, grain=None, window=None, dimensions=["clerk"]), viewer)
    found = {rollup.holds for rollup in made(sales)}
    # clerks by day are more than a tenth of the rows
    assert found == {Wanted("at", 86_400, ("region",)), Wanted("", 0, ("clerk",))}
    assert asked.datasets() == []
    refused = kept.kept(sales.relation).refused
    assert refused == (Wanted("at", 86_400, ("clerk",)),)


def test_new_rows_are_asked_themselves_until_they_are_asked_often(sales, viewer, workspace):
    query = by_day(sales)
    asked_often(query, viewer)
    old = made(sales)
    again = upload(workspace, table(factor=2.0))
    before = engine.answer(query, viewer)
    assert not before.is_rolled
    assert before.column("revenue")[0] == 2 * sum(n % 13 for n in range(24 * 60))
    (new,) = made(again)  # it was known as often asked
    assert new.file != old[0].file
    assert engine.answer(query, viewer).table.equals(before.table)
    assert engine.answer(query, viewer).is_rolled


def test_a_label_changes_nothing_and_a_measure_only_itself(sales, viewer):
    query = by_day(sales)
    asked_often(query, viewer)
    assert made(sales)
    services.change_columns(sales, sales.columns.all())
    assert engine.answer(query, viewer).is_rolled
    revenue = sales.measures.get(name="revenue")
    revenue.filters = [{"column": "region", "op": "eq", "values": ["West"]}]
    services.save_measure(revenue)
    assert not engine.answer(query, viewer).is_rolled
    assert engine.answer(by_day(sales, measures=["events"]), viewer).is_rolled


def test_a_policy_on_a_column_of_it_leaves_the_right_rows(sales, viewer, admin_user):
    query = by_day(sales, grain=None, dimensions=["region"])
    asked_often(query, admin_user)
    assert made(sales)
    own = [{"column": "region", "op": "in", "values": ["$region"]}]
    services.set_policy(sales, "own region", "viewer", own)
    viewer.attributes = {"region": "East"}
    viewer.save()
    accounts.touch_access([viewer.pk])
    viewer.refresh_from_db()
    frame = engine.answer(query, viewer)
    assert frame.is_rolled
    assert frame.column("region") == ["East"]
    assert frame.column("events") == [7 * 24 * 60 / 3]


def test_a_policy_on_another_column_sends_the_question_to_the_rows(sales, viewer, admin_user):
    query = by_day(sales, grain=None)
    asked_often(query, admin_user)
    assert made(sales)
    own = [{"column": "clerk", "op": "eq", "values": ["Clerk 3"]}]
    services.set_policy(sales, "own", "viewer", own, hidden_columns=["clerk"])
    viewer.refresh_from_db()
    frame = engine.answer(query, viewer)
    assert not frame.is_rolled
    assert frame.column("events") == [15]
    assert engine.answer(query, admin_user).is_rolled


def test_what_cannot_be_put_together_is_neither_counted_nor_made(sales, viewer):
    asked_often(by_day(sales, measures=["kinds"]), viewer, 4)
    assert made(sales) == ()


def test_small_files_are_left_alone(sales, viewer, settings):
    settings.ROLLUP_MIN_ROWS = 1_000_000
    asked_often(by_day(sales), viewer, 4)
    assert made(sales) == ()


@pytest.mark.parametrize("harm", ["gone", "broken"])
def test_a_roll_up_that_fails_hurts_nobody(sales, viewer, harm):
    query = by_day(sales)
    rows = asked_often(query, viewer)
    (rollup,) = made(sales)
    path = settings.UPLOADS / rollup.file
    path.unlink() if harm == "gone" else path.write_bytes(b"PAR1 nonsense")
    frame = engine.answer(query, viewer)
    assert not frame.is_rolled
    assert frame.table.equals(rows.table)


def test_one_that_cannot_be_made_is_tried_again_but_not_at_once(sales, viewer, monkeypatch):
    asked_often(by_day(sales), viewer)
    with monkeypatch.context() as short:
        short.setattr(building, "MEMORY", "1KB")
        assert made(sales) == ()
    assert asked.datasets() == []
    assert not list(settings.UPLOADS.glob("*.part"))
    asked_often(by_day(sales), viewer, rollups.LEFT_FAILED - 1)
    assert made(sales) == ()
    asked_often(by_day(sales), viewer, 1)
    assert made(sales)


def test_one_that_is_switched_off_while_it_is_made_is_not_kept(sales, viewer, monkeypatch):
    def build_and_switch(*args):
        found = build(*args)
        rollups.switch(Dataset.objects.get(pk=sales.pk), has_rollups=False)
        return found

    build = building.build
    monkeypatch.setattr(building, "build", build_and_switch)
    asked_often(by_day(sales), viewer)
    assert made(sales) == ()
    stem = sales.relation.removesuffix(".parquet")
    assert not list(settings.UPLOADS.glob(f"{stem}.rollup-*"))


def test_what_was_too_large_is_not_counted_again_until_it_is_wanted(sales, viewer, analyst):
    query = by_day(sales, dimensions=["clerk"])
    asked_often(query, viewer)
    assert made(sales) == ()
    assert kept.kept(sales.relation).refused
    asked.forget(sales.pk)
    asked_often(query, viewer)
    assert asked.often(sales.pk) == []


def test_counting_begins_anew_when_there_is_too_much_to_count(sales, viewer, monkeypatch):
    monkeypatch.setattr(asked, "MOST", 1)
    asked_often(by_day(sales, dimensions=["clerk"]), viewer)
    asked_often(by_day(sales), viewer)
    assert made(sales)


def test_a_list_that_cannot_be_read_is_none(sales, viewer):
    asked_often(by_day(sales), viewer)
    assert made(sales)
    (settings.UPLOADS / sales.relation).with_suffix(".rollups.json").write_bytes(b'{"rollups": 3}')
    assert not engine.answer(by_day(sales), viewer).is_rolled


def test_roll_ups_go_away_with_their_rows(sales, viewer, django_capture_on_commit_callbacks):
    asked_often(by_day(sales), viewer)
    assert made(sales)
    stem = sales.relation.removesuffix(".parquet")
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_dataset(sales)
    uploads.sweep(time.time() + 2 * 86_400)
    assert not list(settings.UPLOADS.glob(f"{stem}*"))


# -- copies


def test_a_copy_of_a_source_is_rolled_up_and_the_source_is_not(sales, viewer, workspace):
    source = services.source_of_kind(workspace, "postgresql")
    theirs = Dataset.objects.create(
        workspace=workspace, source=source, name="T", slug="t", kind="table", relation="public.t"
    )
    services.define_columns(theirs, {"at": "time", "region": "text", "amount": "number"}, {})
    services.define_measures(theirs, MEASURES[:2])
    assert not kept.has_file(rollups.shape_of(theirs))
    extract = extracts.schedule_extract(theirs, 60)
    extract.file = sales.relation
    extract.save()
    services.touch_dataset(theirs)
    asked_often(by_day(theirs), viewer)
    assert made(theirs)
    assert engine.answer(by_day(theirs), viewer).is_rolled


# -- the page


def test_an_analyst_sees_drops_and_switches_them_off(client, sales, viewer, analyst):
    asked_often(by_day(sales, dimensions=["region"]), viewer)
    (rollup,) = made(sales)
    client.force_login(analyst)
    page = reverse("datasources:detail", args=[sales.slug])
    text = client.get(page).content.decode()
    assert "By day, Region" in " ".join(text.split())
    client.post(reverse("datasources:drop_rollup", args=[sales.pk]), {"file": rollup.file})
    assert made(sales) == ()
    assert not (settings.UPLOADS / rollup.file).exists()
    asked_often(by_day(sales), viewer)
    assert made(sales)
    client.post(reverse("datasources:switch_rollups", args=[sales.pk]), {"on": ""})
    assert not engine.answer(by_day(sales), viewer).is_rolled
    asked_often(by_day(sales), viewer)
    assert made(sales) == ()
    client.post(reverse("datasources:switch_rollups", args=[sales.pk]), {"on": "1"})
    asked_often(by_day(sales), viewer)
    assert made(sales)


def test_see_sql_tells_what_answered(client, sales, viewer):
    client.force_login(viewer)
    view = {"from": "2024-01-01T00:00:00Z", "to": "2024-01-08T00:00:00Z"}

    def seen(*measures):
        query = {"measures": measures, "time": "at", "grain": "day"}
        told = {"dataset": sales.pk, "kind": "line", "query": query, "view": view}
        address = reverse("dashboards:explore_sql")
        return client.post(address, told, content_type="application/json").content.decode()

    assert "the rows themselves" in seen("revenue")
    asked_often(by_day(sales), viewer)
    assert made(sales)
    assert "the rows themselves" in seen("revenue")  # it is kept, and this was run for it
    rolled = seen("revenue", "events")
    assert "a roll-up by day" in rolled
    assert ".rollup-" in rolled
    assert str(settings.UPLOADS) not in rolled


def test_they_are_made_again_on_demand(
    client, sales, viewer, analyst, django_capture_on_commit_callbacks
):
    asked_often(by_day(sales), viewer)
    (old,) = made(sales)
    client.force_login(analyst)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("datasources:make_rollups", args=[sales.pk]))
    (new,) = kept.kept(sales.relation).rollups
    assert (new.holds, new.row_count) == (old.holds, old.row_count)
    assert new.file != old.file
    assert not (settings.UPLOADS / old.file).exists()


def test_a_viewer_can_neither_see_nor_change_them(client, sales, viewer):
    asked_often(by_day(sales), viewer)
    (rollup,) = made(sales)
    client.force_login(viewer)
    page = client.get(reverse("datasources:detail", args=[sales.slug])).content.decode()
    assert "Roll-ups" not in page
    for name in ("drop_rollup", "switch_rollups", "make_rollups"):
        address = reverse(f"datasources:{name}", args=[sales.pk])
        assert client.post(address, {"file": rollup.file}).status_code == 404
    assert (settings.UPLOADS / rollup.file).exists()
