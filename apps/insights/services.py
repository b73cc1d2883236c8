"""Writes: forecasts, anomalies, insights. Each says by what method, and is made once per input."""

import hashlib
import logging
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from apps.analytics import anomalies as detectors
from apps.analytics import forecasts
from apps.analytics.series import NotEnoughData, season_length
from apps.core import redis
from apps.core.errors import UserError
from apps.core.events import announce
from apps.core.window import Window, to_ms
from apps.datasources.models import Metric
from apps.insights import facts, phrases, writer
from apps.insights.claims import filled
from apps.insights.history import REACH, history, moved
from apps.insights.models import Anomaly, Forecast, Insight
from apps.insights.signals import anomalies_found, forecast_made, insights_told

logger = logging.getLogger(__name__)
KEPT = 20  # forecasts and tellings of a metric that are kept
SEEN_S = 7 * 86_400
VOTE = "two of three"
TELLER = "templates over claims"


def make_forecast(metric: Metric, now: datetime | None = None) -> Forecast | None:
    """Forecast the metric's next steps; the same past gives the forecast that there is.

    None where the data cannot be asked or are too few: the log says why, the chart shows none.
    """
    horizon = REACH[metric.grain][1]
    try:
        past = history(metric, now)
        season = season_length(past.values, metric.grain)
        stamp = past.fingerprint("forecast", season, horizon, forecasts.VERSION)
        made: Forecast | None = Forecast.objects.filter(metric=metric, input_hash=stamp).first()
        if made:
            return made
        result = forecasts.forecast(past.values, season, horizon, t=past.times, grain=metric.grain)
    except (NotEnoughData, UserError) as error:
        logger.info("no forecast of metric %s: %s", metric.pk, error)
        return None
    with transaction.atomic():
        forecast, _made = Forecast.objects.get_or_create(
            metric=metric,
            method=result.method[:60],
            version=result.version,
            input_hash=stamp,
            defaults={
                "points": _points(result, metric, past.end),
                "record": asdict(result.record),
            },
        )
        _forget_old(Forecast, metric)
        announce(forecast_made, metric_id=metric.pk, forecast_id=forecast.pk)
    return forecast


def detect_anomalies(
    metric: Metric, window: Window | None = None, now: datetime | None = None
) -> list[Anomaly]:
    """Store what is newly found to be unusual; once per episode, and never a point twice.

    The whole known past is the background; only points within `window` are stored, if one is
    given. The same past is not looked at again.
    """
    try:
        past = history(metric, now)
        season = season_length(past.values, metric.grain)
        span = window.as_ms() if window else None
        mark = past.fingerprint("detect", season, span, detectors.VERSION)
        if redis.client().get(_seen(metric)) == mark.encode():
            return []
        votes = detectors.detect(past.times, past.values, season, metric.grain)
    except (NotEnoughData, UserError) as error:
        logger.info("no check of metric %s: %s", metric.pk, error)
        return []
    peaks = [episode.peak for episode in detectors.episodes(votes)]
    times = [datetime.fromtimestamp(past.t[peak] / 1000, UTC) for peak in peaks]
    rows = [
        Anomaly(
            metric=metric,
            at=at,
            value=float(past.values[peak]),
            expected=_number(votes.expected[peak]),
            low=_number(votes.lo[peak]),
            high=_number(votes.hi[peak]),
            score=float(votes.score[peak]),
            votes=list(votes.by[peak]),
            method=VOTE,
            version=detectors.VERSION,
        )
        for peak, at in zip(peaks, times, strict=True)
        if window is None or window.start <= at < window.end
    ]
    found = _store_new(metric, rows)
    redis.client().set(_seen(metric), mark, ex=SEEN_S)
    return found


@transaction.atomic
def _store_new(metric: Metric, rows: list[Anomaly]) -> list[Anomaly]:
    known = set(
        Anomaly.objects.filter(metric=metric, at__in=[row.at for row in rows]).values_list(
            "at", flat=True
        )
    )
    Anomaly.objects.bulk_create(rows, ignore_conflicts=True)
    new = [row.at for row in rows if row.at not in known]
    found = list(Anomaly.objects.filter(metric=metric, at__in=new).order_by("at"))
    if found:
        announce(anomalies_found, metric_id=metric.pk, anomaly_ids=[row.pk for row in found])
    return found


def give_feedback(anomaly: Anomaly, feedback: str) -> Anomaly:
    """Somebody says whether it was worth telling; "" takes it back. Noise is drawn no more."""
    if feedback and feedback not in Anomaly.Feedback.values:
        raise UserError(_("Feedback is “useful” or “noise”."), field="feedback")
    anomaly.feedback = feedback
    anomaly.save(update_fields=["feedback"])
    return anomaly


def tell(metric: Metric, now: datetime | None = None) -> Insight | None:
    """Tell the metric's facts in words: at once by templates, then, if there is one, by a model.

    The same claims are told once. None where the data cannot be asked or are too few.
    """
    try:
        found = facts.find(metric, now)
    except (NotEnoughData, UserError) as error:
        logger.info("nothing to tell of metric %s: %s", metric.pk, error)
        return None
    told = phrases.tell(found)
    claims = [claim.as_json() for fact in found for claim in fact.claims]
    meaning = [facts.VERSION, [fact.kind for fact in found], claims]
    stamp = hashlib.sha256(orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS)).hexdigest()
    insight = _store_insight(metric, found, told, stamp, is_reworded=False)
    if not writer.is_configured() or facts.is_private(metric):
        return insight
    told_before = Insight.objects.filter(metric=metric, claims_hash=stamp, is_reworded=True)
    done: Insight | None = told_before.first()
    if done:
        return done
    reworded = writer.reword(metric, found, told, stamp)
    if reworded is None:
        return insight
    return _store_insight(metric, found, reworded, stamp, is_reworded=True)


@transaction.atomic
def _store_insight(
    metric: Metric, found: list[facts.Fact], told: list[str], stamp: str, *, is_reworded: bool
) -> Insight:
    """One row per claims and manner; `told` holds one slotted sentence after the other."""
    window = found[0].window
    insight, made = Insight.objects.get_or_create(
        metric=metric,
        claims_hash=stamp,
        is_reworded=is_reworded,
        defaults={
            "text": "\n".join(told),
            "claims": [claim.as_json() for fact in found for claim in fact.claims],
            "window_from": window.start,
            "window_to": window.end,
            "method": writer.model_name() if is_reworded else TELLER,
            "version": facts.VERSION,
        },
    )
    if made:
        filled(insight.text, facts.claims_of(insight))  # a slot without a claim must fail here
        _forget_old(Insight, metric)
        announce(insights_told, metric_id=metric.pk, insight_id=insight.pk)
    return insight


def _forget_old(model: type[Forecast] | type[Insight], metric: Metric) -> None:
    rows = model._default_manager.filter(metric=metric).order_by("-pk")
    old = list(rows.values_list("pk", flat=True)[KEPT : KEPT + 200])
    model._default_manager.filter(pk__in=old).delete()


def _points(result: forecasts.Forecast, metric: Metric, end: datetime) -> dict[str, list[Any]]:
    """The forecast as columns; the first step begins where the past ends."""
    steps = range(len(result.mean))
    columns = ("mean", "lo80", "hi80", "lo95", "hi95")
    return {
        "t": [to_ms(moved(end, n, metric)) for n in steps],
        **{name: [float(v) for v in getattr(result, name)] for name in columns},
    }


def _number(value: float) -> float | None:
    number = float(value)
    return number if -float("inf") < number < float("inf") else None


def _seen(metric: Metric) -> str:
    return f"sightline:insights:seen:{metric.pk}"
