import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from django.core.files.storage import default_storage
from django.db import close_old_connections, connection
from pypdf import PdfReader

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.core import mail
from apps.core.errors import UserError
from apps.reports import printing, services
from apps.reports.errors import ReportError
from apps.reports.models import Delivery, Report
from apps.reports.presses import Pdf
from config.serve import ports

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday
PDF = Pdf(b"%PDF-1.7 one page", 1)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.VAR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_BACKEND = "apps.core.mail.OutboxBackend"


@pytest.fixture
def printed(monkeypatch):
    """Stands for the child process where what is tested is who runs it, and how often."""
    jobs = []

    def make(job):
        jobs.append(job)
        return PDF

    monkeypatch.setattr(printing, "make", make)
    return jobs


@pytest.fixture
def due(report):
    """The weekly report, due on Mondays at seven in Berlin."""
    report.timezone = "Europe/Berlin"
    return services.save_report(report, report.recipients.all(), NOW - timedelta(days=6))


def only(report):
    return Delivery.objects.get(report=report)


def test_a_saved_report_knows_its_next_slot_and_a_paused_one_has_none(due):
    assert due.next_at == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    due.is_active = False
    assert services.save_report(due, due.recipients.all(), NOW).next_at is None


def test_nobody_outside_the_workspace_can_be_a_recipient(due, stranger):
    with pytest.raises(UserError, match="not a member"):
        services.save_report(due, [stranger], NOW)
    assert stranger not in due.recipients.all()


def test_a_slot_is_opened_once_however_often_one_looks(due):
    first = services.due_deliveries(NOW)
    assert services.due_deliveries(NOW) == first
    assert first == [only(due).pk]
    due.refresh_from_db()
    assert due.next_at == datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


def test_after_three_weeks_without_a_scheduler_there_is_one_late_run(due):
    services.due_deliveries(NOW + timedelta(days=21))
    assert Delivery.objects.count() == 1
    due.refresh_from_db()
    assert due.next_at == datetime(2026, 12, 21, 6, 0, tzinfo=UTC)


def test_a_delivery_is_printed_as_its_recipient_and_lands_in_the_outbox(due, viewer, printed):
    (delivery_id,) = services.due_deliveries(NOW)
    assert services.deliver(delivery_id, NOW) == Delivery.State.SENT
    assert [job.user_id for job in printed] == [viewer.pk]
    (letter,) = mail.outbox()
    assert letter.recipients == (viewer.email,)
    assert letter.subject == "Weekly sales"
    (attached,) = letter.message.iter_attachments()
    assert attached.get_filename() == "sales-2026-11-23.pdf"
    assert attached.get_payload(decode=True) == PDF.body
    delivery = only(due)
    assert (delivery.pages, delivery.size, delivery.error) == (1, len(PDF.body), "")
    assert default_storage.open(delivery.file).read() == PDF.body


def test_a_delivery_that_was_sent_is_never_sent_again(due, printed):
    (delivery_id,) = services.due_deliveries(NOW)
    services.deliver(delivery_id, NOW)
    assert services.deliver(delivery_id, NOW) is None
    assert services.due_deliveries(NOW + timedelta(hours=1)) == []
    assert len(list(mail.outbox())) == 1


def test_the_filters_and_range_of_the_report_reach_the_paper_and_the_link(due, printed):
    due.filters = {"region": ["West"]}
    due.save()
    (delivery_id,) = services.due_deliveries(NOW)
    services.deliver(delivery_id, NOW)
    assert printed[0].view["filters"] == {"region": ["West"]}
    text = next(mail.outbox()).message.get_body(("plain",)).get_content()
    assert "Region: West" in text
    assert "http://127.0.0.1:8000/d/sales/?from=2024-01-01" in text
    assert "var-region=West" in text


def test_a_name_with_line_breaks_makes_no_header(due, printed):
    due.name = "Sales\r\nBcc: everybody@example.com\u202e"
    due.save()
    (delivery_id,) = services.due_deliveries(NOW)
    services.deliver(delivery_id, NOW)
    (letter,) = mail.outbox()
    assert letter.subject == "Sales Bcc: everybody@example.com"
    assert letter.message["Bcc"] is None


def test_a_recipient_who_lost_access_gets_nothing_and_the_run_says_why(due, viewer, printed):
    (delivery_id,) = services.due_deliveries(NOW)
    accounts.leave(viewer, due.workspace)
    assert services.deliver(delivery_id, NOW) == Delivery.State.FAILED
    assert "has no access to this dashboard" in only(due).error
    assert not printed
    assert not list(mail.outbox())


def test_a_failing_run_is_tried_three_times_then_it_has_failed_and_says_so(due, monkeypatch):
    tries = []

    def fail(job):
        tries.append(job)
        raise ReportError("The warehouse does not answer.")

    monkeypatch.setattr(printing, "make", fail)
    (delivery_id,) = services.due_deliveries(NOW)
    assert services.deliver(delivery_id, NOW) == Delivery.State.WAITING
    assert services.due_deliveries(NOW + timedelta(seconds=59)) == []
    assert services.due_deliveries(NOW + timedelta(seconds=60)) == [delivery_id]
    assert services.deliver(delivery_id, NOW + timedelta(seconds=60)) == Delivery.State.WAITING
    later = NOW + timedelta(seconds=360)
    assert services.deliver(delivery_id, later) == Delivery.State.FAILED
    assert len(tries) == 3
    assert only(due).error == "The warehouse does not answer."
    assert services.due_deliveries(later + timedelta(days=1)) == []


def test_a_mail_server_that_is_away_means_another_try(due, printed, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    (delivery_id,) = services.due_deliveries(NOW)
    assert services.deliver(delivery_id, NOW) == Delivery.State.WAITING
    assert "mail server" in only(due).error
    assert services.due_deliveries(NOW + timedelta(minutes=1)) == [delivery_id]


def test_a_run_whose_process_was_killed_is_taken_up_again_after_its_lease(due, printed):
    (delivery_id,) = services.due_deliveries(NOW)
    assert services._claimed(delivery_id, NOW) is not None  # and here the process dies
    assert services.due_deliveries(NOW + timedelta(seconds=services.LEASE_S - 1)) == []
    later = NOW + timedelta(seconds=services.LEASE_S)
    assert services.due_deliveries(later) == [delivery_id]
    assert services.deliver(delivery_id, later) == Delivery.State.SENT


def test_a_run_that_kills_its_process_each_time_ends_as_failed(due):
    (delivery_id,) = services.due_deliveries(NOW)
    at = NOW
    for _ in range(services.ATTEMPTS):
        assert services._claimed(delivery_id, at) is not None
        at += timedelta(seconds=services.LEASE_S)
    assert services.deliver(delivery_id, at) is None
    assert only(due).state == Delivery.State.FAILED
    assert "broken off" in only(due).error


def test_only_the_newest_files_are_kept_and_the_history_stays(due, printed, viewer):
    for week in range(services.KEPT_FILES + 2):
        delivery = Delivery.objects.create(
            report=due, recipient=viewer, due_at=NOW + timedelta(days=7 * week)
        )
        services.deliver(delivery.pk, NOW)
    assert Delivery.objects.count() == services.KEPT_FILES + 2
    assert Delivery.objects.exclude(file="").count() == services.KEPT_FILES
    _folders, files = default_storage.listdir(f"reports/{due.pk}")
    assert len(files) == services.KEPT_FILES


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_and_schedulers_at_once_one_sends_one_mail(due, monkeypatch):
    barrier, made = threading.Barrier(6), []
    monkeypatch.setattr(printing, "make", lambda job: made.append(job) or PDF)

    def scheduler_and_worker(_):
        try:
            barrier.wait(10)
            for delivery_id in services.due_deliveries(NOW):
                services.deliver(delivery_id, NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(scheduler_and_worker, range(6)))
    close_old_connections()
    assert len(made) == 1
    assert len(list(mail.outbox())) == 1
    assert only(due).state == Delivery.State.SENT


@pytest.fixture
def smtp():
    """A real SMTP server; letters land in a Maildir."""

    def start(folder):
        controller = Controller(Mailbox(str(folder)), hostname="127.0.0.1", port=ports.any_free())
        controller.start()
        started.append(controller)
        return controller.port, controller.handler.mailbox

    started = []
    yield start
    for controller in started:
        controller.stop()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_due_report_leaves_through_a_real_mail_server_as_a_real_pdf(
    due, viewer, smtp, settings, tmp_path
):
    port, inbox = smtp(tmp_path / "inbox")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    (delivery_id,) = services.due_deliveries(NOW)
    state = services.deliver(delivery_id, NOW)
    assert (state, only(due).error) == (Delivery.State.SENT, "")
    (letter,) = list(inbox)
    assert letter["To"] == viewer.email
    assert letter["Message-ID"].endswith("@sightline>")
    (attached,) = [part for part in letter.walk() if part.get_filename()]
    reader = PdfReader(io.BytesIO(attached.get_payload(decode=True)))
    assert len(reader.pages) == only(due).pages
    assert "Weekly sales" in reader.pages[0].extract_text()
    assert viewer.email in reader.pages[0].extract_text()


@pytest.mark.slow
def test_a_dashboard_that_is_too_large_is_stopped_at_its_limits_and_says_so(due, viewer):
    job = services.job_of(due, viewer)
    with pytest.raises(ReportError, match="more than 0 seconds"):
        printing.make(printing.Job(**{**asdict(job), "timeout_s": 0.0}))
    with pytest.raises(ReportError, match="more than 60 MB of memory"):
        printing.make(printing.Job(**{**asdict(job), "memory_bytes": 60 * 1024**2}))
    foreign = User.objects.create_user("nobody@example.com", "correct horse battery")
    with pytest.raises(ReportError, match="has no access") as failure:
        printing.make(printing.Job(**{**asdict(job), "user_id": foreign.pk}))
    assert failure.value.is_final


def test_a_report_is_due_at_its_own_clock(report):
    report.every, report.at, report.timezone = Report.Every.DAY, time(7), "America/New_York"
    saved = services.save_report(report, [], NOW)
    assert saved.next_at == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
