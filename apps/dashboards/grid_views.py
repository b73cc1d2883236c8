"""An editable grid on a page: its figures, who may write them, and who did."""

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.errors import Denied, NotFound, UserError
from apps.dashboards import queries
from apps.dashboards.card_views import signed_in
from apps.widgets import grids
from apps.widgets.models import Widget

MOST_BYTES = 1_000_000


@require_http_methods(["GET", "POST"])
@signed_in
def grid(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the cells that the reader sees, and whether they may write. POST {"cells"}: write all
    or none; 409 with `cells` as they are now if others wrote first.
    """
    widget = _grid(request, pk)
    may_edit = queries.widgets_edited(request.user).filter(pk=pk).exists()
    if request.method == "GET":
        cells = [grids.as_json(each) for each in grids.values(widget, request.user)]
        return JsonResponse({"may_edit": may_edit, "cells": cells})
    if not may_edit:
        raise Denied(_("You may look at these figures, but not change them."))
    try:
        found = grids.write(widget, request.user, grids.read_cells(_cells(request)))  # type: ignore[arg-type]
    except grids.Changed as error:
        body = {"title": "Conflict", "status": 409, "code": error.code, "cells": error.cells}
        return JsonResponse(body | {"detail": error.message, "field": error.field}, status=409)
    return JsonResponse({"cells": [grids.as_json(each) for each in found]})


@require_GET
@signed_in
def grid_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed one cell, newest first."""
    row, column = request.GET.get("row", ""), request.GET.get("column", "")
    changes = grids.history(_grid(request, pk), request.user, row, column)
    return JsonResponse({"changes": [grids.change_as_json(each) for each in changes]})


def _grid(request: HttpRequest, pk: int) -> Widget:
    widget = queries.widgets_seen(request.user).filter(pk=pk).first()
    if widget is None:
        raise NotFound(_("There is no such card."))
    return widget


def _cells(request: HttpRequest) -> object:
    if len(request.body) > MOST_BYTES:
        raise UserError(_("Too many cells at once."), field="cells")
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise UserError(_("Send JSON."), field="cells") from error
    return body.get("cells") if isinstance(body, dict) else None
