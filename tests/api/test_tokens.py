"""POST /api/v1/auth/token/ and what its tokens open. Ids in names: SECURITY-CASES."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.conf import settings
from django.db import connection
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from apps.api.tokens import Refresh
from tests.conftest import person

TOKEN, REFRESH, REVOKE = (f"/api/v1/auth/token/{name}" for name in ("", "refresh/", "revoke/"))
WHO = "/api/v1/workspaces/"
PASSWORD = "correct horse battery"


def post(client, url, data):
    return client.post(url, data, content_type="application/json")


def sign_in(client, user):
    return post(client, TOKEN, {"email": user.email, "password": PASSWORD}).json()


def who(client, token):
    return client.get(WHO, headers={"Authorization": f"Bearer {token}"}).status_code


def claims(user, **changes):
    """A correctly signed access token's claims, changed; None takes one away."""
    now = datetime.now(UTC)
    whole = jwt.decode(
        str(Refresh.issue(user).access_token),
        settings.TOKEN_KEY,
        algorithms=["HS256"],
        audience="sightline-api",
    )
    whole |= {"exp": now + timedelta(minutes=5), **changes}
    return {key: value for key, value in whole.items() if value is not None}


def signed(user, key=None, algorithm="HS256", headers=None, **changes):
    return jwt.encode(claims(user, **changes), key or settings.TOKEN_KEY, algorithm, headers)


def test_a_password_gives_tokens_that_open_the_api(client, viewer):
    pair = sign_in(client, viewer)
    assert who(client, pair["access"]) == 200


def test_an_address_is_known_whatever_its_case(client, viewer):
    response = post(client, TOKEN, {"email": viewer.email.upper(), "password": PASSWORD})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"


def test_a_wrong_password_and_an_unknown_account_are_told_alike(client, viewer):
    wrong = post(client, TOKEN, {"email": viewer.email, "password": "no"})
    unknown = post(client, TOKEN, {"email": "nobody@example.com", "password": "no"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    assert wrong["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("known", [True, False])
def test_auth_2_wrong_passwords_for_one_account_end_in_429(client, viewer, known):
    email = viewer.email if known else "nobody@example.com"
    answers = [
        post(client, TOKEN, {"email": email, "password": str(i)}).status_code for i in range(20)
    ]
    assert answers == [401] * settings.SIGN_IN_LIMIT + [429] * (20 - settings.SIGN_IN_LIMIT)
    refused = post(client, TOKEN, {"email": email, "password": PASSWORD})
    assert 0 < int(refused["Retry-After"]) <= settings.SIGN_IN_WINDOW_S


def test_auth_2_the_account_is_counted_over_all_addresses_and_at_both_doors(client, viewer):
    for number in range(20):
        address = f"198.51.100.{number}"
        if number % 2:
            data = {"email": viewer.email, "password": "no"}
            last = client.post(TOKEN, data, content_type="application/json", REMOTE_ADDR=address)
        else:
            data = {"username": viewer.email, "password": "no"}
            last = client.post("/accounts/sign-in/", data, REMOTE_ADDR=address)
    assert last.status_code == 429


def test_auth_2_one_address_cannot_try_many_accounts(client, db):
    answers = [
        post(client, TOKEN, {"email": f"p{i}@example.com", "password": "no"}).status_code
        for i in range(40)
    ]
    assert answers[0] == 401
    assert answers[-1] == 429


def test_right_passwords_are_never_counted(client, viewer):
    data = {"email": viewer.email, "password": PASSWORD}
    answers = {post(client, TOKEN, data).status_code for _ in range(3 * settings.SIGN_IN_LIMIT + 5)}
    assert answers == {200}


@pytest.mark.django_db(transaction=True)
def test_auth_12_parallel_wrong_passwords_do_not_slip_past_the_limit(viewer):
    from django.test import Client

    def attempt(number):
        try:
            return post(Client(), TOKEN, {"email": viewer.email, "password": "no"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(30)))
    assert answers.count(401) == settings.SIGN_IN_LIMIT
    assert set(answers) == {401, 429}


def test_auth_3_access_and_refresh_tokens_do_not_stand_in_for_each_other(client, viewer):
    pair = sign_in(client, viewer)
    assert who(client, pair["refresh"]) == 401
    assert post(client, REFRESH, {"refresh": pair["access"]}).status_code == 401


def test_auth_4_only_our_own_algorithm_and_key_count(client, viewer, tmp_path):
    attacker = tmp_path / "key"
    attacker.write_text("x" * 64)
    forged = [
        jwt.encode(claims(viewer), None, "none"),
        signed(viewer, algorithm="HS512"),
        signed(viewer, key="another key that is long enough for HS256"),
        signed(viewer, key="x" * 64, headers={"kid": str(attacker)}),
        signed(viewer, key="x" * 64, headers={"jku": "http://127.0.0.1:9/keys"}),
        signed(viewer, key="x" * 64, headers={"x5u": "http://127.0.0.1:9/keys"}),
    ]
    assert [who(client, token) for token in forged] == [401] * len(forged)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"nbf": datetime(2100, 1, 1, tzinfo=UTC)},
        {"aud": "somebody-else"},
        {"aud": None},
        {"iss": "somebody-else"},
        {"iss": None},
        {"jti": None},
        {"user_id": "no number"},
        {"user_id": "9" * 40},
        {"user_id": None},
        {"token_type": None},
    ],
)
def test_auth_5_a_signed_token_with_wrong_claims_is_refused(client, viewer, changes):
    assert who(client, signed(viewer)) == 200
    assert who(client, signed(viewer, **changes)) == 401


def test_auth_6_a_new_password_ends_every_token(client, viewer):
    pair = sign_in(client, viewer)
    viewer.set_password("something else entirely")
    viewer.save()
    assert who(client, pair["access"]) == 401
    assert post(client, REFRESH, {"refresh": pair["refresh"]}).status_code == 401


@pytest.mark.parametrize("gone", ["inactive", "deleted"])
def test_auth_7_tokens_of_somebody_who_left_are_refused(client, viewer, gone):
    pair = sign_in(client, viewer)
    if gone == "deleted":
        viewer.delete()
    else:
        viewer.is_active = False
        viewer.save()
    assert who(client, pair["access"]) == 401
    assert post(client, REFRESH, {"refresh": pair["refresh"]}).status_code == 401
    assert post(client, TOKEN, {"email": viewer.email, "password": PASSWORD}).status_code == 401


def test_auth_11_a_token_in_the_address_opens_nothing_and_is_in_no_log(client, viewer, caplog):
    token = sign_in(client, viewer)["access"]
    with caplog.at_level(logging.DEBUG):
        for name in ("token", "access", "access_token", "jwt"):
            assert client.get(WHO, {name: token}).status_code == 401
    assert token not in caplog.text


def test_a_refresh_token_is_good_once_and_its_successor_works(client, viewer):
    first = sign_in(client, viewer)
    second = post(client, REFRESH, {"refresh": first["refresh"]}).json()
    assert who(client, second["access"]) == 200
    assert second["refresh"] != first["refresh"]
    assert post(client, REFRESH, {"refresh": second["refresh"]}).status_code == 200


def test_a_replayed_refresh_token_ends_its_whole_family(client, viewer):
    first = sign_in(client, viewer)
    second = post(client, REFRESH, {"refresh": first["refresh"]}).json()
    assert post(client, REFRESH, {"refresh": first["refresh"]}).status_code == 401
    assert post(client, REFRESH, {"refresh": second["refresh"]}).status_code == 401
    assert post(client, REFRESH, {"refresh": sign_in(client, viewer)["refresh"]}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_parallel_refreshes_with_one_token_one_at_most_succeeds(client, viewer):
    from django.test import Client

    token = sign_in(client, viewer)["refresh"]

    def attempt(number):
        try:
            return post(Client(), REFRESH, {"refresh": token}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(attempt, range(6)))
    assert answers == [200] + [401] * 5


def test_a_revoked_refresh_token_is_refused_and_revoking_tells_nothing(client, viewer):
    pair = sign_in(client, viewer)
    assert post(client, REVOKE, {"refresh": pair["refresh"]}).status_code == 204
    assert post(client, REVOKE, {"refresh": "nonsense"}).status_code == 204
    assert post(client, REFRESH, {"refresh": pair["refresh"]}).status_code == 401


def test_sec_5_the_database_holds_no_token(client, viewer):
    first = sign_in(client, viewer)
    second = post(client, REFRESH, {"refresh": first["refresh"]}).json()
    post(client, REVOKE, {"refresh": second["refresh"]})
    assert set(OutstandingToken.objects.values_list("token", flat=True)) == {""}


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "[]", '"x"', "null", "{}", "[" * 100_000),
        *('{"email": "a\\u0000b", "password": "x"}', '{"email": {}}', '{"email": NaN}'),
    ],
)
def test_a_broken_body_is_a_400_in_the_one_format(client, db, body):
    response = client.post(TOKEN, body, content_type="application/json")
    assert response.status_code == 400
    assert {"type", "title", "status", "detail", "code", "field", "request_id"} <= set(
        response.json()
    )


def test_sign_in_still_works_for_somebody_with_a_session_cookie_and_no_csrf_token(viewer):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    assert post(client, TOKEN, {"email": viewer.email, "password": PASSWORD}).status_code == 200


def test_a_person_made_with_spaces_in_the_password_signs_in_with_them(client, db):
    user = person("spaces@example.com")
    user.set_password("  spaces around  ")
    user.save()
    data = {"email": user.email, "password": "  spaces around  "}
    assert post(client, TOKEN, data).status_code == 200
