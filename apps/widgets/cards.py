"""What one card shows: its questions, and their answers joined into the bytes that are drawn."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.accounts.queries import Visitor
from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources import engine
from apps.datasources.access import Scope, scope_of
from apps.datasources.definition import Definition
from apps.datasources.hiding import check_question, shape_of
from apps.datasources.query import Query
from apps.insights import queries as insights
from apps.widgets import grids
from apps.widgets.kinds import KINDS, Kind
from apps.widgets.models import Widget
from apps.widgets.view import View

DRILLED = ("dimensions", "order")  # what of a question names the columns it groups by


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
    check_question(kind.options.named_in(widget.options), scope)
    shape = shape_of(scope)
    options = kind.options.cleaned(widget.options)
    if view.compare == "off":  # whatever the card would compare with by itself
        view = replace(view, compare="")
        options |= {"compare": ""} if "compare" in options else {}
    return kind.queries(drilled(widget.query, view.drill, shape), options, shape, view)


def drilled(
    template: dict[str, Any], drill: tuple[tuple[str, str], ...], shape: Definition
) -> dict[str, Any]:
    """The question with finer columns in place of those drilled into, as their hierarchy says.

    Raises UserError for a column that is not below the one that the card groups by.
    """
    parents = {column.name: column.parent for column in shape.columns}
    finer = dict(drill)
    for coarse, fine in drill:
        above = fine
        while above and above != coarse:
            above = parents.get(above, "")
        if not above or coarse == fine:
            message = _("“%(fine)s” is not a level below “%(coarse)s”.")
            raise UserError(message % {"fine": fine, "coarse": coarse}, field="drill")
    if not finer:
        return template

    def named(item: Any) -> Any:
        if isinstance(item, dict) and item.get("by") in finer:
            return {**item, "by": finer[item["by"]]}
        return finer.get(item, item) if isinstance(item, str) else item

    lists = {name: [named(each) for each in template.get(name, [])] for name in DRILLED}
    top = {"top": named(template["top"])} if template.get("top") else {}
    return {**template, **{name: items for name, items in lists.items() if items}, **top}


def card_data(widget: Widget, view: View, user: Visitor) -> CardData:
    """Everything one card draws, as `user`. Raises UserError; Denied data is NotFound."""
    scope = scope_of(user, widget.dataset_id) if widget.dataset_id else None
    queries = card_queries(widget, view, scope) if scope else {}
    answers, lost = answered(queries, scope) if scope else ({}, {})
    overlays = orjson.dumps(overlays_of(widget, view, user, scope))
    return joined(answers, overlays, view, lost)


def answered(
    queries: Mapping[str, Query], scope: Scope
) -> tuple[dict[str, engine.Encoded], dict[str, str]]:
    """The answers, and why others are missing: without what is beside it, a card draws the rest.

    Raises UserError if the main question has no answer.
    """
    answers: dict[str, engine.Encoded] = {}
    lost: dict[str, str] = {}
    for name, query in queries.items():
        try:
            answers[name] = engine.encoded(query, scope)
        except UserError as error:
            if name == "main":
                raise
            lost[name] = error.message
    return answers, lost


def joined(
    answers: dict[str, engine.Encoded],
    overlays: bytes,
    view: View,
    lost: Mapping[str, str] | None = None,
) -> CardData:
    """Kept answers are set side by side as they are: nothing is decoded or encoded again.

    lost: why there is no answer to a question, by its name.
    """
    problem = next((answer.problem for answer in answers.values() if answer.problem), "")
    body = card_body({n: a.body for n, a in answers.items()}, view.window(), overlays, problem)
    if lost:
        body = body[:-1] + b',"lost":' + orjson.dumps(lost) + b"}"
    stamp = [[answer.etag for answer in answers.values()], overlays.decode(), problem, lost]
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


def overlays_of(
    widget: Widget, view: View, user: Visitor, scope: Scope | None = None
) -> dict[str, object]:
    """What lies over the answers: what the kind itself adds, figures that people typed ("grid",
    "targets"), the day that weeks begin on, and findings on the widget's metric.

    Forecast, anomalies and sentences are for users who see all rows of the metric. They were
    computed on unfiltered rows, so a filtered view has none.
    """
    kind = kind_of(widget)
    options = kind.options.cleaned(widget.options)
    found = kind.overlays(widget, options, view, user)
    found |= _typed(widget, options, view, user)
    if kind.by_weeks and scope:
        found["week_start"] = shape_of(scope).week_start
    if not widget.metric_id or view.filters:
        return found
    return found | insights.overlays(
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
    if widget.kind == grids.SLUG:
        found["grid"] = grids.overlay(widget, user)
    if grid := options.get("target_grid"):
        found["targets"] = grids.targets_frame(int(grid), widget, user, view.window())
    return found
