"""POST /api/v1/query/: the same bytes for the same rows, in the form that Accept names."""

import csv
import io

import pyarrow as pa
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.datasources import services as datasources


@pytest.fixture
def question(orders):
    return {"dataset": orders.pk, "measures": ["revenue"], "dimensions": ["region"]}


def test_json_is_what_charts_get(caller, viewer, question):
    response = caller(viewer).ask("POST", "query/", question)
    assert response["Content-Type"] == "application/json"
    assert response.json()["data"] == [["West", "East"], [1557.0, 600.0]]


def test_csv_and_arrow_say_the_same(caller, viewer, question):
    text = caller(viewer).ask("POST", "query/", question, Accept="text/csv")
    assert text["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(text.content.decode())))
    assert rows == [["Region", "Revenue"], ["West", "1557.0"], ["East", "600.0"]]
    kind = "application/vnd.apache.arrow.stream"
    arrow = caller(viewer).ask("POST", "query/", question, Accept=kind)
    assert arrow["Content-Type"] == kind
    table = pa.ipc.open_stream(arrow.content).read_all()
    assert table.column("revenue").to_pylist() == [1557.0, 600.0]


def test_a_form_that_we_do_not_have_is_406(caller, viewer, question):
    response = caller(viewer).ask("POST", "query/", question, Accept="application/pdf")
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


def test_the_kept_answer_is_named_and_not_sent_twice(caller, viewer, question):
    first = caller(viewer).ask("POST", "query/", question)
    again = caller(viewer).ask("POST", "query/", question)
    assert (first["X-Cache"], again["X-Cache"]) == ("miss", "hit")
    assert first["ETag"] == again["ETag"]
    assert int(again["Age"]) < 5
    same = caller(viewer).ask("POST", "query/", question, If_None_Match=first["ETag"])
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])


def test_a_kept_answer_costs_one_statement_the_user(caller, viewer, question):
    client = caller(viewer)
    client.ask("POST", "query/", question)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert client.ask("POST", "query/", question)["X-Cache"] == "hit"
    assert [("accounts_user" in each["sql"]) for each in statements] == [True]


def test_a_question_by_session_works_and_needs_the_csrf_token(viewer, question):
    from django.test import Client

    for client, status in ((Client(), 200), (Client(enforce_csrf_checks=True), 403)):
        client.force_login(viewer)
        response = client.post("/api/v1/query/", question, content_type="application/json")
        assert response.status_code == status


@pytest.mark.parametrize("order", [("editor", "viewer"), ("viewer", "editor")])
@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_ten_5_row_policies_hold_in_any_order_and_form(
    caller, editor, viewer, orders, question, order, accept
):
    west = [{"column": "region", "op": "in", "values": ["West"]}]
    datasources.set_policy(orders, "west only", "viewer", west)
    people = {"editor": editor, "viewer": viewer}
    for user in people.values():
        user.refresh_from_db()
    answers = {
        name: caller(people[name]).ask("POST", "query/", question, Accept=accept)
        for name in (*order, *order)
    }
    assert b"East" in answers["editor"].content
    assert b"East" not in answers["viewer"].content


def test_a_dataset_says_nothing_of_rows_that_a_policy_hides(caller, editor, viewer, orders):
    west = [{"column": "region", "op": "in", "values": ["West"]}]
    datasources.set_policy(orders, "west only", "viewer", west)
    said = {}
    for user in (editor, viewer):
        user.refresh_from_db()
        said[user] = caller(user).ask("GET", f"datasets/{orders.pk}/").json()
    assert said[editor]["row_count"] == 240
    assert [said[viewer][name] for name in ("row_count", "data_from", "data_to")] == [None] * 3
    listed = caller(viewer).ask("GET", "datasets/?fields=id,row_count").json()["results"]
    assert listed == [{"id": orders.pk, "row_count": None}]


def test_ten_6_the_etag_of_another_scope_never_gives_304(caller, editor, viewer, orders, question):
    west = [{"column": "region", "op": "in", "values": ["West"]}]
    datasources.set_policy(orders, "west only", "viewer", west)
    etag = caller(editor).ask("POST", "query/", question)["ETag"]
    response = caller(viewer).ask("POST", "query/", question, If_None_Match=etag)
    assert response.status_code == 200
    assert b"East" not in response.content


def test_a_foreign_dataset_and_a_missing_one_are_answered_alike(caller, stranger, question):
    foreign = caller(stranger).ask("POST", "query/", question)
    missing = caller(stranger).ask("POST", "query/", question | {"dataset": 10**12})
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() | {"request_id": ""} == missing.json() | {"request_id": ""}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"measures": ["no_such"]}, "measures"),
        ({"dimensions": ['"; --']}, "dimensions"),
        ({"dataset": "x"}, "dataset"),
        ({"dataset": 10**30}, "dataset"),
        ({"limit": 0}, "limit"),
        ({"limit": 1e9}, "limit"),
        ({"sql": "SELECT 1"}, "query"),
        ({"filters": [{"column": "region", "op": "like", "values": ["x"]}]}, "filters"),
        ({"window": {"from": "soon", "to": "now"}, "time": "ordered_at"}, "from"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_a_wrong_question_is_a_400_that_names_the_field(caller, viewer, question, change, field):
    response = caller(viewer).ask("POST", "query/", question | change)
    assert response.status_code == 400, response.content
    assert response.json()["field"] == field


@pytest.mark.parametrize("body", ["", "{", "[" * 100_000, '{"limit": NaN}', '"\\u0000"', "\xff"])
def test_api_10_a_broken_body_is_a_400(caller, viewer, orders, body):
    response = caller(viewer).ask("POST", "query/", body)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_a_question_of_more_than_256_kb_is_413(caller, viewer, orders):
    assert caller(viewer).ask("POST", "query/", " " * 300_000).status_code == 413


def test_metrics_tell_hits_from_misses_and_rows_from_duplicates(
    caller, viewer, editor, question, stream, client
):
    def counted(line):
        text = client.get("/metrics").content.decode()
        found = [each.rsplit(" ", 1)[1] for each in text.splitlines() if each.startswith(line)]
        return float(found[0]) if found else 0.0

    lines = [
        'sightline_query_answers_total{cache="hit"}',
        'sightline_query_answers_total{cache="miss"}',
    ]
    lines.append('sightline_ingest_rows_total{outcome="accepted"}')
    before = [counted(line) for line in lines]
    for _ in range(3):
        caller(viewer).ask("POST", "query/", question)
    caller(editor).ask("POST", "streams/rides/events/", [{"at": "2026-03-01T10:00:00Z"}] * 4)
    after = [counted(line) for line in lines]
    assert [b - a for a, b in zip(before, after, strict=True)] == [2, 1, 4]
