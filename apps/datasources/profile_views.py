"""The profile of a dataset: each column loads by itself, as the reader sees it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.core.errors import NotFound, UserError
from apps.datasources import pictures, profile, queries, source_queries
from apps.datasources.access import scope_of
from apps.datasources.dialogs import address
from apps.datasources.views import named


@login_required
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Rows, span, size; the columns follow as they come into sight."""
    user: Any = request.user
    dataset = named(request, slug)
    scope = scope_of(user, dataset.pk)
    columns = [each for each in dataset.columns.all() if each.name not in scope.hidden]
    context: dict[str, Any] = {"dataset": dataset, "columns": columns, "url": address(dataset)}
    try:
        context["overview"] = found = profile.overview(user, dataset.pk, "afresh" in request.GET)
        for edge in ("first", "last"):
            value = getattr(found, edge)
            context[edge] = profile.moment(value) if value is not None else None
        context["computed"] = profile.moment(found.computed_at)
    except UserError as error:
        context["problem"] = error.message
    context["size"] = None if scope.policies else source_queries.size_of(dataset)
    context["afresh"] = "afresh" in request.GET
    try:
        context["sample"] = queries.sample(dataset, columns, user)
    except UserError as error:
        context["problem"] = error.message
    context["sample_columns"] = columns[: queries.SAMPLE_COLUMNS]
    return render(request, "datasources/profile.html", context)


@login_required
@require_GET
def column(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One column of the page."""
    user: Any = request.user
    dataset = named(request, slug)
    found = dataset.columns.filter(pk=pk).first()
    if found is None or found.name in scope_of(user, dataset.pk).hidden:
        raise NotFound(_("There is no such column."))
    context: dict[str, Any] = {"column": found, "dataset": dataset}
    try:
        told = profile.column(user, dataset.pk, found.name, "afresh" in request.GET)
        context |= {"profile": told, "picture": pictures.bars(told, found.type)}
        context["facts"] = pictures.facts(told, found)
    except NotFound:
        raise
    except UserError as error:
        context["problem"] = error.message
    return render(request, "datasources/_profile_column.html", context)
