from datetime import UTC, datetime, time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from apps.accounts import services as accounts
from apps.reports import exports, printing, services, tasks
from apps.reports.errors import ReportError
from apps.reports.models import Delivery, Report
from apps.reports.presses import Pdf

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def queued(monkeypatch, django_capture_on_commit_callbacks):
    """What a page asked the workers to do."""
    asked = []
    for name in ("deliver", "export"):
        task = getattr(tasks, name)
        monkeypatch.setattr(
            task, "delay", lambda argument, name=name: asked.append((name, argument))
        )
    return asked


@pytest.fixture
def sent(report, viewer):
    """A run of the viewer's, with its file."""
    name = default_storage.save("reports/x.pdf", ContentFile(b"%PDF of the viewer"))
    return Delivery.objects.create(
        report=report, recipient=viewer, due_at=NOW, state="sent", sent_at=NOW, file=name, pages=1
    )


def form_of(dashboard, *people, **fields):
    return {
        "dashboard": dashboard.pk,
        "name": "Weekly sales",
        "time_from": "now-7d/d",
        "time_to": "now/d",
        "filters": '{"region": ["West"]}',
        "keep_filters": "on",
        "every": "week",
        "weekday": 0,
        "day": 1,
        "at": "07:00",
        "timezone": "Europe/Berlin",
        "recipients": [person.pk for person in people],
        "paper": "A4",
        "is_active": "on",
    } | fields


def test_the_form_takes_range_and_filters_from_the_address_of_a_dashboard(
    client, editor, dashboard
):
    client.force_login(editor)
    address = reverse("reports:new_of", args=["sales"]) + "?from=now-90d&to=now&var-region=West"
    page = client.get(address).content.decode()
    assert 'value="now-90d"' in page
    assert "region: <b>West</b>" in page


def test_an_editor_makes_a_report_and_sees_when_it_runs_next(client, editor, viewer, dashboard):
    client.force_login(editor)
    response = client.post(reverse("reports:new"), form_of(dashboard, viewer, editor))
    report = Report.objects.get()
    assert response.headers["Location"] == reverse("reports:detail", args=[report.pk])
    assert (report.owner, report.workspace) == (editor, dashboard.workspace)
    assert report.filters == {"region": ["West"]}
    assert set(report.recipients.all()) == {viewer, editor}
    assert (report.at, report.next_at.weekday()) == (time(7), 0)
    page = client.get(response.headers["Location"]).content.decode()
    assert "Every Monday at 07:00, Europe/Berlin" in page
    assert "Region: <b>West</b>" in page
    assert "Weekly sales" in client.get(reverse("reports:list")).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_from", "last tuesday"),
        ("timezone", "Mars/Olympus"),
        ("day", 32),
        ("recipients", []),
        ("filters", '{"region": {"a": 1}}'),
        ("filters", "not json"),
        ("at", "25:00"),
    ],
)
def test_what_cannot_be_read_is_refused_beside_its_field(
    client, editor, viewer, dashboard, field, value
):
    client.force_login(editor)
    response = client.post(reverse("reports:new"), form_of(dashboard, viewer, **{field: value}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Report.objects.exists()


def test_nobody_outside_the_workspace_can_be_chosen(client, editor, stranger, dashboard):
    client.force_login(editor)
    response = client.post(reverse("reports:new"), form_of(dashboard, stranger))
    assert list(response.context["form"].errors) == ["recipients"]


def test_a_member_of_another_workspace_of_mine_cannot_be_chosen_either(
    client, editor, stranger, dashboard
):
    elsewhere = stranger.memberships.get().workspace
    accounts.set_role(editor, elsewhere, "editor")
    client.force_login(editor)
    response = client.post(reverse("reports:new"), form_of(dashboard, stranger))
    assert "Not a member of Commerce" in str(response.context["form"].errors["recipients"])


def test_a_viewer_sees_the_report_and_their_own_runs_but_changes_nothing(
    client, viewer, report, sent, editor
):
    other = Delivery.objects.create(report=report, recipient=editor, due_at=NOW, state="failed")
    client.force_login(viewer)
    page = client.get(reverse("reports:detail", args=[report.pk]))
    assert list(page.context["runs"]) == [sent]
    assert other not in page.context["runs"]
    assert client.get(reverse("reports:edit", args=[report.pk])).status_code == 404
    assert client.post(reverse("reports:delete", args=[report.pk])).status_code == 404
    assert client.get(reverse("reports:new")).status_code == 404
    assert Report.objects.filter(pk=report.pk).exists()


def test_a_failed_run_is_shown_with_its_reason(client, editor, report, viewer):
    Delivery.objects.create(
        report=report, recipient=viewer, due_at=NOW, state="failed", error="The card <b> is empty"
    )
    client.force_login(editor)
    page = client.get(reverse("reports:detail", args=[report.pk])).content.decode()
    assert "The card &lt;b&gt; is empty" in page
    assert "Failed" in client.get(reverse("reports:list")).content.decode()


def test_a_pdf_goes_to_its_recipient_and_to_nobody_else(
    client, viewer, editor, admin_user, stranger, sent
):
    address = reverse("reports:pdf", args=[sent.pk])
    for person in (editor, admin_user, stranger):  # their rows may differ
        client.force_login(person)
        assert client.get(address).status_code == 404
    client.force_login(viewer)
    response = client.get(address)
    assert response.content == b"%PDF of the viewer"
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="Weekly sales 2026-11-23.pdf"'
    )


def test_a_recipient_who_left_the_workspace_keeps_no_door_to_the_file(client, viewer, sent):
    accounts.leave(viewer, sent.report.workspace)
    client.force_login(viewer)
    assert client.get(reverse("reports:pdf", args=[sent.pk])).status_code == 404


def test_the_name_of_a_download_is_encoded_whatever_people_wrote(client, viewer, report, sent):
    Report.objects.filter(pk=report.pk).update(name='Um"satz\r\nX: 1 \u202e …/..')
    client.force_login(viewer)
    header = client.get(reverse("reports:pdf", args=[sent.pk])).headers["Content-Disposition"]
    assert header.startswith("attachment; filename*=utf-8''Um%22satz%20X%3A%201%20")
    assert "%E2%80%AE" not in header
    assert "/" not in header


def test_a_preview_is_one_run_for_oneself(
    client, viewer, report, queued, django_capture_on_commit_callbacks
):
    client.force_login(viewer)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("reports:preview", args=[report.pk]))
    delivery = Delivery.objects.get()
    assert (delivery.recipient, delivery.is_preview) == (viewer, True)
    assert queued == [("deliver", delivery.pk)]


def test_a_deleted_report_takes_its_files_along(
    client, editor, report, sent, django_capture_on_commit_callbacks
):
    client.force_login(editor)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("reports:delete", args=[report.pk]))
    assert not Report.objects.exists()
    assert not default_storage.exists(sent.file)


@pytest.mark.parametrize("name", ["detail", "edit", "delete", "preview"])
def test_a_stranger_cannot_learn_that_the_report_exists(client, stranger, report, name):
    client.force_login(stranger)
    method = client.get if name in ("detail", "edit") else client.post
    assert method(reverse(f"reports:{name}", args=[report.pk])).status_code == 404
    assert method(reverse(f"reports:{name}", args=[report.pk + 999])).status_code == 404
    assert "Weekly sales" not in client.get(reverse("reports:list")).content.decode()


def test_the_sweep_names_each_open_delivery_to_a_worker(report, viewer, monkeypatch):
    services.save_report(report, [viewer], datetime(2020, 1, 1, tzinfo=UTC))
    asked = []
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda args, **how: asked.append(args))
    tasks.send_due()
    assert asked == [(Delivery.objects.get().pk,)]


@pytest.fixture
def export_of(client, dashboard, queued, django_capture_on_commit_callbacks):
    def ask(person, **fields):
        client.force_login(person)
        data = {"paper": "letter", "is_landscape": "on"} | fields
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse("reports:export_of", args=[dashboard.slug]), data)

    return ask


def test_a_pdf_now_is_made_by_a_worker_for_the_person_who_asked(
    client, viewer, editor, export_of, queued, monkeypatch
):
    jobs = []
    monkeypatch.setattr(printing, "make", lambda job: jobs.append(job) or Pdf(b"%PDF now", 3))
    response = export_of(viewer, time_from="now-7d", time_to="now", filters='{"region": ["West"]}')
    state = response.headers["Location"]
    assert "hx-get" in client.get(state).content.decode()
    ((name, token),) = queued
    assert name == "export"
    exports.work(token)
    exports.work(token)  # a task that comes twice
    (job,) = jobs
    assert (job.user_id, job.paper, job.is_landscape) == (viewer.pk, "letter", True)
    assert (job.view["from"], job.view["filters"]) == ("now-7d", {"region": ["West"]})
    assert "3 pages" in client.get(state).content.decode()
    response = client.get(reverse("reports:export_pdf", args=[token]))
    assert response.content == b"%PDF now"
    assert response.headers["Content-Disposition"] == 'attachment; filename="Sales.pdf"'
    client.force_login(editor)
    assert client.get(state).status_code == 404
    assert client.get(reverse("reports:export_pdf", args=[token])).status_code == 404


def test_a_pdf_takes_what_single_cards_show_from_the_page_to_the_job(
    client, viewer, dashboard, export_of, queued, monkeypatch
):
    jobs = []
    monkeypatch.setattr(printing, "make", lambda job: jobs.append(job) or Pdf(b"%PDF", 1))
    client.force_login(viewer)
    own = '{"compare":"year","path":[["region","West","product"]]}'
    address = reverse("reports:export_of", args=[dashboard.slug])
    form = client.get(address, {"card-7": own, "card-8": "nonsense"}).context["form"]
    cards = form["cards"].value()
    export_of(viewer, cards=cards)
    exports.work(queued[0][1])
    expected = {"7": {"compare": "year", "path": [["region", "West", "product"]]}}
    assert jobs[0].cards == expected
    refused = export_of(viewer, cards='{"7": {"compare": "sideways"}}')
    assert refused.status_code == 422
    assert "Compare card 7 with" in refused.content.decode()


def test_a_pdf_that_failed_says_why(client, viewer, export_of, queued, monkeypatch):
    def fail(job):
        raise ReportError("The card “Revenue” could not be printed.")

    monkeypatch.setattr(printing, "make", fail)
    state = export_of(viewer).headers["Location"]
    exports.work(queued[0][1])
    assert "The card “Revenue” could not be printed." in client.get(state).content.decode()


def test_one_person_has_at_most_three_pdfs_in_the_queue_and_others_are_not_held_up(
    viewer, editor, export_of, queued
):
    assert [export_of(viewer).status_code for _ in range(4)] == [302, 302, 302, 429]
    assert export_of(editor).status_code == 302
    assert len(queued) == 4


def test_a_stranger_gets_no_pdf_of_a_dashboard(stranger, export_of, queued):
    assert export_of(stranger).status_code == 404
    assert queued == []


def test_the_page_of_a_dashboard_leads_to_its_pdf_and_its_report_with_the_same_query(
    client, editor, dashboard
):
    client.force_login(editor)
    page = client.get(dashboard.get_absolute_url() + "?from=now-90d&var-region=West")
    for name in ("export_of", "new_of"):
        address = reverse(f"reports:{name}", args=["sales"])
        assert f'href="{address}?from=now-90d&amp;var-region=West"' in page.content.decode()
        begun = client.get(f"{address}?from=now-90d&var-region=West").context["form"]
        assert begun["time_from"].value() == "now-90d"
        assert begun.initial["filters"] == {"region": ["West"]}
