"""Feeds, boards and trees: only what the reader may see, newest and worst first."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.alerts.models import Incident, Rule, Silence
from apps.datasources.models import Measure, Metric
from apps.insights.models import Anomaly
from apps.widgets.cards import overlays_of
from apps.widgets.models import Widget
from apps.widgets.view import View
from tests.dashboards.boards import add_card, make_board

VIEW = View("2024-01-01", "2024-04-30")
DAY = datetime(2024, 2, 1, tzinfo=UTC)


@pytest.fixture
def metric(editor, orders):
    measure = Measure.objects.get(dataset=orders, name="revenue")
    return Metric.objects.create(
        workspace=orders.workspace,
        dataset=orders,
        measure=measure,
        owner=editor,
        name="Revenue",
        slug="revenue",
        grain="day",
    )


def anomaly(metric, day=0, **more):
    known = {"value": 9.0, "expected": 5.0, "score": 4.0, "votes": ["hampel"], "method": "vote"}
    at = DAY + timedelta(days=day)
    return Anomaly.objects.create(metric=metric, at=at, version="1", **known | more)


def feed(user, workspace, view=VIEW, **more):
    widget = Widget(workspace=workspace, title="x", kind="anomaly_feed", **more)
    return overlays_of(widget, view, user)["feed"]


def test_the_newest_unusual_points_come_first_with_their_course_and_without_noise(editor, metric):
    anomaly(metric)
    newest = anomaly(metric, 2)
    anomaly(metric, 3, feedback="noise")
    found = feed(editor, metric.workspace)
    assert found["points"][0]["id"] == newest.pk
    assert found["of"] == 2
    course = found["points"][0]["course"]
    assert len(course["t"]) == len(course["v"]) > 2
    assert found["points"][0]["measure"]["good"] == metric.measure.good


def test_points_after_the_pages_range_are_not_shown(editor, metric):
    anomaly(metric, 400)
    assert feed(editor, metric.workspace)["points"] == []


def test_a_stranger_sees_no_point_of_the_workspace(stranger, metric):
    anomaly(metric)
    assert feed(stranger, metric.workspace) == {"points": [], "of": 0}


def test_a_feed_on_a_page_is_about_the_metrics_of_its_cards(editor, orders, metric):
    other = Metric.objects.create(
        workspace=orders.workspace,
        dataset=orders,
        measure=metric.measure,
        owner=editor,
        name="Other",
        slug="other",
        grain="day",
    )
    anomaly(metric)
    anomaly(other)
    board = make_board(editor, orders, cards=())
    add_card(board, orders, "Line", "line", (0, 0, 8, 5), {}, metric=metric)
    placed = add_card(board, None, "Feed", "anomaly_feed", (8, 0, 8, 5), {}).widget
    found = overlays_of(placed, VIEW, editor)["feed"]
    assert {each["metric"] for each in found["points"]} == {"Revenue"}


@pytest.fixture
def rule(editor, orders):
    return Rule.objects.create(
        workspace=orders.workspace,
        dataset=orders,
        owner=editor,
        name="Low revenue",
        query={"measures": ["revenue"]},
        comparison="below",
        threshold=10,
    )


def board(user, workspace, **options):
    widget = Widget(workspace=workspace, title="x", kind="alert_board", options=options)
    return overlays_of(widget, VIEW, user)


def test_a_board_shows_what_burns_first_with_since_silence_and_link(editor, orders, rule):
    opened = datetime(2024, 2, 1, 9, tzinfo=UTC)
    calm = Rule.objects.create(
        workspace=orders.workspace,
        dataset=orders,
        owner=editor,
        name="A calm one",
        query={"measures": ["revenue"]},
        threshold=1,
        state={"status": "calm"},
    )
    incident = Incident.objects.create(rule=rule, opened_at=opened, value=3, threshold=10, peak=3)
    now = datetime.now(UTC)
    Silence.objects.create(
        rule=rule, starts_at=now, ends_at=now + timedelta(hours=1), created_by=editor
    )
    rows = board(editor, orders.workspace)["rules"]
    assert [each["name"] for each in rows] == [rule.name, calm.name]
    assert rows[0]["status"] == "firing"
    assert rows[0]["since"] == opened.timestamp() * 1000
    assert rows[0]["silent_until"]
    assert rows[0]["href"] == f"/alerts/incidents/{incident.pk}/"
    only = board(editor, orders.workspace, problems=True)
    assert [each["name"] for each in only["rules"]] == [rule.name]
    assert only["rules_of"] == 2


def test_a_stranger_sees_no_rule_of_the_workspace(stranger, orders, rule):
    assert board(stranger, orders.workspace) == {"rules": [], "rules_of": 0}


def test_cards_of_findings_are_never_kept_for_others(client, editor, orders):
    page = make_board(editor, orders, cards=())
    widget = add_card(page, None, "Board", "alert_board", (0, 0, 8, 5), {}).widget
    client.force_login(editor)
    assert client.get(f"/w/{widget.pk}/picture/abc.svg").status_code == 404
    assert client.get("/d/sales/").status_code == 200
