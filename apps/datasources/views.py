"""The Data pages: what there is, what it means, and who sees which rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE, MANAGE
from apps.core.errors import NotFound, UserError
from apps.datasources import hiding, profile, queries, rollup_views, services, twins
from apps.datasources.access import Scope, scope_of
from apps.datasources.dialogs import address, editable, form_methods, form_page, go, may_in
from apps.datasources.forms import DatasetForm
from apps.datasources.hierarchies import chains
from apps.datasources.models import Column, Dataset, Extract, Metric


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every dataset that the reader may ask."""
    datasets = list(queries.listed(request.user))  # type: ignore[arg-type]
    hints = twins.hints(datasets)
    rows = [{**_row(each, request.user), "hint": hints.get(each.pk)} for each in datasets]
    may_define = workspaces_where(request.user, DEFINE).exists()
    managed = workspaces_where(request.user, MANAGE)
    workspaces = {dataset.workspace_id for dataset in datasets}
    context = {"rows": rows, "may_define": may_define, "has_many": len(workspaces) > 1}
    return render(request, "datasources/list.html", context | {"managed": managed})


@login_required
@require_GET
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One dataset: columns, measures, metrics, who sees which rows, and the first of them.

    With `as`, admins see what another member sees: reading only, and nothing may be changed.
    """
    dataset = named(request, slug)
    may_manage = may_in(request.user, dataset.workspace_id, MANAGE)
    reader = _reader(request, dataset) if "as" in request.GET else request.user
    is_other = reader.pk != request.user.pk
    context: dict[str, Any] = {
        "dataset": dataset,
        "url": address(dataset),
        "may_manage": may_manage and not is_other,
        "may_define": not is_other
        and hiding.definable_by(request.user).filter(pk=dataset.pk).exists(),
        "members": queries.members(dataset.workspace_id) if may_manage else [],
        "reader": reader if is_other else None,
        "rollups": None,
    }
    try:
        scope = scope_of(reader, dataset.pk)
    except NotFound:  # a restricted one, which the other person was not granted
        return render(request, "datasources/unseen.html", context)
    dataset.is_narrowed = bool(scope.policies)
    context |= _row(dataset, reader) | _seen(dataset, reader, scope, is_told=is_other)
    if context["may_define"]:
        labels = {column.name: column.label for column in dataset.columns.all()}
        context["policies"] = queries.policies(dataset, labels)
        context["extract"] = Extract.objects.filter(dataset=dataset).first()
        context["rollups"] = rollup_views.lines(dataset, labels)
    return render(request, "datasources/detail.html", context)


@login_required
@require_GET
def rows(request: HttpRequest, slug: str) -> HttpResponse:
    """How many rows there are and the newest one, counted now; for the page, which asks it last."""
    dataset = named(request, slug)
    reader = _reader(request, dataset) if "as" in request.GET else request.user
    context: dict[str, Any] = {"dataset": dataset}
    try:
        context["overview"] = found = profile.overview(reader, dataset.pk)
        first, last = (
            profile.moment(edge) if edge is not None else None for edge in (found.first, found.last)
        )
        context["newest"] = last
        is_whole = scope_of(reader, dataset.pk).is_whole
        if is_whole and dataset.kind in (Dataset.Kind.TABLE, Dataset.Kind.SQL):
            services.note_rows(dataset, found.rows, first, last)
    except UserError as error:
        context["problem"] = error.message
    return render(request, "datasources/_rows.html", context)


@login_required
@form_methods
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, words and time column."""
    dataset = editable(request, pk)
    form = DatasetForm(request.POST or None, instance=dataset)

    def save() -> None:
        services.touch_dataset(form.save())

    return form_page(request, dataset, form, save, _("Dataset"))


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """End a dataset that nothing shows; a stream is ended with its table, elsewhere."""
    dataset = editable(request, pk)
    name, page = dataset.name, address(dataset)
    if dataset.is_live:
        messages.error(request, _("A stream is deleted with its table, by an administrator."))
        return go(request, page)
    try:
        services.delete_dataset(dataset)
    except (ProtectedError, RestrictedError):
        messages.error(request, _("Cards or alerts still use this dataset. Remove them first."))
        return go(request, page)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": name})
    return go(request, reverse("datasources:list"))


def named(request: HttpRequest, slug: str) -> Any:
    """The dataset of that address that the user may ask, with its counts, or 404."""
    found = queries.listed(request.user).filter(slug=slug).order_by("pk")  # type: ignore[arg-type]
    if workspace := request.GET.get("in"):
        found = found.filter(workspace__slug=workspace)
    dataset = found.first()
    if dataset is None:
        raise Http404
    return dataset


def _reader(request: HttpRequest, dataset: Dataset) -> Any:
    """The member whose eyes an admin asks for, or 404."""
    wanted = request.GET.get("as", "")
    if not may_in(request.user, dataset.workspace_id, MANAGE) or not wanted.isdecimal():
        raise Http404
    members = User.objects.filter(memberships__workspace=dataset.workspace_id, is_active=True)
    member = members.filter(pk=int(wanted[:18])).first()
    if member is None:
        raise Http404
    return member


def _row(dataset: Any, reader: Any) -> dict[str, Any]:
    """A dataset with its address and freshness, for who reads it."""
    newest = queries.newest(dataset, reader)
    late = timedelta(seconds=settings.LIVE_LATE_S)
    state = ""
    if dataset.is_live:
        state = "live" if newest and datetime.now(UTC) - newest < late else "late"
    return {"dataset": dataset, "url": address(dataset), "newest": newest, "live": state}


def _seen(dataset: Dataset, reader: Any, scope: Scope, is_told: bool) -> dict[str, Any]:
    """What of a dataset the reader sees: nothing that a policy hides is among it.

    is_told: an admin looks through these eyes, and reads the policies in full.
    """
    everything = list(dataset.columns.select_related("parent"))
    columns = [each for each in everything if each.name not in scope.hidden]
    labels = {column.name: column.label for column in everything}
    sample, problem = _sample(dataset, columns, reader)
    measures = hiding.measures_seen(dataset, scope)
    metrics = Metric.objects.filter(dataset=dataset).select_related("measure", "owner")
    parents = {each.name: each.parent for each in hiding.shape_of(scope).columns}
    return {
        "columns": columns,
        "hierarchies": [[labels[name] for name in path] for path in chains(parents)],
        "measures": [{"measure": m, "words": queries.measure_words(m, labels)} for m in measures],
        "metrics": [m for m in metrics if not hiding.is_hidden(hiding.metric_asks(m), scope)],
        "is_empty": scope.is_empty,
        "is_narrowed": bool(scope.policies),
        "narrowed": queries.filter_words(hiding.rows_in_words(scope, is_told), labels),
        "hidden": [labels.get(name, name) for name in sorted(scope.hidden)],
        "sample": sample,
        "sample_columns": columns[: queries.SAMPLE_COLUMNS],
        "problem": problem,
    }


def _sample(dataset: Dataset, columns: list[Column], reader: Any) -> tuple[list[Any], str]:
    """The first rows, and a sentence if the source does not answer."""
    try:
        return queries.sample(dataset, columns, reader), ""
    except UserError as error:
        return [], error.message
