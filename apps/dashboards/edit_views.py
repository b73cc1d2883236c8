"""The edges of edit mode. Each asks for a dashboard or card that the author may change; to
everybody else these addresses do not exist.
"""

from typing import Any

import orjson
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Workspace
from apps.core.errors import Conflict, NotFound, UserError
from apps.dashboards import queries, services
from apps.dashboards.card_views import signed_in
from apps.dashboards.forms import read_box, read_layout
from apps.dashboards.models import Dashboard, Placement
from apps.dashboards.views import read_view
from apps.datasources.access import scope_of
from apps.datasources.hiding import shape_of
from apps.widgets.automatic import first_question
from apps.widgets.draft import Draft
from apps.widgets.examples import likely_groups
from apps.widgets.forms import choices, datasets_for
from apps.widgets.kinds import KINDS
from apps.widgets.models import Widget
from apps.widgets.offers import alternatives
from apps.widgets.services import as_kind, check_seen, checked, fill
from apps.widgets.views import drawn_as


@require_POST
@signed_in
def layout(request: HttpRequest, slug: str) -> HttpResponse:
    """Save where the cards stand: the new version and cards that are gone; or 409 and a version."""
    dashboard = _dashboard(request, slug)
    version, places = read_layout(request.body)
    try:
        version, gone = services.save_layout(dashboard, request.user, places, version=version)  # type: ignore[arg-type]
    except Conflict as error:
        dashboard.refresh_from_db()
        body = {"title": "Conflict", "status": 409, "code": error.code, "detail": error.message}
        body["version"] = dashboard.version
        return JsonResponse(body, status=409, content_type="application/problem+json")
    return JsonResponse({"version": version, "gone": gone})


@require_http_methods(["GET", "POST"])
@signed_in
def new_widget(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a new card; a good one is placed at the first free place."""
    dashboard = _dashboard(request, slug)
    if request.method == "GET":
        return _form(request, dashboard.workspace, _first_draft(request, dashboard))
    draft = Draft.from_post(request.POST)
    try:
        placement = services.add_widget(dashboard, request.user, draft.spec())  # type: ignore[arg-type]
    except UserError as error:
        return _form(request, dashboard.workspace, draft, error=error)
    return _done("sightline:added", placement.widget_id, dashboard)


@require_http_methods(["GET", "POST"])
@signed_in
def edit_widget(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a card that stands."""
    widget = _widget(request, pk)
    dashboard = widget.placement.dashboard
    check_seen(widget, request.user)  # type: ignore[arg-type]
    if request.method == "GET":
        return _form(request, dashboard.workspace, Draft.from_widget(widget), widget)
    draft = Draft.from_post(request.POST)
    try:
        services.update_widget(widget, request.user, draft.spec())  # type: ignore[arg-type]
    except UserError as error:
        return _form(request, dashboard.workspace, draft, widget, error)
    return _done("sightline:changed", widget.pk, dashboard)


@require_http_methods(["GET", "POST"])
@signed_in
def change_kind(request: HttpRequest, pk: int) -> HttpResponse:
    """The kinds that can draw what a card asks, those of its shape first; or draw it as one."""
    widget = _widget(request, pk)
    dashboard = widget.placement.dashboard
    check_seen(widget, request.user)  # type: ignore[arg-type]
    if request.method == "POST":
        spec = as_kind(widget, request.POST.get("kind", ""))
        services.update_widget(widget, request.user, spec)  # type: ignore[arg-type]
        return _done("sightline:changed", widget.pk, dashboard)
    context = {"widget": widget, "kinds": alternatives(widget, request.user)}  # type: ignore[arg-type]
    return render(request, "widgets/_kinds.html", context)


@require_GET
@signed_in
def kind_data(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The card as another kind, for its preview: {"kind", "options", "data"}; nothing is kept."""
    widget = _widget(request, pk)
    dashboard = widget.placement.dashboard
    view, _problem = read_view(request, dashboard)
    spec = as_kind(widget, kind)
    checked_spec = checked(spec, request.user, dashboard.workspace, view)  # type: ignore[arg-type]
    return drawn_as(fill(widget, checked_spec), view, request.user)


@require_POST
@signed_in
def duplicate_widget(request: HttpRequest, pk: int) -> HttpResponse:
    """The same card once more."""
    widget = _widget(request, pk)
    placement = services.duplicate_widget(widget, request.user)  # type: ignore[arg-type]
    return _done("sightline:added", placement.widget_id, placement.dashboard)


@require_POST
@signed_in
def remove_widget(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a card away; restore_widget brings it back."""
    widget = _widget(request, pk)
    dashboard = widget.placement.dashboard
    services.remove_widget(widget, request.user)  # type: ignore[arg-type]
    return _done("sightline:removed", pk, dashboard)


@require_POST
@signed_in
def restore_widget(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Undo a removal."""
    dashboard = _dashboard(request, slug)
    services.restore_widget(dashboard, request.user, pk, read_box(request.POST))  # type: ignore[arg-type]
    return _done("sightline:added", pk, dashboard)


@require_GET
@signed_in
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """One card as it stands on the editor's grid, without its data."""
    widget = _widget(request, pk)
    placement = Placement.objects.select_related("widget__dataset", "dashboard__workspace")
    place = placement.get(widget=widget)
    view, _problem = read_view(request, place.dashboard)
    found = queries.card_of(place, request.user, view, {place.dashboard.workspace_id})  # type: ignore[arg-type]
    context = {"item": {"card": found, "pictures": {}}, "editing": True, "may_edit": True}
    context["dashboard"] = place.dashboard
    return render(request, "dashboards/_grid_item.html", context)


def _dashboard(request: HttpRequest, slug: str) -> Dashboard:
    boards = Dashboard.objects.editable_by(request.user).select_related("workspace")
    return get_object_or_404(boards, slug=slug)


def _widget(request: HttpRequest, pk: int) -> Widget:
    widget = queries.widgets_edited(request.user).filter(pk=pk).first()
    if widget is None:
        raise NotFound(_("There is no such card."))
    return widget


def _first_draft(request: HttpRequest, dashboard: Dashboard) -> Draft:
    """A new card opens with the dataset that most cards of the page show."""
    datasets = datasets_for(request.user, dashboard.workspace)  # type: ignore[arg-type]
    here = Count("widgets", filter=Q(widgets__placement__dashboard=dashboard), distinct=True)
    first = datasets.annotate(cards_here=here).order_by("-cards_here", "name", "pk").first()
    shape = shape_of(scope_of(request.user, first.pk)) if first else None
    kind, dimensions = first_question(shape)
    wanted = request.GET.get("kind", "")
    if wanted in KINDS:
        few = KINDS[wanted].dimensions[0]
        kind, dimensions = wanted, tuple(likely_groups(KINDS[wanted], shape)[:few]) if shape else ()
    return Draft(kind=kind, dataset=str(first.pk) if first else "", dimensions=dimensions)


def _form(
    request: HttpRequest,
    workspace: Workspace,
    draft: Draft,
    widget: Widget | None = None,
    error: UserError | None = None,
) -> HttpResponse:
    context: dict[str, Any] = choices(draft, request.user, workspace)  # type: ignore[arg-type]
    boards = Dashboard.objects.visible_to(request.user).filter(workspace=workspace)
    context |= {"workspace": workspace, "widget": widget, "error": error, "boards": boards[:100]}
    return render(request, "widgets/_form.html", context, status=422 if error else 200)


def _done(event: str, widget_id: int, dashboard: Dashboard) -> HttpResponse:
    """Nothing to swap: the page's script hears which card changed, and the new version."""
    dashboard.refresh_from_db(fields=["version"])
    told = {event: {"widget": widget_id, "version": dashboard.version}}
    headers = {"HX-Trigger": orjson.dumps(told).decode(), "X-Version": str(dashboard.version)}
    return HttpResponse(status=204, headers=headers)
