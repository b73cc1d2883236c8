"""Forecasts are rows with method, record and input; the same past makes no second one."""

from apps.core.window import Window, to_ms
from apps.insights import queries, services, tasks
from apps.insights.claims import claims_from, filled
from apps.insights.models import Forecast
from apps.insights.reading import check


def test_a_forecast_starts_where_the_past_ends_and_is_made_once(metric, sales, analyst):
    first = services.make_forecast(metric)
    assert services.make_forecast(metric) == first
    assert Forecast.objects.count() == 1
    points = first.points
    assert points["t"][0] == to_ms(sales.data_to) + 86_400_000
    assert len(points["t"]) == len(points["mean"]) == 28
    assert all(
        lo <= m <= hi
        for lo, m, hi in zip(points["lo95"], points["mean"], points["hi95"], strict=False)
    )
    assert first.record["windows"] >= 2
    whole = Window(sales.data_from, sales.data_to)
    ask = {"forecast": True, "anomalies": False, "sentences": False}
    assert queries.overlays(metric.pk, whole, analyst, **ask)["forecast"]["method"] == first.method
    early = Window(sales.data_from, sales.data_from.replace(day=20))
    assert "forecast" not in queries.overlays(metric.pk, early, analyst, **ask)


def test_too_short_a_past_makes_none(metric):
    metric.filters = [{"column": "sold_at", "op": "ge", "values": ["2024-05-16T00:00:00Z"]}]
    metric.save()
    assert services.make_forecast(metric) is None
    assert services.detect_anomalies(metric) == []


def test_a_metric_that_is_gone_is_no_failure(db):
    tasks.make_forecast(4711)
    tasks.detect_anomalies(4711)
    tasks.tell(4711)


def test_one_worker_at_a_time(metric, monkeypatch):
    from apps.core import redis

    called = []
    monkeypatch.setattr(tasks.services, "tell", called.append)
    with redis.client().lock(f"sightline:insights:tell:{metric.pk}", timeout=10):
        tasks.tell(metric.pk)
    assert called == []
    tasks.tell_all()
    assert called == [metric]


def test_the_forecast_is_told_with_its_record(metric):
    services.make_forecast(metric)
    told = queries.told(services.tell(metric)).text
    assert "The forecast of Revenue for 20 May 2024 is" in told
    assert "in its tests the method missed by" in told
    assert_every_sentence_passes(metric)
    Forecast.objects.update(record=Forecast.objects.get().record | {"measure": "MASE"})
    told = queries.told(services.tell(metric)).text
    assert "of a typical change" in told
    assert_every_sentence_passes(metric)


def assert_every_sentence_passes(metric):
    insight = metric.insights.first()
    claims = claims_from(insight.claims)
    for line in insight.text.split("\n"):
        assert check(filled(line, claims)[0], claims) == []
