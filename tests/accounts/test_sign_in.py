"""The door for people."""

import pytest
from django.conf import settings
from django.urls import reverse

SIGN_IN = reverse("accounts:sign_in")
PASSWORD = "correct horse battery"


def attempt(client, email, password, **extra):
    return client.post(SIGN_IN, {"username": email, "password": password}, **extra)


def test_a_member_comes_in_whatever_the_case_of_the_address(client, viewer):
    answer = attempt(client, "Viewer@Example.com", PASSWORD)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("dashboards:home")


def test_a_wrong_password_and_an_unknown_address_look_alike(client, viewer):
    wrong = attempt(client, viewer.email, "no")
    unknown = attempt(client, "nobody@example.com", "no")
    assert wrong.status_code == unknown.status_code == 200
    assert "E-mail or password is wrong." in wrong.text
    assert "E-mail or password is wrong." in unknown.text


def test_auth_2_too_many_wrong_passwords_are_refused_for_a_while(client, viewer):
    for _attempt in range(settings.SIGN_IN_LIMIT):
        attempt(client, viewer.email, "no")
    refused = attempt(client, viewer.email, PASSWORD)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0


def test_auth_6_a_new_password_ends_other_sessions(client, viewer, django_user_model):
    other = type(client)()
    attempt(client, viewer.email, PASSWORD)
    attempt(other, viewer.email, PASSWORD)
    fields = {"old_password": PASSWORD, "new_password1": "another long one"}
    client.post(
        reverse("accounts:password_change"), {**fields, "new_password2": "another long one"}
    )
    home = reverse("dashboards:home")
    assert client.get(home).status_code == 200
    assert other.get(home).status_code == 302


def test_auth_7_a_deactivated_user_is_out_at_once(client, viewer):
    attempt(client, viewer.email, PASSWORD)
    viewer.is_active = False
    viewer.save()
    assert client.get(reverse("dashboards:home")).status_code == 302


def test_auth_8_the_session_id_changes_at_sign_in(client, viewer):
    client.get(SIGN_IN)
    client.session["planted"] = 1
    before = client.session.session_key
    attempt(client, viewer.email, PASSWORD)
    assert client.session.session_key != before


def test_auth_9_a_cookie_from_before_signing_out_is_dead(client, viewer):
    attempt(client, viewer.email, PASSWORD)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    answer = client.post(reverse("accounts:sign_out"))
    assert '"cache"' in answer["Clear-Site-Data"]
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert client.get(reverse("dashboards:home")).status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_auth_10_signing_in_never_leads_to_another_site(client, viewer, target):
    data = {"username": viewer.email, "password": PASSWORD, "next": target}
    assert client.post(SIGN_IN, data)["Location"] == reverse("dashboards:home")
