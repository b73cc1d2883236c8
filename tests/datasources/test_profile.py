"""What a profile counts: all rows, as who looks; planted answers, odd values, nothing at all."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from django.urls import reverse

from apps.core import redis
from apps.datasources import pictures, profile, services
from apps.datasources.models import Column

NAN = float("nan")


def dataset_of(workspace, **columns):
    return services.register_upload(workspace, name="T", slug="t", table=pa.table(columns))


def test_it_counts_missing_different_and_the_span(orders, viewer):
    found = profile.column(viewer, orders.pk, "amount")
    assert (found.rows, found.filled, found.distinct, found.odd) == (240, 240, 8, 0)
    assert (found.low, found.high) == (5.0, 16.0)
    assert found.mean == pytest.approx(sum([10 + d % 7 for d in range(120)] + [5] * 120) / 240)


@pytest.mark.parametrize(
    "values",
    [
        list(range(1000)),
        [0.1 * n for n in range(999)],
        [1e300, -1e300, 0.0],
        [-5, -5, -5],
        [0.1, 0.2, 0.30000000000000004],
        [*range(50), None, None],
        [-0.0, 0.0, 1.0],
    ],
)
def test_every_value_is_in_one_bin(workspace, viewer, values):
    dataset = dataset_of(workspace, v=pa.array(values))
    found = profile.column(viewer, dataset.pk, "v")
    there = [value for value in values if value is not None]
    assert sum(bar.count for bar in found.bars) == len(there)
    for bar in found.bars[:-1]:
        assert bar.count == sum(bar.start <= value < bar.end for value in there)
    assert found.filled == len(there)


def test_more_rows_than_an_answer_holds_are_all_counted(workspace, viewer, settings):
    settings.QUERY_MAX_ROWS = 100
    dataset = dataset_of(workspace, v=list(range(5000)), w=[str(n % 500) for n in range(5000)])
    assert sum(bar.count for bar in profile.column(viewer, dataset.pk, "v").bars) == 5000
    words = profile.column(viewer, dataset.pk, "w")
    assert words.distinct == 500
    assert words.others == 5000 - sum(bar.count for bar in words.bars)


def test_what_is_no_number_is_counted_apart(workspace, viewer):
    values = [1.0, 2.0, NAN, float("inf"), float("-inf"), None]
    dataset = dataset_of(workspace, v=pa.array(values, pa.float64(), from_pandas=False))
    found = profile.column(viewer, dataset.pk, "v")
    assert (found.rows, found.filled - found.odd) == (6, 2)  # apart, or as missing
    assert (found.low, found.high) == (1.0, 2.0)
    assert sum(bar.count for bar in found.bars) == 2


@pytest.mark.parametrize("type_", [pa.int64(), pa.string(), pa.bool_(), pa.timestamp("ms")])
@pytest.mark.parametrize("values", [[], [None, None]])
def test_nothing_is_told_as_nothing(client, workspace, viewer, type_, values):
    dataset = dataset_of(workspace, v=pa.array(values, type_))
    found = profile.column(viewer, dataset.pk, "v")
    assert (found.rows, found.filled, found.bars) == (len(values), 0, ())
    client.force_login(viewer)
    url = reverse("datasources:profile_column", args=["t", dataset.columns.get().pk])
    text = client.get(url, headers={"Accept": "text/html"}).text
    assert ("Every value is missing" if values else "There are no rows") in text


def test_times_are_counted_by_step_over_their_whole_span(orders, viewer):
    found = profile.column(viewer, orders.pk, "ordered_at")
    assert sum(bar.count for bar in found.bars) == 240
    assert profile.moment(found.low) == datetime(2024, 1, 1, tzinfo=UTC)
    assert profile.moment(found.high) == datetime(2024, 4, 29, tzinfo=UTC)
    assert 10 <= len(found.bars) <= 60


def test_yes_and_no_and_markup_are_words(client, workspace, viewer):
    evil = "<script>alert(1)</script>"
    dataset = dataset_of(workspace, b=[True, True, False], s=[evil, "", "x"])
    bars = [(bar.label, bar.count) for bar in profile.column(viewer, dataset.pk, "b").bars]
    assert bars == [("yes", 2), ("no", 1)]
    client.force_login(viewer)
    url = reverse("datasources:profile_column", args=["t", dataset.columns.get(name="s").pk])
    response = client.get(url, headers={"Accept": "text/html"})
    assert "<script>" not in response.text
    assert " style=" not in response.text


# -- who sees what


@pytest.fixture
def west_only(orders):
    rows = [{"column": "region", "op": "in", "values": ["West"]}]
    return services.set_policy(orders, "W", "viewer", rows, hidden_columns=["cost"])


def test_a_profile_is_of_the_rows_and_columns_one_sees(client, orders, west_only, viewer, analyst):
    viewer.refresh_from_db()
    assert profile.overview(viewer, orders.pk).rows == 120
    assert profile.overview(analyst, orders.pk).rows == 240
    assert profile.column(viewer, orders.pk, "amount").low == 10.0
    words = profile.column(viewer, orders.pk, "region")
    assert [bar.label for bar in words.bars] == ["West"]
    client.force_login(viewer)
    text = client.get("/data/orders/profile/", headers={"Accept": "text/html"}).text
    assert "Counted over the rows that you see" in text
    assert "Cost" not in text
    hidden = reverse("datasources:profile_column", args=["orders", _pk(orders, "cost")])
    assert client.get(hidden, headers={"Accept": "text/html"}).status_code == 404
    assert client.get(hidden + "?afresh=1", headers={"Accept": "text/html"}).status_code == 404


def test_a_policy_may_stand_on_a_column_that_it_hides(orders, viewer):
    rows = [{"column": "region", "op": "in", "values": ["West"]}]
    services.set_policy(orders, "W", "viewer", rows, hidden_columns=["region"])
    viewer.refresh_from_db()
    assert profile.overview(viewer, orders.pk).rows == 120


def test_a_stranger_finds_no_profile(client, orders, stranger):
    client.force_login(stranger)
    for url in ("/data/orders/profile/", f"/data/orders/profile/{_pk(orders, 'cost')}/"):
        assert client.get(url, headers={"Accept": "text/html"}).status_code == 404


def test_a_column_of_another_dataset_is_none_of_this(client, orders, workspace, viewer):
    other = dataset_of(workspace, v=[1])
    client.force_login(viewer)
    url = reverse("datasources:profile_column", args=["orders", other.columns.get().pk])
    assert client.get(url, headers={"Accept": "text/html"}).status_code == 404


def test_it_is_counted_once_and_again_when_asked(orders, viewer, monkeypatch):
    profile.column(viewer, orders.pk, "amount")
    asked = []
    real = profile.engine.ask
    monkeypatch.setattr(profile.engine, "ask", lambda *a: asked.append(a) or real(*a))
    profile.column(viewer, orders.pk, "amount")
    assert asked == []
    profile.column(viewer, orders.pk, "amount", afresh=True)
    assert asked
    asked.clear()
    services.touch_dataset(orders)
    profile.column(viewer, orders.pk, "amount")
    assert asked


def test_a_stream_is_profiled_too_and_kept_shortly(workspace, viewer):
    from apps.streams.services import create_stream, record_events

    columns = [{"name": "at", "type": "time"}, {"name": "n", "type": "number"}]
    stream = create_stream(
        workspace, name="S", slug="s", time_column="at", columns=columns, measures=[]
    )
    record_events(stream, [{"at": "2026-01-01T00:00:00Z", "n": n} for n in range(10)])
    found = profile.column(viewer, stream.dataset_id, "n")
    assert (found.rows, found.high) == (10, 9.0)
    keys = redis.client().keys("sightline:profile:*:n")
    assert 0 < redis.client().ttl(keys[0]) <= profile.KEEP_STREAM_S


def test_bars_stay_inside_their_picture(orders, viewer):
    for name in ("amount", "ordered_at"):
        found = profile.column(viewer, orders.pk, name)
        for rect in pictures.bars(found, Column.objects.get(dataset=orders, name=name).type).rects:
            assert 0 <= float(rect.x) < pictures.WIDTH
            assert float(rect.x) + float(rect.width) <= pictures.WIDTH + 0.01
            assert (
                0 <= float(rect.y) <= float(rect.y) + float(rect.height) <= pictures.HEIGHT + 0.01
            )


def _pk(dataset, name):
    return dataset.columns.get(name=name).pk
