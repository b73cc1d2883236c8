"""What a person may watch of a dashboard, and each card of it as a view that the hub can ask."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import orjson
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Denied, NotFound
from apps.core.window import Window
from apps.dashboards.models import Dashboard
from apps.datasources import engine
from apps.datasources.access import Scope, scope_of
from apps.datasources.definition import Definition
from apps.datasources.hiding import metrics_seen_whole, shape_of
from apps.datasources.plans import ends_alone, steps_of
from apps.datasources.query import Query
from apps.streams.watched import LiveView, Part
from apps.widgets import cards
from apps.widgets.models import Widget
from apps.widgets.view import View

WHOLE_CARD_S = 0.2  # a card that is sent as a whole changes five times a second at most
STILL_S = 60  # how long what does not move may be shared, twice
AHEAD = timedelta(seconds=60)  # how far a sender's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Rights:
    """What one person may see of one dashboard, read at one moment (`read_at`: monotonic)."""

    user: User
    dashboard_id: int
    widgets: dict[int, Widget]
    scopes: dict[int, Scope]
    metrics: frozenset[int]  # whose findings the user may see
    read_at: float


def rights_of(user_id: int, slug: str) -> Rights | None:
    """None if the dashboard is missing, or not this person's to see (any more)."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    dashboard = Dashboard.objects.visible_to(user).filter(slug=slug).first()
    if dashboard is None:
        return None
    widgets = list(Widget.objects.filter(placement__dashboard=dashboard).select_related("dataset"))
    scopes = {}
    for dataset_id in {widget.dataset_id for widget in widgets if widget.dataset_id}:
        try:
            scopes[dataset_id] = scope_of(user, dataset_id)
        except (Denied, NotFound):  # the others' cards still draw
            continue
    metrics = metrics_seen_whole(user).filter(widgets__in=widgets).values_list("pk", flat=True)
    return Rights(
        user=user,
        dashboard_id=dashboard.pk,
        widgets={widget.pk: widget for widget in widgets},
        scopes=scopes,
        metrics=frozenset(metrics),
        read_at=time.monotonic(),
    )


def live_view(rights: Rights, widget_id: int, view: View) -> LiveView:
    """A card in a view. Equal for all who see the same rows of it. Raises NotFound."""
    widget = rights.widgets.get(widget_id)
    if widget is None:
        raise NotFound(_("There is no such card on this dashboard."), field="widget")
    scope = rights.scopes.get(widget.dataset_id) if widget.dataset_id else None
    if widget.dataset_id and scope is None:
        raise NotFound(_("There is no such dataset."), field="widget")
    sees_findings = widget.metric_id in rights.metrics
    stamp = [widget.pk, widget.version, view.identity, scope and scope.key, sees_findings]
    kind = cards.kind_of(widget)
    if kind.is_personal:
        stamp.append(rights.user.pk)
    key = hashlib.sha256(orjson.dumps(stamp)).hexdigest()[:32]
    if widget.dataset is None or scope is None or not widget.dataset.is_live:
        keep_s = min(kind.refresh_s or STILL_S, STILL_S) / 2
        return LiveView(key, partial(_still, rights.user, widget, view), keep_s=keep_s)
    return LiveView(
        key,
        partial(_moving, rights.user, widget, view, scope),
        dataset_id=widget.dataset_id,
        every_s=0.0 if kind.over_time else WHOLE_CARD_S,
    )


def _still(user: User, widget: Widget, view: View, span: Window | None) -> Part:
    """A card whose rows do not move: as over HTTP."""
    return Part(None, cards.card_data(widget, view, user).body)


def _moving(
    user: User, widget: Widget, view: View, scope: Scope, span: Window | None
) -> Part | None:
    """A card on a stream: its newest steps for a time series, else all of it."""
    queries = cards.card_queries(widget, view, scope)
    main = queries.get("main")
    if main is None or main.window is None:
        return _still(user, widget, view, span)
    window = _until_now(main.window, view, span)
    if span and (span.end <= window.start or span.start >= window.end):
        return None
    shape = shape_of(scope)
    is_series = main.grain and queries.keys() <= {"main", "previous"}
    if span and is_series and ends_alone(main, shape):
        start = _behind(span.start, main, shape)
        if start >= window.start:
            frame = engine.tail(main.within(Window(start, window.end)), scope)
            body = cards.card_body({"main": frame.to_json()}, window)
            return Part(round(start.timestamp() * 1000), body)
    frames = {name: _frame(query, main.window, window, scope) for name, query in queries.items()}
    overlays = orjson.dumps(cards.overlays_of(widget, view, user, scope))
    return Part(None, cards.card_body(frames, window, overlays))


def _frame(query: Query, asked: Window, meant: Window, scope: Scope) -> bytes:
    """A frame about now is computed anew; one about the past may come from the cache."""
    if query.window == asked:
        return engine.fresh(query.within(meant), scope).to_json()
    return engine.encoded(query, scope).body


def _until_now(window: Window, view: View, span: Window | None) -> Window:
    """A view floors its moving end, so that neighbours in time share it; a live one must not."""
    if view.time_to != "now":
        return window
    now = datetime.now(UTC)
    end = max(window.end, now, min(span.end, now + AHEAD) if span else now)
    return Window(window.start, end)


def _behind(moment: datetime, query: Query, shape: Definition) -> datetime:
    """The start of the step before the one that holds `moment`.

    One step more than changed, so that a gap before it is seen as one; with splits, each of which
    keeps its own steps, exactly the step that changed.
    """
    steps = steps_of(query, shape)
    assert steps is not None  # noqa: S101 - the caller has looked for a grain
    return steps.start(steps.moved(steps.holding(moment), 0 if query.dimensions else -1))
