"""Reports under policies: each recipient's own rows, and nothing that is hidden from them."""

from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage

from apps.accounts.models import User
from apps.dashboards import services as dashboards
from apps.datasources import services as datasources
from apps.reports import queries, services
from apps.reports.models import Delivery
from apps.reports.pdf import Paper, dashboard_pdf
from tests.api.conftest import Caller
from tests.reports.test_pdf import read

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EAST = [{"column": "region", "op": "in", "values": ["East"]}]


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.VAR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_BACKEND = "apps.core.mail.OutboxBackend"


def text_of(dashboard, view, user):
    user.refresh_from_db()
    return " ".join(read(dashboard_pdf(dashboard, view, user, Paper()))[1])


def delivered(report, user):
    delivery = Delivery.objects.create(report=report, recipient=user, due_at=NOW)
    services.deliver(delivery.pk, NOW)
    delivery.refresh_from_db()
    return delivery


def test_a_scheduled_report_holds_the_recipients_rows_and_not_its_owners(
    report, orders, viewer, monkeypatch
):
    datasources.set_policy(orders, "P", "viewer", EAST)
    delivery = delivered(report, viewer)
    assert delivery.state == "sent", delivery.error
    with default_storage.open(delivery.file) as file:
        text = " ".join(read(services.Pdf(file.read(), delivery.pages))[1])
    assert "East" in text
    assert "West" not in text
    assert "2,157" not in text


def test_a_hidden_column_makes_a_note_on_its_cards_and_no_name(dashboard, orders, view, viewer):
    datasources.set_policy(orders, "Hide", "viewer", [], hidden_columns=["amount"])
    text = text_of(dashboard, view, viewer)
    assert "This shows a column that is hidden from you." in text
    assert "2,157" not in text
    assert "240" in text  # the number of orders needs no amount


def test_a_filter_by_a_hidden_column_sends_nothing_rather_than_other_rows(
    client, report, orders, viewer, editor
):
    report.filters = {"region": ["West"]}
    report.save()
    datasources.set_policy(orders, "Hide", "viewer", [], hidden_columns=["region"])
    viewer.refresh_from_db()
    delivery = delivered(report, viewer)
    assert (delivery.state, delivery.file) == ("failed", "")
    assert "hidden from viewer@example.com" in delivery.error
    assert queries.filters_of(report, viewer) == []
    assert queries.filters_of(report, editor) == [("Region", "West")]
    client.force_login(viewer)
    for url in ("/reports/", f"/reports/{report.pk}/"):
        text = client.get(url).text
        assert "West" not in text
        assert "region" not in text.casefold()
    assert Caller(viewer).ask("GET", f"reports/{report.pk}/").json()["filters"] == {}
    assert Caller(editor).ask("GET", f"reports/{report.pk}/").json()["filters"] == report.filters


def test_an_editor_does_not_learn_the_filter_from_the_form(
    client, report, orders, admin_user, editor
):
    report.filters = {"region": ["West"]}
    report.save()
    datasources.set_policy(orders, "Hide", "editor", [], hidden_columns=["region"])
    client.force_login(editor)
    response = client.get(f"/reports/{report.pk}/edit/", headers={"Accept": "text/html"})
    assert response.status_code == 403
    assert "West" not in response.text


def test_a_deactivated_recipient_gets_nothing(report, viewer):
    User.objects.filter(pk=viewer.pk).update(is_active=False)
    delivery = delivered(report, viewer)
    assert (delivery.state, delivery.file) == ("failed", "")
    assert "no access" in delivery.error


def test_a_deactivated_owner_changes_nothing_for_the_recipients(
    report, viewer, editor, monkeypatch
):
    """A report runs as each recipient, so nobody's rights are lent."""
    jobs = []
    monkeypatch.setattr(services.printing, "make", lambda job: jobs.append(job) or _pdf())
    User.objects.filter(pk=editor.pk).update(is_active=False)
    assert delivered(report, viewer).state == "sent"
    assert [job.user_id for job in jobs] == [viewer.pk]


def test_only_the_recipient_has_the_file(client, report, viewer, editor, admin_user, monkeypatch):
    monkeypatch.setattr(services.printing, "make", lambda job: _pdf())
    delivery = delivered(report, viewer)
    for user, status in ((viewer, 200), (editor, 404), (admin_user, 404)):
        client.force_login(user)
        url = f"/reports/deliveries/{delivery.pk}/pdf/"
        assert client.get(url, headers={"Accept": "text/html"}).status_code == status


def test_a_dashboard_made_private_ends_its_reports(report, viewer, dashboard, editor):
    dashboards.update_dashboard(dashboard, editor, {"is_private": True})
    assert delivered(report, viewer).state == "failed"


def test_a_broken_card_names_no_columns_of_the_recipient_to_the_owner(report, dashboard, viewer):
    widget = dashboard.placements.first().widget
    widget.query = {"measures": ["gone"]}
    widget.save()
    with pytest.raises(services.ReportError) as found:
        dashboard_pdf(dashboard, queries.view_of(report), viewer, Paper())
    assert "There is no “gone”" in found.value.message
    assert "There are" not in found.value.message


def _pdf():
    return services.Pdf(b"%PDF-1.7 one page", 1)
