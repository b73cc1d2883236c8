"""Series with a known answer, shared by the tests of apps/analytics."""

import numpy as np
from numpy.typing import NDArray


def weekly(
    n: int = 280, noise: float = 2.0, slope: float = 0.0, seed: int = 0
) -> NDArray[np.float64]:
    """Daily values around 100 with a week's shape: quiet week-ends."""
    random = np.random.default_rng(seed)
    shape = np.array([4.0, 8.0, 10.0, 6.0, 2.0, -14.0, -16.0])
    at = np.arange(n)
    return 100 + shape[at % 7] + slope * at + random.normal(0, noise, n)


def days(n: int) -> NDArray[np.datetime64]:
    """n days from Monday, 7 January 2013."""
    return np.datetime64("2013-01-07", "s") + np.arange(n) * np.timedelta64(86400, "s")
