"""The gallery: every kind, drawn with rows that the reader has."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import MANAGE
from apps.core.errors import NotFound, UserError
from apps.dashboards import explore, words
from apps.dashboards.card_views import signed_in
from apps.dashboards.models import Dashboard
from apps.datasources.access import scope_of
from apps.datasources.hiding import metrics_visible_to, shape_of
from apps.datasources.models import Dataset
from apps.widgets.examples import examples, needs
from apps.widgets.kinds import KINDS, Kind
from apps.widgets.models import Widget
from apps.widgets.offers import by_family
from apps.widgets.services import WidgetSpec, checked, fill
from apps.widgets.view import View
from apps.widgets.views import drawn_as

TRIED = 6  # datasets that are asked for one example


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Every kind with its name, what it is for and takes, and the way to a new card."""
    boards = Dashboard.objects.editable_by(request.user).order_by("title")[:200]
    families = [
        (family.label, [{"kind": kind, "needs": needs(kind)} for kind in kinds])
        for family, kinds in by_family()
    ]
    context: dict[str, Any] = {
        "families": families,
        "boards": boards,
        "chosen": request.GET.get("dashboard", ""),
        "manages": workspaces_where(request.user, MANAGE).exists(),
        "page": {
            "locale": get_language(),
            "timezone": getattr(request.user, "timezone", "UTC"),
            "words": words.for_scripts(),
        },
    }
    return render(request, "widgets/gallery.html", context)


@require_GET
@signed_in
def data(request: HttpRequest, kind: str) -> HttpResponse:
    """One example: {"kind", "options", "data"}. 404 in words if no dataset has what it takes."""
    if kind not in KINDS:
        raise NotFound(_("There is no such kind."))
    return _drawn(KINDS[kind], request.user)


def _drawn(kind: Kind, user: Visitor) -> HttpResponse:
    """The first example that can be asked and has rows; else one without rows.

    Raises NotFound with what a card of it needs first: a picture, a module, a column.
    """
    empty, problem = None, ""
    for dataset in _asked_first(user)[:TRIED]:
        start, end = explore.opens_with(dataset)
        view = View(start, end, timezone=dataset.workspace.timezone, width=480)
        for spec in _specs(kind, dataset, user):
            try:
                clean = checked(spec, user, dataset.workspace, view)  # type: ignore[arg-type]
                answer = drawn_as(fill(Widget(workspace=dataset.workspace), clean), view, user)
            except UserError as error:
                problem = problem or error.message
                continue  # another question or dataset may do
            if b'"row_count":0' not in answer.content:
                return answer
            empty = empty or answer
    if empty is None:
        lacking = _("Nothing here can show it: it takes %(needs)s.")
        raise NotFound(problem or lacking % {"needs": needs(kind).lower()})
    return empty


def _asked_first(user: Visitor) -> QuerySet[Dataset]:
    """What the user may ask; streams, which may have no rows yet, last."""
    is_stream = Case(When(kind=Dataset.Kind.STREAM, then=1), default=0)
    return explore.datasets_for(user).order_by(is_stream, "name", "pk")


def _specs(kind: Kind, dataset: Dataset, user: Visitor) -> Iterator[WidgetSpec]:
    title = str(kind.label)
    if kind.needs_metric:
        metrics = metrics_visible_to(user).filter(dataset=dataset).select_related("measure")
        for metric in metrics.order_by("pk")[:1]:
            asked = (
                (dataset.pk, {"measures": [metric.measure.name]})
                if kind.needs_query
                else (None, {})
            )
            yield WidgetSpec(title, kind.slug, asked[0], metric.pk, asked[1])
    elif not kind.needs_query:
        yield WidgetSpec(title, kind.slug)
    else:
        try:
            shape = shape_of(scope_of(user, dataset.pk))
        except UserError:
            return  # what the reader may not ask
        for query, options in examples(kind, shape):
            yield WidgetSpec(title, kind.slug, dataset.pk, query=query, options=options)
