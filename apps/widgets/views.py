"""The form of a card while it is typed: its fields for a choice, and its preview."""

from dataclasses import replace
from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.widgets import services
from apps.widgets.cards import card_data, kind_of
from apps.widgets.forms import Draft, choices
from apps.widgets.models import Widget
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


def _workspace(request: HttpRequest) -> Any:
    workspaces = workspaces_where(request.user, EDIT)
    number = request.POST.get("workspace", "")
    return get_object_or_404(workspaces, pk=number if number.isdigit() else 0)


def _options(widget: Widget) -> dict[str, Any]:
    return kind_of(widget).options.cleaned(widget.options)
