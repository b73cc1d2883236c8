"""Every route of the OpenAPI document, knocked at by everybody who has no business there."""

import re

import pytest
from django.core import serializers
from django.db.models import Model

from apps.api.urls import router
from tests.api.rows import one_of_each
from tests.conftest import person

MISSING = {"pk": 10**15, "slug": "no-such"}
SHAPE = {"type", "title", "status", "detail", "code", "field", "request_id"}
READ_ONLY = {"workspaces", "incidents", "insights", "forecasts"}
PREFIXES = [prefix for prefix, _viewset, _name in router.registry]
DOORS = ("auth/token/", "auth/token/refresh/", "auth/token/revoke/", "schema/")


@pytest.fixture
def rows(workspace, analyst, orders, stream):
    return one_of_each(workspace, analyst, orders, stream)


@pytest.fixture
def document(client, db):
    return client.get("/api/v1/schema/").json()


@pytest.fixture
def operations(document):
    """[(method, path below /api/v1/)] of all operations."""
    return [
        (method.upper(), path.removeprefix("/api/v1/"))
        for path, item in document["paths"].items()
        for method in item
    ]


def address(path, rows, missing=False):
    """The path with the number or slug of our row, or of one that does not exist, filled in."""
    prefix = path.split("/")[0]
    if "{" not in path:
        return path
    name = "slug" if "{slug}" in path else "pk"
    value = MISSING[name] if missing else getattr(rows[prefix], name)
    return re.sub(r"\{\w+\}", str(value), path)


def state(rows):
    """All rows, as they are in the database."""
    models = [type(row)._base_manager.get(pk=row.pk) for row in rows.values()]
    assert all(isinstance(row, Model) for row in models)
    return serializers.serialize("json", models)


def without_id(response):
    body = response.json()
    assert set(body) >= SHAPE, response.content
    assert response["Content-Type"] == "application/problem+json"
    return body | {"request_id": ""}


def test_the_document_names_every_resource(operations):
    assert {path.split("/")[0] for _method, path in operations} >= {*PREFIXES, "query", "auth"}


def test_nobody_is_let_in_without_a_token(caller, rows, operations):
    before = state(rows)
    for method, path in operations:
        if path not in DOORS:
            response = caller().ask(method, address(path, rows), {})
            assert response.status_code == 401, (method, path)
            assert without_id(response)["code"] == "not_authenticated"
            assert response["WWW-Authenticate"].startswith("Bearer")
    assert state(rows) == before


def test_ten_1_a_foreign_row_and_a_missing_one_are_answered_alike(
    caller, rows, operations, stranger
):
    before, client = state(rows), caller(stranger)
    knocked = 0
    for method, path in operations:
        if "{" in path:
            foreign = client.ask(method, address(path, rows), {})
            missing = client.ask(method, address(path, rows, missing=True), {})
            assert foreign.status_code == missing.status_code == 404, (method, path)
            assert without_id(foreign) == without_id(missing)
            knocked += 1
    assert knocked > 30
    assert state(rows) == before


def test_ten_3_lists_hold_own_rows_only_whatever_is_asked_for(caller, rows, stranger, workspace):
    client = caller(stranger)
    for prefix in PREFIXES:
        found = client.ask("GET", f"{prefix}/").json()["results"]
        assert rows[prefix].pk not in [row["id"] for row in found], prefix
    for prefix in ("datasets", "dashboards", "rules", "metrics", "widgets", "reports"):
        response = client.ask("GET", f"{prefix}/?workspace={workspace.pk}")
        assert response.status_code in (200, 400)
        assert response.json().get("results", []) == []


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("no_such=1", "unknown_parameter"),
        ("ordering=no_such", "unknown_parameter"),
        ("ordering=workspace__memberships__user__password", "unknown_parameter"),
        ("secret__startswith=a", "unknown_parameter"),
        ("fields=no_such", "unknown_field"),
        ("cursor=garbage", "invalid_cursor"),
        ("cursor=cD1ub25zZW5zZQ%3D%3D", "invalid_cursor"),
    ],
)
def test_ten_3_unknown_names_are_refused(caller, rows, analyst, prefix, name, code):
    response = caller(analyst).ask("GET", f"{prefix}/?{name}")
    assert response.status_code == 400, response.content
    assert without_id(response)["code"] == code


@pytest.mark.parametrize("prefix", PREFIXES)
def test_each_list_and_row_can_be_read_in_part(caller, rows, analyst, prefix):
    client = caller(analyst)
    whole = client.ask("GET", f"{prefix}/").json()["results"]
    assert rows[prefix].pk in [row["id"] for row in whole]
    part = client.ask("GET", f"{prefix}/?fields=id&page_size=1").json()["results"]
    assert [list(row) for row in part] == [["id"]]
    key = rows[prefix].slug if prefix == "streams" else rows[prefix].pk
    row = client.ask("GET", f"{prefix}/{key}/?fields=id")
    assert row.json() == {"id": rows[prefix].pk}


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("size", ["1e9", "-1", "NaN", "999999999999", "", "x"])
def test_api_2_a_page_size_is_clamped(caller, rows, analyst, prefix, size):
    response = caller(analyst).ask("GET", f"{prefix}/?page_size={size}")
    assert response.status_code == 200


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_unchanged_row_is_not_sent_twice(caller, rows, analyst, prefix):
    key = rows[prefix].slug if prefix == "streams" else rows[prefix].pk
    first = caller(analyst).ask("GET", f"{prefix}/{key}/")
    again = caller(analyst).ask("GET", f"{prefix}/{key}/", If_None_Match=first["ETag"])
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_a_viewer_changes_nothing_anywhere(caller, rows, operations, viewer):
    before, client = state(rows), caller(viewer)
    tried = 0
    for method, path in operations:
        if method in ("PATCH", "DELETE"):
            response = client.ask(method, address(path, rows), {}, If_Match="*")
            expected = 404 if path.startswith(("sources/", "policies/")) else 403
            assert response.status_code == expected, (method, path, response.content)
            without_id(response)
            tried += 1
    assert tried > 10
    assert state(rows) == before


def test_an_outsider_without_any_workspace_sees_empty_lists(caller, rows, db):
    client = caller(person("nobody@example.com"))
    for prefix in PREFIXES:
        assert client.ask("GET", f"{prefix}/").json()["results"] == []


def test_api_10_broken_bodies_wrong_methods_and_foreign_types_are_problems(
    caller, rows, operations, analyst
):
    client = caller(analyst)
    before = state(rows)
    for method, path in operations:
        url = address(path, rows)
        wrong = client.ask("PUT", url, {})
        assert wrong.status_code == 405, (path, wrong.content)
        without_id(wrong)
        if method not in ("POST", "PATCH") or path.startswith("policies/"):  # those are admins'
            continue
        for body in ("{", "[" * 50_000, '{"x": NaN}', '"\\u0000"', "\x00"):
            response = client.ask(method, url, body, If_Match="*")
            assert response.status_code == 400, (method, path, body[:9], response.content)
            without_id(response)
        for kind in ("application/xml", "multipart/form-data; boundary=x", "nonsense"):
            response = client.ask(method, url, "<a/>", Content_Type=kind, If_Match="*")
            if path != "query/":  # reads its body as JSON whatever the header says
                assert response.status_code == 415, (method, path, kind, response.content)
            without_id(response)
    assert state(rows) == before


def test_bodies_of_the_wrong_shape_are_400_and_change_nothing(caller, rows, operations, analyst):
    client, before = caller(analyst), state(rows)
    for method, path in operations:
        if method not in ("POST", "PATCH") or path.endswith("events/"):
            continue
        if path.startswith("policies/"):  # those are admins'
            continue
        for body in ("[]", '"x"', "1", "null", "true"):
            response = client.ask(method, address(path, rows), body, If_Match="*")
            assert response.status_code == 400, (method, path, body, response.content)
    assert state(rows) == before


@pytest.mark.parametrize(
    "path",
    [
        *("no/such/", "dashboards/1%2F..%2F2/", "dashboards/abc/", "dashboards/0/"),
        *("dashboards/-1/", "dashboards/1;x/", "dashboards/null/", "dashboards/%00/"),
        f"dashboards/{'9' * 30}/",
    ],
)
def test_api_8_a_path_that_is_none_is_a_404_problem(caller, viewer, path):
    response = caller(viewer).ask("GET", path)
    assert response.status_code == 404
    without_id(response)


def test_api_4_no_foreign_origin_is_allowed(caller, viewer):
    for origin in ("https://evil.example", "null"):
        response = caller(viewer).ask("GET", "workspaces/", Origin=origin)
        assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_api_5_a_session_needs_the_csrf_token_to_write(rows, analyst, workspace):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(analyst)
    data = {"workspace": workspace.pk, "title": "X"}
    response = client.post("/api/v1/dashboards/", data, content_type="application/json")
    assert response.status_code == 403
    without_id(response)
    assert client.get("/api/v1/dashboards/").status_code == 200


def test_api_3_too_many_requests_are_429_and_others_are_not_held_up(
    caller, viewer, editor, settings
):
    settings.API_LIMIT = 3
    answers = [caller(viewer).ask("GET", "workspaces/") for _ in range(5)]
    assert [answer.status_code for answer in answers][:3] == [200] * 3
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    without_id(answers[-1])
    assert caller(editor).ask("GET", "workspaces/").status_code == 200


def test_the_whole_of_a_long_list_comes_page_by_page_once(caller, analyst, workspace):
    from apps.dashboards import services as dashboards

    made = {
        dashboards.create_dashboard(analyst, workspace, title=f"D {i % 3}").pk for i in range(7)
    }
    for ordering in ("", "&ordering=title", "&ordering=-created_at"):
        found, url = [], f"/api/v1/dashboards/?page_size=3&fields=id{ordering}"
        while url:
            page = caller(analyst).get(url).json()
            found += [row["id"] for row in page["results"]]
            url = page["next"]
        assert (len(found), set(found)) == (7, made)
