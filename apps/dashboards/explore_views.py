"""The edges of Explore. Who may view a dataset may ask it anything; its rows are asked for as the
reader. Saving a card needs a dashboard that the reader may change.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE
from apps.core.errors import NotFound, UserError
from apps.dashboards import explore, explore_words, ranges, services, values
from apps.dashboards.card_views import asked_card, inspected, signed_in
from apps.dashboards.explore import Asked
from apps.datasources import engine, twins
from apps.datasources.access import scope_of
from apps.datasources.models import Dataset
from apps.widgets import automatic
from apps.widgets.view import View


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The page: a dataset to choose, or what the address asks of one. Scripts do the rest."""
    slug = request.GET.get("dataset", "")
    datasets = list(explore.datasets_for(request.user))
    beside = twins.hints(datasets)
    for each in datasets:
        each.hint = beside.get(each.pk, "")  # type: ignore[attr-defined]
    if not slug:
        return render(request, "explore/choose.html", {"datasets": datasets})
    dataset = explore.dataset_of(request.user, slug, request.GET.get("workspace", ""))
    view, problem = _view(request, dataset)
    if problem:
        messages.warning(request, problem)
    boards = explore.boards_for(request.user, dataset)
    context = {
        "dataset": dataset,
        "datasets": datasets,
        "view": view,
        "boards": boards,
        "may_make": explore.may_make_boards(request.user, dataset),
        "may_define": workspaces_where(request.user, DEFINE)
        .filter(pk=dataset.workspace_id)
        .exists(),
        **_range(dataset, view),
        "page": _page(request, dataset, view),
    }
    return render(request, "explore/page.html", context)


@require_POST
@signed_in
def data(request: HttpRequest) -> HttpResponse:
    """What the question draws, with how it was answered."""
    body = explore.answer(Asked.from_json(request.body), request.user)
    return HttpResponse(body, content_type="application/json")


@require_POST
@signed_in
def sql(request: HttpRequest) -> HttpResponse:
    """What was asked of the source, as the cards of a dashboard show it."""
    asked = Asked.from_json(request.body)
    scope = scope_of(request.user, asked.dataset_id)
    asks = explore.questions(asked, scope)
    shown = [inspected(request, scope, name, query) for name, query in asks.items()]
    return render(request, "widgets/_query.html", {"asked": shown})


@require_POST
@signed_in
def csv(request: HttpRequest) -> HttpResponse:
    """The main question as a file; a form posts it, so that a long question fits."""
    asked = Asked.from_json(request.POST.get("asked", ""))
    scope = scope_of(request.user, asked.dataset_id)
    answer = engine.encoded(explore.questions(asked, scope)["main"], scope, "csv")
    slug = Dataset.objects.only("slug").get(pk=asked.dataset_id).slug
    headers = {"Content-Disposition": f'attachment; filename="{slug}.csv"'}
    return HttpResponse(answer.body, content_type="text/csv; charset=utf-8", headers=headers)


@require_GET
@signed_in
def column_values(request: HttpRequest) -> HttpResponse:
    """Values of a column that a filter may take, the most frequent first."""
    dataset = explore.dataset_of(
        request.user, request.GET.get("dataset", ""), request.GET.get("workspace", "")
    )
    view, _problem = _view(request, dataset)
    search = request.GET.get("q", "").strip()[:200]
    scope = scope_of(request.user, dataset.pk)
    found = values.counted(scope, request.GET.get("column", ""), view, search)
    return JsonResponse({"values": [{"value": text, "count": count} for text, count in found]})


@require_POST
@signed_in
def save(request: HttpRequest) -> HttpResponse:
    """Keep the question as a card, on a dashboard that stands or on a new one."""
    asked = Asked.from_json(request.POST.get("asked", ""))
    dataset = get_object_or_404(explore.datasets_for(request.user), pk=asked.dataset_id)
    slug = request.POST.get("dashboard", "")
    if slug:
        board = explore.boards_for(request.user, dataset).filter(slug=slug).first()
        if board is None:
            raise NotFound(_("Choose one of your dashboards."), field="dashboard")
        placement = services.add_widget(board, request.user, asked.spec())  # type: ignore[arg-type]
    else:
        placement = services.add_to_new_dashboard(
            request.user,  # type: ignore[arg-type]
            dataset.workspace,
            asked.spec(),
            title=request.POST.get("new_title", ""),
            time_range=(asked.view.time_from, asked.view.time_to),
        )
    board = placement.dashboard
    url = f"{board.get_absolute_url()}#widget-{placement.widget_id}"
    return JsonResponse({"url": url, "title": board.title}, status=201)


@require_GET
@login_required
def of_card(request: HttpRequest, pk: int) -> HttpResponse:
    """To the page, with what a card asks under the view that is looked at."""
    widget, view = asked_card(request, pk)
    if widget.dataset is None:
        raise NotFound(_("This card asks no question of a dataset."))
    address = explore.address_of(widget, view, request.user)
    return redirect(f"{reverse('dashboards:explore')}?{address}")


def _view(request: HttpRequest, dataset: Dataset) -> tuple[View, str]:
    """The range that the address asks for, and a sentence if it asks for nonsense."""
    zone = getattr(request.user, "timezone", "UTC")
    if zone == "UTC":
        zone = dataset.workspace.timezone
    start, end = explore.opens_with(dataset)
    try:
        view = View.from_params(request.GET, time_from=start, time_to=end, timezone=zone)
        view.window()
        return view, ""
    except UserError as error:
        return View(start, end, timezone=zone), error.message


def _range(dataset: Dataset, view: View) -> dict[str, Any]:
    """What the button of the time range shows."""
    window = view.window()
    return {
        "range_label": ranges.label_of(view.time_from, view.time_to, window, view.timezone),
        "range_span": ranges.span_of(window, view.timezone),
        "range_ms": window.as_ms(),
        "ranges": ranges.RANGES,
        "whole_span": explore.whole_span(dataset),
    }


def _page(request: HttpRequest, dataset: Dataset, view: View) -> dict[str, Any]:
    """What scripts need to know."""
    start, end = explore.opens_with(dataset)
    return {
        "dataset": explore.facts_of(dataset, scope_of(request.user, dataset.pk)),
        "workspace": request.GET.get("workspace", ""),
        "view": {"from": view.time_from, "to": view.time_to, "timezone": view.timezone},
        "opens": {"from": start, "to": end},
        "kinds": explore_words.kinds(),
        "automatic": automatic.table(),
        "grains": explore_words.grains(),
        "parts": explore_words.parts(),
        "operators": explore_words.operators(),
        "spans": explore_words.spans(),
        "words": explore_words.sentences(),
        "locale": get_language(),
    }
