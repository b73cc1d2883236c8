"""Questions asked through the engine, on real DuckDB, PostgreSQL and Redis."""

from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import orjson
import pytest

from apps.accounts import services as accounts
from apps.core.errors import NotFound, UserError
from apps.datasources import engine, services
from apps.datasources.query import Query


def ask(dataset, **fields):
    return Query.from_json({"dataset": dataset.pk, **fields})


def test_a_sum_by_region(orders, viewer):
    frame = engine.answer(ask(orders, measures=["revenue"], dimensions=["region"]), viewer)
    assert frame.column("region") == ["West", "East"]
    assert frame.column("revenue") == [sum(10 + day % 7 for day in range(120)), 600.0]


def test_a_ratio_divides_two_sums(orders, viewer):
    frame = engine.answer(ask(orders, measures=["cost_share"], dimensions=["region"]), viewer)
    shares = dict(zip(frame.column("region"), frame.column("cost_share"), strict=True))
    assert shares["East"] == pytest.approx(480 / 600)


def test_days_in_berlin_begin_at_their_own_midnight(orders, viewer):
    query = ask(
        orders,
        measures=["orders"],
        time="ordered_at",
        grain="day",
        timezone="Europe/Berlin",
        window={"from": "2024-01-01T00:00:00Z", "to": "2024-01-03T00:00:00Z"},
    )
    frame = engine.answer(query, viewer)
    assert frame.column("ordered_at")[0] == 1704063600000  # 2023-12-31T23:00Z


def test_a_stranger_cannot_tell_that_the_dataset_exists(orders, stranger):
    with pytest.raises(NotFound):
        engine.answer(ask(orders, measures=["revenue"]), stranger)


def test_an_unknown_column_is_named_with_its_remedy(orders, viewer):
    with pytest.raises(UserError) as caught:
        engine.answer(ask(orders, measures=["revenue"], dimensions=["regio"]), viewer)
    assert caught.value.field == "dimensions"
    assert "region" in caught.value.message


def test_a_row_policy_narrows_rows_and_keeps_answers_apart(orders, viewer, admin_user):
    services.set_policy(
        orders,
        "own region",
        "viewer",
        [{"column": "region", "op": "in", "values": ["$region"]}],
    )
    query = ask(orders, measures=["revenue"], dimensions=["region"])
    viewer.refresh_from_db()
    assert engine.answer(query, viewer).column("region") == []
    viewer.attributes = {"region": "East"}
    viewer.save()
    accounts.touch_access([viewer.pk])
    viewer.refresh_from_db()
    everything = orjson.loads(engine.answer_encoded(query, admin_user).body)
    own = orjson.loads(engine.answer_encoded(query, viewer).body)
    assert everything["data"][0] == ["West", "East"]
    assert own["data"][0] == ["East"]


def test_the_second_asker_gets_the_kept_bytes(orders, viewer, admin_user):
    query = ask(orders, measures=["revenue"])
    first = engine.answer_encoded(query, viewer)
    second = engine.answer_encoded(query, admin_user)
    assert not first.hit
    assert second.hit
    assert first.body == second.body
    assert first.etag == second.etag


def test_a_changed_dataset_is_never_answered_from_before(orders, viewer):
    query = ask(orders, measures=["revenue"])
    engine.answer_encoded(query, viewer)
    services.touch_dataset(orders)
    assert not engine.answer_encoded(query, viewer).hit


def test_a_kept_answer_costs_no_sql_of_ours(orders, viewer, django_assert_num_queries):
    query = ask(orders, measures=["revenue"])
    engine.answer_encoded(query, viewer)
    with django_assert_num_queries(0):
        assert engine.answer_encoded(query, viewer).hit


@pytest.mark.django_db(transaction=True)
def test_a_hundred_equal_questions_reach_the_source_once(orders, viewer):
    query = ask(orders, measures=["revenue"], dimensions=["region"])
    runs = []
    real = engine._run

    def counted(*args):
        runs.append(1)
        return real(*args)

    with patch.object(engine, "_run", counted), ThreadPoolExecutor(20) as pool:
        bodies = set(pool.map(lambda _: engine.answer_encoded(query, viewer).body, range(100)))
    assert len(bodies) == 1
    assert len(runs) == 1


def test_the_extent_of_bins_is_asked_once_for_all_who_want_it(orders, viewer):
    runs = []
    real = engine._run

    def counted(*args):
        runs.append(args[0].sql)
        return real(*args)

    with patch.object(engine, "_run", counted):
        for bins in (3, 10):
            by = [{"column": "amount", "bins": bins}]
            body = orjson.loads(
                engine.answer_encoded(ask(orders, measures=["count()"], dimensions=by), viewer).body
            )
            assert sum(body["data"][1]) == 240
    assert len(runs) == 3
    assert body["columns"][0]["bin"] == 2  # 5 to 16, and no fractions
    assert body["data"][0] == [4, 10, 12, 14, 16]


def test_bins_are_wide_as_those_rows_are_that_one_sees(orders, viewer, admin_user):
    low = [{"column": "amount", "op": "lt", "values": [12]}]
    services.set_policy(orders, "low", "viewer", low)
    viewer.refresh_from_db()
    query = ask(orders, measures=["count()"], dimensions=[{"column": "amount", "bins": 6}])
    assert engine.answer(query, admin_user).columns[0].bin == 2
    assert engine.answer(query, viewer).columns[0].bin == 1
    assert "READ_PARQUET" in engine.explain(query, viewer).sql


def test_a_missing_day_is_a_gap(orders, viewer):
    query = ask(
        orders,
        measures=["revenue"],
        time="ordered_at",
        grain="day",
        filters=[
            {"column": "amount", "op": "ne", "values": [5]},
            {"column": "amount", "op": "ne", "values": [12]},
        ],
    )
    values = engine.answer(query, viewer).column("revenue")
    assert values[:4] == [10.0, 11.0, None, 13.0]


def test_uploads_cannot_be_left(orders, viewer, tmp_path):
    from apps.datasources.connectors import duckdb
    from apps.datasources.connectors.base import Connection, Limits
    from apps.datasources.connectors.errors import SourceError

    canary = tmp_path / "canary.csv"
    canary.write_text("secret\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{canary}')",
        f"SELECT * FROM read_text('{canary}')",
        f"SELECT * FROM glob('{tmp_path}/*')",
        f"ATTACH '{tmp_path}/x.db'",
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ):
        with pytest.raises(SourceError):
            duckdb.run(Connection("duckdb", {}), sql, [], Limits(5, 1000, 1_000_000))
    assert list(tmp_path.iterdir()) == [canary]
