"""What every method does to a series first: check it, mark what is missing, measure its spread."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

# grain -> lengths of the seasons that people's data have at that grain, shortest first;
# the first one is also the guess when a series is too short to tell.
SEASONS: dict[str, tuple[int, ...]] = {
    "second": (60,),
    "minute": (60, 1440),
    "5minute": (12, 288),
    "15minute": (4, 96),
    "hour": (24, 168),
    "day": (7,),
    "week": (52,),
    "month": (12,),
    "quarter": (4,),
    "year": (1,),
}

MAD_TO_SD = 1.4826  # median absolute deviation -> standard deviation of a normal variable
MEAN_TO_SD = 1.2533  # mean absolute deviation -> the same


class NotEnoughData(ValueError):
    """The series is too short, or too empty, for an honest answer."""


def as_series(values: npt.ArrayLike) -> Floats:
    """A copy as float64[n], with NaN for whatever is not a finite number.

    Raises ValueError unless values is one-dimensional.
    """
    series = np.array(values, dtype=np.float64)
    if series.ndim != 1:
        raise ValueError(f"a series has one dimension, not {series.ndim}")
    series[~np.isfinite(series)] = np.nan
    return series


def phases(n: int, season: int) -> Ints:
    """The position in its season of each of n points: int64[n] in [0, season)."""
    if season < 1:
        raise ValueError(f"a season has at least one point, not {season}")
    return np.arange(n, dtype=np.int64) % season


def phase_medians(values: Floats, season: int) -> Floats:
    """The median at each position of the season: float64[season], 0 where nothing is known."""
    n = len(values)
    rows = -(-n // season)
    table = np.full(rows * season, np.nan)
    table[:n] = values
    cycles = table.reshape(rows, season)
    medians = np.zeros(season)
    known = np.isfinite(cycles).any(axis=0)
    medians[known] = np.nanmedian(cycles[:, known], axis=0)
    return medians


def filled(values: Floats, season: int = 1) -> Floats:
    """The series with its gaps closed: a straight line, plus the usual shape of the season.

    values: float64[n] with NaN where missing; at least one finite value, else NotEnoughData.
    """
    known = np.isfinite(values)
    if not known.any():
        raise NotEnoughData("the series has no value at all")
    if known.all():
        return values.copy()
    at = np.arange(len(values))
    shape = phase_medians(values, season)[phases(len(values), season)]
    line = np.interp(at, at[known], (values - shape)[known])
    return np.where(known, values, line + shape)


def robust_sd(values: Floats) -> float:
    """Standard deviation that outliers do not move, in the unit of values; 0 if all are equal.

    From the median absolute deviation; from the mean one where more than half are equal.
    Raises nothing: 0 for no finite value.
    """
    known = values[np.isfinite(values)]
    if known.size == 0:
        return 0.0
    off = np.abs(known - np.median(known))
    spread = MAD_TO_SD * float(np.median(off)) or MEAN_TO_SD * float(off.mean())
    # what is left by rounding alone is no spread
    return spread if spread > 1e-9 * float(np.abs(known).max()) else 0.0


def autocorrelation(values: Floats, lag: int) -> float:
    """Correlation of a gapless series with itself lag points earlier, in [-1, 1]; 0 if constant."""
    centred: Any = values - values.mean()
    power = float(centred @ centred)
    if lag >= len(values) or power <= 0:
        return 0.0
    return float(centred[lag:] @ centred[:-lag]) / power


def detrended(values: Floats) -> Floats:
    """A gapless series without its straight line."""
    n = len(values)
    if n < 3:
        return np.asarray(values - values.mean(), dtype=np.float64)
    at = np.arange(n) - (n - 1) / 2
    slope = float(at @ values) / float(at @ at)
    return np.asarray(values - values.mean() - slope * at, dtype=np.float64)


def season_length(values: npt.ArrayLike, grain: str) -> int:
    """How many points make a season; 1 where the series shows none.

    values: float64[n], any unit, NaN where missing. grain: a key of SEASONS.
    Below two seasons nothing can be tested: the grain's usual season is returned unless the
    series is shorter than it. A longer season wins only if it explains clearly more.
    Raises ValueError for an unknown grain. Time O(n).
    Source: the autocorrelation test of the M4 competition, 90 % level, on the detrended series.
    """
    if grain not in SEASONS:
        raise ValueError(f"unknown grain {grain!r}; known: {', '.join(SEASONS)}")
    series = as_series(values)
    usual = SEASONS[grain][0]
    if np.isfinite(series).sum() < 2 * usual + 1:
        return usual if len(series) >= usual else 1
    flat = detrended(filled(series))
    best, best_r = 1, 0.0
    for season in SEASONS[grain]:
        if season > 1 and len(flat) >= 2 * season + 1 and is_seasonal(flat, season):
            r = autocorrelation(flat, season) * len(flat) / (len(flat) - season)
            if best == 1 or r > best_r + 0.05:
                best, best_r = season, r
    return best


def is_seasonal(values: Floats, season: int) -> bool:
    """Whether a gapless, detrended series repeats itself after season points (90 % level)."""
    n = len(values)
    if season < 2 or n <= 2 * season:
        return False
    # a bound on the variance of the autocorrelation of a series with a short memory (Bartlett)
    lags = [autocorrelation(values, k) for k in range(1, min(season, 8))]
    limit = 1.645 * np.sqrt((1 + 2 * float(np.sum(np.square(lags)))) / n)
    return bool(autocorrelation(values, season) > limit)
