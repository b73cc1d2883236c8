"""Every model has admin pages that open, show no secret, and hand out no rights."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.accounts.models import Membership, User
from apps.datasources.models import RowPolicy, Source
from apps.streams.services import create_stream
from tests.api.rows import one_of_each
from tests.conftest import person

PAGES = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [
    model
    for model in __import__("django.apps", fromlist=["apps"]).apps.get_models()
    if model.__module__.startswith("apps.")
]


@pytest.fixture
def root(db):
    return person("root@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def staff(workspace):
    """May change everything that permissions allow, but is no superuser."""
    user = person("staff@example.com", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def rows(workspace, analyst, orders):
    columns = [{"name": "at", "type": "time"}]
    stream = create_stream(workspace, name="R", slug="rides", time_column="at", columns=columns)
    return one_of_each(workspace, analyst, orders, stream)


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_of_ours_has_pages():
    assert [model for model in OURS if model not in admin.site._registry] == []


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.label)
def test_its_pages_open(client, root, rows, model):
    client.force_login(root)
    assert client.get(url(model, "changelist")).status_code == 200
    assert client.get(url(model, "changelist"), {"q": "x"}).status_code == 200
    may_add = admin.site._registry[model].has_add_permission(_request(root))
    assert client.get(url(model, "add")).status_code == (200 if may_add else 403)
    for row in model._default_manager.all()[:2]:
        response = client.get(url(model, "change", row.pk))
        assert response.status_code == 200
        assert b"canary-password" not in response.content


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.label)
def test_adm_3_no_filter_in_the_address_reaches_a_secret(client, root, rows, model):
    client.force_login(root)
    for lookup in ("password__startswith", "user__password__startswith", "secret__startswith"):
        response = client.get(url(model, "changelist"), {lookup: "a"})
        assert response.status_code in (302, 400), lookup  # ?e=1, or refused


def test_adm_3_neither_hash_nor_secret_is_on_a_page(client, root, rows, viewer):
    client.force_login(root)
    source = rows["sources"]
    for page in (url(User, "change", viewer.pk), url(Source, "change", source.pk)):
        text = client.get(page).content
        assert viewer.password.encode() not in text
        assert viewer.password.split("$")[-1].encode() not in text
        assert bytes(source.secret).hex().encode() not in text


def test_a_person_is_made_and_gets_another_password(client, root, viewer):
    client.force_login(root)
    fields = {"email": "New@Example.com", "name": "New", "usable_password": "true"}
    fields |= {"password1": "correct horse battery", "password2": "correct horse battery"}
    client.post(url(User, "add"), fields)
    assert User.objects.get(email="new@example.com").check_password("correct horse battery")
    before = viewer.access_version
    page = reverse("admin:auth_user_password_change", args=[viewer.pk])
    fields = {"password1": "another horse battery", "password2": "another horse battery"}
    client.post(page, fields | {"usable_password": "true"})
    viewer.refresh_from_db()
    assert viewer.check_password("another horse battery")
    assert viewer.access_version > before


def test_adm_1_staff_cannot_give_themselves_powers(client, staff, viewer, workspace):
    client.force_login(staff)
    for user in (staff, viewer):
        fields = {"email": user.email, "name": "x", "timezone": "UTC", "attributes": "{}"}
        fields |= {"is_active": "on", "is_superuser": "on", "is_staff": "on"}
        fields |= {"user_permissions": [Permission.objects.first().pk]}
        client.post(url(User, "change", user.pk), fields)
        user.refresh_from_db()
        assert not user.is_superuser
    assert not viewer.is_staff
    assert not viewer.user_permissions.exists()
    fields = {"user": staff.pk, "workspace": workspace.pk, "role": "admin"}
    assert client.post(url(Membership, "add"), fields).status_code == 200  # shown again, refused
    assert not Membership.objects.filter(user=staff).exists()
    for name in ("auth_group", "guardian_userobjectpermission", "guardian_groupobjectpermission"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 403
        assert client.get(reverse(f"admin:{name}_add")).status_code == 403


def test_adm_1_staff_cannot_take_over_a_superuser(client, staff, root):
    client.force_login(staff)
    before = root.password
    page = reverse("admin:auth_user_password_change", args=[root.pk])
    fields = {"password1": "another horse battery", "password2": "another horse battery"}
    assert client.post(page, fields).status_code == 403
    assert client.post(url(User, "change", root.pk), {"email": "x@example.com"}).status_code == 403
    assert client.post(url(User, "delete", root.pk), {"post": "yes"}).status_code == 403
    root.refresh_from_db()
    assert (root.password, root.email) == (before, "root@example.com")


def test_who_is_no_staff_is_told_so_and_sees_nothing(client, viewer):
    client.force_login(viewer)
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403


def test_the_admins_door_is_the_products_own_which_counts_wrong_passwords(client, root):
    response = client.get("/admin/accounts/user/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/sign-in/?next=")


def test_a_changed_role_policy_or_privacy_outdates_cached_rights(
    client, root, rows, viewer, workspace, orders
):
    client.force_login(root)

    def version():
        return User.objects.get(pk=viewer.pk).access_version

    steps = []
    before = version()
    membership = Membership.objects.get(user=viewer)
    fields = {"user": viewer.pk, "workspace": workspace.pk, "role": "editor"}
    client.post(url(Membership, "change", membership.pk), fields)
    steps.append(version())
    fields = {"dataset": orders.pk, "name": "West", "role": "viewer", "is_active": "on"}
    fields["filters"] = '[{"column": "region", "op": "in", "values": ["West"]}]'
    client.post(url(RowPolicy, "add"), fields)
    policy = RowPolicy.objects.get(name="West")
    steps.append(version())
    client.post(url(RowPolicy, "delete", policy.pk), {"post": "yes"})
    steps.append(version())
    assert Membership.objects.get(user=viewer).role == "editor"
    assert not RowPolicy.objects.filter(name="West").exists()
    assert [before, *steps] == sorted({before, *steps})  # each step moved it


def test_a_policy_that_nobody_can_read_is_refused(client, root, rows, orders):
    client.force_login(root)
    for filters in ('[{"column": "no_such"}]', '["x"]', '{"a": 1}', '[{"column": "region"}]', "1"):
        fields = {"dataset": orders.pk, "name": "P", "role": "viewer", "filters": filters}
        assert client.post(url(RowPolicy, "add"), fields).status_code == 200, filters
    assert not RowPolicy.objects.filter(name="P").exists()


def test_incidents_cannot_be_rewritten(client, root, rows):
    client.force_login(root)
    incident = rows["incidents"]
    assert client.post(url(type(incident), "change", incident.pk), {"value": 9}).status_code == 403
    incident.refresh_from_db()
    assert incident.value == 0


def test_a_stream_goes_with_its_dataset_and_table(client, root, rows):
    from django.db import connection

    client.force_login(root)
    stream = rows["streams"]
    client.post(url(type(stream), "delete", stream.pk), {"post": "yes"})
    assert not type(stream.dataset).objects.filter(pk=stream.dataset_id).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'streams'")
        assert cursor.fetchone() == (0,)


def test_a_grant_that_the_admin_makes_works_at_once(client, root, rows, workspace, orders):
    from guardian.models import UserObjectPermission

    client.force_login(root)
    reader = person("reader@example.com", workspace, "viewer")
    before = reader.access_version
    permission = Permission.objects.get(codename="view_dataset")
    fields = {"user": reader.pk, "permission": permission.pk, "object_pk": orders.pk}
    fields["content_type"] = permission.content_type_id
    client.post(url(UserObjectPermission, "add"), fields)
    assert UserObjectPermission.objects.filter(user=reader).exists()
    reader.refresh_from_db()
    assert reader.access_version > before


def _request(user):
    from django.test import RequestFactory

    request = RequestFactory().get("/admin/")
    request.user = user
    return request
