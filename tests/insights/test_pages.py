"""The pages of insights, through the door that people take."""

import pytest
from django.urls import reverse

from apps.insights import services
from apps.insights.models import Anomaly


@pytest.fixture
def told(metric):
    services.detect_anomalies(metric)
    return services.tell(metric)


def test_the_list_tells_and_links_each_figure(client, viewer, told):
    client.force_login(viewer)
    page = client.get(reverse("insights:list")).content.decode()
    assert "Revenue" in page
    assert page.count("insight__figure") >= 4


def test_a_figure_leads_to_its_query_and_the_same_answer(client, viewer, told, settings):
    client.force_login(viewer)
    answer = client.get(reverse("insights:claim", args=[told.pk, 1]))
    page = answer.content.decode()
    assert answer.context["now"] == answer.context["claim"].shown
    assert "&quot;measures&quot;" in page
    assert "SELECT" in page
    assert str(settings.UPLOADS) not in page
    assert client.get(reverse("insights:claim", args=[told.pk, 99])).status_code == 404


def test_the_metric_page_shows_the_record(client, viewer, metric, told):
    services.make_forecast(metric)
    client.force_login(viewer)
    page = client.get(reverse("insights:metric", args=[metric.pk])).content.decode()
    assert "back-tests" in page


def test_strangers_get_404_and_visitors_the_door(client, stranger, metric, told):
    anomaly = metric.anomalies.first()
    pages = [
        reverse("insights:metric", args=[metric.pk]),
        reverse("insights:claim", args=[told.pk, 0]),
    ]
    for url in pages:
        assert client.get(url).status_code == 302
    client.force_login(stranger)
    for url in pages:
        assert client.get(url).status_code == 404
    url = reverse("insights:feedback", args=[anomaly.pk])
    assert client.post(url, {"feedback": "noise"}).status_code == 404
    assert "Revenue" not in client.get(reverse("insights:list")).content.decode()


def test_feedback_is_for_editors_and_takes_the_point_off_the_chart(client, viewer, editor, metric):
    services.detect_anomalies(metric)
    anomaly = metric.anomalies.first()
    url = reverse("insights:feedback", args=[anomaly.pk])
    client.force_login(viewer)
    assert client.post(url, {"feedback": "noise"}).status_code == 404
    client.force_login(editor)
    assert client.post(url, {"feedback": "noise"}).status_code == 200
    anomaly.refresh_from_db()
    assert anomaly.feedback == Anomaly.Feedback.NOISE
    assert client.post(url, {"feedback": "rubbish"}).status_code == 400
    assert client.post(url, {"feedback": ""}).status_code == 200
