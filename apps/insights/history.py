"""The known past of a metric, as its owner sees it, in whole steps of its grain."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson

from apps.analytics.series import Floats, Times
from apps.core.window import Window
from apps.datasources import engine
from apps.datasources.models import Dataset, Metric
from apps.datasources.query import Query, read_filters
from apps.datasources.steps import Steps

# grain -> how many steps of the past are looked at, and how many of the future are forecast
REACH: dict[str, tuple[int, int]] = {
    "second": (3600, 120),
    "minute": (2880, 60),
    "5minute": (2016, 48),
    "15minute": (2016, 96),
    "hour": (1440, 48),
    "day": (1095, 28),
    "week": (260, 12),
    "month": (120, 6),
    "quarter": (60, 4),
    "year": (40, 2),
}
LONG = ("week", "month", "quarter", "year")
WHOLE = 0.85  # share of a long step that must have passed for it to count


@dataclass(frozen=True, slots=True)
class History:
    """`query` asks for it; t: ms since 1970, the start of each step; a gap is NaN."""

    query: Query
    t: list[int]
    values: Floats
    end: datetime

    @property
    def times(self) -> Times:
        """t for the mathematics: datetime64[ms]."""
        return np.array(self.t, dtype="datetime64[ms]")

    def fingerprint(self, *about: object) -> str:
        """SHA-256 of the numbers and of what is done with them."""
        text = orjson.dumps([self.t, list(about)])
        return hashlib.sha256(text + self.values.tobytes()).hexdigest()


def question(metric: Metric) -> Query:
    """The metric's measure over its fixed filters, without window and grain."""
    return Query(
        dataset=metric.dataset_id,
        measures=(metric.measure.name,),
        time=metric.dataset.time_column,
        filters=read_filters(metric.filters),
        timezone=metric.workspace.timezone,
    )


def history(metric: Metric, now: datetime | None = None) -> History:
    """Asked as the metric's owner. Raises UserError."""
    end = whole_until(metric, now)
    window = Window(moved(end, -REACH[metric.grain][0], metric), end)
    query = question(metric).within(window)
    series = replace(query, grain=metric.grain)
    frame = engine.answer(series, metric.owner)
    values = [
        np.nan if value is None else float(value) for value in frame.column(metric.measure.name)
    ]
    return History(series, frame.column(series.time or ""), np.array(values, dtype=float), end)


def last_moment(dataset: Dataset, now: datetime | None = None) -> datetime:
    """Up to when there can be rows: now where rows arrive, else just after the last one."""
    if dataset.is_live or dataset.data_to is None:
        return now or datetime.now(UTC)
    return dataset.data_to + timedelta(milliseconds=1)


def whole_until(metric: Metric, now: datetime | None = None) -> datetime:
    """The end of the last step that is over: the clock's for live rows, else the data's own.

    Rows that stand at the start of their day leave a day whole, but half a month is not a month.
    """
    last, steps = last_moment(metric.dataset, now), steps_of(metric)
    step = steps.holding(last)
    start, end = steps.start(step), steps.start(steps.moved(step, 1))
    if metric.dataset.is_live:
        return start
    passed = (last - start) / (end - start)
    return start if metric.grain in LONG and passed < WHOLE else end


def moved(at: datetime, amount: int, metric: Metric) -> datetime:
    """`at`, where a step of the metric starts, moved by whole steps."""
    steps = steps_of(metric)
    return steps.start(steps.moved(steps.of(at), amount))


def steps_of(metric: Metric) -> Steps:
    """The metric's steps on the workspace's calendar, as the compiler counts them."""
    home = metric.workspace
    return Steps(metric.grain, home.timezone, home.week_start, home.fiscal_year_start)
