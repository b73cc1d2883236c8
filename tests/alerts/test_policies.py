"""Alerts under policies: whose rows they are made of, who hears of them, and what changes later."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.alerts import queries, services
from apps.alerts.models import Incident, Message, Rule, Target
from apps.datasources import services as datasources
from apps.datasources.models import Dataset
from tests.alerts.conftest import record, slow_pages
from tests.api.conftest import Caller
from tests.conftest import person

HOME = [{"column": "page", "op": "in", "values": ["home"]}]
SECRET = [{"column": "page", "op": "in", "values": ["secret"]}]


def fresh(rule):
    return Rule.objects.select_related("dataset", "owner").get(pk=rule.pk)


def check(rule, seconds=0.0):
    return services.evaluate(fresh(rule), datetime.now(UTC) + timedelta(seconds=seconds))


def send_all():
    return [services.send(pk) for pk in services.waiting()]


def by_group(people):
    group = Group.objects.create(name="narrow")
    group.user_set.add(people)
    return {"group": group}


def by_attribute(people):
    User.objects.filter(pk=people.pk).update(attributes={"team": "a"})
    return {"attribute": "team", "attribute_value": "a"}


WAYS = {
    "role": lambda people: {"role": "viewer"},
    "group": by_group,
    "attribute": by_attribute,
    "everybody": lambda people: {},
}


def narrow(dataset, people, way, filters=HOME, **more):
    named = WAYS[way](people)
    datasources.set_policy(dataset, "P", named.pop("role", ""), filters, **named, **more)
    people.refresh_from_db()


@pytest.mark.parametrize("way", WAYS)
def test_an_alert_is_made_of_its_owners_rows(visits, viewer, way):
    narrow(visits, viewer, way)
    record(visits, 9000, page="secret")
    record(visits, 100, page="home")
    rule = slow_pages(visits, viewer)
    assert check(rule) is None
    assert fresh(rule).last_value == 100


@pytest.mark.parametrize("way", WAYS)
def test_who_is_narrowed_neither_sees_nor_hears_of_other_peoples_alerts(
    client, visits, admin_user, viewer, way
):
    if way == "everybody":  # the owner too, whose value is then of other rows than the reader's
        named = {"attribute": "reader"}
        User.objects.filter(pk=viewer.pk).update(attributes={"reader": "yes"})
        datasources.set_policy(visits, "P", "", HOME, **named)
    else:
        narrow(visits, viewer, way)
    rule = slow_pages(visits, admin_user, [admin_user, viewer])
    record(visits, 9000, page="secret")
    assert check(rule) == "open"
    incident = Incident.objects.get()
    assert sorted(send_all()) == [False, True]
    assert [letter.to for letter in mail.outbox] == [[admin_user.email]]
    client.force_login(viewer)
    for url in ("/alerts/", f"/alerts/incidents/{incident.pk}/", f"/alerts/{rule.pk}/", "/"):
        text = client.get(url, headers={"Accept": "text/html"}).text
        assert "9,000" not in text
        assert rule.name not in text
    caller = Caller(viewer)
    for path in ("rules/", "incidents/", "silences/"):
        assert caller.ask("GET", path).json()["results"] == []
    assert caller.ask("GET", f"incidents/{incident.pk}/").status_code == 404


def test_a_policy_that_comes_later_holds_for_letters_that_have_not_left(visits, admin_user, viewer):
    rule = slow_pages(visits, admin_user, [viewer])
    record(visits, 9000, page="secret")
    assert check(rule) == "open"
    narrow(visits, viewer, "role")
    assert send_all() == [False]
    assert mail.outbox == []
    message = Message.objects.get()
    assert message.attempts == services.MOST_ATTEMPTS
    assert "may no longer see" in message.last_error


def test_a_policy_that_comes_later_changes_what_the_alert_is_made_of(visits, editor):
    rule = slow_pages(visits, editor)
    record(visits, 9000, page="secret")
    record(visits, 100, page="home")
    assert check(rule) == "open"
    datasources.set_policy(visits, "P", "editor", HOME)
    check(rule, 5)
    assert fresh(rule).last_value == 100
    datasources.set_policy(visits, "P", "editor", SECRET)
    check(rule, 10)
    assert fresh(rule).last_value == 9000


def test_an_owner_who_lost_an_attribute_makes_no_data(visits, editor):
    mine = [{"column": "page", "op": "in", "values": ["$page"]}]
    User.objects.filter(pk=editor.pk).update(attributes={"page": "secret"})
    datasources.set_policy(visits, "Own", "", mine)
    rule = slow_pages(visits, editor)
    record(visits, 9000, page="secret")
    assert check(rule) == "open"
    User.objects.filter(pk=editor.pk).update(attributes={})
    assert check(rule, 5) is None
    assert fresh(rule).last_value is None
    assert fresh(rule).state["status"] == "no_data"
    assert Incident.objects.filter(closed_at=None).exists()


def test_an_owner_who_can_no_longer_sign_in_is_told_as_the_reason(visits, editor, analyst):
    rule = slow_pages(visits, editor, [editor, analyst])
    User.objects.filter(pk=editor.pk).update(is_active=False)
    record(visits, 9000)
    assert check(rule) is None
    assert fresh(rule).state["status"] == "error"
    assert "no longer sign in" in fresh(rule).last_error
    assert not Message.objects.exists()


def test_a_person_who_can_no_longer_sign_in_is_not_told(visits, editor, analyst):
    rule = slow_pages(visits, analyst, [editor, analyst])
    User.objects.filter(pk=editor.pk).update(is_active=False)
    record(visits, 9000)
    assert check(rule) == "open"
    send_all()
    assert [letter.to for letter in mail.outbox] == [[analyst.email]]


def test_an_alert_on_a_column_that_is_hidden_by_now_says_so_without_its_name(
    client, visits, editor, analyst
):
    rule = slow_pages(visits, editor, [editor])
    record(visits, 9000)
    datasources.set_policy(visits, "Hide", "editor", [], hidden_columns=["took"])
    assert check(rule) is None
    assert fresh(rule).state["status"] == "error"
    assert "hidden" in fresh(rule).last_error
    assert "took" not in fresh(rule).last_error
    client.force_login(editor)
    for url in ("/alerts/", f"/alerts/{rule.pk}/"):
        response = client.get(url)
        assert response.status_code == 200
        assert rule.name in response.text  # whose it is may change or delete it
        assert "took" not in response.text.casefold()
        assert "Time taken" not in response.text
    data = Caller(editor).ask("GET", f"rules/{rule.pk}/").json()
    assert data["query"] == {}
    assert queries.hides_from(fresh(rule), editor)
    assert not queries.hides_from(fresh(rule), analyst)


def test_letters_about_what_is_hidden_meanwhile_stay(visits, editor):
    rule = slow_pages(visits, editor)
    record(visits, 9000)
    assert check(rule) == "open"
    datasources.set_policy(visits, "Hide", "editor", [], hidden_columns=["took"])
    assert send_all() == [False]
    assert mail.outbox == []


def test_an_error_that_all_read_names_no_columns_that_some_may_not(visits, editor, analyst):
    rule = slow_pages(visits, analyst)
    visits.measures.filter(name="took").update(name="taken")
    Dataset.objects.filter(pk=visits.pk).update(version=visits.version + 1)
    datasources.touch_dataset(Dataset.objects.get(pk=visits.pk))
    check(rule)
    assert fresh(rule).last_error == "There is no “took” in this dataset."


def test_nobody_makes_an_alert_run_with_anothers_rights(visits, admin_user, editor, viewer):
    """An editor who changes the question of an admin's rule takes it over; a narrowed one finds
    no such rule.
    """
    rule = slow_pages(visits, admin_user)
    asked = {"query": {"measures": ["visits"], "time": "at"}}
    assert Caller(editor).ask("PATCH", f"rules/{rule.pk}/", asked).status_code == 200
    assert fresh(rule).owner == editor
    assert Caller(viewer).ask("PATCH", f"rules/{rule.pk}/", asked).status_code == 403
    datasources.set_policy(visits, "P", "editor", HOME)
    other = slow_pages(visits, admin_user)
    assert Caller(editor).ask("PATCH", f"rules/{other.pk}/", {"threshold": 1}).status_code == 404
    told = {"rule": other.pk, "starts_at": "2026-01-01T00:00Z", "ends_at": "2026-01-02T00:00Z"}
    assert Caller(editor).ask("POST", "silences/", told).status_code == 400


def test_the_picture_is_of_the_owners_rows_and_goes_to_who_may_see_them(
    visits, workspace, analyst, viewer
):
    """The letter of a narrowed owner's alert shows a colleague with all rows only the owner's."""
    narrowed = person("narrow@example.com", workspace, "editor", attributes={"page": "home"})
    mine = [{"column": "page", "op": "in", "values": ["$page"]}]
    datasources.set_policy(visits, "Own", "editor", mine)
    narrowed.refresh_from_db()
    rule = slow_pages(visits, narrowed, [narrowed, analyst])
    record(visits, 77_777, page="secret")
    record(visits, 800, page="home")
    assert check(rule) == "open"
    assert send_all() == [True, True]
    for letter in mail.outbox:
        assert "800" in letter.body
        assert "77,777" not in letter.body + letter.alternatives[0][0]


def test_a_rule_outlives_no_membership(visits, workspace, editor, admin_user):
    rule = slow_pages(visits, admin_user, [editor])
    record(visits, 9000)
    assert check(rule) == "open"
    accounts.leave(editor, workspace)
    assert send_all() == [False]
    assert Target.objects.filter(rule=rule).exists()
    assert mail.outbox == []
