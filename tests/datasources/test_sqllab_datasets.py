"""Datasets that are made of what the SQL lab has run."""

import pyarrow as pa
import pytest
from guardian.shortcuts import assign_perm

from apps.accounts import services as accounts
from apps.accounts.models import Workspace
from apps.core.errors import Denied
from apps.datasources import engine, services
from apps.datasources.models import Dataset, Source
from apps.datasources.query import Query
from tests.conftest import person
from tests.datasources import sql_sources
from tests.datasources.sql_sources import HTMX, ask, start

pytestmark = pytest.mark.django_db(transaction=True)


def save(client, found, name="Saved", **headers):
    url = f"/sql/runs/{found['id']}/dataset/"
    return client.post(url, {"name": name}, headers={"Accept": "text/html", **headers})


def test_a_run_becomes_a_dataset_with_columns_and_measures(lab, warehouse):
    sql = "SELECT region, amount, sold_at FROM shop.sales WHERE region = {{ r }} -- mine"
    found = ask(lab, warehouse, sql, {"r": {"type": "text", "value": "West'"}})[1]
    response = save(lab, found, "Sales in the West", **HTMX)
    assert response["HX-Redirect"] == "/data/sales-in-the-west/"
    made = Dataset.objects.get()
    assert (made.kind, made.time_column, made.is_restricted) == ("sql", "sold_at", False)
    assert made.sql == "SELECT region, amount, sold_at FROM shop.sales WHERE region = 'West'''"
    types = dict(made.columns.values_list("name", "type"))
    assert types == {"region": "text", "amount": "number", "sold_at": "time"}
    assert set(made.measures.values_list("name", "aggregate")) == {
        ("rows", "count"),
        ("amount", "sum"),
    }


def test_rows_of_files_become_a_copy_that_charts_can_ask(lab, analyst, files):
    sql = "SELECT region, sum(amount) AS total, max(ordered_at) AS last, NULL AS x"
    sql += " FROM orders GROUP BY 1"
    found = ask(lab, files, sql)[1]
    assert save(lab, found, **HTMX).status_code == 204
    made = Dataset.objects.get(slug="saved")
    assert (made.kind, made.row_count, made.time_column) == ("upload", 2, "last")
    frame = engine.answer(Query(dataset=made.pk, measures=("total",)), analyst)
    assert frame.column("total") == [2157.0]


def test_what_some_see_in_part_is_saved_by_admins_only_and_restricted(
    lab, client, admin_user, orders, files
):
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    services.set_policy(orders, "East only", "viewer", rows)
    found = ask(lab, files, "SELECT * FROM orders")[1]
    refused = save(lab, found)
    assert refused.status_code == 422
    assert "Ask an admin" in refused.text
    assert Dataset.objects.count() == 1
    client.force_login(admin_user)
    found = ask(client, files, "SELECT * FROM orders")[1]
    assert save(client, found, **HTMX).status_code == 204
    assert Dataset.objects.get(slug="saved").is_restricted


@pytest.mark.parametrize("place", ["warehouse", "files"])
def test_a_policy_made_later_holds_for_what_was_made_of_its_data(
    lab, client, viewer, orders, request, place
):
    source = request.getfixturevalue(place)
    behind = orders if place == "files" else sql_sources.dataset(source, "shop.sales", "sales")
    table = "orders" if place == "files" else "shop.sales"
    found = ask(lab, source, f"SELECT count(*) AS n FROM {table}")[1]
    assert save(lab, found, **HTMX).status_code == 204
    made = Dataset.objects.get(slug="saved")
    assert engine.answer(Query(dataset=made.pk, columns=("n",)), viewer).column("n")
    hidden = "region" if place == "files" else "name"
    services.set_policy(behind, "None", "viewer", [], hidden_columns=[hidden])
    viewer.refresh_from_db()
    with pytest.raises(Denied, match="only in part"):
        engine.answer(Query(dataset=made.pk, columns=("n",)), viewer)
    client.force_login(viewer)
    assert client.get("/data/saved/").status_code == 403
    assert client.get("/data/").status_code == 200
    Dataset.objects.filter(pk=made.pk).update(is_restricted=True)
    assign_perm("datasources.view_dataset", viewer, made)
    accounts.touch_workspace(made.workspace_id)
    viewer.refresh_from_db()
    assert engine.answer(Query(dataset=made.pk, columns=("n",)), viewer).column("n")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT 1 AS a, 2 AS a", "name of its own"),
        ("SELECT count(*), 1 + 1 FROM shop.sales", "AS"),
    ],
)
def test_columns_need_names_of_their_own(lab, warehouse, sql, words):
    found = ask(lab, warehouse, sql)[1]
    response = save(lab, found)
    assert response.status_code == 422
    assert words in response.text
    assert not Dataset.objects.exists()


def test_a_cut_answer_is_no_copy(lab, files, settings):
    settings.QUERY_MAX_ROWS = 10
    found = ask(lab, files, "SELECT * FROM orders")[1]
    response = save(lab, found)
    assert response.status_code == 422
    assert "10 rows" in response.text


def test_a_failed_name_is_told_in_the_dialog(lab, warehouse):
    found = ask(lab, warehouse, "SELECT 1 AS a")[1]
    assert "<form" in lab.get(f"/sql/runs/{found['id']}/dataset/").text
    assert save(lab, found, "").status_code == 422


def test_strangers_of_every_kind_of_arrow_are_shown():
    from apps.datasources import sql_results

    table = pa.table({"n": pa.nulls(2), "d": pa.array([b"x", None]), "l": [[1], [2]]})
    assert len(sql_results.page(table)["rows"]) == 2


def test_sources_of_other_kinds_are_not_offered(lab, workspace):
    Source.objects.create(workspace=workspace, name="Streams of ours", kind="store")
    Source.objects.create(workspace=workspace, name="Prometheus of ours", kind="prometheus")
    assert "of ours" not in lab.get("/sql/").text


def test_another_role_elsewhere_opens_no_door(client, workspace, files):
    both = person("both@example.com", workspace, "viewer")
    accounts.set_role(both, Workspace.objects.create(name="Own", slug="own"), "admin")
    client.force_login(both)
    assert client.get("/sql/").status_code == 200
    assert start(client, files, "SELECT * FROM orders").status_code == 404
