"""One card's data, as JSON, SQL, picture or file. Who sees the dashboard sees the card; its rows
are asked for as the reader, so a dataset that is not theirs answers like one that is not there.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import parse_etags, urlencode
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import EDIT
from apps.core.errors import NotFound
from apps.core.window import zone_of
from apps.dashboards import behind, drawing, queries, ranges
from apps.dashboards.views import read_view
from apps.datasources import engine
from apps.datasources.access import Scope, scope_of
from apps.datasources.compiler import Compiled
from apps.datasources.conditions import leaves
from apps.datasources.hiding import shape_of, shown
from apps.datasources.query import Query
from apps.datasources.rollups import words
from apps.widgets import chosen, files, pictures, rows
from apps.widgets.cards import card_data, card_queries, kind_of
from apps.widgets.look import Look
from apps.widgets.models import Widget
from apps.widgets.view import View
from apps.widgets.views import image_response

FORMS = ("png", "svg", "csv", "xlsx", "parquet")
Answer = Callable[..., HttpResponse]


def signed_in(view: Answer) -> Answer:
    """For scripts: 401 as JSON where a page would lead to the sign-in form."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if isinstance(request.user, User) and request.user.is_active:
            return view(request, *args, **kwargs)
        body = {"title": "Unauthorized", "status": 401, "code": "signed_out"}
        body["detail"] = _("You were signed out.")
        return JsonResponse(body, status=401, content_type="application/problem+json")

    return guarded


@require_GET
@signed_in
def data(request: HttpRequest, pk: int) -> HttpResponse:
    """What the chart draws: kept bytes as they are. 304 if the reader has them already."""
    widget, view = asked_card(request, pk)
    card = card_data(widget, view, request.user)
    headers = {"ETag": card.etag, "Cache-Control": "private, no-cache"}
    if card.etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(card.body, content_type="application/json", headers=headers)


@require_GET
@signed_in
def more_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """More rows of a table, or others, as its reader sorts and searches it."""
    widget, view = asked_card(request, pk)
    body = rows.page(widget, view, request.user, rows.Wish.from_params(request.GET))
    return HttpResponse(
        body, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


@require_GET
@signed_in
def download(request: HttpRequest, pk: int, form: str = "csv") -> HttpResponse:
    """The card as a file: its picture (svg, png), or the rows of its main question."""
    widget, view = asked_card(request, pk)
    if form in drawing.MEDIA:
        return _picture_file(request, widget, view, form)
    if form not in files.MEDIA:
        raise NotFound(_("A card is downloaded as %(known)s.") % {"known": ", ".join(FORMS)})
    scope, questions = _questions(request, widget, view)
    answer = engine.encoded(questions["main"], scope)
    frame = orjson.loads(answer.body)
    about = _about(widget, view, scope, questions["main"], answer.computed_at)
    trend = questions.get("trend") if questions["main"].dimensions else None
    courses = orjson.loads(engine.encoded(trend, scope).body) if trend else None
    content = files.content(frame, widget.title, about, courses)
    response = HttpResponse(files.WRITERS[form](content), content_type=files.MEDIA[form])
    response["X-Rows"] = str(content.rows)
    response["X-Truncated"] = str(content.is_truncated).lower()
    first = f"-first-{content.rows}-rows" if content.is_truncated else ""
    return _attached(response, widget, f"{first}.{form}")


def _picture_file(request: HttpRequest, widget: Widget, view: View, form: str) -> HttpResponse:
    look = Look.from_params(request.GET, get_language() or "en")
    made = drawing.of_card(widget, view, request.user, look)  # type: ignore[arg-type]
    body = made.svg() if form == "svg" else made.png()
    return _attached(HttpResponse(body, content_type=drawing.MEDIA[form]), widget, f".{form}")


def _attached(response: HttpResponse, widget: Widget, end: str) -> HttpResponse:
    name = f"{slugify(widget.title) or 'card'}{end}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _about(
    widget: Widget, view: View, scope: Scope, question: Query, computed_at: float
) -> tuple[tuple[str, str], ...]:
    """What a reader of the file must know later."""
    dashboard = widget.placement.dashboard
    zone = zone_of(view.timezone)
    columns = queries.columns_of([shape_of(scope)])
    asked = {each.column for each in leaves(question.filters)}  # a kind may leave its own out
    filters = "; ".join(
        f"{name}: {chosen.words(texts, columns.get(name), view.timezone)}"
        for name, texts in view.filters
        if name in asked
    )
    at = datetime.fromtimestamp(computed_at, zone).isoformat(timespec="seconds")
    return (
        (_("Dashboard"), dashboard.title),
        (_("Period"), ranges.span_of(view.window(), view.timezone)),
        (_("Filters"), filters or _("none")),
        (_("Figures as of"), at),
    )


@require_GET
@signed_in
def query(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked to draw the card, how long it took, and how old the answer is."""
    widget, view = asked_card(request, pk)
    scope, questions = _questions(request, widget, view)
    asked = [inspected(request, scope, *item) for item in questions.items()]
    return render(request, "widgets/_query.html", {"widget": widget, "asked": asked})


@require_GET
@signed_in
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """What was found about the card's metric, or what to do if it shows none."""
    widget, view = asked_card(request, pk)
    edited = set(workspaces_where(request.user, EDIT).values_list("pk", flat=True))
    context = {
        "widget": widget,
        "found": behind.explained(widget, view, request.user),
        "editable": edited,
        "may_edit": queries.widgets_edited(request.user).filter(pk=pk).exists(),
    }
    return render(request, "dashboards/_explain.html", context)


@require_GET
@signed_in
def rows_behind(request: HttpRequest, pk: int) -> HttpResponse:
    """The raw rows behind a mark, as a frame."""
    widget, view = asked_card(request, pk)
    body = behind.rows(widget, view, request.user, request.GET)
    return HttpResponse(body, content_type="application/json")


@require_GET
@login_required
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    """To a new alert, filled with what the card shows: its first measure and its filters."""
    widget, view = asked_card(request, pk)
    scope, _questions_asked = _questions(request, widget, view)
    shape = shape_of(scope)
    measures = widget.query.get("measures") or [""]
    filters = [
        *widget.query.get("filters", []),
        *(each.as_json() for each in view.filters_on(shape.columns)),
    ]
    asked = {"dataset": widget.dataset_id, "measure": measures[0], "name": widget.title}
    asked["filters"] = orjson.dumps(filters).decode()
    return redirect(f"{reverse('alerts:new')}?{urlencode(asked)}")


@require_GET
@signed_in
def picture(request: HttpRequest, pk: int, digest: str) -> HttpResponse:
    """The last known picture, if it was drawn of rows that this reader may see."""
    widget, view = asked_card(request, pk)
    theme = request.GET.get("theme", "light")
    if theme not in pictures.THEMES or kind_of(widget).is_personal:
        raise _no_card()
    scope = scope_of(request.user, widget.dataset_id) if widget.dataset_id else None
    place = widget.placement
    size = pictures.nominal(widget.kind, place.w, place.h)
    found = pictures.read(pictures.name_of(widget, view, size, scope, theme))
    if found is None:
        raise _no_card()
    svg, newest = found
    # an address names its bytes: only those may be kept for ever
    keep = "max-age=31536000, immutable" if newest == digest else "no-store"
    return HttpResponse(
        svg, content_type="image/svg+xml", headers={"Cache-Control": f"private, {keep}"}
    )


@require_GET
@signed_in
def image(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The picture that a card shows, for who sees the card; no other file of its workspace."""
    widget = queries.widgets_seen(request.user).filter(pk=pk, kind="image").first()
    if widget is None or widget.options.get("image") != name:
        raise _no_card()
    return image_response(widget.workspace_id, name)


def asked_card(request: HttpRequest, pk: int) -> tuple[Widget, View]:
    """The card, if the reader sees it, and the view that the address asks for."""
    widget = queries.widgets_seen(request.user).filter(pk=pk).first()
    if widget is None:
        raise _no_card()
    dashboard = widget.placement.dashboard
    opens = {"time_from": dashboard.time_from, "time_to": dashboard.time_to}
    zone = read_view(request, dashboard)[0].timezone
    return widget, View.from_params(request.GET, timezone=zone, **opens)


def _no_card() -> NotFound:
    return NotFound(_("There is no such card."))


def _questions(request: HttpRequest, widget: Widget, view: View) -> tuple[Scope, dict[str, Any]]:
    if not widget.dataset_id:
        raise NotFound(_("This card asks no question of a dataset."))
    scope = scope_of(request.user, widget.dataset_id)
    questions = card_queries(widget, view, scope)
    if "main" not in questions:  # words, a picture: it draws without a question
        raise NotFound(_("This card asks no question of a dataset."))
    return scope, questions


def inspected(request: HttpRequest, scope: Scope, name: str, query: Any) -> dict[str, Any]:
    """What was asked of the source, how long it took, and how old the answer is."""
    answer = engine.encoded(query, scope)
    frame = orjson.loads(answer.body)
    is_rolled = frame.get("rolled_up", False)  # of the answer, which may be older than a roll-up
    compiled = engine.explain(query, request.user, has_rollups=is_rolled)
    return {
        "name": name,
        "statements": shown(compiled, scope),
        "answered_by": _answered_by(compiled, is_rolled=is_rolled),
        "took_ms": frame["took_ms"],
        "rows": frame["row_count"],
        "truncated": frame["truncated"],
        "hit": answer.hit,
        "computed_at": datetime.fromtimestamp(answer.computed_at, UTC),
    }


def _answered_by(compiled: Compiled, *, is_rolled: bool) -> str:
    used = next((each.rollup for each in (compiled, *compiled.also) if each.rollup), None)
    if used:
        return words.used(used)
    if is_rolled:
        return _("a roll-up that is gone; this is what the rows are asked")
    return _("the rows themselves")
