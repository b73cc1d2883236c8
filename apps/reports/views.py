"""Pages of reports: the list, one with its history, the form, and PDFs for those they are for."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.core.errors import Denied, UserError
from apps.dashboards import own
from apps.dashboards.models import Dashboard
from apps.reports import exports, printing, queries, services, tasks
from apps.reports.forms import ExportForm, ReportForm
from apps.reports.models import Delivery, Report
from apps.widgets.view import View

HISTORY = 60


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - behind login_required
    return request.user


@login_required
@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    """All reports one may see: next run, last outcome."""
    user = _user(request)
    context = {"lines": queries.listed(user), "may_add": _may_add(user)}
    return render(request, "reports/list.html", context)


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: what, when, to whom, and each run with its outcome."""
    user = _user(request)
    seen = Report.objects.visible_to(user).select_related("dashboard", "workspace", "owner")
    report = get_object_or_404(seen, pk=pk)
    runs = Delivery.objects.visible_to(user).filter(report=report).select_related("recipient")
    context = {
        "report": report,
        "runs": runs.order_by("-due_at", "-pk")[:HISTORY],
        "may_edit": Report.objects.editable_by(user).filter(pk=pk).exists(),
        "filters": queries.filters_of(report, user),
        "address": queries.address_of(report, user),
    }
    return render(request, "reports/detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str = "") -> HttpResponse:
    """A new report; with a dashboard's slug and the query of its page, begun from that."""
    user = _user(request)
    if not _may_add(user):
        raise Http404
    report = Report(owner=user, timezone=user.timezone)
    form = ReportForm(
        request.POST or None, instance=report, user=user, initial=_begun(request, slug)
    )
    return _edited(request, form)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a report."""
    user = _user(request)
    report = get_object_or_404(Report.objects.editable_by(user), pk=pk)
    if queries.is_kept_from(report, user):
        raise Denied(_("This report filters by a column that is hidden from you."), code="hidden")
    form = ReportForm(request.POST or None, instance=report, user=user)
    return _edited(request, form)


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a report and its history."""
    report = get_object_or_404(Report.objects.editable_by(request.user), pk=pk)
    services.delete_report(report)
    messages.success(request, _("The report “%(name)s” is deleted.") % {"name": report.name})
    return redirect("reports:list")


@login_required
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it to oneself, now."""
    user = _user(request)
    report = get_object_or_404(Report.objects.visible_to(user), pk=pk)
    delivery = services.preview(report, user, datetime.now(UTC))
    _soon(tasks.deliver, delivery.pk)
    message = _("A preview is on its way to %(address)s.")
    messages.success(request, message % {"address": user.email})
    return redirect("reports:detail", pk)


@login_required
@require_GET
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF of one run, for its recipient and nobody else: the rows are theirs."""
    mine = Delivery.objects.visible_to(request.user).filter(recipient=_user(request).pk)
    delivery = get_object_or_404(mine.exclude(file="").select_related("report"), pk=pk)
    with default_storage.open(delivery.file) as file:
        return _download(file.read(), f"{delivery.report.name} {delivery.due_at:%Y-%m-%d}")


@login_required
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for a PDF of a dashboard, with the range and filters of its page's query."""
    user = _user(request)
    dashboard = get_object_or_404(Dashboard.objects.visible_to(user), slug=slug)
    form = ExportForm(request.POST or None, initial=_begun(request, slug))
    if request.method == "POST" and form.is_valid():
        view = form.view(dashboard, user.timezone)
        job = printing.Job(
            dashboard.pk,
            user.pk,
            view.as_json(),
            paper=form.cleaned_data["paper"],
            is_landscape=form.cleaned_data["is_landscape"],
            cards=form.cleaned_data["cards"],
        )
        token = exports.start(job, dashboard.title)
        _soon(tasks.export, token)
        return redirect("reports:export_state", token)
    context = {"form": form, "dashboard": dashboard}
    status = 422 if form.is_bound else 200
    return render(request, "reports/export.html", context, status=status)


@login_required
@require_GET
def export_state(request: HttpRequest, token: str) -> HttpResponse:
    """How far the PDF is; the page asks again until it is ready."""
    found = exports.find(token, _user(request).pk)
    if found is None:
        raise Http404
    template = "reports/_export.html" if getattr(request, "htmx", False) else "reports/export.html"
    return render(request, template, {"export": found})


@login_required
@require_GET
def export_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The finished PDF, for the person who asked."""
    found = exports.find(token, _user(request).pk)
    body = exports.body(token) if found else None
    if found is None or body is None:
        raise Http404
    return _download(body, found.name)


def _edited(request: HttpRequest, form: ReportForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        report = form.save(commit=False)
        report.workspace = form.cleaned_data["dashboard"].workspace
        try:
            services.save_report(report, form.cleaned_data["recipients"])
        except UserError as error:
            form.add_error(error.field, error.message)
        else:
            return redirect("reports:detail", report.pk)
    context = {
        "form": form,
        "report": form.instance if form.instance.pk else None,
        "filters": _kept_filters(form),
        "zones": sorted(available_timezones()),
    }
    return render(request, "reports/form.html", context, status=422 if form.is_bound else 200)


def _kept_filters(form: ReportForm) -> list[tuple[str, str]]:
    """The filters of the hidden field in words; none if they make no sense."""
    field = form.fields["filters"]
    try:
        kept: dict[str, list[str]] = field.clean(form["filters"].value())
    except ValidationError:  # shown as the form's own error
        return []
    return [(column, ", ".join(values)) for column, values in kept.items()]


def _begun(request: HttpRequest, slug: str) -> dict[str, Any]:
    """First values from `?from&to&tz&compare&var-…&card-…`, the query of a dashboard's page."""
    slug = slug or request.GET.get("dashboard", "")
    dashboard = Dashboard.objects.visible_to(request.user).filter(slug=slug).first()
    if dashboard is None:
        return {"recipients": [request.user.pk]}
    view = View.from_params(request.GET, time_from="", time_to="")
    filters = {column: list(values) for column, values in view.filters}
    begun = {
        "dashboard": dashboard.pk,
        "name": dashboard.title,
        "time_from": request.GET.get("from", ""),
        "time_to": request.GET.get("to", ""),
        "compare": view.compare,
        "filters": filters,
        "cards": own.from_params(request.GET),
        "recipients": [request.user.pk],
    }
    return begun | ({"timezone": request.GET["tz"]} if "tz" in request.GET else {})


def _may_add(user: User) -> bool:
    return queries.may_add(user)


def _soon(task: Any, argument: Any) -> None:
    """Enqueue after commit; a preview that cannot be enqueued is found by the next sweep."""
    transaction.on_commit(lambda: task.delay(argument))


def _download(body: bytes, name: str) -> HttpResponse:
    """A PDF, always as a download: its name comes from people."""
    filename = f"{queries.one_line(name).replace('/', '-')}.pdf"
    response = HttpResponse(body, content_type="application/pdf")
    header = content_disposition_header(as_attachment=True, filename=filename)
    response["Content-Disposition"] = header or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
