"""The SQL lab through the user's door: who may ask what, limits, cancel, history, datasets."""

import threading
import time

import pytest
from django.db import connection

from apps.accounts import services as accounts
from apps.accounts.models import Workspace
from apps.core import redis
from apps.datasources import sqllab
from apps.datasources.models import SqlRun
from tests.datasources import sql_sources
from tests.datasources.sql_sources import ask, start

pytestmark = pytest.mark.django_db(transaction=True)
SLOW = "SELECT count(*) FROM generate_series(1, 4000000000) a, generate_series(1, 1000) b"


# -- who


@pytest.mark.parametrize("who", ["viewer", "editor"])
def test_it_is_for_who_defines_data(client, request, warehouse, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/sql/").status_code == 404
    assert client.get("/sql/history/").status_code == 404
    assert start(client, warehouse, "SELECT 1").status_code == 404
    assert client.get(f"/sql/sources/{warehouse.pk}/tables/").status_code == 404
    assert b'aria-label="SQL"' not in client.get("/").content


def test_an_analyst_finds_it_in_the_rail(lab, warehouse):
    page = lab.get("/sql/")
    assert "Warehouse" in page.text
    assert 'aria-label="SQL"' in page.text
    assert "unsafe-inline" not in page["Content-Security-Policy"]


def test_a_source_of_another_workspace_is_not_there(client, stranger, warehouse):
    client.force_login(stranger)
    for url in ("tables", "columns"):
        assert client.get(f"/sql/sources/{warehouse.pk}/{url}/").status_code == 404
    assert start(client, warehouse, "SELECT 1").status_code == 404
    assert not SqlRun.objects.exists()


def test_where_one_only_looks_one_does_not_ask(client, analyst, settings, monkeypatch):
    other = Workspace.objects.create(name="Other", slug="other")
    accounts.set_role(analyst, other, "viewer")
    source = sql_sources.postgresql(other, settings, monkeypatch)
    client.force_login(analyst)
    assert "Warehouse" not in client.get("/sql/").text
    assert start(client, source, "SELECT 1").status_code == 404


def test_a_run_is_its_persons_alone(lab, client, admin_user, warehouse):
    _status, found = ask(lab, warehouse, "SELECT 1 AS secret_name")
    client.force_login(admin_user)
    for method, url in (
        ("get", ""),
        ("get", "rows.csv"),
        ("post", "cancel/"),
        ("get", "dataset/"),
    ):
        assert getattr(client, method)(f"/sql/runs/{found['id']}/{url}").status_code == 404
    assert "secret_name" not in client.get("/sql/history/").text


def test_a_lost_role_takes_the_runs_along(lab, analyst, workspace, warehouse):
    _status, found = ask(lab, warehouse, "SELECT 1 AS a")
    accounts.set_role(analyst, workspace, "viewer")
    assert lab.get(f"/sql/runs/{found['id']}/").status_code == 404
    assert lab.get(f"/sql/runs/{found['id']}/rows.csv").status_code == 404


# -- a run


def test_rows_come_with_their_types(lab, warehouse):
    sql = "SELECT id, region, amount, sold_at, NULL AS nothing FROM shop.sales ORDER BY id LIMIT 2"
    status, found = ask(lab, warehouse, sql)
    assert (status, found["state"], found["row_count"]) == (200, "done", 2)
    assert [c["type"] for c in found["result"]["columns"][:4]] == [
        "number",
        "text",
        "number",
        "time",
    ]
    assert found["result"]["rows"][0] == [1, "East", 1.5, "2024-01-02", None]
    assert found["took_ms"] > 0
    assert not found["result"]["truncated"]


def test_an_answer_is_cut_at_the_cap_and_told_so(lab, warehouse, settings):
    settings.QUERY_MAX_ROWS = 10
    _status, found = ask(lab, warehouse, "SELECT * FROM shop.sales")
    assert (found["row_count"], found["result"]["truncated"]) == (10, True)
    _status, found = ask(lab, warehouse, "SELECT * FROM shop.sales LIMIT 10")
    assert (found["row_count"], found["result"]["truncated"]) == (10, False)
    _status, found = ask(lab, warehouse, "SELECT * FROM shop.sales LIMIT 1000000")
    assert found["result"]["truncated"]


def test_sql_6_ten_million_rows_are_never_fetched(lab, warehouse, settings):
    settings.QUERY_MAX_ROWS = 100
    _status, found = ask(lab, warehouse, "SELECT n FROM generate_series(1, 10000000) n")
    assert (found["state"], found["row_count"]) == ("done", 100)


def test_the_page_shows_a_part_and_the_download_has_all(lab, warehouse):
    _status, found = ask(lab, warehouse, "SELECT n, '=1+1' AS f FROM generate_series(1, 2500) n")
    assert (found["row_count"], len(found["result"]["rows"])) == (2500, 1000)
    response = lab.get(f"/sql/runs/{found['id']}/rows.csv")
    lines = response.content.decode().splitlines()
    assert lines[:2] == ["n,f", "1,'=1+1"]
    assert len(lines) == 2501
    assert "attachment" in response["Content-Disposition"]


def test_two_columns_of_one_name_are_both_shown(lab, warehouse):
    _status, found = ask(lab, warehouse, "SELECT 1 AS a, 2 AS a")
    assert found["result"]["rows"] == [[1, 2]]


def test_what_a_browser_cannot_count_exactly_is_sent_as_text(lab, warehouse):
    _status, found = ask(lab, warehouse, "SELECT 9007199254740993 AS n, 'NaN'::float8 AS x")
    assert found["result"]["rows"] == [["9007199254740993", "nan"]]


@pytest.mark.parametrize(
    ("sql", "line", "column"),
    [("SELECT a\nFROM WHERE x", 2, 6), ("SELECT 1,\n  pg_sleep(9)", 2, 3)],
)
def test_what_is_refused_here_says_where_and_leaves_no_trace(lab, warehouse, sql, line, column):
    response = start(lab, warehouse, sql)
    problem = response.json()
    assert response.status_code == 400
    assert (problem["field"], problem["line"], problem["column"]) == ("sql", line, column)
    assert not SqlRun.objects.exists()


def test_what_the_source_refuses_is_told_in_its_words_and_place(lab, warehouse):
    _status, found = ask(lab, warehouse, "SELECT id,\n  amuont FROM shop.sales")
    assert found["state"] == "failed"
    assert 'column "amuont" does not exist' in found["problem"]
    assert (found["line"], found["column"]) == (2, 3)


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM shop.sales", "SELECT 1; DELETE FROM shop.sales", "SELECT * FROM pg_authid"],
)
def test_nothing_is_written_and_no_password_read(lab, warehouse, sql):
    assert start(lab, warehouse, sql).status_code == 400
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shop.sales")
        assert cursor.fetchone() == (100,)


def test_the_session_of_the_source_is_read_only_too(lab, warehouse, monkeypatch):
    """Should the guard ever be fooled, the database still refuses."""
    statement = sqllab.Statement("CREATE TABLE shop.canary (a int)", ())
    monkeypatch.setattr(sqllab, "prepared", lambda *args: statement)
    _status, found = ask(lab, warehouse, "SELECT 1")
    assert found["state"] == "failed"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('shop.canary')")
        assert cursor.fetchone() == (None,)


def test_a_slow_statement_ends_at_the_limit_and_the_next_runs(lab, warehouse, settings):
    settings.QUERY_TIMEOUT_S = 1.0
    began = time.monotonic()
    _status, found = ask(lab, warehouse, SLOW)
    assert found["state"] == "failed"
    assert "too long" in found["problem"]
    assert time.monotonic() - began < 10
    _status, found = ask(lab, warehouse, "SELECT 1 AS a")
    assert found["state"] == "done"


# -- cancel


def wait_for(true, limit_s=20.0):
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_cancelled_run_of_files_stops(lab, files):
    found = start(lab, files, "SELECT count(*) FROM range(100000000) a, range(100000) b").json()
    assert found["state"] == "running"
    assert lab.post(f"/sql/runs/{found['id']}/cancel/").status_code == 204
    url = f"/sql/runs/{found['id']}/"
    wait_for(lambda: lab.get(url).json()["state"] == "cancelled")


def test_a_third_run_of_a_person_waits_its_turn(lab, files):
    sql = "SELECT count(*) FROM range(100000000) a, range(100000) b"
    running = [start(lab, files, sql).json()["id"] for _each in range(2)]
    third = start(lab, files, "SELECT 1 AS a")
    assert third.status_code == 429
    assert "Retry-After" in third
    for pk in running:
        lab.post(f"/sql/runs/{pk}/cancel/")
    active = SqlRun.objects.filter(state="running")
    wait_for(lambda: not active.exists())
    assert ask(lab, files, "SELECT 1 AS a")[1]["state"] == "done"


def test_a_full_process_says_so_and_gives_its_places_back(lab, warehouse, monkeypatch):
    monkeypatch.setattr(sqllab, "_places", threading.BoundedSemaphore(1))
    assert sqllab._places.acquire(blocking=False)
    assert start(lab, warehouse, "SELECT 1").status_code == 429
    sqllab._places.release()
    for _each in range(3):
        assert ask(lab, warehouse, "SELECT 1 AS a")[1]["state"] == "done"


def test_a_run_whose_process_died_is_told_as_lost(lab, analyst, warehouse):
    run = SqlRun.objects.create(user=analyst, source=warehouse, sql="SELECT 1", state="running")
    redis.client().delete(f"sightline:sql:{run.pk}:alive")
    found = lab.get(f"/sql/runs/{run.pk}/").json()
    assert found["state"] == "failed"
    assert "restarted" in found["problem"]


# -- parameters


def test_sql_7_values_are_bound_never_text(lab, warehouse):
    value = "'; DROP TABLE shop.sales; -- %s {} {{ x }} {% y %} \\"
    given = {"a": {"type": "text", "value": value}}
    _status, found = ask(lab, warehouse, "SELECT {{ a }} AS a, '{}' AS b", given)
    assert found["result"]["rows"] == [[value, "{}"]]


def test_parameters_of_every_type(lab, warehouse):
    sql = (
        "SELECT count(*) AS n FROM shop.sales WHERE region IN ({{ regions }})"
        " AND amount > {{ least }} AND sold_at >= {{ since }} LIMIT {{ most }}"
    )
    given = {
        "regions": {"type": "list", "value": "West, East"},
        "least": {"type": "number", "value": "30"},
        "since": {"type": "date", "value": "2024-02-01"},
        "most": {"type": "number", "value": 5},
    }
    assert ask(lab, warehouse, sql, given)[1]["result"]["rows"] == [[70]]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "parameters.a"),
        ({"a": {"type": "number", "value": "x"}}, "parameters.a"),
        ({"a": {"type": "date", "value": "31.12.2024"}}, "parameters.a"),
        ({"a": {"type": "text", "value": "a\x00b"}}, "parameters.a"),
        ({"a": {"type": "text", "value": ["a", "b"]}}, "parameters.a"),
        ({"a": {"type": "file", "value": "x"}}, "parameters.a"),
        ({"a": 7}, "parameters.a"),
        ([], "parameters"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(lab, warehouse, given, field):
    body = {"source": warehouse.pk, "sql": "SELECT {{ a }}", "parameters": given}
    response = lab.post("/sql/runs/", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["field"] == field


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"source": "x", "sql": "SELECT 1"}', b'{"source": 1, "sql": 7}']
)
def test_nonsense_is_refused_never_500(lab, warehouse, body):
    response = lab.post("/sql/runs/", body, content_type="application/json")
    assert response.status_code in (400, 404)


# -- tables and columns


def test_tables_and_columns_are_listed_and_searched(lab, warehouse):
    url = f"/sql/sources/{warehouse.pk}"
    assert "shop.sales" in lab.get(f"{url}/tables/").text
    assert "shop.sales" not in lab.get(f"{url}/tables/", {"q": "staff"}).text
    assert "sold_at" in lab.get(f"{url}/columns/", {"table": "shop.sales"}).text
    found = lab.get(
        f"{url}/columns/", {"table": "shop.sales"}, headers={"Accept": "application/json"}
    ).json()
    assert found == {"columns": ["id", "region", "amount", "sold_at"]}
    assert "no such table" in lab.get(f"{url}/columns/", {"table": "x'; --"}).text


def test_a_source_that_is_away_says_so_in_the_list(lab, warehouse):
    warehouse.settings["port"] = 1
    warehouse.save()
    response = lab.get(f"/sql/sources/{warehouse.pk}/tables/")
    assert response.status_code == 200
    assert "does not answer" in response.text


# -- history


def test_the_history_is_searched_and_loads_again(lab, warehouse):
    ask(lab, warehouse, "SELECT 1 AS apples")
    given = {"n": {"type": "number", "value": "7"}}
    _status, found = ask(lab, warehouse, "SELECT {{ n }} AS pears", given)
    page = lab.get("/sql/history/").text
    assert "apples" in page
    assert "pears" in page
    assert "apples" not in lab.get("/sql/history/", {"q": "pears"}).text
    again = lab.get(f"/sql/runs/{found['id']}/").json()
    assert (again["sql"], again["parameters"]) == ("SELECT {{ n }} AS pears", given)
    assert again["result"]["rows"] == [[7]]


def test_only_the_last_results_of_a_person_are_kept(lab, warehouse):
    runs = [ask(lab, warehouse, f"SELECT {n} AS n")[1]["id"] for n in range(5)]
    kept = [lab.get(f"/sql/runs/{pk}/").json()["result"] is not None for pk in runs]
    assert kept == [False, False, True, True, True]
    assert lab.get(f"/sql/runs/{runs[0]}/rows.csv").status_code == 404
