"""Reports: saved, due, and delivered once a slot. Nothing here enqueues; tasks.py does."""

import hashlib
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import UserError
from apps.core.window import zone_of
from apps.reports import printing, queries
from apps.reports.calendar import next_due
from apps.reports.errors import ReportError
from apps.reports.models import Delivery, Report
from apps.reports.presses import TIMEOUT_S, Pdf

logger = logging.getLogger(__name__)

BACKOFF_S: Final = (60, 300)  # after the first and the second failed try; the third is the last
ATTEMPTS: Final = len(BACKOFF_S) + 1
LEASE_S: Final = TIMEOUT_S + 120  # longer than any try, mail included
KEPT_FILES: Final = 12  # PDFs kept per report and recipient


@transaction.atomic
def save_report(report: Report, recipients: Iterable[User], now: datetime | None = None) -> Report:
    """Store the report and when it is next due. Raises UserError for a foreign recipient."""
    people = list(recipients)
    for person in people:
        if not person.memberships.filter(workspace_id=report.workspace_id).exists():
            message = _("%(who)s is not a member of this workspace.") % {"who": person}
            raise UserError(message, field="recipients")
    report.next_at = slot_after(report, now or datetime.now(UTC)) if report.is_active else None
    report.save()
    report.recipients.set(people)
    return report


def slot_after(report: Report, after: datetime) -> datetime:
    """When the report is due next."""
    return next_due(
        report.every,
        weekday=report.weekday,
        day=report.day,
        at=report.at,
        timezone=report.timezone,
        after=after,
    )


@transaction.atomic
def due_deliveries(now: datetime) -> list[int]:
    """Open the slots that have come, and name every delivery that may be run now.

    Slots missed while nothing ran become one late run. Any number of schedulers may call this.
    """
    due = Report.objects.filter(is_active=True, next_at__lte=now)
    for report in due.select_for_update(skip_locked=True, of=("self",)):
        slot = report.next_at or now
        people = report.recipients.all()
        slots = [Delivery(report=report, recipient=person, due_at=slot) for person in people]
        Delivery.objects.bulk_create(slots, ignore_conflicts=True)
        report.next_at = slot_after(report, now)
        report.save(update_fields=["next_at"])
    return list(
        Delivery.objects.runnable(now).order_by("due_at", "pk").values_list("pk", flat=True)
    )


def preview(report: Report, user: User, now: datetime) -> Delivery:
    """A run for oneself, now; two clicks within a second are one."""
    delivery, _created = Delivery.objects.get_or_create(
        report=report,
        recipient=user,
        due_at=now.replace(microsecond=0),
        defaults={"is_preview": True},
    )
    return delivery


def deliver(delivery_id: int, now: datetime | None = None) -> str | None:
    """Print and mail one delivery; the state it is left in, or None if it was not to be run.

    Of any number of calls at once one does the work. A try that fails waits for the next one;
    after the third, or where trying again cannot help, the delivery has failed, and says why.
    """
    now = now or datetime.now(UTC)
    delivery = _claimed(delivery_id, now)
    if delivery is None:
        return None
    try:
        _check(delivery)
        made = printing.make(job_of(delivery.report, delivery.recipient))
        _store(delivery, made)
        if _still_mine(delivery):
            _letter(delivery, made).send()
    except ReportError as error:
        return _gone_wrong(delivery, error, now)
    except (SMTPException, OSError) as error:
        logger.warning("delivery %s: mail failed: %s", delivery.pk, type(error).__name__)
        message = _("The mail server did not take the message (%(error)s).")
        failure = ReportError(message % {"error": type(error).__name__})
        return _gone_wrong(delivery, failure, now)
    _settle(delivery, state=Delivery.State.SENT, error="", sent_at=datetime.now(UTC))
    forget_old_files(delivery)
    return Delivery.State.SENT


def job_of(report: Report, user: User) -> printing.Job:
    """What the report prints for one person."""
    return printing.Job(
        dashboard_id=report.dashboard_id,
        user_id=user.pk,
        view=queries.view_of(report).as_json(),
        title=report.name,
        paper=report.paper,
        is_landscape=report.is_landscape,
    )


def forget_old_files(delivery: Delivery) -> None:
    """Keep the newest PDFs of this report and recipient only; the rows stay as history."""
    kept = Delivery.objects.filter(report=delivery.report, recipient=delivery.recipient)
    for old in kept.exclude(file="").order_by("-due_at")[KEPT_FILES:]:
        default_storage.delete(old.file)
        Delivery.objects.filter(pk=old.pk).update(file="")


@transaction.atomic
def delete_report(report: Report) -> None:
    """Delete it with its history; the PDFs go once that is committed."""
    files = list(report.deliveries.exclude(file="").values_list("file", flat=True))
    report.delete()
    for name in files:
        transaction.on_commit(partial(default_storage.delete, name))


def _claimed(delivery_id: int, now: datetime) -> Delivery | None:
    """The delivery, now ours until the lease ends; None if there is nothing to do."""
    with transaction.atomic():
        runnable = Delivery.objects.runnable(now).filter(pk=delivery_id)
        delivery = runnable.select_for_update(skip_locked=True).first()
        if delivery is None:
            return None
        if delivery.attempts >= ATTEMPTS:  # each try ended with its process
            error = delivery.error or _("The run was broken off three times.")
            runnable.update(state=Delivery.State.FAILED, error=error, not_before=None)
            return None
        delivery.state = Delivery.State.RUNNING
        delivery.attempts += 1
        delivery.not_before = now + timedelta(seconds=LEASE_S)
        delivery.save(update_fields=["state", "attempts", "not_before"])
    wanted = Delivery.objects.select_related("report__dashboard", "report__workspace", "recipient")
    return wanted.get(pk=delivery_id)


def _check(delivery: Delivery) -> None:
    """A person may have left since the slot was opened."""
    report, person = delivery.report, delivery.recipient
    if not delivery.is_preview and not report.recipients.filter(pk=person.pk).exists():
        message = _("%(who)s is no longer a recipient of this report.") % {"who": person}
        raise ReportError(message, is_final=True)
    if not Report.objects.visible_to(person).filter(pk=report.pk).exists():
        message = _("%(who)s has no access to this dashboard.") % {"who": person}
        raise ReportError(message, is_final=True)
    if queries.is_kept_from(report, person):  # without the filter, other rows would be printed
        message = _("It filters by a column that is hidden from %(who)s.") % {"who": person}
        raise ReportError(message, is_final=True)


def _store(delivery: Delivery, made: Pdf) -> None:
    old = delivery.file
    name = f"reports/{delivery.report_id}/{delivery.pk}-{delivery.attempts}.pdf"
    delivery.file = default_storage.save(name, ContentFile(made.body))
    delivery.pages, delivery.size = made.pages, len(made.body)
    delivery.save(update_fields=["file", "pages", "size"])
    if old:
        default_storage.delete(old)


def _still_mine(delivery: Delivery) -> bool:
    return Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.RUNNING, attempts=delivery.attempts
    ).exists()


def _letter(delivery: Delivery, made: Pdf) -> EmailMessage:
    """The mail. Its Message-ID is the delivery's, so that a repeated one can be recognised."""
    report = delivery.report
    context = {
        "report": report,
        "delivery": delivery,
        "address": f"{settings.BASE_URL}{queries.address_of(report, delivery.recipient)}",
        "filters": queries.filters_of(report, delivery.recipient),
        "window": queries.view_of(report).window(),
    }
    zone = zone_of(report.timezone)
    with timezone.override(zone):
        text = render_to_string("reports/mail.txt", context)
    stamp = f"{delivery.due_at.astimezone(zone):%Y-%m-%d}"
    key = f"{settings.SECRET_KEY}:delivery:{delivery.pk}"
    identity = hashlib.sha256(key.encode()).hexdigest()[:32]
    message = EmailMessage(
        subject=queries.one_line(report.name),
        body=text,
        to=[delivery.recipient.email],
        headers={"Message-ID": f"<{identity}@sightline>", "Auto-Submitted": "auto-generated"},
    )
    message.attach(f"{report.dashboard.slug}-{stamp}.pdf", made.body, "application/pdf")
    return message


def _gone_wrong(delivery: Delivery, error: ReportError, now: datetime) -> str:
    """Wait for the next try, or give up."""
    logger.warning("delivery %s, try %s: failed", delivery.pk, delivery.attempts)
    if error.is_final or delivery.attempts >= ATTEMPTS:
        _settle(delivery, state=Delivery.State.FAILED, error=error.message)
        return Delivery.State.FAILED
    later = now + timedelta(seconds=BACKOFF_S[delivery.attempts - 1])
    _settle(delivery, state=Delivery.State.WAITING, error=error.message, not_before=later)
    return Delivery.State.WAITING


def _settle(
    delivery: Delivery,
    *,
    state: str,
    error: str,
    sent_at: datetime | None = None,
    not_before: datetime | None = None,
) -> None:
    """Only while it is still ours: after the lease somebody else may have taken it."""
    mine = Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.RUNNING, attempts=delivery.attempts
    )
    mine.update(state=state, error=error[:1000], sent_at=sent_at, not_before=not_before)
