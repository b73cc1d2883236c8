"""The form of a card while it is typed: its fields for a choice, and its preview."""

from dataclasses import asdict, replace
from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.core.errors import NotFound, TooLarge, UserError
from apps.core.numbers import whole
from apps.widgets import images, modules, services
from apps.widgets.cards import card_data, kind_of
from apps.widgets.draft import Draft
from apps.widgets.forms import choices
from apps.widgets.models import CustomKind, CustomKindVersion, Widget
from apps.widgets.view import View


@login_required
@require_POST
def fields(request: HttpRequest) -> HttpResponse:
    """The fields that depend on kind and dataset, with what was typed."""
    workspace = _workspace(request)
    draft = Draft.from_post(request.POST)
    return render(request, "widgets/_fields.html", choices(draft, request.user, workspace))  # type: ignore[arg-type]


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the card would draw: {"kind", "options", "data"}. Nothing is kept."""
    workspace = _workspace(request)
    draft = Draft.from_post(request.POST)
    view = View.from_params(request.GET)
    spec = draft.spec()
    if not spec.title.strip():
        spec = replace(spec, title=_("Preview"))
    spec = services.checked(spec, request.user, workspace, view)  # type: ignore[arg-type]
    return drawn_as(services.fill(Widget(workspace=workspace), spec), view, request.user)


def drawn_as(widget: Widget, view: View, user: Visitor) -> HttpResponse:
    """What a preview needs of a card: {"kind", "options", "data"}."""
    card = card_data(widget, view, user)
    head = orjson.dumps({"kind": widget.kind, "options": _options(widget)})
    return HttpResponse(head[:-1] + b',"data":' + card.body + b"}", content_type="application/json")


@login_required
@require_POST
def upload_image(request: HttpRequest) -> HttpResponse:
    """Keep a picture for a card of a workspace: {"name", "width", "height"}."""
    workspace = _workspace(request)
    file = request.FILES.get("image")
    if file is None:
        raise UserError(_("Choose a picture."), field="image")
    if (file.size or 0) > images.MOST_BYTES:
        raise TooLarge(_("A picture may have at most 5 MB."), field="image")
    return JsonResponse(asdict(images.store(file.read(), workspace.pk)))


@login_required
@require_GET
def image(request: HttpRequest, workspace_id: int, name: str) -> HttpResponse:
    """An uploaded picture, for who edits in its workspace; others see it as part of a card."""
    get_object_or_404(workspaces_where(request.user, EDIT), pk=workspace_id)
    return image_response(workspace_id, name)


@login_required
@require_GET
def custom_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The document in which a module runs, for members of its workspace."""
    seen = CustomKind.objects.visible_to(request.user).filter(is_active=True)
    versions = CustomKindVersion.objects.filter(kind__in=seen).select_related("kind")
    return modules.frame(get_object_or_404(versions, pk=pk), request.build_absolute_uri)


def image_response(workspace_id: int, name: str) -> HttpResponse:
    """The bytes, as a picture and nothing else. The name is their digest: kept for ever."""
    found = images.read(workspace_id, name)
    if found is None:
        raise NotFound(_("There is no such picture."))
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": "inline",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(found[0], content_type=found[1], headers=headers)


def _workspace(request: HttpRequest) -> Any:
    workspaces = workspaces_where(request.user, EDIT)
    return get_object_or_404(workspaces, pk=whole(request.POST.get("workspace")) or 0)


def _options(widget: Widget) -> dict[str, Any]:
    return kind_of(widget).options.cleaned(widget.options)
