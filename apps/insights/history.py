"""The known past of a metric, as its owner sees it, in whole steps of its grain."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from apps.analytics.series import Floats, Times
from apps.core.window import Window, snap, step, zone_of
from apps.datasources import engine
from apps.datasources.models import Dataset, Metric
from apps.datasources.query import BIN_SECONDS, Filter, Query

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
CALENDAR = {"day": "d", "week": "w", "month": "M", "quarter": "Q", "year": "y"}
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
        filters=tuple(Filter.from_json(each) for each in metric.filters),
        timezone=metric.workspace.timezone,
    )


def history(metric: Metric, now: datetime | None = None) -> History:
    """Asked as the metric's owner. Raises UserError."""
    zone = zone_of(metric.workspace.timezone)
    end = whole_until(metric.dataset, metric.grain, zone, now)
    window = Window(moved(end, -REACH[metric.grain][0], metric.grain, zone), end)
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


def whole_until(
    dataset: Dataset, grain: str, zone: ZoneInfo, now: datetime | None = None
) -> datetime:
    """The end of the last step that is over: the clock's for live rows, else the data's own.

    Rows that stand at the start of their day leave a day whole, but half a month is not a month.
    """
    last = last_moment(dataset, now)
    start = floored(last, grain, zone)
    end = moved(start, 1, grain, zone)
    if dataset.is_live:
        return start
    passed = (last - start) / (end - start)
    return start if grain in ("week", "month", "quarter", "year") and passed < WHOLE else end


def moved(at: datetime, steps: int, grain: str, zone: ZoneInfo) -> datetime:
    """`at` moved by whole steps of the zone's calendar."""
    if seconds := BIN_SECONDS.get(grain):
        return at + timedelta(seconds=seconds * steps)
    return step(at.astimezone(zone), steps, CALENDAR[grain]).astimezone(UTC)


def floored(at: datetime, grain: str, zone: ZoneInfo) -> datetime:
    """The start of the step that holds `at`."""
    if seconds := BIN_SECONDS.get(grain):
        return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)
    return snap(at.astimezone(zone), CALENDAR[grain], is_end=False).astimezone(UTC)
