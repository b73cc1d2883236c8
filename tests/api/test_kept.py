"""The short way gives what Django's way gives, to the same people, and nothing to others."""

import asyncio
import json
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework_simplejwt.utils import aware_utcnow

from apps.accounts import services as accounts
from apps.accounts.models import Membership
from apps.api import kept
from apps.api.tokens import Refresh
from apps.datasources import engine
from apps.datasources import services as datasources
from apps.datasources.query import Query

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(orders):
    return {"dataset": orders.pk, "measures": ["revenue"], "dimensions": ["region"]}


@pytest.fixture
def kept_question(question, viewer):
    engine.answer_encoded(Query.from_json(question), viewer)
    return question


def headers(user, body, **more):
    token = f"Bearer {Refresh.issue(user).access_token}"
    plain = {"host": "testserver", "content-type": "application/json", "authorization": token}
    named = plain | {"content-length": str(len(body)), "accept": "application/json"} | more
    return [(k.replace("_", "-").encode(), v.encode()) for k, v in named.items() if v is not None]


def scope(listed, **more):
    return {"type": "http", "method": "POST", "path": "/api/v1/query/", "query_string": b""} | {
        "scheme": "http",
        "headers": listed,
        **more,
    }


def short(user, question, **more):
    """(headers, body) of the short way, or None where it leaves the request to Django."""
    body = question if isinstance(question, bytes) else json.dumps(question).encode()
    listed = headers(user, body, **more)
    if not kept._may_be_kept(scope(listed), dict(listed)):
        return None
    found = kept.answer(scope(listed), dict(listed), body)
    return found and ({k.decode(): v.decode() for k, v in found[0]}, found[1])


def test_it_says_what_django_says(client, viewer, kept_question):
    found, body = short(viewer, kept_question)
    token = f"Bearer {Refresh.issue(viewer).access_token}"
    theirs = client.post(
        "/api/v1/query/",
        json.dumps(kept_question),
        "application/json",
        headers={"Authorization": token, "Accept": "application/json"},
    )
    assert body == theirs.content
    expected = {name.lower(): value for name, value in theirs.items()}
    for changing in ("x-request-id", "age", "content-security-policy"):
        assert found.pop(changing)
        assert expected.pop(changing)
    assert found == expected


def test_the_policy_for_scripts_is_djangos(client, viewer, kept_question):
    found, _body = short(viewer, kept_question)
    theirs = client.get("/api/v1/datasets/")["Content-Security-Policy"]
    assert set(found["content-security-policy"].split("; ")) == set(theirs.split("; "))


def test_it_costs_one_statement(viewer, kept_question):
    body = json.dumps(kept_question).encode()
    listed = headers(viewer, body)
    with CaptureQueriesContext(connection) as statements:
        assert kept.answer(scope(listed), dict(listed), body)
    assert [("accounts_user" in each["sql"]) for each in statements] == [True]


def test_what_is_not_kept_goes_djangos_way(viewer, question):
    assert short(viewer, question) is None


def test_an_old_answer_goes_djangos_way(viewer, kept_question, settings):
    settings.QUERY_FRESH_S = 0.0
    assert short(viewer, kept_question) is None


def test_a_stranger_gets_nothing(stranger, kept_question):
    assert short(stranger, kept_question) is None


def test_who_lost_the_right_gets_nothing(viewer, kept_question, workspace):
    assert short(viewer, kept_question)
    accounts.touch_access([viewer.pk])
    Membership.objects.filter(user=viewer).delete()
    assert short(viewer, kept_question) is None


def test_a_row_policy_holds(viewer, kept_question, orders):
    condition = [{"column": "region", "op": "in", "values": ["East"]}]
    datasources.set_policy(orders, "east", "viewer", condition)
    assert short(viewer, kept_question) is None


def test_an_inactive_person_gets_nothing(viewer, kept_question):
    token = f"Bearer {Refresh.issue(viewer).access_token}"
    viewer.is_active = False
    viewer.save()
    assert short(viewer, kept_question, authorization=token) is None


def test_a_token_ends_although_it_was_good(viewer, kept_question):
    token = Refresh.issue(viewer).access_token
    said = {"authorization": f"Bearer {token}"}
    assert short(viewer, kept_question, **said)
    later = aware_utcnow() + token.lifetime
    with patch("apps.api.authentication.aware_utcnow", return_value=later):
        assert short(viewer, kept_question, **said) is None


def test_a_token_ends_with_the_password_it_was_made_under(viewer, kept_question):
    said = {"authorization": f"Bearer {Refresh.issue(viewer).access_token}"}
    assert short(viewer, kept_question, **said)
    viewer.set_password("another horse battery")
    viewer.save()
    assert short(viewer, kept_question, **said) is None


@pytest.mark.parametrize(
    "more",
    [
        {"authorization": "Bearer nonsense"},
        {"authorization": None},
        {"authorization": "Basic dmlld2VyOmE="},
        {"host": "evil.example"},
        {"content_type": "text/csv"},
        {"accept": "text/csv"},
        {"if_none_match": '"a"'},
        {"content_length": "999999"},
        {"content_length": "-1"},
    ],
)
def test_what_is_not_plain_goes_djangos_way(viewer, kept_question, more):
    assert short(viewer, kept_question, **more) is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"dataset": "x"}', b"\xff"])
def test_broken_bodies_go_djangos_way(viewer, kept_question, body):
    assert short(viewer, body) is None


def test_plain_http_goes_djangos_way_where_https_is_required(viewer, kept_question, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert short(viewer, kept_question) is None


def test_the_limit_holds(viewer, kept_question, settings):
    settings.API_LIMIT = 2
    assert [bool(short(viewer, kept_question)) for _call in range(3)] == [True, True, False]


def test_djangos_way_hears_the_body_as_it_came(viewer):
    body = json.dumps({"dataset": 1, "measures": ["a"]}).encode()
    heard = []

    async def theirs(scope, receive, send):
        while True:
            heard.append(await receive())
            if not heard[-1].get("more_body"):
                return

    parts = [
        {"type": "http.request", "body": body[:5], "more_body": True},
        {"type": "http.request", "body": body[5:], "more_body": False},
    ]
    sent = list(parts)

    async def receive():
        return sent.pop(0)

    listed = headers(viewer, body, authorization="Bearer nonsense")
    asyncio.run(kept.KeptFirst(theirs)(scope(listed), receive, None))
    assert heard == parts
