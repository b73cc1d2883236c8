"""An incident as a mail: text and HTML, links to our own address only, nothing fetched."""

from email.mime.image import MIMEImage
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.alerts.models import Incident, Message, Rule
from apps.alerts.signals import picture_wanted
from apps.core.figures import figure
from apps.datasources.models import Measure
from apps.insights.figures import moment_label

PNG = b"\x89PNG\r\n\x1a\n"
PICTURE_ID = "chart@sightline"


def send(message: Message) -> None:
    """Compose and hand over to the mail backend. Raises whatever that raises."""
    compose(message).send()


def compose(message: Message) -> EmailMultiAlternatives:
    """The mail of one message, in the product's language, times in the reader's zone."""
    with translation.override(settings.LANGUAGE_CODE):
        picture = _picture(message.incident)
        context = _context(message) | {"picture": PICTURE_ID if picture else ""}
        mail = EmailMultiAlternatives(
            subject=_subject(message, context),
            body=render_to_string("alerts/mail.txt", context),
            to=[message.target.user.email],
            headers={"Message-ID": _message_id(message), "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("alerts/mail.html", context), "text/html")
    if picture:
        image = MIMEImage(picture, "png")
        image.add_header("Content-ID", f"<{PICTURE_ID}>")
        image.add_header("Content-Disposition", "inline", filename="chart.png")
        mail.attach(image)
    return mail


def measure_of(rule: Rule) -> Measure | None:
    """The measure that the rule watches."""
    names = rule.query.get("measures") or [""]
    found: Measure | None = rule.dataset.measures.filter(name=names[0]).first()
    return found


def shown(value: float | None, measure: Measure | None) -> str:
    """A value as the measure writes it."""
    return figure(value, measure.format, measure.unit) if measure else figure(value)


def _context(message: Message) -> dict[str, Any]:
    incident, rule = message.incident, message.incident.rule
    measure, zone = measure_of(rule), message.target.user.timezone
    closed = message.event == "close" and incident.closed_at
    return {
        "is_open": not closed,
        "name": rule.name,
        "measure": measure.label if measure else "",
        "dataset": rule.dataset.name,
        "value": shown(incident.value, measure),
        "peak": shown(incident.peak, measure),
        "now": shown(rule.last_value, measure),
        "threshold": shown(incident.threshold, measure),
        "comparison": rule.get_comparison_display(),
        "opened": moment_label(incident.opened_at, zone),
        "closed": moment_label(incident.closed_at, zone) if incident.closed_at else "",
        "window_s": rule.window_s,
        "filters": rule.query.get("filters") or [],
        "url": settings.BASE_URL + reverse("alerts:incident", args=[incident.pk]),
        "workspace": rule.workspace.name,
    }


def _subject(message: Message, context: dict[str, Any]) -> str:
    """One line, whatever the rule's name holds."""
    if context["is_open"]:
        subject = _("Alert: %(name)s is at %(value)s") % context
    else:
        subject = _("Over: %(name)s is at %(now)s") % context
    return " ".join("".join(c if c.isprintable() else " " for c in subject).split())[:180]


def _message_id(message: Message) -> str:
    """The same for every try, so that a mail that arrives twice is known as one."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"<incident-{message.incident_id}-{message.event}-{message.target_id}@{host}>"


def _picture(incident: Incident) -> bytes | None:
    """A PNG from whoever can draw; a picture that fails is left out, the alert still leaves."""
    answers = picture_wanted.send_robust(sender=None, incident=incident)
    pictures = (answer for _who, answer in answers if isinstance(answer, bytes))
    return next((picture for picture in pictures if picture.startswith(PNG)), None)
