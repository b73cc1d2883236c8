"""POST /api/v1/streams/<slug>/events/: rows come in once, and only from who may send."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection

from apps.accounts import services as accounts
from tests.conftest import person

PATH = "streams/rides/events/"
ROWS = [
    {"at": "2026-03-01T10:00:00Z", "zone": "A", "fare": 12.5},
    {"at": "2026-03-01T10:00:01Z", "zone": "B", "fare": 7},
]


def count(stream):
    with connection.cursor() as cursor:
        schema, table = stream.dataset.relation.split(".")
        cursor.execute(f'SELECT count(*) FROM "{schema}"."{table}"')
        return cursor.fetchone()[0]


def test_rows_are_stored_and_counted(caller, editor, stream):
    response = caller(editor).ask("POST", PATH, ROWS)
    assert response.status_code == 202
    assert response.json() == {"accepted": 2, "duplicates": 0, "rejected": 0, "errors": []}
    assert count(stream) == 2


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-ndjson", "\n".join(json.dumps(row) for row in ROWS)),
        ("text/csv", "at,zone,fare\n2026-03-01T10:00:00Z,A,12.5\n2026-03-01T10:00:01Z,B,7\n"),
        ("application/json; charset=utf-8", json.dumps({"events": ROWS})),
    ],
)
def test_every_format_says_the_same(caller, editor, stream, kind, body):
    assert caller(editor).ask("POST", PATH, body, Content_Type=kind).status_code == 202
    assert count(stream) == 2


def test_a_compressed_body_is_read_and_a_bomb_is_not(caller, editor, stream):
    packed = gzip.compress(json.dumps(ROWS).encode())
    assert caller(editor).ask("POST", PATH, packed, Content_Encoding="gzip").status_code == 202
    bomb = gzip.compress(b" " * (settings.INGEST_MAX_BYTES + 1))
    assert len(bomb) < 20_000
    response = caller(editor).ask("POST", PATH, bomb, Content_Encoding="gzip")
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert count(stream) == 2


def test_a_row_that_does_not_fit_is_named_and_sinks_no_other(caller, editor, stream):
    rows = [ROWS[0], {"at": "yesterday"}, {**ROWS[1], "fare": "much"}, {**ROWS[1], "colour": 1}]
    data = caller(editor).ask("POST", PATH, rows).json()
    assert (data["accepted"], data["rejected"]) == (1, 3)
    assert [(e["row"], e["column"]) for e in data["errors"]] == [
        (1, "at"),
        (2, "fare"),
        (3, "colour"),
    ]


def test_up_7_the_same_key_stores_once_and_answers_the_same(caller, editor, stream):
    first = caller(editor).ask("POST", PATH, ROWS, Idempotency_Key="k1")
    again = caller(editor).ask("POST", PATH, ROWS, Idempotency_Key="k1")
    other = caller(editor).ask("POST", PATH, ROWS[:1], Idempotency_Key="k1")
    assert first.json() == again.json()
    assert count(stream) == 2
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


@pytest.mark.django_db(transaction=True)
def test_up_7_also_many_times_in_parallel(caller, editor, stream):
    def send(number):
        try:
            return caller(editor).ask("POST", PATH, ROWS, Idempotency_Key="k1").json()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(40)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["accepted"] == 2
    assert count(stream) == 2


def test_who_may_only_look_is_denied_and_a_stranger_learns_nothing(
    caller, viewer, stranger, stream
):
    assert caller(viewer).ask("POST", PATH, ROWS).status_code == 403
    foreign = caller(stranger).ask("POST", PATH, ROWS)
    missing = caller(stranger).ask("POST", "streams/no-such/events/", ROWS)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() | {"request_id": ""} == missing.json() | {"request_id": ""}
    assert caller().ask("POST", PATH, ROWS).status_code == 401
    assert count(stream) == 0


def test_up_12_a_grant_to_send_lets_send_here_and_read_nothing(caller, workspace, stream):
    source = person("source@example.com")
    accounts.grant("streams.send_events", source, stream)
    assert caller(source).ask("POST", PATH, ROWS).status_code == 202
    assert caller(source).ask("GET", "streams/rides/").status_code == 404
    assert caller(source).ask("GET", f"datasets/{stream.dataset_id}/").status_code == 404
    query = {"dataset": stream.dataset_id, "measures": ["rides"]}
    assert caller(source).ask("POST", "query/", query).status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "encoding", "status"),
    [
        ("[" * 100_000, "application/json", "", 400),
        ("{", "application/json", "", 400),
        (" ", "application/json", "", 400),
        ('[{"fare": NaN}]', "application/json", "", 400),
        ("[]", "application/xml", "", 415),
        ("[]", "", "", 415),
        ("[]", "application/json", "br", 415),
        ("[]", "application/json", "gzip", 400),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_as_a_problem(
    caller, editor, stream, body, kind, encoding, status
):
    headers = {"Content_Type": kind} | ({"Content_Encoding": encoding} if encoding else {})
    response = caller(editor).ask("POST", PATH, body, **headers)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


def test_up_6_a_body_over_the_limit_is_413(caller, editor, stream):
    body = b" " * (settings.INGEST_MAX_BYTES + 1)
    assert caller(editor).ask("POST", PATH, body).status_code == 413


def test_rows_over_the_limit_are_413_and_none_is_stored(caller, editor, stream, settings):
    settings.INGEST_MAX_ROWS = 1
    assert caller(editor).ask("POST", PATH, ROWS).status_code == 413
    assert count(stream) == 0


def test_analysts_make_streams_and_others_do_not(caller, analyst, editor, stranger, workspace):
    data = {"workspace": workspace.pk, "name": "Trips", "slug": "trips", "time_column": "at"}
    data |= {"columns": [{"name": "at", "type": "time"}]}
    assert caller(stranger).ask("POST", "streams/", data).status_code == 400
    assert caller(editor).ask("POST", "streams/", data).status_code == 403
    made = caller(analyst).ask("POST", "streams/", data)
    assert made.status_code == 201
    assert caller(analyst).ask("GET", "streams/trips/").json()["columns"][0]["name"] == "at"
    assert caller(analyst).ask("POST", "streams/", data).status_code == 409
    rows = [{"at": "2026-03-01T10:00:00Z"}]
    assert caller(analyst).ask("POST", "streams/trips/events/", rows).status_code == 202


def test_a_right_that_is_taken_back_ends_at_once(caller, editor, workspace, stream):
    source = person("source@example.com")
    accounts.grant("streams.send_events", source, stream)
    assert caller(source).ask("POST", PATH, ROWS).status_code == 202
    accounts.revoke("streams.send_events", source, stream)
    assert caller(source).ask("POST", PATH, ROWS).status_code == 404
    assert caller(editor).ask("POST", PATH, ROWS).status_code == 202
    accounts.set_role(editor, workspace, "viewer")
    assert caller(editor).ask("POST", PATH, ROWS).status_code == 403
