"""Alerts through the door that people take."""

import json

import pytest
from django.urls import reverse

from apps.alerts import services
from apps.alerts.models import Incident, Rule
from tests.alerts.conftest import record, slow_pages


def fields(dataset, measure, people=(), **more):
    return {
        "name": "Revenue is high",
        "what": f"{dataset.pk}:{measure}",
        "filters": json.dumps([{"column": "region", "op": "in", "values": ["West"]}]),
        "window_s": 86_400,
        "comparison": "above",
        "threshold": 12,
        "calm_windows": 2,
        "people": [person.pk for person in people],
    } | more


def from_chart(dataset, **more):
    asked = {"dataset": dataset.pk, "measure": "revenue", "name": "Revenue"} | more
    return reverse("alerts:new"), asked


def test_a_chart_fills_the_form_and_the_past_suggests_a_threshold(client, editor, orders):
    client.force_login(editor)
    page = client.get(*from_chart(orders))
    form = page.context["form"]
    assert form.initial["what"] == f"{orders.pk}:revenue"
    assert form.initial["threshold"] == "21"  # days sell 15 to 21; 95 % lie at or below it
    assert form.initial["people"] == [editor.pk]
    assert form.initial["window_s"] == 86_400


def test_the_preview_counts_how_often_it_would_have_fired(client, editor, orders):
    client.force_login(editor)
    url = reverse("alerts:preview")
    page = client.post(url, fields(orders, "revenue", threshold=15.5))
    # West sells 10 to 16, a week at a time: 16 comes on every seventh day, 17 times in 120
    assert len(page.context["fired"]) == 17
    assert "17 times" in page.content.decode()
    unfinished = client.post(url, fields(orders, "revenue", threshold="", name=""))
    assert unfinished.status_code == 200
    assert unfinished.context["suggested"] == 16
    assert client.post(url, {}).status_code == 200
    assert client.post(url, fields(orders, "revenue", filters="[{]")).status_code == 200


def test_a_rule_is_made_changed_paused_silenced_and_deleted(client, editor, viewer, orders):
    client.force_login(editor)
    assert (
        client.post(reverse("alerts:new"), fields(orders, "revenue", [viewer])).status_code == 302
    )
    rule = Rule.objects.get()
    assert rule.owner == editor
    assert rule.query["filters"][0]["values"] == ["West"]
    assert [t.user for t in rule.targets.all()] == [viewer]
    edit = reverse("alerts:edit", args=[rule.pk])
    assert "Revenue is high" in client.get(edit).content.decode()
    client.post(edit, fields(orders, "revenue", [editor], threshold=99))
    rule.refresh_from_db()
    assert (rule.threshold, [t.user for t in rule.targets.all()]) == (99, [editor])
    client.post(reverse("alerts:pause", args=[rule.pk]))
    rule.refresh_from_db()
    assert not rule.is_active
    client.post(reverse("alerts:silence", args=[rule.pk]), {"hours": "8"})
    assert rule.silences.count() == 1
    bad = client.post(reverse("alerts:silence", args=[rule.pk]), {"hours": "1e9"})
    assert bad.status_code == 400
    assert client.get(reverse("alerts:list")).status_code == 200
    client.post(reverse("alerts:delete", args=[rule.pk]))
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"filters": "[{"}, "filters"),
        ({"filters": '{"a": 1}'}, "filters"),
        ({"filters": '[{"column": "region", "op": "explode", "values": []}]'}, "filters"),
        ({"filters": '[{"column": "nowhere", "op": "in", "values": ["x"]}]'}, "__all__"),
        ({"what": "1:nothing"}, "what"),
        ({"window_s": "7"}, "window_s"),
        ({"threshold": "many"}, "threshold"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    client, editor, orders, wrong, field
):
    client.force_login(editor)
    page = client.post(reverse("alerts:new"), fields(orders, "revenue") | wrong)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert "Revenue is high" in page.content.decode()
    assert not Rule.objects.exists()


def test_only_people_of_the_workspace_can_be_told(client, editor, orders, stranger):
    client.force_login(editor)
    page = client.post(reverse("alerts:new"), fields(orders, "revenue", [stranger]))
    assert page.status_code == 422
    assert "people" in page.context["form"].errors


def test_a_viewer_looks_and_changes_nothing(client, editor, viewer, orders):
    query = {"dataset": orders.pk, "measures": ["revenue"], "time": "ordered_at"}
    rule = slow_pages(orders, editor, query=query, name="Seen")
    client.force_login(viewer)
    assert "Seen" in client.get(reverse("alerts:list")).content.decode()
    assert client.get(*from_chart(orders)).status_code == 404
    assert client.post(reverse("alerts:new"), fields(orders, "revenue")).status_code == 422
    for name in ("edit", "pause", "silence", "delete"):
        assert client.post(reverse(f"alerts:{name}", args=[rule.pk]), {}).status_code == 404
    rule.refresh_from_db()
    assert (rule.is_active, rule.name, Rule.objects.count()) == (True, "Seen", 1)


def test_a_stranger_learns_nothing(client, editor, stranger, visits):
    rule = slow_pages(visits, editor)
    record(visits, 5000)
    services.evaluate(rule)
    incident = Incident.objects.get()
    urls = [reverse("alerts:incident", args=[incident.pk]), reverse("alerts:edit", args=[rule.pk])]
    for url in urls:
        assert client.get(url).status_code == 302
    client.force_login(stranger)
    for url in urls:
        assert client.get(url).status_code == 404
    assert "Slow pages" not in client.get(reverse("alerts:list")).content.decode()


def test_an_open_incident_comes_first_and_shows_its_messages(client, editor, visits):
    rule = slow_pages(visits, editor)
    record(visits, 5000)
    services.evaluate(rule)
    client.force_login(editor)
    page = client.get(reverse("alerts:list")).content.decode()
    assert page.index("open for") < page.index("Last value")
    incident = Incident.objects.get()
    shown = client.get(reverse("alerts:incident", args=[incident.pk])).content.decode()
    assert "5,000" in shown
    assert "waiting" in shown


def test_who_saves_a_rule_is_whom_it_runs_as(client, editor, admin_user, orders):
    query = {"dataset": orders.pk, "measures": ["revenue"], "time": "ordered_at"}
    rule = slow_pages(orders, admin_user, query=query)
    client.force_login(editor)
    client.post(reverse("alerts:edit", args=[rule.pk]), fields(orders, "cost"))
    rule.refresh_from_db()
    assert (rule.owner, rule.query["measures"]) == (editor, ["cost"])
