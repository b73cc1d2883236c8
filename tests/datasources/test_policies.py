"""Who is meant by a policy, what is hidden, that changes count at once, and other people's eyes."""

import pytest
from django.contrib.auth.models import Group
from django.db.models import ProtectedError
from django.urls import reverse

from apps.core.errors import UserError
from apps.datasources import access, engine, queries, services
from apps.datasources.access import scope_of
from apps.datasources.hiding import metrics_seen_whole
from apps.datasources.models import Dataset, Metric, RowPolicy
from apps.datasources.query import Query
from tests.conftest import person

WEST = [{"column": "region", "op": "in", "values": ["West"]}]


@pytest.fixture
def metric(orders, analyst, workspace):
    revenue = orders.measures.get(name="revenue")
    return Metric.objects.create(
        workspace=workspace, dataset=orders, name="R", slug="r", measure=revenue, owner=analyst
    )


def page(client, user, url, **data):
    client.force_login(user)
    return client.get(url, data, headers={"Accept": "text/html"})


def rows_of(user, dataset):
    user.refresh_from_db()
    query = Query(dataset=dataset.pk, measures=("orders",))
    return engine.answer(query, user).column("orders")[0]


def is_whole(user, dataset):
    """The three places that apply the rule, which must agree."""
    user.refresh_from_db()
    whole = {
        not scope_of(user, dataset.pk).policies,
        not queries.listed(user).get(pk=dataset.pk).is_narrowed,
        metrics_seen_whole(user).filter(dataset=dataset).exists(),
    }
    assert len(whole) == 1
    return whole.pop()


@pytest.mark.parametrize(
    ("named", "holds"),
    [
        ({}, True),
        ({"role": "viewer"}, True),
        ({"role": "editor"}, False),
        ({"group": "sales"}, True),
        ({"group": "other"}, False),
        ({"attribute": "region"}, True),
        ({"attribute": "region", "attribute_value": "West"}, True),
        ({"attribute": "region", "attribute_value": "North"}, True),
        ({"attribute": "region", "attribute_value": "East"}, False),
        ({"attribute": "level", "attribute_value": "3"}, True),
        ({"attribute": "is_new", "attribute_value": "true"}, True),
        ({"attribute": "empty"}, False),
        ({"attribute": "nothing"}, False),
        ({"role": "viewer", "group": "sales", "attribute": "region"}, True),
        ({"role": "viewer", "group": "other"}, False),
        ({"role": "editor", "group": "sales"}, False),
        ({"group": "sales", "attribute": "nothing"}, False),
    ],
)
def test_a_policy_holds_for_who_meets_all_that_is_named(orders, viewer, metric, named, holds):
    groups = {name: Group.objects.create(name=name) for name in ("sales", "other")}
    viewer.groups.add(groups["sales"])
    viewer.attributes = {"region": ["West", "North"], "level": 3, "is_new": True, "empty": []}
    viewer.save()
    named = dict(named)
    role = named.pop("role", "")
    if "group" in named:
        named["group"] = groups[named["group"]]
    services.set_policy(orders, "P", role, WEST, **named)
    assert is_whole(viewer, orders) is not holds
    assert rows_of(viewer, orders) == (120 if holds else 240)


def test_several_that_hold_are_joined_by_and(orders, viewer):
    services.set_policy(orders, "A", "viewer", WEST)
    services.set_policy(orders, "B", "", [{"column": "amount", "op": "gt", "values": [12]}])
    services.set_policy(orders, "C", "editor", [{"column": "amount", "op": "lt", "values": [0]}])
    assert rows_of(viewer, orders) == sum(10 + day % 7 > 12 for day in range(120))


@pytest.mark.parametrize(
    ("op", "attribute", "rows"),
    [
        ("in", ["West", "East"], 240),
        ("eq", ["West", "East"], 240),
        ("eq", "West", 120),
        ("ne", ["West", "East"], 0),
        ("contains", ["We", "Ea"], 0),  # one value is wanted: nothing is seen
        ("in", [], 0),
        ("in", None, 0),
        ("in", "", 0),
    ],
)
def test_an_attribute_may_have_more_than_one_value_or_none(orders, viewer, op, attribute, rows):
    viewer.attributes = {"region": attribute}
    viewer.save()
    services.set_policy(orders, "P", "", [{"column": "region", "op": op, "values": ["$region"]}])
    assert rows_of(viewer, orders) == rows


def test_who_lacks_an_attribute_is_told_so_and_not_in_riddles(client, orders, viewer):
    mine = [{"column": "region", "op": "in", "values": ["$team"]}]
    services.set_policy(orders, "Own team", "viewer", mine)
    client.force_login(viewer)
    text = client.get("/data/orders/").text
    assert "No rows at all: an attribute that a policy asks for is not set." in text
    assert "is missing" not in text


def test_odd_attributes_open_nothing(orders, viewer):
    viewer.attributes = ["region"]
    viewer.save()
    services.set_policy(orders, "P", "", [{"column": "region", "op": "in", "values": ["$region"]}])
    assert rows_of(viewer, orders) == 0


# -- hidden columns


@pytest.fixture
def cost_hidden(orders):
    return services.set_policy(orders, "No cost", "viewer", [], hidden_columns=["cost"])


def test_a_hidden_column_is_in_no_answer_page_or_list(client, orders, cost_hidden, viewer, metric):
    viewer.refresh_from_db()
    for query in (
        Query(dataset=orders.pk, columns=("cost",)),
        Query(dataset=orders.pk, measures=("cost",)),
        Query(dataset=orders.pk, measures=("cost_share",)),
    ):
        with pytest.raises(UserError, match="There is no"):
            engine.answer(query, viewer)
    text = page(client, viewer, "/data/orders/").text
    assert "Cost" not in text
    assert "Some columns are hidden from you" in text
    assert "Revenue" in text
    assert rows_of(viewer, orders) == 240


def test_findings_that_may_name_a_hidden_column_are_not_shown(orders, viewer, metric):
    services.set_policy(orders, "P", "viewer", [], hidden_columns=["region"])
    viewer.refresh_from_db()
    assert not metrics_seen_whole(viewer).exists()
    orders.columns.filter(name="region").update(is_private=True)
    assert metrics_seen_whole(viewer).exists()


def test_policies_that_name_no_such_column_are_refused(orders):
    for filters, hidden in (([{"column": "x", "op": "is_null"}], []), ([], ["x"])):
        with pytest.raises(UserError, match="no column"):
            services.set_policy(orders, "P", "", filters, hidden_columns=hidden)


# -- changes count at once


def test_attributes_and_groups_changed_by_an_administrator_count_at_once(client, orders, viewer):
    boss = person("root@example.com", is_staff=True, is_superuser=True)
    group = Group.objects.create(name="sales")
    services.set_policy(orders, "G", "", WEST, group=group)
    filters = [{"column": "amount", "op": "ge", "values": ["$least"]}]
    services.set_policy(orders, "A", "", filters, attribute="least")
    assert rows_of(viewer, orders) == 240
    client.force_login(boss)
    url = reverse("admin:accounts_user_change", args=[viewer.pk])
    fields = {"email": viewer.email, "name": "", "timezone": "UTC", "is_active": "on"}
    inline = {f"memberships-{each}": "0" for each in ("TOTAL_FORMS", "INITIAL_FORMS")}
    sent = fields | inline | {"attributes": "{}", "groups": [group.pk]}
    assert client.post(url, sent).status_code == 302
    assert rows_of(viewer, orders) == 120
    sent = fields | inline | {"attributes": '{"least": 12}', "groups": []}
    assert client.post(url, sent).status_code == 302
    assert rows_of(viewer, orders) == sum(10 + day % 7 >= 12 for day in range(120))


def test_a_group_that_a_policy_names_cannot_be_deleted(client, orders, viewer):
    boss = person("root@example.com", is_staff=True, is_superuser=True)
    group = Group.objects.create(name="sales")
    viewer.groups.add(group)
    policy = services.set_policy(orders, "Only West", "", WEST, group=group)
    assert rows_of(viewer, orders) == 120
    client.force_login(boss)
    url = reverse("admin:auth_group_delete", args=[group.pk])
    many = {"action": "delete_selected", "_selected_action": group.pk, "post": "yes"}
    for there, sent in ((url, {"post": "yes"}), (reverse("admin:auth_group_changelist"), many)):
        response = client.post(there, sent)
        assert "Only West, of the dataset Orders" in response.text
        assert 'type="submit" value="Yes' not in response.text
    for delete in (group.delete, Group.objects.filter(name="sales").delete):
        with pytest.raises(ProtectedError):
            delete()
    assert rows_of(viewer, orders) == 120
    services.switch_policy(policy, False)  # nor one that may be switched on again
    assert client.post(url, {"post": "yes"}).status_code == 200
    services.delete_policy(policy)
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert rows_of(viewer, orders) == 240


def test_a_scope_read_while_the_dataset_moves_on_is_not_kept(orders, viewer, monkeypatch):
    real = access._read_scope

    def slow(user, dataset_id):
        scope = real(user, dataset_id)
        services.touch_dataset(Dataset.objects.get(pk=dataset_id))  # meanwhile, somebody else
        return scope

    monkeypatch.setattr(access, "_read_scope", slow)
    scope_of(viewer, orders.pk)
    monkeypatch.setattr(access, "_read_scope", real)
    orders.refresh_from_db()
    assert scope_of(viewer, orders.pk).version == orders.version


def test_a_kept_scope_costs_no_sql(orders, viewer, django_assert_num_queries):
    scope_of(viewer, orders.pk)
    with django_assert_num_queries(0):
        scope_of(viewer, orders.pk)


# -- the form


POLICY = {"name": "Own", "column-0": "region", "op-0": "in", "values-0": "West"}


def test_a_policy_names_people_rows_and_columns_and_can_be_ended(
    client, admin_user, orders, viewer
):
    group = Group.objects.create(name="sales")
    viewer.groups.add(group)
    url = reverse("datasources:new_policy", args=[orders.pk])
    client.force_login(admin_user)
    sent = POLICY | {"role": "viewer", "group": group.pk, "attribute": "region"}
    sent |= {"attribute_value": "West", "hidden_columns": ["cost"], "column-1": "amount"}
    sent |= {"op-1": "gt", "values-1": "1"}
    assert client.post(url, sent, headers={"Accept": "text/html"}).status_code == 302
    policy = RowPolicy.objects.get()
    assert (policy.role, policy.group, policy.attribute_value) == ("viewer", group, "West")
    assert (len(policy.filters), policy.hidden_columns) == (2, ["cost"])
    text = page(client, admin_user, "/data/orders/").text
    for words in ("Viewer", "group sales", "region = West", "does not see Cost"):
        assert words in text
    gone = reverse("datasources:delete_policy", args=[policy.pk])
    assert client.post(gone, headers={"Accept": "text/html"}).status_code == 302
    assert not RowPolicy.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"column-0": "", "values-0": ""}, "column-0"),
        ({"attribute_value": "x"}, "attribute"),
        ({"group": "9999"}, "group"),
        ({"hidden_columns": ["nothing"]}, "hidden_columns"),
        ({"column-999": "region"}, None),
    ],
)
def test_a_wrong_policy_is_told_at_its_field(client, admin_user, orders, change, field):
    client.force_login(admin_user)
    url = reverse("datasources:new_policy", args=[orders.pk])
    response = client.post(url, POLICY | change, headers={"Accept": "text/html"})
    if field:
        assert field in response.context["form"].errors
        assert not RowPolicy.objects.exists()
    else:
        assert response.status_code in (302, 422)


def test_more_conditions_can_be_asked_for(client, analyst, viewer, orders):
    url = reverse("datasources:condition", args=[orders.pk])
    text = page(client, analyst, url, n="3").text
    assert 'name="column-3"' in text
    assert "n=4" in text
    for odd in ("", "x", "-1", "99999", "50"):
        assert 'name="column-5' not in page(client, analyst, url, n=odd).text
    assert page(client, viewer, url).status_code == 404


# -- other people's eyes


def test_an_admin_sees_what_a_member_sees_and_can_change_nothing(
    client, admin_user, viewer, orders, cost_hidden
):
    services.set_policy(orders, "W", "viewer", WEST)
    text = page(client, admin_user, "/data/orders/", **{"as": viewer.pk}).text
    assert "You see this dataset as <b>viewer@example.com</b>" in text
    assert "East" not in text
    assert "Hidden columns: Cost" in text
    assert "Only rows where Region is one of “West”" in text
    for words in ("Add a measure", "Add a policy", "Edit labels", "Delete this dataset"):
        assert words not in text
    assert "120" in page(client, admin_user, "/data/orders/rows/", **{"as": viewer.pk}).text
    assert "240" in page(client, admin_user, "/data/orders/rows/").text


def test_a_restricted_dataset_is_told_to_be_unseen(client, admin_user, viewer, orders):
    Dataset.objects.update(is_restricted=True)
    text = page(client, admin_user, "/data/orders/", **{"as": viewer.pk}).text
    assert "does not see this dataset" in text
    assert "Revenue" not in text


@pytest.mark.parametrize("who", ["viewer", "editor", "analyst", "stranger"])
def test_only_admins_see_through_others(client, request, orders, who, admin_user):
    user = request.getfixturevalue(who)
    for url in ("/data/orders/", "/data/orders/rows/"):
        assert page(client, user, url, **{"as": admin_user.pk}).status_code == 404


def test_nobody_outside_the_workspace_lends_eyes(client, admin_user, orders, stranger):
    for odd in (stranger.pk, 10**17, "x", "", "-1"):
        assert page(client, admin_user, "/data/orders/", **{"as": odd}).status_code == 404


# -- the calendar


def test_an_admin_sets_when_weeks_begin_and_every_answer_moves_on(
    client, admin_user, analyst, stranger, orders, workspace
):
    url = reverse("datasources:calendar", args=[workspace.slug])
    for user in (analyst, stranger):
        assert page(client, user, url).status_code == 404
    client.force_login(admin_user)
    sent = {"week_start": 6, "fiscal_year_start": 4}
    assert client.post(url, sent, headers={"Accept": "text/html"}).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.week_start, workspace.fiscal_year_start) == (6, 4)
    before = orders.version
    orders.refresh_from_db()
    assert orders.version == before + 1
    wrong = client.post(url, sent | {"week_start": 9}, headers={"Accept": "text/html"})
    assert wrong.status_code == 422
