"""What a metric's numbers say: each fact with its claims, and each claim with its Query."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypedDict, Unpack

import numpy as np

from apps.accounts.queries import Visitor
from apps.analytics import patterns
from apps.analytics.series import Floats, phase_medians, phases, season_length
from apps.core.figures import decimals
from apps.core.window import Window, iso
from apps.datasources import engine
from apps.datasources.models import Column, Measure, Metric
from apps.datasources.query import Dimension, Query, leaves, read_filters
from apps.insights.claims import Claim, claims_from
from apps.insights.history import History, history, moved, question
from apps.insights.models import Anomaly, Forecast, Insight

VERSION = "1"
# grain -> steps of the periods that are compared, and steps over which a trend is looked for
SPANS: dict[str, tuple[int, int]] = {
    "second": (60, 600),
    "minute": (60, 720),
    "5minute": (12, 576),
    "15minute": (96, 672),
    "hour": (24, 336),
    "day": (7, 91),
    "week": (4, 52),
    "month": (1, 24),
    "quarter": (1, 12),
    "year": (1, 10),
}
STEP_WORDS = {"5minute": "steps", "15minute": "steps"}
ADDITIVE = (Measure.Aggregate.SUM, Measure.Aggregate.COUNT)
MOST_COLUMNS, MOST_PARTS = 4, 200
UNSAYABLE = frozenset("{}\n\r\t")


@dataclass(frozen=True, slots=True)
class Fact:
    """One finding. kind names its phrase; p: chance of it where nothing is going on, None unknown.

    window: what it speaks of. claims: in the order that its phrase expects.
    """

    kind: str
    window: Window
    claims: tuple[Claim, ...]
    p: float | None = None

    @property
    def direction(self) -> str:
        """Up, down or nothing."""
        return next((claim.direction for claim in self.claims if claim.direction), "")


def find(metric: Metric, now: datetime | None = None) -> list[Fact]:
    """The facts worth telling, most urgent first; "calm" is one, so the list is never empty.

    Raises UserError where the metric cannot be asked, NotEnoughData where there is nothing yet.
    """
    past = history(metric, now)
    if not np.isfinite(past.values).any():
        raise patterns.NotEnoughData("the metric has no value yet")
    about = _About(metric, past)
    change = about.change()
    tested = [fact for fact in (change, about.record(), about.trend()) if fact]
    keep = patterns.significant([np.nan if f.p is None else f.p for f in tested])
    told = [fact for fact, holds in zip(tested, keep, strict=True) if holds]
    facts = [fact for fact in (about.anomaly(),) if fact]
    if change and change in told:
        facts += [change, *about.drivers()]
    elif change:
        facts.append(replace(change, kind="calm"))
    facts += [fact for fact in told if fact is not change]
    facts += [fact for fact in (about.forecast(),) if fact]
    if not facts:
        raise patterns.NotEnoughData("too little is known to compare")
    return [
        replace(fact, claims=tuple(replace(claim, fact=n) for claim in fact.claims))
        for n, fact in enumerate(facts)
    ]


def claims_of(insight: Insight) -> list[Claim]:
    """The stored claims of an insight."""
    return claims_from(insight.claims)


def is_private(metric: Metric) -> bool:
    """Whether the metric rests on a column that must not leave, so no model may hear of it."""
    measure = metric.measure
    parts = [p for p in (measure, measure.numerator, measure.denominator, measure.base) if p]
    if measure.base:
        parts += [p for p in (measure.base.numerator, measure.base.denominator) if p]
    conditions = [metric.filters, *(part.filters for part in parts)]
    columns = {part.column for part in parts}
    columns |= {each.column for items in conditions for each in leaves(read_filters(items))}
    return Column.objects.filter(
        dataset=metric.dataset_id, name__in=columns, is_private=True
    ).exists()


def recomputed(claim: Claim, user: Visitor) -> float | None:
    """The claim's figure asked anew, in its unit; None where a method made it, not a Query."""
    if claim.value is None or claim.operation not in RECOMPUTED:
        return None
    value = _total(Query.from_json(claim.query), user)
    if claim.operation not in ("change", "points", "difference"):
        return None if value is None else value * _scale(claim)
    before = _total(Query.from_json(claim.against or {}), user)
    if value is None or before is None:
        return None
    if claim.operation == "change":
        return (value - before) / abs(before) * 100
    return (value - before) * _scale(claim)


RECOMPUTED = frozenset({"value", "previous", "highest", "lowest", "change", "points", "difference"})


def _scale(claim: Claim) -> float:
    return 100.0 if claim.unit in ("%", "pp") else 1.0


def _total(query: Query, user: Visitor) -> float | None:
    value = engine.answer(replace(query, grain=None), user).column(query.measures[0])
    return float(value[0]) if value and value[0] is not None else None


class Asked(TypedDict, total=False):
    """The Queries behind a claim, where they are not the measure over the claim's period."""

    query: dict[str, Any]
    against: dict[str, Any]


class _About:
    """One metric at one time: what its facts share."""

    def __init__(self, metric: Metric, past: History) -> None:
        self.metric, self.past = metric, past
        self.measure = metric.measure
        self.name = "".join("'" if c in UNSAYABLE else c for c in metric.name)
        self.query = question(metric)
        self.span, self.reach = SPANS[metric.grain]
        self.is_percent = self.measure.format == "percent"

    # -- the facts

    def change(self) -> Fact | None:
        """This period against the one before, and whether such periods always differ that much."""
        now, then = self.window(0, self.span), self.window(self.span, 2 * self.span)
        owner = self.metric.owner
        current, previous = (_total(self.query.within(w), owner) for w in (now, then))
        if current is None or previous is None:
            return None
        found = patterns.change_between(current, previous, self.earlier_totals())
        return Fact("change", now, self.change_claims(found, now, then), found.p)

    def change_claims(self, found: patterns.Change, now: Window, then: Window) -> tuple[Claim, ...]:
        """moved by, to, over, from, over."""
        way = _way(found.difference)
        both: Asked = {"query": self.asked(now), "against": self.asked(then)}
        if self.is_percent:
            moved_by = self.claim("points", found.difference * 100, now, unit="pp", way=way, **both)
        elif found.ratio is None:
            moved_by = self.claim("difference", found.difference, now, way=way, **both)
        else:
            moved_by = self.claim("change", found.ratio * 100, now, unit="%", way=way, **both)
        return (
            moved_by,
            self.claim("value", found.current, now, way=way),
            self.period(now),
            self.claim("previous", found.previous, then),
            self.period(then),
        )

    def drivers(self) -> Iterator[Fact]:
        """The column whose few parts carry the change, if there is one."""
        if self.measure.aggregate not in ADDITIVE:
            return
        now, then = self.window(0, self.span), self.window(self.span, 2 * self.span)
        best: tuple[float, Column, patterns.Contributions] | None = None
        for column in self.columns():
            parts = self.parts(column, now), self.parts(column, then)
            if parts[0] is None or parts[1] is None:
                continue
            found = patterns.contributions(parts[0], parts[1])
            carried = sum(part.share for part in found.drivers) / (len(found.drivers) or 1)
            says = found.drivers and all(_sayable(part.key) for part in found.drivers)
            if says and (best is None or carried > best[0]):
                best = carried, column, found
        if best:
            _share, column, found = best
            asked = [self.parts_query(column, window).as_json() for window in (now, then)]
            way = _way(found.difference)
            claims = [
                self.claim("share", part.share * 100, now, unit="%", way=way, subject=part.key)
                for part in found.drivers
            ]
            traced = [replace(c, query=asked[0], against=asked[1]) for c in claims]
            yield Fact("drivers", now, tuple(traced))

    def record(self) -> Fact | None:
        """The last step is the highest or lowest in a while."""
        found = patterns.records(self.past.values)
        if not found:
            return None
        record, window = found[0], self.window(0, 1)
        count = self.claim("count", float(record.span), window, unit=self.steps_word())
        value = self.claim(record.kind, record.value, window)
        return Fact(record.kind, window, (value, self.period(window), count), record.p)

    def trend(self) -> Fact | None:
        """A slope under the season, over the last steps."""
        n = min(self.reach, len(self.past.values))
        values = _deseasoned(self.past.values[-n:], self.metric.grain)
        if np.isfinite(values).sum() < patterns.LEAST_TREND:
            return None
        found, window = patterns.trend(values), self.window(0, n)
        if found.p is None or not found.slope:
            return None
        asked: Asked = {"query": replace(self.past.query, window=window).as_json()}
        unit, slope = ("pp", found.slope * 100) if self.is_percent else (None, found.slope)
        claim = self.claim("slope", slope, window, unit=unit, way=_way(slope), **asked)
        return Fact("trend", window, (claim, self.period(window)), found.p)

    def anomaly(self) -> Fact | None:
        """The newest unusual point, if it is recent."""
        since = self.window(0, min(4 * self.span, len(self.past.values)))
        rows = Anomaly.objects.filter(metric=self.metric, at__gte=since.start, at__lt=since.end)
        row = rows.exclude(feedback=Anomaly.Feedback.NOISE).exclude(expected=None).first()
        if row is None or row.expected is None or row.expected == row.value:
            return None
        window = Window(row.at, moved(row.at, 1, self.metric))
        way = _way(row.value - row.expected)
        claims = (
            self.claim("value", row.value, window, way=way),
            self.period(window),
            self.claim("expected", row.expected, window),
        )
        return Fact("anomaly", window, claims)

    def forecast(self) -> Fact | None:
        """The next step, its band, and how far off the method was in its tests."""
        newest = Forecast.objects.filter(metric=self.metric).order_by("pk").last()
        start = round(self.past.end.timestamp() * 1000)
        if newest is None or not newest.points["t"] or newest.points["t"][0] != start:
            return None
        window = Window(self.past.end, moved(self.past.end, 1, self.metric))
        asked: Asked = {"query": self.past.query.as_json()}
        names = {"forecast": "mean", "low": "lo80", "high": "hi80"}
        shown = {
            operation: self.claim(operation, newest.points[column][0], window, **asked)
            for operation, column in names.items()
        }
        record = newest.record
        error = self.claim("error", record["error"] * 100, window, unit="%", **asked)
        level = self.claim("level", 80.0, window, unit="%", **asked)
        claims = [shown["forecast"], self.period(window), level, shown["low"], shown["high"], error]
        if record["naive_error"] > record["error"]:
            naive = record["naive_error"] * 100
            claims.append(self.claim("naive_error", naive, window, unit="%", **asked))
        # MASE is a share of the typical change from season to season, WAPE one of the values
        kind = "forecast" if record["measure"] == "WAPE" else "scaled_forecast"
        return Fact(kind, window, tuple(claims))

    # -- what they are made of

    def window(self, first: int, last: int) -> Window:
        """The steps from `last` to `first` before the end."""
        return Window(*(moved(self.past.end, -n, self.metric) for n in (last, first)))

    def asked(self, window: Window) -> dict[str, Any]:
        """The metric's question about a window, as a claim keeps it."""
        return self.query.within(window).as_json()

    def claim(
        self,
        operation: str,
        value: float,
        window: Window,
        *,
        unit: str | None = None,
        way: str = "",
        subject: str = "",
        **asked: Unpack[Asked],
    ) -> Claim:
        """A figure; without `unit` one in the measure's own unit."""
        if unit is None and self.is_percent:
            value, unit = value * 100, "%"
        unit = self.measure.unit if unit is None else unit
        format_ = "integer" if operation == "count" else self.measure.format
        return Claim(
            metric=self.name,
            fact=0,
            operation=operation,
            period=self.period_json(window),
            query=asked.get("query") or self.asked(window),
            value=float(value),
            unit=unit,
            rounding=decimals(value, unit, format_ if _is_whole(value, format_) else ""),
            direction=way,
            subject=subject,
            against=asked.get("against"),
        )

    def period(self, window: Window) -> Claim:
        """A period as a claim of its own, so that dates are checked like figures."""
        period, query = self.period_json(window), self.asked(window)
        return Claim(self.name, 0, "period", period, query)

    def period_json(self, window: Window) -> dict[str, str]:
        """Edges, and the grain that decides how they are said."""
        edges = {"from": iso(window.start), "to": iso(window.end)}
        return {**edges, "grain": self.metric.grain, "timezone": self.metric.workspace.timezone}

    def steps_word(self) -> str:
        """What a step is called where there are several."""
        return STEP_WORDS.get(self.metric.grain, f"{self.metric.grain}s")

    def earlier_totals(self) -> Floats:
        """Totals of the whole periods before this one, oldest first."""
        values = self.past.values[: len(self.past.values) - self.span]
        values = values[len(values) % self.span :].reshape(-1, self.span)
        known = np.isfinite(values).any(axis=1)
        totals = np.full(len(values), np.nan)
        total = np.nansum if self.measure.aggregate in ADDITIVE else np.nanmean
        totals[known] = total(values[known], axis=1)
        return totals

    def columns(self) -> list[Column]:
        """Text columns that a sentence may name."""
        fixed = {str(each.get("column")) for each in self.metric.filters}
        texts = self.metric.dataset.columns.filter(type=Column.Type.TEXT, is_private=False)
        return [column for column in texts if column.name not in fixed][:MOST_COLUMNS]

    def parts_query(self, column: Column, window: Window) -> Query:
        """The measure by the values of a column."""
        parts = replace(self.query, dimensions=(Dimension(column.name),), limit=MOST_PARTS)
        return parts.within(window)

    def parts(self, column: Column, window: Window) -> dict[str, float] | None:
        """Total by value; None where there are too many to name one."""
        frame = engine.answer(self.parts_query(column, window), self.metric.owner)
        if frame.truncated:
            return None
        pairs = zip(frame.column(column.name), frame.column(self.measure.name), strict=True)
        return {str(key or ""): float(value or 0) for key, value in pairs}


def _way(difference: float) -> str:
    return "up" if difference > 0 else "down" if difference < 0 else ""


def _is_whole(value: float, format_: str) -> bool:
    """A mean of whole numbers is written with its decimals."""
    return format_ != "integer" or float(value).is_integer()


def _sayable(name: str) -> bool:
    return 0 < len(name) <= 60 and name.isprintable() and not UNSAYABLE & set(name)


def _deseasoned(values: Floats, grain: str) -> Floats:
    season = season_length(values, grain)
    if season < 2 or len(values) < 3 * season:
        return values
    return np.asarray(values - phase_medians(values, season)[phases(len(values), season)])
