"""The mail of an incident: what it says, what it never does, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from apps.alerts import services
from apps.alerts.models import Message
from apps.alerts.signals import picture_wanted
from apps.alerts.targets import email
from tests.alerts.conftest import record, slow_pages


@pytest.fixture
def opened(rule, visits):
    record(visits, 5000)
    services.evaluate(rule)
    return Message.objects.get()


def html_of(letter):
    return letter.alternatives[0][0]


def test_it_says_value_threshold_time_and_where_to_look(opened, settings):
    settings.BASE_URL = "https://bi.example.com"
    assert services.send(opened.pk)
    (letter,) = mail.outbox
    assert letter.to == ["editor@example.com"]
    assert letter.subject == "Alert: Slow pages is at 5,000 ms"
    for body in (letter.body, html_of(letter)):
        assert "5,000\u00a0ms" in body
        assert "rises above" in body
        assert "500\u00a0ms" in body
        assert f"https://bi.example.com/alerts/incidents/{opened.incident_id}/" in body
        assert "UTC" in body
    assert "http://" not in html_of(letter)
    assert html_of(letter).count("src=") == html_of(letter).count('src="cid:')


def test_it_is_sent_once(opened):
    assert services.send(opened.pk)
    assert not services.send(opened.pk)
    assert len(mail.outbox) == 1


def test_names_cannot_write_headers_or_html(rule, visits):
    rule.name = 'x\r\nBcc: evil@example.com\n<img src="https://evil.example/">'
    rule.save()
    record(visits, 5000)
    services.evaluate(rule)
    assert services.send(Message.objects.get().pk)
    (letter,) = mail.outbox
    raw = letter.message()
    assert raw["Bcc"] is None
    assert "\n" not in letter.subject
    assert "evil.example/&quot;&gt;" in html_of(letter)
    assert '"https://evil' not in html_of(letter)
    assert letter.recipients() == ["editor@example.com"]


def test_a_picture_comes_inside_the_mail(opened):
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20

    def draw(incident, **_facts):
        return png

    picture_wanted.connect(draw)
    try:
        letter = email.compose(opened)
    finally:
        picture_wanted.disconnect(draw)
    assert 'src="cid:chart@sightline"' in html_of(letter)
    assert [part.get_content_type() for part in letter.message().walk()][-1] == "image/png"


def test_a_picture_that_fails_delays_no_alert(opened):
    def draw(incident, **_facts):
        raise RuntimeError("no paper")

    picture_wanted.connect(draw)
    try:
        assert services.send(opened.pk)
    finally:
        picture_wanted.disconnect(draw)


class Down(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise ConnectionRefusedError("down")


def test_a_mail_server_that_is_down_is_tried_again_and_given_up(opened, settings):
    settings.EMAIL_BACKEND = "tests.alerts.test_mail.Down"
    now = opened.created_at
    tries = 0
    for seconds in range(0, 8000, 5):
        before = Message.objects.get(pk=opened.pk).attempts
        services.send(opened.pk, now + timedelta(seconds=seconds))
        tries += Message.objects.get(pk=opened.pk).attempts - before
    opened.refresh_from_db()
    assert tries == opened.attempts == services.MOST_ATTEMPTS
    assert opened.sent_at is None
    assert "ConnectionRefusedError" in opened.last_error
    assert services.waiting() == []


def test_it_leaves_once_the_server_is_back(opened, settings):
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.alerts.test_mail.Down"
    assert not services.send(opened.pk)
    settings.EMAIL_BACKEND = backend
    assert not services.send(opened.pk, datetime.now(UTC) + timedelta(seconds=1))
    assert services.send(opened.pk, datetime.now(UTC) + timedelta(seconds=30))


def test_who_may_no_longer_see_the_rule_is_not_told(visits, editor, viewer):
    rule = slow_pages(visits, editor, people=[viewer])
    record(visits, 5000)
    services.evaluate(rule)
    viewer.memberships.all().delete()
    assert not services.send(Message.objects.get().pk)
    assert mail.outbox == []
    assert services.waiting() == []
