"""The Data pages: what there is, what it means, and who sees which rows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE, MANAGE
from apps.core.errors import UserError
from apps.datasources import engine, queries, services
from apps.datasources.access import scope_of
from apps.datasources.forms import (
    ColumnsForm,
    DatasetForm,
    MeasureForm,
    MetricForm,
    PolicyForm,
    metric_slug,
)
from apps.datasources.models import Dataset, Measure, Metric, RowPolicy
from apps.datasources.query import Dimension, Query

form_methods = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every dataset that the reader may ask."""
    datasets = list(queries.listed(request.user))  # type: ignore[arg-type]
    rows = [_row(request, dataset) for dataset in datasets]
    may_define = workspaces_where(request.user, DEFINE).exists()
    workspaces = {dataset.workspace_id for dataset in datasets}
    context = {"rows": rows, "may_define": may_define, "has_many": len(workspaces) > 1}
    return render(request, "datasources/list.html", context)


@login_required
@require_GET
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One dataset: columns, measures, metrics, who sees which rows, and the first of them."""
    user: Any = request.user
    dataset = _named(request, slug)
    columns = list(dataset.columns.all())
    labels = {column.name: column.label for column in columns}
    may_manage = _is_in(user, dataset, MANAGE)
    may_define = may_manage or _is_in(user, dataset, DEFINE)
    rows, problem = _sample(request, dataset, columns)
    scope = scope_of(user, dataset.pk)
    context = {
        **_row(request, dataset),
        "columns": columns,
        "measures": _measures(dataset, labels),
        "metrics": Metric.objects.filter(dataset=dataset).select_related("measure", "owner"),
        "policies": _policies(dataset, labels) if may_define else [],
        "narrowed": queries.filter_words([each.as_json() for each in scope.policies], labels),
        "sample": rows,
        "sample_columns": columns[: queries.SAMPLE_COLUMNS],
        "problem": problem,
        "may_define": may_define,
        "may_manage": may_manage,
    }
    return render(request, "datasources/detail.html", context)


@login_required
@form_methods
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, words and time column."""
    dataset = _editable(request, pk)
    form = DatasetForm(request.POST or None, instance=dataset)

    def save() -> None:
        services.touch_dataset(form.save())

    return _form(request, dataset, form, save, _("Dataset"))


@login_required
@form_methods
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Labels, units and formats of the columns."""
    dataset = _editable(request, pk)
    form = ColumnsForm(request.POST or None, dataset=dataset)

    def save() -> None:
        services.change_columns(dataset, form.changed())

    return _form(request, dataset, form, save, _("Columns"), body="datasources/_columns_form.html")


@login_required
@form_methods
def new_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """Another measure of a dataset."""
    return _measure(request, Measure(dataset=_editable(request, pk)), _("New measure"))


@login_required
@form_methods
def edit_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how a measure is computed or written."""
    return _measure(request, _editable_measure(request, pk), _("Measure"))


@login_required
@require_POST
def delete_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """End a measure that nothing uses; else say what does."""
    measure = _editable_measure(request, pk)
    try:
        services.delete_measure(measure)
    except UserError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("“%(label)s” was deleted.") % {"label": measure.label})
    return _back(request, measure.dataset)


@login_required
@form_methods
def new_metric(request: HttpRequest, pk: int) -> HttpResponse:
    """A measure over time that is forecast and checked, as who adds it."""
    user: Any = request.user
    dataset = _editable(request, pk)
    metric = Metric(dataset=dataset, workspace=dataset.workspace, owner=user)
    form = MetricForm(request.POST or None, instance=metric)

    def save() -> None:
        made = form.save(commit=False)
        split = (Dimension(made.split),) if made.split else ()
        query = Query(
            dataset=dataset.pk,
            measures=(made.measure.name,),
            dimensions=split,
            time=dataset.time_column,
            grain=made.grain,
        )
        engine.explain(query, user)  # the question must be one that can be answered
        made.slug = metric_slug(dataset.workspace, made.name)
        made.save()

    return _form(request, dataset, form, save, _("New metric"))


@login_required
@form_methods
def new_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the people of a role see only some rows."""
    dataset = get_object_or_404(_managed(request), pk=pk)
    return _policy(request, dataset, None, _("New row policy"))


@login_required
@form_methods
def edit_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Change which rows, or for which role."""
    policy = _managed_policy(request, pk)
    return _policy(request, policy.dataset, policy, _("Row policy"))


@login_required
@require_POST
def switch_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a policy hold, or not."""
    policy = _managed_policy(request, pk)
    services.switch_policy(policy, request.POST.get("active") == "true")
    return _back(request, policy.dataset)


def address(dataset: Dataset) -> str:
    """The page of a dataset; its workspace is named where another's has the same slug."""
    url = reverse("datasources:detail", args=[dataset.slug])
    twins = Dataset.objects.filter(slug=dataset.slug).exclude(pk=dataset.pk)
    return f"{url}?in={dataset.workspace.slug}" if twins.exists() else url


def _named(request: HttpRequest, slug: str) -> Dataset:
    found = queries.listed(request.user).filter(slug=slug).order_by("pk")  # type: ignore[arg-type]
    if workspace := request.GET.get("in"):
        found = found.filter(workspace__slug=workspace)
    dataset = found.first()
    if dataset is None:
        raise Http404
    return dataset


def _row(request: HttpRequest, dataset: Dataset) -> dict[str, Any]:
    """A dataset with its address and freshness."""
    newest = queries.newest(dataset, request.user)  # type: ignore[arg-type]
    late = timedelta(seconds=settings.LIVE_LATE_S)
    state = ""
    if dataset.is_live:
        state = "live" if newest and datetime.now(UTC) - newest < late else "late"
    return {"dataset": dataset, "url": address(dataset), "newest": newest, "live": state}


def _sample(
    request: HttpRequest, dataset: Dataset, columns: list[Any]
) -> tuple[list[list[Any]], str]:
    """The first rows, and a sentence if the source does not answer."""
    try:
        return queries.sample(dataset, columns, request.user), ""  # type: ignore[arg-type]
    except UserError as error:
        return [], error.message


def _measures(dataset: Dataset, labels: dict[str, str]) -> list[dict[str, Any]]:
    rows = dataset.measures.select_related("numerator", "denominator")
    return [{"measure": each, "words": queries.measure_words(each, labels)} for each in rows]


def _policies(dataset: Dataset, labels: dict[str, str]) -> list[dict[str, Any]]:
    rows = dataset.policies.order_by("name")
    return [{"policy": each, "words": queries.filter_words(each.filters, labels)} for each in rows]


def _measure(request: HttpRequest, measure: Measure, title: str) -> HttpResponse:
    form = MeasureForm(request.POST or None, instance=measure)

    def save() -> None:
        services.save_measure(form.save(commit=False))

    return _form(request, measure.dataset, form, save, title)


def _policy(
    request: HttpRequest, dataset: Dataset, policy: RowPolicy | None, title: str
) -> HttpResponse:
    form = PolicyForm(request.POST or None, dataset=dataset, policy=policy)

    def save() -> None:
        data = form.cleaned_data
        is_active = policy.is_active if policy else True
        services.set_policy(dataset, data["name"], data["role"], data["filters"], is_active)

    return _form(request, dataset, form, save, title, body="datasources/_policy_form.html")


def _form(
    request: HttpRequest,
    dataset: Dataset,
    form: forms.BaseForm,
    save: Callable[[], None],
    title: str,
    body: str = "datasources/_fields.html",
) -> HttpResponse:
    """Show a form in a dialog or on a page of its own; save what is well-formed and go back."""
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except UserError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, _("Saved."))
            return _back(request, dataset)
    status = 422 if request.method == "POST" else 200
    is_part = getattr(request, "htmx", False)
    context = {"form": form, "title": title, "body": body, "is_part": is_part}
    context |= {"dataset": dataset, "back": address(dataset), "action": request.path}
    template = "datasources/_form.html" if is_part else "datasources/form.html"
    return render(request, template, context, status=status)


def _back(request: HttpRequest, dataset: Dataset) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": address(dataset)})
    return redirect(address(dataset))


def _editable(request: HttpRequest, pk: int) -> Dataset:
    return get_object_or_404(Dataset.objects.editable_by(request.user), pk=pk)


def _editable_measure(request: HttpRequest, pk: int) -> Measure:
    mine = Measure.objects.filter(dataset__in=Dataset.objects.editable_by(request.user))
    return get_object_or_404(mine.select_related("dataset__workspace"), pk=pk)


def _managed(request: HttpRequest) -> Any:
    mine = workspaces_where(request.user, MANAGE)
    return Dataset.objects.visible_to(request.user).filter(workspace__in=mine)


def _managed_policy(request: HttpRequest, pk: int) -> RowPolicy:
    policies = RowPolicy.objects.filter(dataset__in=_managed(request))
    return get_object_or_404(policies.select_related("dataset__workspace"), pk=pk)


def _is_in(user: Any, dataset: Dataset, may: str) -> bool:
    return workspaces_where(user, may).filter(pk=dataset.workspace_id).exists()
