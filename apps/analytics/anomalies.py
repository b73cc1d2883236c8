"""Scores, one function a method, and vote() over them.

A score says how far a point is from what the method expected, larger is stranger, NaN where the
method has no opinion. What counts as far is a threshold; what counts as an anomaly is a vote.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from apps.analytics import members
from apps.analytics.series import (
    MAD_TO_SD,
    SEASONS,
    Bools,
    Floats,
    NotEnoughData,
    Times,
    as_series,
    filled,
    phase_medians,
    phases,
    robust_sd,
)

__all__ = [
    "THRESHOLDS",
    "VERSION",
    "Episode",
    "NotEnoughData",
    "Votes",
    "detect",
    "episodes",
    "hampel_scores",
    "isolation_forest_scores",
    "prophet_band_scores",
    "seasonal_residual_scores",
    "vote",
]

VERSION = "1"  # goes with every stored anomaly; raise it when the same input gives other flags

LEAST_VALUES = 12  # fewer have no usual behaviour
CYCLES = 9  # seasons around a point that say what is usual at its place in the season
TREES, SAMPLE = 100, 256  # the isolation forest of its paper
PROPHET_POINTS = 2000  # a fit on more takes seconds and says the same

SEASONAL, FOREST, PROPHET, HAMPEL = (
    "seasonal_residual",
    "isolation_forest",
    "prophet_band",
    "hampel",
)

# the score from which a method calls a point strange, in robust standard deviations of what it
# measures; one setting for all series
THRESHOLDS: dict[str, float] = {SEASONAL: 5.0, FOREST: 5.0, PROPHET: 4.5, HAMPEL: 5.0}


@dataclass(frozen=True)
class Votes:
    """What the methods say together about n points.

    flagged: bool[n]. by: for each point the methods that call it strange. score: float64[n] in
    [0, 1], at least 0.5 exactly where flagged, NaN where fewer methods than must agree have an
    opinion. expected, lo, hi: float64[n] in the unit of the series, NaN where unknown.
    """

    flagged: Bools
    by: list[tuple[str, ...]]
    score: Floats
    expected: Floats
    lo: Floats
    hi: Floats


@dataclass(frozen=True)
class Episode:
    """One thing that happened: rows start to end, both flagged, peak where it was strangest."""

    start: int
    end: int
    peak: int


def detect(t: Times, values: npt.ArrayLike, season: int, grain: str) -> Votes:
    """The ensemble of the product: seasonal residual, isolation forest and Prophet, two agreeing.

    t: datetime64[n] UTC, ascending. values: float64[n], any unit, NaN or infinite where missing.
    season: points a season, >= 1. grain: a key of series.SEASONS. It sees the whole series, so a
    flag may rest on later points. The range lo to hi is that of the seasonal residual.
    Raises NotEnoughData below 12 finite values; ValueError for lengths that differ.
    Time: about 0.5 s for 1,000 points, of it 0.3 s Prophet.
    """
    series = as_series(values)
    t = _times(t, len(series))
    expected, spread = _usual(series, season)
    scores = {
        SEASONAL: _distance(series - expected, spread),
        FOREST: isolation_forest_scores(series, season),
    }
    try:
        scores[PROPHET] = prophet_band_scores(t, series, grain, season)
    except members.FAILURES:
        scores[PROPHET] = np.full(len(series), np.nan)
    reach = THRESHOLDS[SEASONAL] * spread
    return replace(vote(scores), expected=expected, lo=expected - reach, hi=expected + reach)


def vote(
    scores: dict[str, Floats], thresholds: dict[str, float] | None = None, agree: int = 2
) -> Votes:
    """Which points at least `agree` methods call strange.

    scores: method -> float64[n], NaN where the method has no opinion, which counts as no vote.
    thresholds: method -> score from which it votes, > 0; THRESHOLDS for those not named.
    The joint score of a point is the `agree`-th largest of its methods' score / (score +
    threshold): 0.5 lies on the threshold, whatever the unit of the method.
    Raises ValueError for fewer methods than must agree, for lengths that differ, and for a method
    without a threshold. Time O(n * methods).
    Source: majority voting over calibrated scores, Aggarwal & Sathe, "Outlier ensembles", 2017.
    """
    limits = THRESHOLDS | (thresholds or {})
    if not 1 <= agree <= len(scores):
        raise ValueError(f"{agree} of {len(scores)} methods cannot agree")
    if unknown := scores.keys() - limits.keys():
        raise ValueError(f"no threshold for {', '.join(sorted(unknown))}")
    if min(limits.values()) <= 0:
        raise ValueError("a threshold must be above 0")
    raw = np.stack([np.asarray(s, dtype=np.float64) for s in scores.values()])
    limit = np.array([[limits[name]] for name in scores])
    with np.errstate(invalid="ignore"):
        calibrated = np.where(np.isposinf(raw), 1.0, raw / (raw + limit))
        votes = raw >= limit
    # NaN sorts last when ascending in the negative: opinions first, strongest first
    joint = -np.sort(-calibrated, axis=0)[agree - 1]
    names = list(scores)
    unknown_yet = np.full(raw.shape[1], np.nan)
    return Votes(
        flagged=votes.sum(axis=0) >= agree,
        by=[tuple(names[i] for i in np.flatnonzero(column)) for column in votes.T],
        score=joint,
        expected=unknown_yet,
        lo=unknown_yet,
        hi=unknown_yet,
    )


def episodes(votes: Votes, calm: int = 1) -> list[Episode]:
    """One alarm per episode: flags with fewer than `calm` calm points between them are one.

    calm: >= 1; 1 joins only neighbours. Returns them in time order. Time O(n).
    """
    if calm < 1:
        raise ValueError(f"calm must be at least 1, not {calm}")
    rows = np.flatnonzero(votes.flagged)
    if rows.size == 0:
        return []
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > calm) + 1)
    return [
        Episode(int(run[0]), int(run[-1]), int(run[np.argmax(votes.score[run])])) for run in runs
    ]


# -- methods -----------------------------------------------------------------------------------


def seasonal_residual_scores(values: npt.ArrayLike, season: int) -> Floats:
    """Distance from the usual level and season around each point, in robust standard deviations.

    values: float64[n], any unit, NaN where missing. season: points a season, >= 1.
    Returns float64[n], no unit, >= 0: NaN where values is NaN; 0 on, inf off a series that never
    varies otherwise. Raises NotEnoughData below 12 finite values. Time O(n log season).
    Source: running medians as in Tukey, "Exploratory data analysis", 1977, by season as in
    Cleveland et al., "STL", 1990; median absolute deviation as in Hampel 1974.
    """
    series = as_series(values)
    expected, spread = _usual(series, season)
    return _distance(series - expected, spread)


def isolation_forest_scores(values: npt.ArrayLike, season: int) -> Floats:
    """How easily each point is told apart by value, place in the season and step.

    values: float64[n], any unit, NaN where missing. season: points a season, >= 1.
    The forest sees three things of each point: its value, its distance from what is usual at its
    place in the season, and its step from the point before, less the usual step there.
    Returns float64[n]: the path-length score above its median in robust standard deviations,
    NaN where values is NaN, 0 everywhere on a constant series. The seed is fixed: the same input
    gives the same scores. Raises NotEnoughData below 12 finite values.
    Time O(n * trees), 0.15 s for 1,000 points; importing PyOD takes 4 s once.
    Source: Liu, Ting & Zhou, "Isolation forest", 2008, by the PyOD library.
    """
    series = as_series(values)
    _require(series)
    known = np.isfinite(series)
    scores = np.full(len(series), np.nan)
    features = _features(series, season)[known]
    if not np.ptp(features, axis=0).any():
        scores[known] = 0.0
        return scores
    from pyod.models.iforest import IForest

    forest = IForest(
        n_estimators=TREES, max_samples=min(SAMPLE, len(features)), random_state=0, n_jobs=1
    ).fit(features)
    raw = np.asarray(forest.decision_scores_, dtype=np.float64)
    scores[known] = _distance(np.maximum(raw - np.median(raw), 0.0), robust_sd(raw))
    return scores


def prophet_band_scores(
    t: Times, values: npt.ArrayLike, grain: str, season: int | None = None
) -> Floats:
    """Distance from Prophet's curve through the whole series, in robust standard deviations.

    t: datetime64[n] UTC. values: float64[n], any unit, NaN where missing. grain: a key of
    series.SEASONS. season: one to add to the grain's own. Fitted twice, the second time without
    what was far from the first curve; on 2,000 points drawn with a fixed seed where there are
    more. Returns float64[n], NaN where values is NaN. Raises NotEnoughData below 12 finite
    values, RuntimeError where the fit fails. Time: two fits, 0.1-0.4 s.
    Source: Taylor & Letham, "Forecasting at scale", 2018; the band from the residuals' own
    spread, as Prophet's is too narrow.
    """
    series = as_series(values)
    t = _times(t, len(series))
    _require(series)
    if np.nanmax(series) == np.nanmin(series):
        return np.where(np.isfinite(series), 0.0, np.nan)
    season = SEASONS[grain][0] if season is None else season
    used = np.flatnonzero(np.isfinite(series))
    if used.size > PROPHET_POINTS:
        used = np.sort(np.random.default_rng(0).choice(used, PROPHET_POINTS, replace=False))
    curve = members.prophet_mean(t[used], series[used], t, season, grain)
    off = _distance(series - curve, robust_sd(series - curve))
    kept = used[off[used] < THRESHOLDS[PROPHET]]
    if LEAST_VALUES <= kept.size < used.size:
        curve = members.prophet_mean(t[kept], series[kept], t, season, grain)
    return _distance(series - curve, robust_sd(series - curve))


def hampel_scores(values: npt.ArrayLike, half_window: int = 7) -> Floats:
    """Distance of each value from its local median, in robust standard deviations.

    values: float64[n], any unit, NaN where missing. half_window: points a side, >= 1.
    Returns float64[n], no unit: NaN where values is NaN, inf off a flat window.
    Raises ValueError unless values is one-dimensional. Time O(n * half_window).
    Source: Hampel, "The influence curve and its role in robust estimation", 1974.
    """
    series = as_series(values)
    if half_window < 1:
        raise ValueError(f"half_window must be at least 1, not {half_window}")
    scores = np.full(len(series), np.nan)
    known = np.flatnonzero(np.isfinite(series))
    if known.size == 0:
        return scores
    padded = np.pad(series, half_window, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * half_window + 1)[known]
    middle = np.nanmedian(around, axis=1)
    spread = MAD_TO_SD * np.nanmedian(np.abs(around - middle[:, None]), axis=1)
    scores[known] = _distance(series[known] - middle, spread)
    return scores


# -- what they share ---------------------------------------------------------------------------


def _require(series: Floats) -> None:
    known = int(np.isfinite(series).sum())
    if known < LEAST_VALUES:
        raise NotEnoughData(f"{known} values; anomalies need at least {LEAST_VALUES}")


def _times(t: Times, n: int) -> Times:
    times = np.asarray(t, dtype="datetime64[ms]")
    if times.shape != (n,) or np.isnat(times).any():
        raise ValueError("t must hold one time for each value")
    return times


def _distance(off: Floats, spread: float | Floats) -> Floats:
    """|off| in units of spread: 0 for no distance, inf for some where there is no spread."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(off == 0, 0.0, np.abs(off) / spread)


def _usual(series: Floats, season: int) -> tuple[Floats, Floats]:
    """The expected value at each point and the usual distance from it: two float64[n]."""
    from scipy.ndimage import median_filter

    _require(series)
    if season > len(series) // 3:
        season = 1  # less than three cycles show no season
    whole = filled(series, season)
    width = 2 * max(season, 7) + 1
    shape = _local_shape(whole - median_filter(whole, width, mode="nearest"), season)
    level = median_filter(whole - shape, width, mode="nearest")
    expected = level + shape
    off = np.where(np.isfinite(series), series - expected, np.nan)
    return expected, _spread(off, season)


def _spread(off: Floats, season: int) -> Floats:
    """Robust standard deviation of the residuals at each point's place in the season.

    Between once and twice that of the whole series, as few cycles say little about one place.
    """
    overall = robust_sd(off)
    if season < 2:
        return np.full(len(off), overall)
    place = MAD_TO_SD * phase_medians(np.abs(off), season)
    return np.clip(place, overall, 2 * overall)[phases(len(off), season)]


def _local_shape(off: Floats, season: int) -> Floats:
    """The usual distance from the level at each place in the season, which may change slowly."""
    from scipy.ndimage import median_filter

    if season < 2:
        return np.zeros(len(off))
    rows = -(-len(off) // season)
    table = np.full(rows * season, np.nan)
    table[: len(off)] = off
    medians = phase_medians(off, season)
    table = np.where(np.isnan(table), np.resize(medians, table.size), table)
    smooth = median_filter(table.reshape(rows, season), (CYCLES, 1), mode="nearest")
    return np.asarray(smooth.ravel()[: len(off)], dtype=np.float64)


def _features(series: Floats, season: int) -> Floats:
    """What the forest sees: float64[n, 3], each column in robust standard deviations."""
    whole = filled(series, season if season <= len(series) // 3 else 1)
    expected, _ = _usual(series, season)
    step = np.diff(whole, prepend=whole[0]) - np.diff(expected, prepend=expected[0])
    columns = [whole - np.median(whole), whole - expected, step]
    return np.stack([column / (robust_sd(column) or 1.0) for column in columns], axis=1)
