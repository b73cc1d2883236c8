"""What comes next, how sure, and how good that was so far.

A few members forecast the end of the series from its beginning, at several origins; the one
that came closest forecasts the future, and its misses give the band. Seasonal naive is the
member that all others must beat.
"""

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.analytics.members import (
    FAILURES,
    MEMBERS,
    NAIVE,
    PROPHET,
    Past,
    future_times,
    members_of,
)
from apps.analytics.series import (
    SEASONS,
    Floats,
    Ints,
    NotEnoughData,
    Times,
    as_series,
    filled,
    season_length,
)

__all__ = [
    "VERSION",
    "Forecast",
    "NotEnoughData",
    "Record",
    "forecast",
    "future_times",
    "season_length",
]

VERSION = "1"  # goes with every stored result; raise it when the same input gives other numbers

LEAST_VALUES = 8  # fewer say nothing about error
HISTORY = 1500  # points that members look back at, or six seasons if that is more
PROPHET_WINDOWS = 6  # back-test origins where every member takes part; a fit costs 50-200 ms
WINDOWS = 20  # origins for the band of a member that is cheap

MEDIAN = "median of methods"


@dataclass(frozen=True)
class Record:
    """How the method fared on the known end of the series.

    error, naive_error: of the method and of seasonal naive on the same windows, in `measure`:
    "WAPE" (sum of misses / sum of values, 0.062 is 6.2 %) or "MASE" (misses / usual change from
    season to season) where values are negative or sum to nothing. windows: back-test origins.
    coverage80: share of left-out values inside an 80 % band made without them, 0..1.
    """

    error: float
    naive_error: float
    measure: str
    windows: int
    coverage80: float


@dataclass(frozen=True)
class Forecast:
    """float64[h] each, in the unit of the series: lo95 <= lo80 <= mean <= hi80 <= hi95."""

    mean: Floats
    lo80: Floats
    hi80: Floats
    lo95: Floats
    hi95: Floats
    method: str
    version: str
    record: Record


def forecast(
    values: npt.ArrayLike,
    season: int,
    horizon: int,
    *,
    t: Times | None = None,
    grain: str = "day",
    nonnegative: bool | None = None,
) -> Forecast:
    """The next `horizon` values with 80 and 95 % bands, by the method with the best record.

    values: float64[n], any unit, evenly spaced by `grain`; NaN or infinite where missing.
    season: points a season, >= 1 (see season_length); taken as 1 below two seasons and a bit.
    t: datetime64[n], the start of each bucket; dates are made up without it, which costs Prophet
    the true weekdays and month lengths. nonnegative: keep the band at or above 0; by default
    where no value is below 0.
    A constant series goes on as it is, with a band of no width. "seasonal naive" is the method
    if nothing had a smaller error than that.
    Raises NotEnoughData below 8 finite values, or where fewer than two windows have a value to
    test on; ValueError for a season, horizon, grain or t that makes no sense.
    Time: about 0.5 s for 365 daily values, most of it Prophet's seven fits; importing Prophet
    takes 3 s once. History beyond 1,500 points or six seasons is not looked at.
    Sources: Hyndman & Athanasopoulos, "Forecasting", ch. 5.10 (rolling origin); Assimakopoulos &
    Nikolopoulos 2000 (theta); Gardner & McKenzie 1985 (damped trend); Taylor & Letham 2018
    (Prophet); Vovk et al. 2005 (conformal bands).
    """
    past, scale = _past(values, season, horizon, t, grain)
    if nonnegative is None:
        nonnegative = not bool(np.nanmin(past.values) < 0)
    test, mean = _tested(past, horizon)
    misses = test.misses()
    floor = 0.0 if nonnegative else -np.inf
    mean = np.maximum(mean, floor)
    half80 = _half_width(misses, test.apart, horizon, 0.80)
    half95 = np.maximum(half80, _half_width(misses, test.apart, horizon, 0.95))
    return Forecast(
        mean * scale,
        np.maximum(mean - half80, floor) * scale,
        (mean + half80) * scale,
        np.maximum(mean - half95, floor) * scale,
        (mean + half95) * scale,
        test.method,
        VERSION,
        _record(past, test),
    )


def _past(
    values: npt.ArrayLike, season: int, horizon: int, t: Times | None, grain: str
) -> tuple[Past, float]:
    """The series checked, trimmed and in units of its largest value, and that value."""
    series = as_series(values)
    if season < 1 or horizon < 1:
        raise ValueError(f"season {season} and horizon {horizon} must be at least 1")
    if grain not in SEASONS:
        raise ValueError(f"unknown grain {grain!r}; known: {', '.join(SEASONS)}")
    if t is None:
        # a Monday and a first of the month, so that a made-up calendar has whole weeks and years
        t = future_times(np.datetime64("2001-01-01T00:00:00"), grain, len(series))
    t = np.asarray(t, dtype="datetime64[s]")
    if t.shape != series.shape or np.isnat(t).any():
        raise ValueError("t must hold one time for each value")
    known = np.flatnonzero(np.isfinite(series))
    if len(known) < LEAST_VALUES:
        raise NotEnoughData(f"{len(known)} values; a forecast needs at least {LEAST_VALUES}")
    start = max(int(known[0]), len(series) - max(HISTORY, 6 * season))
    series, t = series[start:], t[start:]
    if np.isfinite(series).sum() < LEAST_VALUES:
        raise NotEnoughData("the recent part of the series is nearly empty")
    if len(series) < 2 * season + 4:
        season = 1
    scale = float(np.nanmax(np.abs(series))) or 1.0  # so that no square overflows
    series = series / scale
    return Past(t, series, filled(series, season), season, grain), scale


# -- back-test ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Test:
    """A method and what it would have said: float64[windows, steps], NaN in actual if missing."""

    method: str
    members: list[str]  # that the method needs
    actual: Floats
    guess: Floats
    naive: Floats
    apart: float  # how many windows there would be if none overlapped, >= 1

    def misses(self) -> Floats:
        return self.actual - self.guess


def _tested(past: Past, horizon: int) -> tuple[_Test, Floats]:
    """The method to use, with its test, and what it says: float64[horizon]."""
    members = members_of(past)
    test = _test(members, past, horizon)
    try:
        return test, _predict(test, past, horizon)
    except FAILURES as error:  # only Prophet's last fit can fail when all its tests went well
        logging.getLogger(__name__).warning("%s left out: %s", PROPHET, error)
    test = _test([m for m in members if m != PROPHET], past, horizon)
    return test, _predict(test, past, horizon)


def _predict(test: _Test, past: Past, horizon: int) -> Floats:
    said = np.stack([MEMBERS[name](past, horizon) for name in test.members])
    if not np.isfinite(said).all():
        raise ValueError("not a finite forecast")
    return np.asarray(np.median(said, axis=0), dtype=np.float64)


def _test(members: list[str], past: Past, horizon: int) -> _Test:
    """The method to use, tested at as many origins as its cost allows.

    All members compete at a few origins; the winner is tested again at more if it is cheap, and
    must still beat seasonal naive there.
    """
    origins, reach = _windows(past, horizon, PROPHET_WINDOWS)
    guesses = _backtest(members, past, origins, reach)
    actual = _actual(past, origins, reach)
    method = _best(guesses, actual)
    if not (PROPHET in guesses and method in (PROPHET, MEDIAN)):
        names = [m for m in guesses if m == NAIVE or (method in (m, MEDIAN) and m != MEDIAN)]
        origins, reach = _windows(past, horizon, WINDOWS)
        more = _backtest(names, past, origins, reach)
        if method in more:
            guesses, actual = more, _actual(past, origins, reach)
            method = _best({name: more[name] for name in (NAIVE, method)}, actual)
    apart = 1 + float(origins[0] - origins[-1]) / reach
    used = [name for name in guesses if name != MEDIAN] if method == MEDIAN else [method]
    return _Test(method, used, actual, guesses[method], guesses[NAIVE], apart)


def _windows(past: Past, horizon: int, most: int) -> tuple[Ints, int]:
    """Origins of the back-test, latest first, and how many steps each looks ahead.

    At least two seasons lie before each origin. Steps: the horizon where the series is long
    enough, else a quarter of it.
    """
    n = len(past.values)
    least = max(2 * past.season, 4)
    reach = max(1, min(horizon, n // 4, (n - least) // 2))
    room = n - reach - least
    stride = max(1, min(reach, room // max(1, most - 1)))
    origins = n - reach - stride * np.arange(min(most, room // stride + 1))
    seen = [bool(np.isfinite(past.values[:o]).any()) for o in origins]
    tested = [bool(np.isfinite(past.values[o : o + reach]).any()) for o in origins]
    origins = origins[np.logical_and(seen, tested)]
    if origins.size < 2:
        raise NotEnoughData("too few recent values to test a forecast on")
    return origins.astype(np.int64), reach


def _actual(past: Past, origins: Ints, reach: int) -> Floats:
    """What really came: float64[windows, reach], NaN where missing."""
    return np.stack([past.values[o : o + reach] for o in origins])


def _backtest(names: list[str], past: Past, origins: Ints, reach: int) -> dict[str, Floats]:
    """What each member would have said: name -> float64[windows, reach].

    A member that fails at one origin is left out; seasonal naive cannot fail.
    """
    guesses: dict[str, Floats] = {}
    for name in names:
        try:
            guess = np.stack([MEMBERS[name](past.until(int(o)), reach) for o in origins])
        except FAILURES as error:
            logging.getLogger(__name__).warning("%s left out: %s", name, error)
            continue
        if np.isfinite(guess).all():
            guesses[name] = guess
    if len(guesses) > 2:
        guesses[MEDIAN] = np.median(np.stack(list(guesses.values())), axis=0)
    return guesses


def _best(guesses: dict[str, Floats], actual: Floats) -> str:
    """The method to use: seasonal naive unless another one missed by less.

    The median wins when it is within 10 % of the best: on a few windows one member looks better
    than it is, a median does not.
    """
    errors = {name: _mean_miss(actual, guess) for name, guess in guesses.items()}
    best = min(errors, key=lambda name: errors[name])
    if MEDIAN in errors and errors[MEDIAN] <= 1.1 * errors[best]:
        best = MEDIAN
    return best if errors[best] < errors[NAIVE] else NAIVE


def _mean_miss(actual: Floats, guess: Floats) -> float:
    return float(np.nanmean(np.abs(actual - guess)))


def _record(past: Past, test: _Test) -> Record:
    """Error in a measure that fits the data, and whether the band would have held."""
    size = float(np.nanmean(np.abs(test.actual)))
    measure = "WAPE" if size > 0 and not np.nanmin(past.values) < 0 else "MASE"
    if measure == "MASE":
        size = float(np.mean(np.abs(past.whole[past.season :] - past.whole[: -past.season])))
    scale = size if size > 0 else 1.0
    return Record(
        error=_mean_miss(test.actual, test.guess) / scale,
        naive_error=_mean_miss(test.actual, test.naive) / scale,
        measure=measure,
        windows=len(test.actual),
        coverage80=_coverage(test.misses(), test.apart, 0.80),
    )


# -- band --------------------------------------------------------------------------------------


def _half_width(misses: Floats, apart: float, horizon: int, level: float) -> Floats:
    """Half the width of a band that holds `level` of the values: float64[horizon].

    Misses of all windows are pooled after division by the usual miss of their step, which
    never shrinks with the step; so a few windows fill the distribution. The misses
    of one window hang together, so the quantile is widened as Student's is for so many values as
    there are windows apart.
    """
    from scipy.stats import norm
    from scipy.stats import t as student

    usual = _usual_miss(misses, horizon)
    steps = usual[: misses.shape[1]]
    scaled = (np.abs(misses) / np.where(steps > 0, steps, 1.0))[np.isfinite(misses)]
    tail = 0.5 + level / 2
    few = float(student.ppf(tail, apart) / norm.ppf(tail))
    count = scaled.size
    return usual * few * float(np.quantile(scaled, min(1.0, level * (1 + 1 / count))))


def _usual_miss(misses: Floats, horizon: int) -> Floats:
    """Mean absolute miss per step, made to grow: float64[horizon].

    Beyond the steps that were tested it grows with the root of the step, as a random walk does.
    """
    weight = np.isfinite(misses).sum(axis=0).astype(np.float64)
    total = np.nansum(np.abs(misses), axis=0)
    blocks: list[list[float]] = []  # [sum, weight, steps]: pool adjacent violators
    for s, w in zip(total, weight, strict=True):
        blocks.append([float(s), float(w), 1])
        while len(blocks) > 1 and _mean(blocks[-2]) >= _mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    grown = np.repeat([_mean(b) for b in blocks], [int(b[2]) for b in blocks])
    beyond = np.arange(len(grown) + 1, horizon + 1)
    return np.concatenate([grown, grown[-1] * np.sqrt(beyond / len(grown))])[:horizon]


def _mean(block: list[float]) -> float:
    return block[0] / block[1] if block[1] else 0.0


def _coverage(misses: Floats, apart: float, level: float) -> float:
    """Share of the misses of each window inside the band made from the other windows, 0..1."""
    inside: list[Floats] = []
    for i in range(len(misses)):
        half = _half_width(np.delete(misses, i, axis=0), apart, misses.shape[1], level)
        known = np.isfinite(misses[i])
        inside.append((np.abs(misses[i]) <= half * (1 + 1e-12))[known].astype(np.float64))
    return float(np.concatenate(inside).mean())
