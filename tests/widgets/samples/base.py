"""The first eight kinds."""

import math
import random
from typing import Any

from tests.widgets.samples.parts import (
    DAY_MS,
    HOUR,
    MARGIN,
    ORDERS,
    REGION,
    REVENUE,
    SEGMENT,
    START_MS,
    TIME,
    WEEKDAY,
    Samples,
    card,
    frame,
)


def _line() -> dict[str, Any]:
    noise = random.Random(4)
    times = [START_MS + day * DAY_MS for day in range(60)]
    values = [50_000 + 9_000 * math.sin(day / 3) + noise.gauss(0, 900) for day in range(60)]
    values[20] = None  # type: ignore[call-overload]
    span = {"from": times[0], "to": times[-1] + DAY_MS}
    before = {"from": times[0] - 60 * DAY_MS, "to": times[0]}
    ahead = [times[-1] + day * DAY_MS for day in range(1, 11)]
    forecast = {
        "t": ahead,
        "mean": [50_000.0 + 100 * day for day in range(10)],
        "lo80": [48_000.0 - 300 * day for day in range(10)],
        "hi80": [52_000.0 + 500 * day for day in range(10)],
    }
    anomalies = {"t": [times[40]], "v": [values[40]], "by": [["season", "forest"]]}
    previous = frame(
        [TIME, REVENUE],
        [t - 60 * DAY_MS for t in times],
        [47_000 + 8_000 * math.sin(day / 3) for day in range(60)],
        window=before,
        grain="day",
    )
    main = frame([TIME, REVENUE], times, values, window=span, grain="day")
    return card(main, previous=previous, overlays={"forecast": forecast, "anomalies": anomalies})


def _splits() -> dict[str, Any]:
    rows = [
        (START_MS + hour * 3_600_000, region, 100 + 30 * at + 20 * math.sin(hour / 5 + at))
        for hour in range(48)
        for at, region in enumerate(["West", "East", "Central", "South"])
    ]
    return card(frame([TIME, REGION, ORDERS], *map(list, zip(*rows, strict=True)), grain="hour"))


def _bars() -> dict[str, Any]:
    names = ["Consumer electronics", "Office supplies", "Furniture", "Storage", "Other (14)"]
    return card(
        frame([REGION, REVENUE], names, [412e3, 356e3, 298e3, 187e3, 143e3]),
        previous=frame([REGION, REVENUE], names, [393e3, 365e3, 297e3, 179e3, 161e3]),
    )


def _heat() -> dict[str, Any]:
    pairs = [(day, hour) for day in range(7) for hour in range(24)]
    values = [
        round(500 * math.exp(-(((hour - 13) / 5) ** 2)) * (1 + day % 3)) for day, hour in pairs
    ]
    days, hours = map(list, zip(*pairs, strict=True))
    return card(frame([WEEKDAY, HOUR, ORDERS], days, hours, values))


def _scatter() -> dict[str, Any]:
    noise = random.Random(7)
    names = [f"Product {at}" for at in range(50)]
    revenue = [1000 * noise.random() for _ in names]
    margin = [value / 4000 + noise.gauss(0, 0.02) for value in revenue]
    segments = [["Consumer", "Corporate"][at % 2] for at in range(50)]
    sizes = [noise.randint(1, 90) for _ in names]
    columns = [REGION, SEGMENT, REVENUE, MARGIN, ORDERS]
    return card(frame(columns, names, segments, revenue, margin, sizes))


def _table() -> dict[str, Any]:
    rows = [[f"Product {at}" for at in range(40)], [at * 1234.5 for at in range(40)]]
    return card(frame([REGION, REVENUE], *rows))


INSIGHTS = [
    {"text": "Revenue rose 8.4 % to € 5.42m.", "checked": 2, "of": 2},
    {"text": "31 October was unusually low. No driver explains it.", "checked": 1, "of": 1},
]

SAMPLES: Samples = {
    "line": ("line", _line(), {}, (720, 236)),
    "splits": ("line", _splits(), {}, (520, 220)),
    "stacked": ("line", _splits(), {"stacked": True}, (520, 220)),
    "bar": ("bar", _bars(), {}, (480, 180)),
    "columns": ("bar", _splits(), {"stacked": True}, (520, 220)),
    "pie": ("pie", _bars(), {}, (420, 200)),
    "heatmap": ("heatmap", _heat(), {}, (680, 220)),
    "scatter": ("scatter", _scatter(), {}, (480, 260)),
    "big_number": (
        "big_number",
        card(
            frame([REVENUE], [5_421_000]),
            previous=frame([REVENUE], [5_000_900]),
            trend=_line()["frames"]["main"],
        ),
        {},
        (300, 110),
    ),
    "table": ("table", _table(), {}, (520, 200)),
    "insight": ("insight", {"frames": {}, "overlays": {"insights": INSIGHTS}}, {}, (340, 220)),
}
