"""Fewer points, same picture."""

import numpy as np
import numpy.typing as npt

from apps.analytics.series import Ints, as_series

LEAST_POINTS = 4  # below this no line is left to draw


def minmax_lttb(t: npt.NDArray[np.int64], v: npt.ArrayLike, points: int) -> Ints:
    """Which rows to draw so that a line of at most `points` points looks like the whole line.

    t: int64[n], milliseconds, ascending (equal neighbours allowed). v: float64[n], any unit, NaN
    or infinite where missing. points: how many rows may be kept, >= 4.
    Returns int64[k] row numbers, ascending, k <= points; all rows where n <= points. A gap stays
    one: a row without a value is kept from each, or from the longest `points // 4` of them.
    Raises ValueError for lengths that differ, fewer than 4 points, or t that goes back.
    Time O(n).
    Source: Van Der Donckt et al., "MinMaxLTTB", 2023, by the tsdownsample library.
    """
    t = np.asarray(t, dtype=np.int64)
    values = as_series(v)
    if t.shape != values.shape:
        raise ValueError(f"{t.size} times do not fit {values.size} values")
    if points < LEAST_POINTS:
        raise ValueError(f"a line needs at least {LEAST_POINTS} points, not {points}")
    if np.any(t[1:] < t[:-1]):
        raise ValueError("times must ascend")
    if len(values) <= points:
        return np.arange(len(values), dtype=np.int64)
    gaps = _longest_gaps(np.isnan(values), points // 4)
    known = np.flatnonzero(np.isfinite(values))
    kept = known[_downsample(t[known], values[known], points - len(gaps))]
    return np.union1d(kept, gaps).astype(np.int64)


def _longest_gaps(missing: npt.NDArray[np.bool_], most: int) -> Ints:
    """The first row of each run of missing rows; of the longest ones if there are too many."""
    edges = np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    longest_first = np.argsort(starts - ends, kind="stable")
    return np.asarray(starts[longest_first[:most]], dtype=np.int64)


def _downsample(t: Ints, values: npt.NDArray[np.float64], points: int) -> Ints:
    """minmax_lttb for a line without gaps."""
    if len(values) <= points:
        return np.arange(len(values), dtype=np.int64)
    from tsdownsample import MinMaxLTTBDownsampler

    kept = MinMaxLTTBDownsampler().downsample(  # type: ignore[no-untyped-call]
        np.ascontiguousarray(t), np.ascontiguousarray(values), n_out=points
    )
    return np.asarray(kept, dtype=np.int64)
