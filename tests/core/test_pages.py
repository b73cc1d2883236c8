"""Preferences, the outbox, documentation, and how errors are told."""

import re
from email.mime.image import MIMEImage

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import InterfaceError, OperationalError
from django.urls import reverse

from apps.core import mail
from apps.core.middleware import RequestIdMiddleware
from apps.core.networks import VisitorAddressMiddleware


@pytest.fixture
def letter(settings, tmp_path, viewer):
    settings.VAR = tmp_path
    message = EmailMultiAlternatives("Sales <b>fell</b>", "Plain words", to=[viewer.email])
    message.attach_alternative("<p style='color:red'>Words</p><script>x</script>", "text/html")
    message.attach("sales.pdf", b"%PDF-1.7", "application/pdf")
    get_connection("apps.core.mail.OutboxBackend").send_messages([message])
    return next(mail.outbox())


def test_a_message_is_shown_to_its_recipient_with_its_files(client, viewer, letter):
    client.force_login(viewer)
    page = client.get(reverse("core:letter", args=[letter.key]))
    assert "Sales &lt;b&gt;fell&lt;/b&gt;" in page.text
    assert "sales.pdf" in page.text
    file = client.get(reverse("core:letter_file", args=[letter.key, 0]))
    assert file.content == b"%PDF-1.7"
    assert file["Content-Disposition"].startswith("attachment")


def test_the_body_of_a_message_runs_and_loads_nothing(client, viewer, letter):
    client.force_login(viewer)
    body = client.get(reverse("core:letter_body", args=[letter.key]))
    assert "sandbox" in body["Content-Security-Policy"]
    assert "default-src 'none'" in body["Content-Security-Policy"]


def test_a_picture_beside_the_html_is_shown_within_it(client, settings, tmp_path, viewer):
    settings.VAR = tmp_path
    message = EmailMultiAlternatives("Late", "Plain words", to=[viewer.email])
    message.attach_alternative('<img src="cid:chart@sightline">', "text/html")
    picture = MIMEImage(b"\x89PNG", "png")
    picture["Content-ID"] = "<chart@sightline>"
    message.attach(picture)
    get_connection("apps.core.mail.OutboxBackend").send_messages([message])
    client.force_login(viewer)
    body = client.get(reverse("core:letter_body", args=[next(mail.outbox()).key]))
    assert 'src="data:image/png;base64,iVBORw=="' in body.text


def test_a_page_of_the_documentation_links_to_the_others(client):
    for address in (reverse("core:docs"), reverse("core:docs_page", args=["index"])):
        assert (
            f'href="{reverse("core:docs_page", args=["live-protocol"])}"'
            in client.get(address).text
        )


@pytest.mark.parametrize(
    ("proxy", "claimed", "seen"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("198.51.100.1", "203.0.113.7", "198.51.100.1"),
    ],
)
def test_only_our_own_proxy_says_who_the_visitor_is(settings, rf, proxy, claimed, seen):
    settings.PROXY_NETWORKS = ["127.0.0.0/8"]
    found = []
    middleware = VisitorAddressMiddleware(lambda request: found.append(request.META["REMOTE_ADDR"]))
    middleware(rf.get("/", REMOTE_ADDR=proxy, HTTP_X_REAL_IP=claimed))
    assert found == [seen]


def test_somebody_elses_message_is_missing(client, editor, letter):
    client.force_login(editor)
    for name, extra in (("letter", []), ("letter_body", []), ("letter_file", [0])):
        url = reverse(f"core:{name}", args=[letter.key, *extra])
        assert client.get(url).status_code == 404
    assert "Sales" not in client.get(reverse("core:outbox")).text


@pytest.mark.parametrize("key", ["nothing", "..-..-etc-passwd"])
def test_a_key_is_never_a_path(client, viewer, key):
    client.force_login(viewer)
    assert client.get(f"/outbox/{key}/").status_code == 404


def test_the_theme_is_remembered_and_a_wrong_one_is_refused(client):
    assert client.post(reverse("core:theme"), {"theme": "dark"}).status_code == 204
    assert client.cookies["theme"].value == "dark"
    answer = client.post(reverse("core:theme"), {"theme": "<script>"})
    assert answer.status_code == 400
    assert answer.json()["field"] == "theme"


def test_every_page_of_the_documentation_opens(client, viewer):
    client.force_login(viewer)
    first = client.get(reverse("core:docs_page", args=["architecture"]))
    assert first.status_code == 200
    assert "The five flows" in first.text or "Flow 1" in first.text
    assert client.get("/docs/no-such-page/").status_code == 404


def test_a_page_of_the_documentation_shows_its_pictures(client):
    body = client.get(reverse("core:docs_page", args=["kinds"])).text
    shown = re.findall(r'<img[^>]+src="(/docs/images/[^"]+)"', body)
    assert len(shown) == 3
    for address in shown:
        picture = client.get(address)
        assert picture["Content-Type"] == "image/png"
        assert next(iter(picture)).startswith(b"\x89PNG")
    assert client.get("/docs/images/no-such.png").status_code == 404


def test_a_500_tells_the_request_id_and_nothing_else(client, settings, monkeypatch, viewer):
    client.raise_request_exception = False
    client.force_login(viewer)
    monkeypatch.setattr(mail, "outbox", lambda *_: 1 / 0)
    answer = client.get(reverse("core:outbox"))
    assert answer.status_code == 500
    assert answer["X-Request-Id"] in answer.text
    assert "ZeroDivision" not in answer.text


def failing(error):  # takes whatever a middleware is called with
    def get_response(*_called_with):
        raise error

    return get_response


@pytest.mark.parametrize("error", [OperationalError("host=10.0.0.1 is away"), InterfaceError("x")])
def test_a_database_that_is_away_is_503_and_tells_no_address(rf, error):
    request = rf.get("/", headers={"Accept": "application/json"})
    request.request_id = "r"
    answer = RequestIdMiddleware(failing(error)).process_exception(request, error)
    assert answer.status_code == 503
    assert "10.0.0.1" not in answer.content.decode()


def test_a_page_that_is_missing_is_no_error_of_ours(client, viewer, caplog):
    client.force_login(viewer)
    assert client.get("/d/nowhere/").status_code == 404
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


def test_an_error_outside_every_view_is_told_in_the_log(client, viewer, caplog, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("apps.core.networks.VisitorAddressMiddleware.__call__", failing(KeyError()))
    client.get("/healthz")
    assert any(each.name == "django.request" and each.exc_info for each in caplog.records)
