"""What a series or a breakdown says: change, trend, drivers, records, each with its significance.

`p` is the chance of seeing something at least as large where nothing is going on; None where too
little is known to say. Many questions asked at once need a stricter limit: see significant().
"""

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
import numpy.typing as npt

from apps.analytics.series import (
    Bools,
    Floats,
    NotEnoughData,
    as_series,
    autocorrelation,
    filled,
    robust_sd,
)

__all__ = [
    "VERSION",
    "Change",
    "Contributions",
    "Extreme",
    "NotEnoughData",
    "Part",
    "Trend",
    "change_between",
    "contributions",
    "records",
    "significant",
    "trend",
]

VERSION = "1"  # goes with every stored fact; raise it when the same input gives other numbers

ALPHA = 0.05
LEAST_CHANGES = 4  # past changes from which "usual" means something
LEAST_TREND = 8  # fewer points have a slope, but no significance
TREND_POINTS = 600  # Theil-Sen looks at every pair; longer series are averaged down to this
LEAST_RECORD = 10  # "highest in 3 days" is no news
EXPLAINED = 0.66  # share of the change that a few parts must carry to explain it
FEW = 3  # parts that a sentence can name
SURPRISE = 0.2  # how much more of the change than of the size they must carry


@dataclass(frozen=True)
class Change:
    """From one period to the next, in the unit of the measure.

    ratio: difference / |previous|, None from 0. usual: a typical change between earlier
    neighbouring periods (robust standard deviation), None for fewer than 4 of them.
    """

    current: float
    previous: float
    difference: float
    ratio: float | None
    usual: float | None
    p: float | None


@dataclass(frozen=True)
class Trend:
    """A straight line: slope in units a step, change over the whole span, start at the first row.

    steps: from first to last row. p: two-sided, None below 8 values.
    """

    slope: float
    start: float
    change: float
    steps: int
    p: float | None


@dataclass(frozen=True)
class Part:
    """One dimension value and its part in the change. share: of the total change, 1.0 is all.

    Shares add up to 1 and may exceed it or be negative where parts moved against each other.
    """

    key: str
    current: float
    previous: float
    difference: float
    share: float


@dataclass(frozen=True)
class Contributions:
    """A change taken apart. drivers: the few parts that explain it; empty: nothing explains it."""

    current: float
    previous: float
    difference: float
    parts: tuple[Part, ...]
    drivers: tuple[Part, ...]


@dataclass(frozen=True)
class Extreme:
    """The last value is the "highest" or "lowest" of the last `span` known ones.

    whole: of all there are. before: the value it beat (the best of the rest of the span).
    p: chance of that for values in no order, 1 / span.
    """

    kind: str
    value: float
    before: float
    span: int
    whole: bool
    p: float


def change_between(current: float, previous: float, past: npt.ArrayLike) -> Change:
    """How much a total changed, and whether such totals always change that much.

    current, previous: totals of the two periods, same unit. past: float64[m], totals of the
    periods up to and including `previous`, oldest first, NaN where missing.
    p: two-sided, Student's t of the difference against the changes among `past`; None below 4 of
    those. Where the past never changed, p is 1 for no change and 0 for any.
    Raises ValueError unless current and previous are finite. Time O(m).
    Source: Welch's comparison with a robust scale (Hampel 1974).
    """
    if not (isfinite(current) and isfinite(previous)):
        raise ValueError("both totals must be finite numbers")
    difference = current - previous
    ratio = difference / abs(previous) if previous else None
    changes = np.diff(as_series(past))
    changes = changes[np.isfinite(changes)]
    if changes.size < LEAST_CHANGES:
        return Change(current, previous, difference, ratio, None, None)
    # around 0, not around their median: steady growth is change, too
    usual = robust_sd(np.concatenate([changes, -changes]))
    return Change(
        current, previous, difference, ratio, usual, _tail(difference, usual, changes.size)
    )


def trend(values: npt.ArrayLike) -> Trend:
    """The slope that most pairs of points agree on, and whether there is one.

    values: float64[n], any unit, evenly spaced, NaN where missing; take the season out first
    if there is one. Longer series are averaged down to 600 points before pairs are looked at.
    p: Mann-Kendall, with the variance widened for values that depend on their neighbours; 1 on
    a constant series. Raises NotEnoughData below 2 finite values. Time O(n + 600**2).
    Sources: Sen 1968; Mann 1945; Kendall 1975; Hamed & Rao 1998 (first-order form).
    """
    series = as_series(values)
    known = np.flatnonzero(np.isfinite(series))
    if known.size < 2:
        raise NotEnoughData(f"{known.size} values; a trend needs at least 2")
    at, y = _averaged(known.astype(np.float64), series[known])
    i, j = np.triu_indices(len(y), 1)
    slope = float(np.median((y[j] - y[i]) / (at[j] - at[i])))
    start = float(np.median(y - slope * at))
    steps = len(series) - 1
    p = _mann_kendall(y, at, slope) if len(y) >= LEAST_TREND else None
    return Trend(slope, start, slope * steps, steps, p)


def contributions(current: dict[str, float], previous: dict[str, float]) -> Contributions:
    """Which dimension values carry a change between two periods, largest part first.

    current, previous: total by dimension value, additive, same unit; missing in one means 0.
    A few parts (at most 3) explain the change if together they carry at least 66 % of it, and at
    least 20 points more of it than of the earlier total: a value that is half of everything and
    half of the change is no explanation. With no change in total there is nothing to explain.
    Raises ValueError for a value that is not finite. Time O(k log k).
    Source: explanatory power and succinctness as in Bhagwan et al., "Adtributor", 2014.
    """
    keys = sorted(current.keys() | previous.keys())
    for total in (*current.values(), *previous.values()):
        if not isfinite(total):
            raise ValueError("every total must be a finite number")
    now, then = sum(current.values()), sum(previous.values())
    change = now - then
    size = sum(abs(v) for v in (*current.values(), *previous.values()))
    none = abs(change) <= 1e-12 * size  # what rounding leaves of two equal sums
    parts = [
        _part(key, current.get(key, 0.0), previous.get(key, 0.0), 0.0 if none else change)
        for key in keys
    ]
    parts.sort(key=lambda part: (-abs(part.difference), part.key))
    drivers = () if none else _drivers(parts)
    return Contributions(now, then, 0.0 if none else change, tuple(parts), drivers)


def records(values: npt.ArrayLike) -> tuple[Extreme, ...]:
    """Whether the last value is the highest or lowest in a while: none, one, never both.

    values: float64[n], any unit, NaN where missing; a missing last value is no record. A tie is
    none either. Only spans of at least 10 values count. Time O(n).
    Source: for values in random order the last of m is the largest with chance 1 / m (Renyi 1962).
    """
    series = as_series(values)
    if series.size == 0 or not np.isfinite(series[-1]):
        return ()
    known = series[np.isfinite(series)]
    found = []
    for kind, sign in (("highest", 1.0), ("lowest", -1.0)):
        beaten = sign * known[:-1] < sign * known[-1]
        span = _trailing(beaten) + 1
        if span >= LEAST_RECORD:
            rest = known[-span:-1]
            before = float(rest.max() if sign > 0 else rest.min())
            whole = span == known.size
            found.append(Extreme(kind, float(known[-1]), before, span, whole, 1.0 / span))
    return tuple(found)


def significant(ps: npt.ArrayLike, alpha: float = ALPHA) -> Bools:
    """Which of many findings hold when all are judged together: bool[n].

    ps: float64[n] in [0, 1], NaN where unknown, which never holds. alpha: the share of false
    findings to expect among those that hold, in (0, 1). Time O(n log n).
    Source: Benjamini & Hochberg 1995.
    """
    p = np.asarray(ps, dtype=np.float64)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, not {alpha}")
    known = np.sort(p[np.isfinite(p)])
    passing = known[known <= alpha * np.arange(1, known.size + 1) / max(1, known.size)]
    return np.asarray(p <= (passing.max() if passing.size else -inf), dtype=np.bool_)


# -- how ---------------------------------------------------------------------------------------


def _tail(difference: float, usual: float, count: int) -> float:
    """Two-sided p of a difference among `count` changes of that usual size."""
    from scipy.stats import t as student

    if usual == 0:
        return 1.0 if difference == 0 else 0.0
    return float(2 * student.sf(abs(difference) / usual, max(1, count - 1)))


def _averaged(at: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Means of neighbouring points, so that at most TREND_POINTS are left."""
    width = -(-len(y) // TREND_POINTS)
    if width == 1:
        return at, y
    blocks = np.arange(len(y)) // width
    count = np.bincount(blocks)
    return np.bincount(blocks, at) / count, np.bincount(blocks, y) / count


def _mann_kendall(y: Floats, at: Floats, slope: float) -> float:
    """Two-sided p of "as many pairs rise as fall"."""
    from scipy.stats import norm

    n = len(y)
    i, j = np.triu_indices(n, 1)
    s = float(np.sign(y[j] - y[i]).sum())
    _, ties = np.unique(y, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    if variance <= 0 or s == 0:
        return 1.0
    memory = min(0.95, max(0.0, autocorrelation(filled(y - slope * at), 1)))
    variance *= (1 + memory) / (1 - memory)
    return float(2 * norm.sf((abs(s) - 1) / np.sqrt(variance)))


def _part(key: str, current: float, previous: float, change: float) -> Part:
    difference = current - previous
    return Part(key, current, previous, difference, difference / change if change else 0.0)


def _drivers(parts: list[Part]) -> tuple[Part, ...]:
    """The fewest parts, largest first, that explain the change; none where no few do."""
    along = [part for part in parts if part.share > 0]
    total = sum(abs(part.previous) for part in parts)
    carried = size = 0.0
    for count, part in enumerate(along[:FEW], start=1):
        carried += part.share
        size += abs(part.previous) / total if total else 0.0
        if carried >= EXPLAINED:
            return tuple(along[:count]) if carried - size >= SURPRISE else ()
    return ()


def _trailing(flags: Bools) -> int:
    """How many flags in a row are set at the end."""
    unset = np.flatnonzero(~flags)
    return int(flags.size - 1 - unset[-1]) if unset.size else int(flags.size)
