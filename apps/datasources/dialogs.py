"""What the Data pages share: forms in a dialog or on a page, and who may change which rows."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE, MANAGE
from apps.core.errors import UserError
from apps.datasources.hiding import definable_by
from apps.datasources.models import Dataset, Measure, RowPolicy, Source

form_methods = require_http_methods(["GET", "HEAD", "POST"])


def address(dataset: Dataset, page: str = "detail") -> str:
    """A page of a dataset; its workspace is named where another's has the same slug."""
    url = reverse(f"datasources:{page}", args=[dataset.slug])
    twins = Dataset.objects.filter(slug=dataset.slug).exclude(pk=dataset.pk)
    return f"{url}?in={dataset.workspace.slug}" if twins.exists() else url


def form_page(
    request: HttpRequest,
    dataset: Dataset,
    form: forms.BaseForm,
    save: Callable[[], Any],
    title: str,
    body: str = "datasources/_fields.html",
    **more: Any,
) -> HttpResponse:
    """Show a form in a dialog or on a page of its own; save what is well-formed and go back."""
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except UserError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, _("Saved."))
            return go(request, address(dataset))
    status = 422 if request.method == "POST" else 200
    is_part = is_htmx(request)
    context = {"form": form, "title": title, "body": body, "is_part": is_part, **more}
    context |= {"dataset": dataset, "back": address(dataset), "action": request.path}
    template = "datasources/_form.html" if is_part else "datasources/form.html"
    return render(request, template, context, status=status)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Lead on to another page, whoever asks."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for."""
    return bool(getattr(request, "htmx", False))


def may_in(user: Any, workspace_id: int, may: str) -> bool:
    """Whether the user's role in the workspace carries `may`."""
    return workspaces_where(user, may).filter(pk=workspace_id).exists()


def editable(request: HttpRequest, pk: int) -> Dataset:
    """A dataset that the user may redefine, or 404."""
    mine = definable_by(request.user)
    return get_object_or_404(mine.select_related("workspace", "source"), pk=pk)


def editable_measure(request: HttpRequest, pk: int) -> Measure:
    """A measure of such a dataset, or 404."""
    mine = Measure.objects.filter(dataset__in=definable_by(request.user))
    return get_object_or_404(mine.select_related("dataset__workspace"), pk=pk)


def managed(request: HttpRequest, pk: int) -> Dataset:
    """A dataset whose policies the user may set, or 404."""
    found: Dataset = get_object_or_404(_managed(request), pk=pk)
    return found


def managed_policy(request: HttpRequest, pk: int) -> RowPolicy:
    """A policy of such a dataset, or 404."""
    policies = RowPolicy.objects.filter(dataset__in=_managed(request))
    return get_object_or_404(policies.select_related("dataset__workspace"), pk=pk)


def source_of(request: HttpRequest, pk: int) -> Source:
    """A source of a workspace where the user defines data, or 404."""
    mine = Source.objects.filter(workspace__in=workspaces_where(request.user, DEFINE))
    return get_object_or_404(mine.select_related("workspace"), pk=pk)


def _managed(request: HttpRequest) -> Any:
    mine = workspaces_where(request.user, MANAGE)
    return Dataset.objects.visible_to(request.user).filter(workspace__in=mine)
