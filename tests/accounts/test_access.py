"""What a role, a grant and a policy open and close, and that a change counts at once."""

import itertools

from django.contrib.auth.models import AnonymousUser

from apps.accounts import services as accounts
from apps.accounts.roles import ROLES, Role
from apps.dashboards.models import Dashboard
from apps.datasources import services as datasources
from apps.datasources.hiding import metrics_seen_whole
from apps.datasources.models import Dataset, Metric


def board(workspace, owner, **fields):
    return Dashboard.objects.create(
        workspace=workspace, owner=owner, title="Board", slug=fields.pop("slug", "board"), **fields
    )


def test_every_role_may_what_the_one_before_it_may():
    rising = [ROLES[role] for role in Role.values]
    assert all(low < high for low, high in itertools.pairwise(rising))


def test_an_anonymous_visitor_sees_nothing_even_of_a_workspace_without_members(orders, workspace):
    workspace.memberships.all().delete()
    assert not Dataset.objects.visible_to(AnonymousUser()).exists()
    assert not Dashboard.objects.visible_to(AnonymousUser()).exists()
    assert not Dashboard.objects.editable_by(AnonymousUser()).exists()


def test_a_private_dashboard_is_for_its_owner_and_admins(workspace, analyst, editor, admin_user):
    private = board(workspace, analyst, is_private=True)
    seen = [Dashboard.objects.visible_to(user).exists() for user in (analyst, editor, admin_user)]
    assert seen == [True, False, True]
    assert not Dashboard.objects.editable_by(editor).filter(pk=private.pk).exists()


def test_a_grant_opens_one_dashboard_and_no_other(workspace, analyst, viewer):
    private = board(workspace, analyst, is_private=True)
    board(workspace, analyst, slug="other", is_private=True)
    accounts.grant("view_dashboard", viewer, private)
    assert list(Dashboard.objects.visible_to(viewer)) == [private]
    assert not Dashboard.objects.editable_by(viewer).exists()
    accounts.grant("change_dashboard", viewer, private)
    assert list(Dashboard.objects.editable_by(viewer)) == [private]
    accounts.revoke("view_dashboard", viewer, private)
    accounts.revoke("change_dashboard", viewer, private)
    assert not Dashboard.objects.visible_to(viewer).exists()


def test_a_grant_in_another_workspace_opens_nothing(workspace, analyst, stranger):
    private = board(workspace, analyst)
    accounts.grant("view_dashboard", stranger, private)
    assert not Dashboard.objects.visible_to(stranger).exists()


def test_leaving_a_workspace_moves_the_access_version(workspace, viewer):
    before = viewer.access_version
    accounts.leave(viewer, workspace)
    viewer.refresh_from_db()
    assert viewer.access_version == before + 1


def test_findings_are_hidden_from_those_whose_rows_are_narrowed(
    orders, workspace, viewer, editor, admin_user
):
    Metric.objects.create(
        workspace=workspace,
        dataset=orders,
        name="Revenue",
        slug="revenue",
        measure=orders.measures.get(name="revenue"),
        owner=admin_user,
    )
    west = [{"column": "region", "op": "eq", "values": ["West"]}]
    datasources.set_policy(orders, "West only", "viewer", west)
    assert not metrics_seen_whole(viewer).exists()
    assert metrics_seen_whole(editor).exists()
