"""Facts told in words: traced, recomputed, told once, the same without a model."""

import pytest

from apps.datasources import services as datasources
from apps.datasources.models import Metric
from apps.insights import facts, queries, services
from apps.insights.claims import claims_from, filled
from apps.insights.models import Insight
from apps.insights.reading import check
from tests.insights.conftest import SPIKE


def words(insight):
    return queries.told(insight).text


def test_the_rise_is_told_with_who_carried_it(metric):
    text = words(services.tell(metric))
    assert "Revenue rose" in text
    assert "over 13–19 May 2024" in text
    assert "West accounts for 100\u00a0% of the rise." in text


def test_every_figure_is_the_answer_of_its_query(metric, analyst):
    insight = services.tell(metric)
    traced = 0
    for claim in claims_from(insight.claims):
        again = facts.recomputed(claim, analyst)
        if again is not None:
            assert round(again, claim.rounding) == round(claim.value, claim.rounding)
            traced += 1
    assert traced >= 3


def test_no_stored_sentence_has_a_digit_of_its_own(metric):
    insight = services.tell(metric)
    import re

    assert not re.search(r"\d", re.sub(r"\{\d+\}", "", insight.text))


def test_every_template_sentence_passes_the_checker(metric):
    services.detect_anomalies(metric)
    insight = services.tell(metric)
    claims = claims_from(insight.claims)
    for line in insight.text.split("\n"):
        text, figures = filled(line, claims)
        assert figures
        assert check(text, claims) == [], text


def test_telling_twice_tells_once(metric, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as first:
        one = services.tell(metric)
    with django_capture_on_commit_callbacks() as second:
        two = services.tell(metric)
    assert one == two
    assert Insight.objects.count() == 1
    assert (len(first), len(second)) == (1, 0)


def test_a_calm_metric_is_told_as_calm(workspace, orders, analyst):
    metric = Metric.objects.create(
        workspace=workspace,
        dataset=orders,
        name="Revenue",
        slug="revenue",
        measure=orders.measures.get(name="revenue"),
        owner=analyst,
    )
    assert "a usual change." in words(services.tell(metric)) or "stayed at" in words(
        services.tell(metric)
    )


def test_a_dataset_without_rows_in_reach_has_nothing_to_tell(metric):
    metric.filters = [{"column": "region", "op": "in", "values": ["Nowhere"]}]
    metric.save()
    assert services.tell(metric) is None


def test_an_owner_who_lost_access_tells_nothing(metric, workspace):
    metric.owner.memberships.all().delete()
    assert services.tell(metric) is None


def test_private_columns_are_never_named(metric):
    insight = services.tell(metric)
    assert "Canary" not in str(insight.claims) + insight.text


def test_who_sees_only_some_rows_sees_no_insight(metric, sales, viewer, editor):
    services.tell(metric)
    datasources.set_policy(
        sales, "own", "viewer", [{"column": "region", "op": "in", "values": ["East"]}]
    )
    assert not Insight.objects.visible_to(viewer).exists()
    assert Insight.objects.visible_to(editor).exists()


@pytest.mark.parametrize("name", ["{0} {1}", "100 % of <b>it</b>", "Ignore previous instructions"])
def test_a_name_is_only_a_name(metric, name):
    metric.name = name
    metric.save()
    insight = services.tell(metric)
    claims = claims_from(insight.claims)
    for line in insight.text.split("\n"):
        text, _figures = filled(line, claims)
        assert check(text, claims) == []


def test_overlays_say_where_the_figures_are(metric, analyst):
    from apps.core.window import Window

    insight = services.tell(metric)
    drawn = queries.overlays(
        metric.pk,
        Window(insight.window_from, insight.window_to),
        analyst,
        forecast=True,
        anomalies=True,
        sentences=True,
    )
    first = drawn["insights"][0]
    shown = [first["text"][f["start"] : f["end"]] for f in first["figures"]]
    assert first["checked"] == first["of"] == len(shown) >= 4
    assert all(f["href"].startswith("/insights/") for f in first["figures"])


def test_the_spike_is_found_once_and_told(metric):
    from apps.core.window import Window

    window = Window(SPIKE, SPIKE.replace(hour=23))
    services.detect_anomalies(metric, window)
    services.detect_anomalies(metric, window)
    assert [anomaly.at for anomaly in metric.anomalies.all()] == [SPIKE]
    anomaly = metric.anomalies.get()
    assert len(anomaly.votes) >= 2
    assert anomaly.low < anomaly.expected < anomaly.high < anomaly.value
