"""What one card shows: its questions, and their answers joined into the bytes that are drawn."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources import engine
from apps.datasources.access import Scope, scope_of
from apps.datasources.hiding import check_question, shape_of
from apps.datasources.query import Query
from apps.insights import queries as insights
from apps.widgets import grids
from apps.widgets.kinds import KINDS, Kind
from apps.widgets.models import Widget
from apps.widgets.view import View


@dataclass(frozen=True, slots=True)
class CardData:
    """`body`: JSON {"frames", "overlays", "window"}. `key` changes with what is drawn.

    `problem`: why an answer is old, in words; then the body has it as well.
    """

    body: bytes
    key: str
    computed_at: float
    stale: bool
    problem: str = ""

    @property
    def etag(self) -> str:
        """For If-None-Match."""
        return f'"{self.key}"'


def kind_of(widget: Widget) -> Kind:
    """The widget's kind. Raises UserError if this version no longer has it."""
    if kind := KINDS.get(widget.kind):
        return kind
    message = _("This version cannot draw “%(kind)s”. Choose another kind.")
    raise UserError(message % {"kind": widget.kind}, field="kind")


def card_queries(widget: Widget, view: View, scope: Scope) -> dict[str, Query]:
    """The questions of a card by name; none for a kind that asks nothing. Raises Denied for a card
    that shows what is hidden from the reader.
    """
    kind = kind_of(widget)
    if not kind.needs_query:
        return {}
    check_question(widget.query, scope)
    check_question(kind.options.names(widget.options), scope)
    shape = shape_of(scope)
    return kind.queries(widget.query, kind.options.cleaned(widget.options), shape, view)


def card_data(widget: Widget, view: View, user: Visitor) -> CardData:
    """Everything one card draws, as `user`. Raises UserError; Denied data is NotFound."""
    scope = scope_of(user, widget.dataset_id) if widget.dataset_id else None
    queries = card_queries(widget, view, scope) if scope else {}
    answers = {name: engine.encoded(query, scope) for name, query in queries.items() if scope}
    overlays = orjson.dumps(overlays_of(widget, view, user))
    return joined(answers, overlays, view)


def joined(answers: dict[str, engine.Encoded], overlays: bytes, view: View) -> CardData:
    """Kept answers are set side by side as they are: nothing is decoded or encoded again."""
    problem = next((answer.problem for answer in answers.values() if answer.problem), "")
    body = card_body({n: a.body for n, a in answers.items()}, view.window(), overlays, problem)
    stamp = [[answer.etag for answer in answers.values()], overlays.decode(), problem]
    return CardData(
        body=body,
        key=hashlib.sha256(orjson.dumps(stamp)).hexdigest()[:32],
        computed_at=min((answer.computed_at for answer in answers.values()), default=0.0),
        stale=any(answer.stale for answer in answers.values()),
        problem=problem,
    )


def card_body(
    frames: Mapping[str, bytes], window: Window, overlays: bytes | None = None, problem: str = ""
) -> bytes:
    """Encoded frames beside each other. Without overlays, those that are drawn stay."""
    parts = b",".join(b'"%s":%s' % (name.encode(), body) for name, body in frames.items())
    over = b"" if overlays is None else b'"overlays":%s,' % overlays
    if problem:
        over += b'"problem":%s,' % orjson.dumps(problem)
    return b'{"frames":{%s},%s"window":%s}' % (parts, over, orjson.dumps(window.as_ms()))


def overlays_of(widget: Widget, view: View, user: Visitor) -> dict[str, object]:
    """What lies over the answers: figures that people typed ("grid", "targets"); forecast,
    anomalies and sentences on the widget's metric, if the user sees all its rows.

    Those were computed on unfiltered rows, so a filtered view has none.
    """
    options = kind_of(widget).options.cleaned(widget.options)
    typed = _typed(widget, options, view, user)
    if not widget.metric_id or view.filters:
        return typed
    return typed | insights.overlays(
        widget.metric_id,
        view.window(),
        user,
        forecast=bool(options.get("forecast")),
        anomalies=bool(options.get("anomalies")),
        sentences=widget.kind == "insight",
    )


def _typed(widget: Widget, options: dict[str, Any], view: View, user: Visitor) -> dict[str, object]:
    """What an editable grid holds; and for a kind with the option `target_grid`, the targets that
    such a grid gives for the view's span, as a frame.
    """
    found: dict[str, object] = {}
    if widget.kind == grids.SLUG and widget.pk:
        found["grid"] = grids.overlay(widget, user)
    if grid := options.get("target_grid"):
        found["targets"] = grids.targets_frame(int(grid), widget, user, view.window())
    return found
