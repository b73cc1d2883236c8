"""A widget or a dashboard as a picture, drawn without a browser, as the caller sees it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.queries import Visitor
from apps.api.filters import refuse_unknown
from apps.api.throttling import PerCaller, PicturesPerCaller
from apps.api.v1.base import CACHE, matches
from apps.core import leaving
from apps.core.errors import NotFound
from apps.dashboards import queries
from apps.dashboards.models import Dashboard
from apps.reports import pictures
from apps.widgets import look
from apps.widgets.models import Widget
from apps.widgets.view import View

VIEW_WORDS = {
    "from": "The first moment, such as `now-7d` or `2026-09-01`; as the dashboard opens.",
    "to": "The last moment, such as `now`.",
    "tz": "The time zone, such as `Europe/Berlin`; the workspace's.",
    "compare": "`previous`, `year`, or `off` for none where a card has one of its own.",
}
LOOK_WORDS = {
    "theme": "`light`, `dark` or `print`.",
    "width": "CSS pixels, 80 to 3840 (a dashboard: from 640); what the page gives it.",
    "height": "CSS pixels, 60 to 4096; what the page gives it, and no less for a dashboard.",
    "scale": "Pixels of a PNG for each CSS pixel, 0.5 to 4; 2. At most 24,000,000 pixels.",
    "title": "`yes` or `no`: without, only the drawing.",
    "lang": "Of figures and dates, such as `de`; that of Accept-Language.",
}
PAPER_WORDS = {
    "paper": "Of a PDF: `A4`, `letter`, or `picture` for a page of its size.",
    "landscape": "Of a PDF on paper: `yes` or `no`.",
}
FORMS = {
    (200, "image/svg+xml"): OpenApiTypes.BINARY,
    (200, "image/png"): OpenApiTypes.BINARY,
    (200, "application/pdf"): OpenApiTypes.BINARY,
    304: OpenApiResponse(description="If-None-Match names the picture."),
}
DESCRIBED: dict[str, Any] = {
    "parameters": [
        OpenApiParameter("form", str, "path", enum=list(pictures.MEDIA)),
        *(
            OpenApiParameter(name, str, description=words)
            for name, words in {**VIEW_WORDS, **LOOK_WORDS, **PAPER_WORDS}.items()
        ),
        OpenApiParameter("var-<column>", str, many=True, description="Values or ranges, 1..2."),
        OpenApiParameter("drill-<column>", str, description="The finer column to group by."),
    ],
    "responses": FORMS,
}


class ByPath(BaseContentNegotiation):
    """The path says the form; Accept is left alone, since browsers' <img> and curl send any."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Nothing is read."""
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        """For errors, which are JSON."""
        return renderers[0], renderers[0].media_type


class PictureView(APIView):
    """What all pictures have in common."""

    throttle_classes = [PerCaller, PicturesPerCaller]
    content_negotiation_class = ByPath

    def visible(self, user: Visitor) -> QuerySet[Any]:
        """What the caller may see."""
        raise NotImplementedError

    def answer(self, request: Request, pk: int, form: str) -> HttpResponse:
        """The picture, or 304 for the reader who has it. Nothing is drawn before that is known."""
        if form not in pictures.MEDIA:
            known = ", ".join(pictures.MEDIA)
            raise NotFound(_("A picture is one of %(known)s.") % {"known": known})
        params = request._request.GET
        filters = {name for name in params if name.startswith(("var-", "drill-"))}
        refuse_unknown(request, {*VIEW_WORDS, *look.NAMES, *pictures.PAPER_NAMES, *filters})
        thing = get_object_or_404(self.visible(request.user), pk=pk)
        board: Dashboard = thing.placement.dashboard if isinstance(thing, Widget) else thing
        zone = params.get("tz") or board.workspace.timezone
        opens = {"time_from": board.time_from, "time_to": board.time_to, "timezone": zone}
        asked = params.copy()
        asked.pop("width", None)  # that of the picture; the view's follows from it
        view = View.from_params(asked, **opens)
        wanted = look.Look.from_params(params, translation.get_language() or "en")
        sheet = pictures.Sheet.of(thing, params)
        with translation.override(wanted.language):
            return self._made(request, thing, view, wanted, form, sheet)

    def _made(
        self,
        request: Request,
        thing: Widget | Dashboard,
        view: View,
        wanted: look.Look,
        form: str,
        sheet: pictures.Sheet,
    ) -> HttpResponse:
        user: Any = request.user
        made = pictures.drawing_of(thing, view, user, wanted)
        headers = {"ETag": made.etag(f"{form} {sheet}"), "Cache-Control": CACHE}
        headers["Vary"] = "Authorization, Cookie, Accept-Language"
        if made.computed_at:
            headers["Age"] = made.age
        if matches(request.headers.get("If-None-Match", ""), headers["ETag"]):
            return HttpResponse(status=304, headers=headers)
        with leaving.watched(request._request) as has_left:
            body = pictures.body_of(made, thing, view, user, form, sheet, has_left)
        return HttpResponse(body, content_type=pictures.MEDIA[form], headers=headers)


class WidgetPictureView(PictureView):
    """A widget."""

    def visible(self, user: Visitor) -> QuerySet[Any]:
        """Cards of dashboards that the caller sees."""
        return queries.widgets_seen(user)

    @extend_schema(operation_id="widgets_picture", tags=["widgets"], **DESCRIBED)
    def get(self, request: Request, id: int, form: str) -> HttpResponse:
        """One card as it stands on its dashboard: as SVG, PNG or PDF."""
        return self.answer(request, id, form)


class DashboardPictureView(PictureView):
    """A dashboard."""

    def visible(self, user: Visitor) -> QuerySet[Any]:
        """Those that the caller sees."""
        return Dashboard.objects.visible_to(user).select_related("workspace")

    @extend_schema(operation_id="dashboards_picture", tags=["dashboards"], **DESCRIBED)
    def get(self, request: Request, id: int, form: str) -> HttpResponse:
        """The whole grid with titles and cards: as SVG, PNG or PDF. A card whose data the caller
        may not query says so in its place.
        """
        return self.answer(request, id, form)
