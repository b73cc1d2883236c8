"""Sources, datasets, measures and policies as partners make and change them."""

import pytest
from django.db import connection

from apps.datasources import addresses
from apps.datasources.models import Dataset, Measure, RowPolicy, Source

SECRET = "canary-of-the-source"
COUNT = {"name": "count", "label": "Count", "aggregate": "count"}
RATIO = {"name": "x", "label": "X", "aggregate": "ratio", "numerator": "no", "denominator": "no"}


@pytest.fixture(autouse=True)
def reachable(settings, monkeypatch):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    monkeypatch.setattr(addresses, "_addresses", lambda host: set())


@pytest.fixture
def body(workspace):
    own = connection.settings_dict
    details = {"host": own["HOST"], "port": int(own["PORT"]), "dbname": own["NAME"]}
    details |= {"user": own["USER"]}
    data = {"workspace": workspace.pk, "name": "W", "kind": "postgresql", "settings": details}
    return data | {"password": own["PASSWORD"]}


def trial(body):
    return {key: value for key, value in body.items() if key != "name"}


@pytest.fixture
def source(caller, analyst, body):
    made = caller(analyst).ask("POST", "sources/", body)
    assert made.status_code == 201, made.content
    return Source.objects.get(pk=made.json()["id"])


def test_a_connection_is_tried_before_and_after_it_is_kept(caller, analyst, body):
    client = caller(analyst)
    tried = client.ask("POST", "sources/test/", trial(body)).json()
    assert tried["ok"]
    assert tried["relations"] > 10
    assert not Source.objects.exists()
    made = client.ask("POST", "sources/", body).json()
    assert made["health"] == "none"
    assert client.ask("POST", f"sources/{made['id']}/test/", {}).json()["ok"]
    assert client.ask("GET", f"sources/{made['id']}/").json()["health"] == "good"


def test_a_failure_is_told_with_its_place(caller, analyst, body, source):
    wrong = trial(body) | {"settings": body["settings"] | {"port": 1}, "password": SECRET}
    response = caller(analyst).ask("POST", "sources/test/", wrong)
    assert response.status_code == 200
    assert response.json()["ok"] is False
    assert response.json()["problem"]
    assert SECRET not in response.content.decode()
    Source.objects.update(settings=source.settings | {"port": 1})
    assert not caller(analyst).ask("POST", f"sources/{source.pk}/test/", {}).json()["ok"]
    assert caller(analyst).ask("GET", f"sources/{source.pk}/").json()["health"] == "bad"


def test_only_those_who_define_data_try_connections(caller, viewer, editor, stranger, body, source):
    for user in (viewer, editor):
        assert caller(user).ask("POST", "sources/test/", trial(body)).status_code == 403
        assert caller(user).ask("POST", f"sources/{source.pk}/test/", {}).status_code == 404
    assert caller(stranger).ask("POST", "sources/test/", trial(body)).status_code == 400


def test_a_secret_is_in_no_answer(caller, analyst, body):
    client = caller(analyst)
    made = client.ask("POST", "sources/", body | {"password": SECRET})
    path = f"sources/{made.json()['id']}/"
    again = client.ask("PATCH", path, {"name": "X", "password": SECRET + "2"})
    for response in (made, again, client.ask("GET", path), client.ask("GET", "sources/")):
        assert SECRET not in response.content.decode()


def test_a_table_becomes_a_dataset_and_a_source_in_use_stays(caller, analyst, viewer, source):
    client = caller(analyst)
    asked = {"source": source.pk, "relation": "public.accounts_workspace", "name": "Tenants"}
    made = client.ask("POST", "datasets/", asked)
    assert made.status_code == 201, made.content
    told = made.json()
    assert told["relation"] == "public.accounts_workspace"
    assert "rows" in [each["name"] for each in told["measures"]]
    path = f"datasets/{told['id']}/"
    seen = caller(viewer).ask("GET", path).json()
    assert (seen["relation"], seen["source"], seen["name"]) == (None, None, "Tenants")
    gone = client.ask("DELETE", f"sources/{source.pk}/")
    assert gone.status_code == 409
    assert "Tenants" in gone.json()["detail"]
    again = client.ask("POST", f"{path}columns/", {}).json()
    assert again == {"added": [], "changed": [], "taken": False}
    assert client.ask("DELETE", path).status_code == 204
    assert client.ask("DELETE", f"sources/{source.pk}/").status_code == 204


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"relation": "public.nothing"}, "relation"),
        ({"time_column": "name"}, "time_column"),
        ({"source": 10**9}, "source"),
        ({"name": ""}, "name"),
        ({"measures": [{"name": "1x", "label": "x", "aggregate": "count"}]}, "measures.0.name"),
        ({"measures": [{}]}, "measures.0.name"),
        (
            {"measures": [{"name": "x", "label": "X", "aggregate": "ratio", "numerator": "no"}]},
            "measures",
        ),
        ({"relation": ""}, "relation"),
        ({"nope": 1}, "nope"),
        ({"options": {"paging": "x"}}, "options"),
    ],
)
def test_a_wrong_dataset_is_told_at_its_field(caller, analyst, source, change, field):
    asked = {"source": source.pk, "relation": "public.accounts_workspace", "name": "Tenants"}
    response = caller(analyst).ask("POST", "datasets/", asked | change)
    assert 400 <= response.status_code < 500 or response.json()["code"] == "source_refused"
    assert field is None or response.json()["field"] == field
    assert not Dataset.objects.exists()


def test_nobody_makes_datasets_of_sources_of_others(caller, editor, stranger, source):
    asked = {"source": source.pk, "relation": "public.accounts_workspace", "name": "T"}
    for user in (editor, stranger):
        assert caller(user).ask("POST", "datasets/", asked).status_code == 400
    assert not Dataset.objects.exists()


def test_columns_are_changed_by_name_and_circles_refused(caller, analyst, orders):
    client, path = caller(analyst), f"datasets/{orders.pk}/"
    change = {"columns": [{"name": "region", "label": "Area", "parent": "cost"}]}
    change["columns"].append({"name": "cost", "is_private": True})
    told = client.ask("PATCH", path, change).json()
    region = next(each for each in told["columns"] if each["name"] == "region")
    assert (region["label"], region["parent"]) == ("Area", "cost")
    circle = {"columns": [{"name": "cost", "parent": "region"}]}
    refused = client.ask("PATCH", path, circle)
    assert refused.status_code == 400
    assert "circle" in refused.json()["detail"]
    unknown = client.ask("PATCH", path, {"columns": [{"name": "x", "label": "X"}]})
    assert unknown.json()["code"] == "unknown_column"


def test_measures_are_made_changed_and_ended(caller, analyst, viewer, orders):
    client = caller(analyst)
    west = [{"column": "region", "op": "in", "values": ["West"]}]
    asked = {"dataset": orders.pk, "name": "p95", "label": "P95", "aggregate": "percentile"}
    asked |= {"column": "amount", "percentile": 95, "filters": west}
    made = client.ask("POST", "measures/", asked)
    assert made.status_code == 201, made.content
    path = f"measures/{made.json()['id']}/"
    assert client.ask("PATCH", path, {"percentile": 99}).json()["percentile"] == 99
    assert client.ask("PATCH", path, {"percentile": 101}).json()["field"] == "percentile"
    assert client.ask("PATCH", path, {"name": "other"}).status_code == 400
    assert client.ask("POST", "measures/", asked).status_code in (400, 409)
    assert caller(viewer).ask("DELETE", path).status_code == 403
    assert client.ask("DELETE", path).status_code == 204
    revenue = orders.measures.get(name="revenue")
    assert client.ask("DELETE", f"measures/{revenue.pk}/").status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"filters": [{"column": "nothing", "op": "is_null"}]},
        {"filters": ["x"]},
        {"aggregate": "growth"},
        {"column": "region"},
        {"column": ""},
    ],
)
def test_a_wrong_measure_is_refused(caller, analyst, orders, change):
    asked = {"dataset": orders.pk, "name": "m", "label": "M", "aggregate": "sum"}
    response = caller(analyst).ask("POST", "measures/", asked | {"column": "amount"} | change)
    assert response.status_code == 400, response.content
    assert not Measure.objects.filter(name="m").exists()


def test_admins_set_policies_and_hidden_columns_are_in_no_list(
    caller, admin_user, analyst, viewer, orders
):
    asked = {"dataset": orders.pk, "name": "No cost", "role": "viewer", "hidden_columns": ["cost"]}
    assert caller(analyst).ask("POST", "policies/", asked).status_code == 403
    made = caller(admin_user).ask("POST", "policies/", asked)
    assert made.status_code == 201, made.content
    viewer.refresh_from_db()
    seen = caller(viewer).ask("GET", f"datasets/{orders.pk}/").json()
    assert "cost" not in [each["name"] for each in seen["columns"]]
    assert {each["name"] for each in seen["measures"]} == {"revenue", "orders"}
    listed = caller(viewer).ask("GET", "measures/").json()["results"]
    assert {each["name"] for each in listed} == {"revenue", "orders"}
    cost = orders.measures.get(name="cost")
    assert caller(viewer).ask("GET", f"measures/{cost.pk}/").status_code == 404
    assert caller(viewer).ask("GET", "policies/").json()["results"] == []
    path = f"policies/{made.json()['id']}/"
    wrong = caller(admin_user).ask("PATCH", path, {"hidden_columns": ["x"]})
    assert wrong.json()["field"] == "hidden_columns"
    off = caller(admin_user).ask("PATCH", path, {"is_active": False})
    assert off.status_code == 200, off.content
    viewer.refresh_from_db()
    assert "cost" in str(caller(viewer).ask("GET", f"datasets/{orders.pk}/").json()["columns"])
    assert caller(admin_user).ask("DELETE", path).status_code == 204
    assert not RowPolicy.objects.exists()
