"""An alert's mail carries the chart that people know, drawn as the rule's owner."""

import pytest

from apps.alerts import services
from apps.alerts.models import Message, Rule
from apps.alerts.targets import email


@pytest.fixture
def rule(orders, editor):
    return services.save_rule(
        Rule(
            workspace=orders.workspace,
            dataset=orders,
            owner=editor,
            name="Revenue",
            query={"measures": ["revenue"]},
            window_s=86_400,
            threshold=1,
        ),
        [editor],
    )


def test_the_mail_of_an_incident_carries_its_chart(rule):
    assert services.evaluate(rule) == "open"
    mail = email.compose(Message.objects.get()).message()
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    png = image.get_payload(decode=True)
    assert png.startswith(b"\x89PNG")
    assert len(png) > 5000
    assert image["Content-ID"] == f"<{email.PICTURE_ID}>"


def test_without_rights_there_is_no_chart_and_still_a_mail(orders, editor, rule):
    services.evaluate(rule)
    orders.is_restricted = True
    orders.save()
    editor.access_version += 1
    editor.save()
    mail = email.compose(Message.objects.get()).message()
    assert not [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert "Revenue" in mail["Subject"]
