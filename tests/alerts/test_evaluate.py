"""A rule on live rows: fires once, tells once, closes after calm, and never mistakes silence."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection

from apps.accounts import services as accounts
from apps.alerts import queries, services, tasks
from apps.alerts.models import Incident, Message, Rule
from apps.alerts.signals import incident_closed, incident_opened
from apps.datasources import services as datasources
from tests.alerts.conftest import record, slow_pages
from tests.conftest import person

NOW = datetime.now(UTC)


def fresh(rule):
    return Rule.objects.select_related("dataset", "owner").get(pk=rule.pk)


def check(rule, seconds=0.0):
    return services.evaluate(fresh(rule), datetime.now(UTC) + timedelta(seconds=seconds))


def test_it_fires_once_and_closes_after_two_calm_checks(rule, visits):
    record(visits, 100, 200)
    assert check(rule) is None
    record(visits, 5000)
    assert check(rule) == "open"
    record(visits, 9000)
    assert check(rule) is None
    incident = Incident.objects.get()
    assert incident.value == pytest.approx((100 + 200 + 5000) / 3)
    assert incident.peak == pytest.approx((100 + 200 + 5000 + 9000) / 4)
    record(visits, 10, at=datetime.now(UTC) + timedelta(seconds=90))
    assert check(rule, 100) is None
    assert fresh(rule).state["calm"] == 1
    assert check(rule, 106) == "close"
    incident.refresh_from_db()
    assert incident.closed_at is not None
    assert [m.event for m in Message.objects.order_by("pk")] == ["open", "close"]


def test_no_rows_any_more_is_no_data_and_not_over(rule, visits):
    record(visits, 5000)
    assert check(rule) == "open"
    assert check(rule, 600) is None
    assert fresh(rule).state["status"] == "no_data"
    assert Incident.objects.filter(closed_at=None).count() == 1


def test_a_count_of_nothing_is_zero_and_may_fire(visits, editor):
    query = {"dataset": visits.pk, "measures": ["visits"], "time": "at"}
    rule = slow_pages(visits, editor, query=query, comparison="below", threshold=1)
    assert check(rule) == "open"


def test_rows_call_the_check_by_themselves(rule, visits, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        record(visits, 5000)
    assert Incident.objects.get().rule == rule
    assert len(mail.outbox) == 1


def test_an_owner_who_lost_access_makes_an_error_not_a_recovery(rule, visits, workspace, editor):
    record(visits, 5000)
    assert check(rule) == "open"
    editor.memberships.all().delete()
    accounts.touch_access([editor.pk])
    assert check(rule, 1) is None
    assert fresh(rule).state["status"] == "error"
    assert fresh(rule).last_error
    assert Incident.objects.filter(closed_at=None).exists()


def test_the_rule_sees_its_owners_rows_only(visits, workspace, analyst):
    narrowed = person("narrow@example.com", workspace, "viewer", attributes={"page": ["home"]})
    datasources.set_policy(
        visits, "own page", "viewer", [{"column": "page", "op": "in", "values": ["$page"]}]
    )
    narrowed.refresh_from_db()
    record(visits, 9000, page="secret")
    record(visits, 100, page="home")
    own, whole = slow_pages(visits, narrowed), slow_pages(visits, analyst)
    assert check(own) is None
    assert fresh(own).last_value == 100
    assert check(whole) == "open"
    assert whole not in Rule.objects.visible_to(narrowed)
    assert own in Rule.objects.visible_to(narrowed)


def test_silence_opens_an_incident_and_tells_nobody(rule, visits, editor):
    services.silence(rule, editor, hours=1)
    record(visits, 5000)
    assert check(rule) == "open"
    assert not Message.objects.exists()


def test_a_paused_rule_is_not_checked(rule, visits):
    services.set_active(rule, is_active=False)
    record(visits, 5000)
    assert check(rule) is None
    assert rule.pk not in queries.due()


def test_a_check_that_comes_late_changes_nothing(rule, visits):
    record(visits, 5000)
    assert check(rule, 10) == "open"
    assert check(rule, 5) is None
    assert fresh(rule).state["calm"] == 0


def test_a_standing_dataset_is_checked_at_the_end_of_its_data(orders, editor):
    query = {"dataset": orders.pk, "measures": ["revenue"], "time": "ordered_at"}
    rule = slow_pages(orders, editor, query=query, window_s=86_400, threshold=14)
    assert check(rule) == "open"
    assert fresh(rule).last_value == 15


def test_rules_are_due_at_their_pace(rule, visits):
    assert queries.due() == [rule.pk]
    check(rule)
    assert queries.due() == []
    assert queries.due(datetime.now(UTC) + timedelta(seconds=6)) == [rule.pk]


def test_everything_is_checked_on_schedule(rule, visits):
    record(visits, 5000)
    tasks.evaluate_all()
    assert len(mail.outbox) == 1
    tasks.evaluate_all()
    tasks.send_waiting()
    assert len(mail.outbox) == 1


def test_signals_go_up_after_commit(rule, visits, django_capture_on_commit_callbacks):
    heard = []

    def hear(incident_id, signal, **_facts):
        heard.append((signal, incident_id))

    incident_opened.connect(hear)
    incident_closed.connect(hear)
    try:
        record(visits, 5000)
        with django_capture_on_commit_callbacks(execute=True):
            check(rule)
    finally:
        incident_opened.disconnect(hear)
        incident_closed.disconnect(hear)
    assert heard == [(incident_opened, Incident.objects.get().pk)]


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_open_one_incident_and_send_one_mail(visits, editor, viewer):
    rule = slow_pages(visits, editor, people=[editor, viewer])
    record(visits, 5000)
    Incident.objects.all().delete()  # the rows have called a check already
    Rule.objects.update(state={}, evaluated_at=None)
    mail.outbox.clear()
    start, failures = threading.Barrier(5), []

    def work():
        try:
            start.wait()
            services.evaluate(fresh(rule))
            for message_id in services.waiting():
                services.send(message_id)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _n in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for message_id in services.waiting():
        services.send(message_id)
    assert failures == []
    assert Incident.objects.count() == 1
    assert Message.objects.count() == 2
    assert sorted(m.to[0] for m in mail.outbox) == ["editor@example.com", "viewer@example.com"]
