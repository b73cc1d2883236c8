"""Whose rows a person's SQL reads: never more than their charts show."""

import pytest

from apps.datasources import services
from apps.datasources.models import SqlRun
from tests.datasources import sql_sources
from tests.datasources.sql_sources import ask, start

pytestmark = pytest.mark.django_db(transaction=True)


def narrow(dataset, role="analyst"):
    rows = [{"column": "name", "op": "in", "values": ["nobody"]}]
    return services.set_policy(dataset, "Own", role, rows)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM shop.staff",
        "SELECT * FROM shop.all_staff",
        "SELECT * FROM SHOP.STAFF",
        'SELECT * FROM "shop"."staff"',
        "WITH staff AS (SELECT 1) SELECT * FROM shop.staff",
        "SELECT * FROM shop.sales WHERE EXISTS (SELECT 1 FROM shop.staff)",
        "SELECT * FROM staff",
    ],
)
def test_a_narrowed_dataset_closes_all_that_one_does_not_see_whole(lab, warehouse, sql):
    sql_sources.dataset(warehouse, "shop.sales", "sales")
    narrow(sql_sources.dataset(warehouse, "shop.staff", "staff"))
    assert ask(lab, warehouse, "SELECT count(*) AS n FROM shop.sales")[1]["state"] == "done"
    response = start(lab, warehouse, sql)
    assert response.status_code == 400
    assert "shop.sales" in response.json()["detail"]
    listed = lab.get(f"/sql/sources/{warehouse.pk}/tables/").text
    assert "shop.sales" in listed
    assert "shop.staff" not in listed
    assert "shop.all_staff" not in listed


def test_who_sees_no_table_whole_is_told_so_without_a_list_of_nothing(lab, warehouse):
    narrow(sql_sources.dataset(warehouse, "shop.staff", "staff"))
    told = start(lab, warehouse, "SELECT * FROM shop.staff").json()["detail"]
    assert told.endswith("SQL may read none of its tables. Explore shows you your part of it.")


def test_history_writes_thousands_as_people_read_them(lab, files, analyst):
    run = SqlRun.objects.create(user=analyst, source=files, sql="SELECT 1", state="done")
    SqlRun.objects.filter(pk=run.pk).update(row_count=48_210)
    assert "48,210 rows" in lab.get("/sql/history/").text


def test_a_restricted_dataset_closes_its_table_and_an_admin_still_reads_it(
    lab, client, admin_user, warehouse
):
    sql_sources.dataset(warehouse, "shop.staff", "staff", is_restricted=True)
    assert start(lab, warehouse, "SELECT * FROM shop.staff").status_code == 400
    client.force_login(admin_user)
    assert ask(client, warehouse, "SELECT * FROM shop.staff")[1]["result"]["rows"] == [["Ada", 7]]


def test_a_policy_for_others_narrows_nobody_else(lab, warehouse):
    narrow(sql_sources.dataset(warehouse, "shop.staff", "staff"), role="viewer")
    assert ask(lab, warehouse, "SELECT * FROM shop.all_staff")[1]["state"] == "done"


def test_uploads_are_tables_by_their_short_names(lab, files):
    sql = "SELECT region, sum(amount) AS a FROM orders GROUP BY region ORDER BY a"
    assert ask(lab, files, sql)[1]["result"]["rows"] == [["East", 600.0], ["West", 1557.0]]
    listed = lab.get(f"/sql/sources/{files.pk}/tables/").text
    assert 'data-table="orders"' in listed


def test_what_duckdb_has_no_plain_type_for_is_text(lab, files):
    sql = """SELECT [1, 2] AS l, {'a': 1} AS s, INTERVAL 1 DAY AS i, 'a'::BLOB AS b,
        TIME '10:00' AS t, NULL::INTEGER[] AS n, '\\xFF'::BLOB AS x"""
    found = ask(lab, files, sql)[1]
    assert found["state"] == "done", found
    row = found["result"]["rows"][0]
    assert row == ["[1, 2]", "{'a': 1}", "0 months 1 days 0 s", "a", "10:00:00.000000", None, "ff"]


def test_policies_hold_in_sql_on_uploads_whatever_it_says(lab, orders, files):
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    services.set_policy(orders, "East only", "analyst", rows)
    for sql in (
        "SELECT DISTINCT region FROM orders",
        "SELECT DISTINCT o.region FROM orders AS o, orders p WHERE o.region IN ('West', 'East')",
        "WITH orders AS (SELECT * FROM orders) SELECT DISTINCT region FROM orders",
        "SELECT DISTINCT region FROM orders WHERE region = {{ r }} OR TRUE",
        "SELECT region FROM (SELECT * FROM ORDERS) x UNION SELECT max(region) FROM orders",
    ):
        found = ask(lab, files, sql, {"r": {"type": "text", "value": "West"}})[1]
        assert found["result"]["rows"] == [["East"]], sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM nothing",
        "SELECT * FROM main.orders",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM read_parquet('x')",
        "SELECT * FROM 'orders.parquet'",
    ],
)
def test_of_files_there_is_nothing_but_the_datasets(lab, files, sql):
    assert start(lab, files, sql).status_code == 400


def test_an_upload_that_one_may_not_see_is_not_there(lab, orders, files):
    orders.is_restricted = True
    orders.save()
    response = start(lab, files, "SELECT * FROM orders")
    assert response.status_code == 400
    assert "orders" not in lab.get(f"/sql/sources/{files.pk}/tables/").text


def test_an_error_of_duckdb_tells_no_path(lab, files, settings):
    _status, found = ask(lab, files, "SELECT nothing FROM orders")
    assert found["state"] == "failed"
    assert "nothing" in found["problem"]
    assert str(settings.UPLOADS) not in found["problem"]
    assert "read_parquet" not in found["problem"]
    assert (found["line"], found["column"]) == (1, 8)
