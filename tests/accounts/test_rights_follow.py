"""Whoever changes rights by whatever means: kept answers and open sockets follow at once."""

import pytest
from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm, remove_perm

from apps.accounts import services as accounts
from apps.accounts.models import Membership, User
from apps.accounts.signals import access_changed
from apps.core.errors import NotFound
from apps.datasources import engine
from apps.datasources import services as datasources
from apps.datasources.access import scope_of
from apps.datasources.models import RowPolicy
from apps.datasources.query import Query
from tests.conftest import person

WEST = [{"column": "region", "op": "in", "values": ["West"]}]


@pytest.fixture
def heard(django_capture_on_commit_callbacks):
    """Calls a write in a transaction; the people whose sockets are checked after it."""
    people: set[int] = set()

    def listen(*, user_ids, **_facts):
        people.update(user_ids)

    def do(write):
        people.clear()
        with django_capture_on_commit_callbacks(execute=True):
            write()
        return set(people)

    access_changed.connect(listen)
    yield do
    access_changed.disconnect(listen)


@pytest.fixture
def sales(db):
    return Group.objects.create(name="sales")


def rows_of(user, dataset):
    fresh = User.objects.get(pk=user.pk)
    return engine.answer(Query(dataset=dataset.pk, measures=("orders",)), fresh).column("orders")[0]


JOINING = {
    "user.groups.add": lambda user, group: user.groups.add(group),
    "user.groups.set": lambda user, group: user.groups.set([group]),
    "group.user_set.add": lambda user, group: group.user_set.add(user),
    "group.user_set.set": lambda user, group: group.user_set.set([user.pk]),
}
LEAVING = {
    "user.groups.remove": lambda user, group: user.groups.remove(group),
    "user.groups.clear": lambda user, group: user.groups.clear(),
    "user.groups.set": lambda user, group: user.groups.set([]),
    "group.user_set.remove": lambda user, group: group.user_set.remove(user),
    "group.user_set.clear": lambda user, group: group.user_set.clear(),
}


@pytest.mark.parametrize("way", JOINING)
def test_who_joins_a_group_sees_what_it_sees_at_once(orders, viewer, editor, sales, heard, way):
    datasources.set_policy(orders, "G", "", WEST, group=sales)
    assert rows_of(viewer, orders) == 240
    assert heard(lambda: JOINING[way](viewer, sales)) == {viewer.pk}
    assert rows_of(viewer, orders) == 120


@pytest.mark.parametrize("way", LEAVING)
def test_and_so_does_who_leaves_it(orders, viewer, editor, sales, heard, way):
    datasources.set_policy(orders, "G", "", WEST, group=sales)
    viewer.groups.add(sales)
    assert rows_of(viewer, orders) == 120
    assert heard(lambda: LEAVING[way](viewer, sales)) == {viewer.pk}
    assert rows_of(viewer, orders) == 240


def _attributes(user):
    user.attributes = {"region": "West"}
    user.save()


def _attributes_alone(user):
    user.attributes = {"region": "West"}
    user.save(update_fields=["attributes"])


def _many(user):
    user.attributes = {"region": "West"}
    User.objects.bulk_update([user], ["attributes"])


ATTRIBUTES = {
    "save": _attributes,
    "save of the field": _attributes_alone,
    "update": lambda user: User.objects.filter(pk=user.pk).update(attributes={"region": "West"}),
    "bulk_update": _many,
}


@pytest.mark.parametrize("way", ATTRIBUTES)
def test_attributes_count_at_once(orders, viewer, editor, heard, way):
    mine = [{"column": "region", "op": "in", "values": ["$region"]}]
    datasources.set_policy(orders, "A", "", mine)
    assert rows_of(viewer, orders) == 0
    assert heard(lambda: ATTRIBUTES[way](viewer)) == {viewer.pk}
    assert rows_of(viewer, orders) == 120


def _role(user):
    membership = user.memberships.get()
    membership.role = "viewer"
    membership.save()


ROLES = {
    "save": _role,
    "update": lambda user: user.memberships.update(role="viewer"),
    "update of all": lambda user: Membership.objects.filter(user=user).update(role="viewer"),
    "update_or_create": lambda user: Membership.objects.update_or_create(
        user=user, workspace=user.memberships.get().workspace, defaults={"role": "viewer"}
    ),
    "set_role": lambda user: accounts.set_role(user, user.memberships.get().workspace, "viewer"),
}


@pytest.mark.parametrize("way", ROLES)
def test_a_role_counts_at_once(orders, editor, viewer, heard, way):
    datasources.set_policy(orders, "P", "viewer", WEST)
    assert rows_of(editor, orders) == 240
    assert heard(lambda: ROLES[way](editor)) == {editor.pk}
    assert rows_of(editor, orders) == 120


ENDS = {
    "membership.delete": lambda user: user.memberships.get().delete(),
    "memberships.delete": lambda user: user.memberships.all().delete(),
    "leave": lambda user: accounts.leave(user, user.memberships.get().workspace),
    "deactivated": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
}


@pytest.mark.parametrize("way", ENDS)
def test_who_is_no_member_any_more_sees_nothing_at_once(orders, viewer, editor, heard, way):
    assert rows_of(viewer, orders) == 240
    assert heard(lambda: ENDS[way](viewer)) == {viewer.pk}
    with pytest.raises(NotFound):
        rows_of(viewer, orders)


def test_a_membership_that_is_given_to_somebody_else_concerns_both(viewer, stranger, heard):
    membership = viewer.memberships.get()

    def give():
        membership.user = stranger
        membership.save()

    assert heard(give) == {viewer.pk, stranger.pk}
    back = Membership.objects.filter(pk=membership.pk)
    assert heard(lambda: back.update(user=viewer)) == {viewer.pk, stranger.pk}


def test_grants_count_at_once_by_guardian_too(orders, viewer, editor, sales, heard):
    orders.is_restricted = True
    orders.save()
    viewer.groups.add(sales)
    for who in (viewer, sales):
        assert heard(lambda who=who: assign_perm("view_dataset", who, orders)) == {viewer.pk}
        assert rows_of(viewer, orders) == 240
        assert heard(lambda who=who: remove_perm("view_dataset", who, orders)) == {viewer.pk}
        with pytest.raises(NotFound):
            rows_of(viewer, orders)


def test_the_end_of_a_group_ends_its_grants_at_once(orders, viewer, editor, sales, heard):
    orders.is_restricted = True
    orders.save()
    viewer.groups.add(sales)
    assign_perm("view_dataset", sales, orders)
    assert rows_of(viewer, orders) == 240
    assert heard(sales.delete) == {viewer.pk}
    with pytest.raises(NotFound):
        rows_of(viewer, orders)


def test_a_policy_that_is_written_past_the_services_counts_at_once(orders, viewer, editor, heard):
    assert rows_of(viewer, orders) == 240
    made = []
    write = {"dataset": orders, "name": "P", "filters": WEST}
    people = {viewer.pk, editor.pk}
    assert heard(lambda: made.append(RowPolicy.objects.create(**write))) == people
    assert rows_of(viewer, orders) == 120
    assert heard(lambda: RowPolicy.objects.all().delete()) == people
    assert rows_of(viewer, orders) == 240


def test_what_is_no_right_closes_no_socket(viewer, heard):
    def rename():
        viewer.name = "Vera"
        viewer.save(update_fields=["name", "timezone"])
        User.objects.filter(pk=viewer.pk).update(name="Vera V.")

    before = viewer.access_version
    assert heard(rename) == set()
    viewer.refresh_from_db()
    assert viewer.access_version == before
    assert heard(lambda: viewer.groups.set([])) == set()


def test_an_access_version_never_comes_back(orders, viewer):
    """Two people save one user: the later must not write the version that it read before."""
    stale = User.objects.get(pk=viewer.pk)
    viewer.attributes = {"region": "West"}
    viewer.save()
    scope_of(viewer, orders.pk)
    stale.attributes = {}
    stale.save()
    assert stale.access_version > viewer.access_version
    assert User.objects.get(pk=viewer.pk).access_version == stale.access_version


def test_a_new_user_may_be_saved_as_any_row(db):
    user = person("new@example.com")
    assert user.access_version == 0
