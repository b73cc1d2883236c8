"""Reads of findings that other apps draw."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.urls import reverse

from apps.accounts.queries import Visitor
from apps.core.window import Window, to_ms
from apps.datasources.hiding import metrics_seen_whole
from apps.insights.claims import Claim, Figure, claims_from, filled
from apps.insights.models import Anomaly, Forecast, Insight


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence; a figure leads to its claim."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One insight as people read it: its sentences, and whether a model chose the words."""

    insight: Insight
    sentences: list[list[Piece]]

    @property
    def text(self) -> str:
        """All of it, without links."""
        return " ".join("".join(p.text for p in pieces) for pieces in self.sentences)

    @property
    def created_at(self) -> datetime:
        """When it was found."""
        return self.insight.created_at


def told(insight: Insight) -> Told:
    """The insight with its figures in their places."""
    claims = claims_from(insight.claims)
    lines = [filled(line, claims) for line in insight.text.split("\n")]
    return Told(insight, [_pieces(insight, text, figures) for text, figures in lines])


def latest(user: Visitor, limit: int = 5) -> list[Told]:
    """The newest telling of each metric that the user sees whole, newest first."""
    newest = Insight.objects.visible_to(user).order_by().values("metric")
    rows = Insight.objects.filter(pk__in=newest.annotate(newest=Max("pk")).values("newest"))
    return [told(each) for each in rows.select_related("metric").order_by("-pk")[:limit]]


def overlays(
    metric_id: int,
    window: Window,
    user: Visitor,
    *,
    forecast: bool,
    anomalies: bool,
    sentences: bool,
) -> dict[str, Any]:
    """What lies over a chart of the metric in `window`; empty if the user's rows are narrowed."""
    if not metrics_seen_whole(user).filter(pk=metric_id).exists():
        return {}
    found: dict[str, Any] = {}
    if forecast and (next_steps := _forecast(metric_id, window)):
        found["forecast"] = next_steps
    if anomalies:
        found["anomalies"] = _anomalies(metric_id, window)
    if sentences:
        rows = Insight.objects.filter(metric_id=metric_id).select_related("metric__measure")
        newest = rows.order_by("pk").last()
        found["insights"] = _sentences(newest) if newest else []
        found["insights_at"] = reverse("insights:metric", args=[metric_id])
    return found


def _forecast(metric_id: int, window: Window) -> dict[str, Any] | None:
    """The newest forecast, if the window reaches the end of what is known."""
    newest = Forecast.objects.filter(metric_id=metric_id).order_by("pk").last()
    if newest is None or not newest.points["t"]:
        return None
    t, edges = newest.points["t"], window.as_ms()
    step = t[1] - t[0] if len(t) > 1 else 0
    if edges["to"] < t[0] - step or edges["from"] > t[-1]:
        return None
    made = {"method": newest.method, "version": newest.version, "record": newest.record}
    return {**newest.points, **made, "created_at": to_ms(newest.created_at)}


def _anomalies(metric_id: int, window: Window) -> dict[str, list[Any]]:
    rows = Anomaly.objects.filter(metric_id=metric_id, at__gte=window.start, at__lt=window.end)
    points = list(rows.exclude(feedback=Anomaly.Feedback.NOISE).order_by("at")[:500])
    return {
        "t": [to_ms(point.at) for point in points],
        "v": [point.value for point in points],
        "by": [point.votes for point in points],
        "expected": [point.expected for point in points],
    }


def _sentences(insight: Insight) -> list[dict[str, Any]]:
    """One entry per sentence: characters `start` to `end` of `text` are a figure of claim `claim`.

    Every figure was recomputed or read back before it was stored, so checked is always all.
    """
    claims = claims_from(insight.claims)
    found = []
    for line in insight.text.split("\n"):
        text, figures = filled(line, claims)
        found.append(
            {
                "text": text,
                "figures": [_figure(insight, figure, claims) for figure in figures],
                "checked": len(figures),
                "of": len(figures),
                "mood": _mood(figures, claims, insight.metric.measure.good),
                "reworded": insight.is_reworded,
                "created_at": to_ms(insight.created_at),
            }
        )
    return found


def _mood(figures: list[Figure], claims: list[Claim], good: str) -> str:
    """Whether a sentence tells of something "good" or "bad"; "" if the measure does not say."""
    ways = (claims[figure.claim].direction for figure in figures)
    way = next((each for each in ways if each), "")
    if not way or not good:
        return ""
    return "good" if way == good else "bad"


def _figure(insight: Insight, figure: Figure, claims: list[Claim]) -> dict[str, Any]:
    claim = claims[figure.claim]
    return {
        "start": figure.start,
        "end": figure.end,
        "href": claim_url(insight, figure.claim),
        "claim": figure.claim,
        "operation": claim.operation,
        "query": claim.query,
    }


def claim_url(insight: Insight, number: int) -> str:
    """Where one figure is traced to its Query."""
    return reverse("insights:claim", args=[insight.pk, number])


def _pieces(insight: Insight, text: str, figures: list[Figure]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for figure in figures:
        pieces.append(Piece(text[at : figure.start]))
        pieces.append(Piece(text[figure.start : figure.end], claim_url(insight, figure.claim)))
        at = figure.end
    return [piece for piece in [*pieces, Piece(text[at:])] if piece.text]
