"""Members of the forecast's portfolio, each (what was known, steps ahead) -> float64[steps].

Prophet stays behind this file.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.analytics.series import (
    SEASONS,
    Floats,
    Times,
    detrended,
    filled,
    is_seasonal,
    phases,
)

PROPHET_GRAINS = ("minute", "5minute", "15minute", "hour", "day", "month")
PROPHET_VALUES = 24  # fewer are too few for its 25 change points to mean anything

FAILURES = (RuntimeError, ValueError, np.linalg.LinAlgError)  # what a fit may end in

SECONDS = {
    "second": 1,
    "minute": 60,
    "5minute": 300,
    "15minute": 900,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
}

NAIVE, THETA, DAMPED, PROPHET = "seasonal naive", "theta", "damped trend", "Prophet"


@dataclass(frozen=True)
class Past:
    """The known part of a series, up to some origin. values: with NaN; whole: gaps closed."""

    t: Times
    values: Floats
    whole: Floats
    season: int
    grain: str

    def until(self, origin: int) -> "Past":
        """What was known at that origin."""
        return Past(
            self.t[:origin],
            self.values[:origin],
            filled(self.values[:origin], self.season),
            self.season,
            self.grain,
        )


def future_times(last: np.datetime64, grain: str, horizon: int) -> Times:
    """The starts of the next buckets after `last`: datetime64[horizon], calendar-true."""
    ahead = np.arange(1, horizon + 1)
    months = {"month": 1, "quarter": 3, "year": 12}.get(grain)
    if months:
        month = last.astype("datetime64[M]")
        within = last.astype("datetime64[s]") - month.astype("datetime64[s]")
        return np.asarray((month + months * ahead).astype("datetime64[s]") + within)
    return np.asarray(last.astype("datetime64[s]") + SECONDS[grain] * ahead)


def members_of(past: Past) -> list[str]:
    """Who takes part. Prophet knows calendars, so it needs a grain that has one, and some data."""
    constant = bool(np.ptp(past.whole) == 0)
    wants_prophet = past.grain in PROPHET_GRAINS and len(past.values) >= PROPHET_VALUES
    members = [NAIVE] if constant else [NAIVE, THETA, DAMPED]
    return [*members, PROPHET] if wants_prophet and not constant else members


def _seasonal_naive(past: Past, horizon: int) -> Floats:
    """The last season again."""
    return np.resize(past.whole[-past.season :], horizon)


def _theta(past: Past, horizon: int) -> Floats:
    """Half the straight line, half exponential smoothing, on the deseasonalised series."""
    flat, shape, times = _deseasonalised(past, horizon)
    n = len(flat)
    slope = float(np.polyfit(np.arange(n), flat, 1)[0])
    alphas = np.linspace(0.05, 0.99, 20)
    level, _, sse = _smooth(flat, alphas, np.zeros_like(alphas), np.zeros_like(alphas))
    best = int(np.argmin(sse))
    alpha = alphas[best]
    drift = slope / 2 * (np.arange(horizon) + (1 - (1 - alpha) ** n) / alpha)
    line = level[best] + drift
    return np.asarray(line * shape if times else line + shape)


def _damped(past: Past, horizon: int) -> Floats:
    """A trend that fades, by exponential smoothing of the deseasonalised series."""
    flat, shape, times = _deseasonalised(past, horizon)
    grid = np.meshgrid([0.05, 0.15, 0.3, 0.5, 0.7, 0.9], [0.0, 0.05, 0.15, 0.3], [0.8, 0.9, 0.97])
    alpha, beta, phi = (axis.ravel().astype(np.float64) for axis in grid)
    level, trend, sse = _smooth(flat, alpha, beta, phi)
    best = int(np.argmin(sse))
    fade = np.cumsum(phi[best] ** np.arange(1, horizon + 1))
    line = level[best] + trend[best] * fade
    return np.asarray(line * shape if times else line + shape)


def _smooth(x: Floats, alpha: Floats, beta: Floats, phi: Floats) -> tuple[Floats, Floats, Floats]:
    """Holt's smoothing for many parameters side by side: last level, last trend, squared error."""
    level = np.full_like(alpha, x[: min(4, len(x))].mean())
    trend = np.zeros_like(alpha)
    sse = np.zeros_like(alpha)
    for value in x:
        ahead = level + phi * trend
        miss = value - ahead
        sse += miss * miss
        level = ahead + alpha * miss
        trend = phi * trend + alpha * beta * miss
    return level, trend, sse


def _deseasonalised(past: Past, horizon: int) -> tuple[Floats, Floats, bool]:
    """The series without its season, the season of the next steps, and whether it multiplies."""
    x, season = past.whole, past.season
    if not is_seasonal(detrended(x), season):
        return x, np.zeros(horizon), False
    times = bool(x.min() > 0.05 * x.mean() > 0)
    level = _moving_mean(x, season)
    off = x / level if times else x - level
    phase = phases(len(x) + horizon, season)
    index = np.array([np.nanmean(off[phase[: len(x)] == j]) for j in range(season)])
    index = index / index.mean() if times else index - index.mean()
    flat = x / index[phase[: len(x)]] if times else x - index[phase[: len(x)]]
    return flat, index[phase[len(x) :]], times


def _moving_mean(x: Floats, season: int) -> Floats:
    """Centred mean over one season, NaN at both ends where none fits."""
    kernel = np.ones(season) / season
    if season % 2 == 0:
        kernel = np.concatenate([[0.5], np.ones(season - 1), [0.5]]) / season
    half = len(kernel) // 2
    level = np.full_like(x, np.nan)
    level[half : len(x) - half] = np.convolve(x, kernel, "valid")
    return level


def _prophet(past: Past, horizon: int) -> Floats:
    ahead = future_times(past.t[-1], past.grain, horizon)
    return prophet_mean(past.t, past.values, ahead, past.season, past.grain)


def prophet_mean(t: Times, values: Floats, at: Times, season: int, grain: str) -> Floats:
    """Prophet's expectation at given times: float64[len(at)], in the unit of values.

    t: datetime64[n] UTC. values: float64[n], NaN where missing, at least two finite, else
    ValueError. season, grain: a season that is not one of the grain's own is added to Prophet's.
    Raises RuntimeError where the fit fails. Time: 50-200 ms for 1,000 values, no bands drawn.
    Source: Taylor & Letham, "Forecasting at scale", 2018.
    """
    import pandas as pd

    model = _new_prophet()
    if season > 1 and season not in SEASONS[grain]:
        first, second = future_times(np.datetime64("2001-01-01T00:00:00"), grain, 2)
        days = float((second - first) / np.timedelta64(1, "D"))
        order = max(1, min(5, season // 2))
        model.add_seasonality(name="season", period=season * days, fourier_order=order)
    history = pd.DataFrame({"ds": t.astype("datetime64[ns]"), "y": values})
    # L-BFGS at a bounded number of steps: Newton, the default for short series and the fallback
    # for hard ones, can take ten seconds
    model.stan_backend.set_options(newton_fallback=False)
    model.fit(history, seed=1, algorithm="LBFGS", iter=1000)
    ahead = model.predict(pd.DataFrame({"ds": at.astype("datetime64[ns]")}))
    return np.asarray(ahead["yhat"], dtype=np.float64)


def _new_prophet() -> Any:
    """A model without sampled bands (ours come from the back-test) and without chatter."""
    logging.getLogger("prophet.plot").disabled = True  # it misses plotly, we do not
    from prophet import Prophet

    logging.getLogger("prophet").setLevel(logging.WARNING)
    logging.getLogger("cmdstanpy").disabled = True  # two lines a fit; a failed fit raises
    return Prophet(uncertainty_samples=0)


MEMBERS: dict[str, Callable[[Past, int], Floats]] = {
    NAIVE: _seasonal_naive,
    THETA: _theta,
    DAMPED: _damped,
    PROPHET: _prophet,
}
