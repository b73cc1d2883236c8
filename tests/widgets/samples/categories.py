"""Figures, categories, parts and flows."""

import math
import random
from typing import Any

from tests.widgets.samples.parts import (
    DAY_MS,
    MARGIN,
    ORDERS,
    REGION,
    REVENUE,
    SEGMENT,
    START_MS,
    TIME,
    Samples,
    card,
    column,
    frame,
)

NAMES = ["Consumer electronics", "Office supplies", "Furniture", "Storage", "Paper", "Art"]
SEGMENTS = ["Consumer", "Corporate", "Home office"]
PROFIT = column("profit", "measure", unit="€", format="currency", good="up")


def _pairs() -> dict[str, Any]:
    rows = [
        (name, segment, 90_000 / (at + 1) * (0.4 + 0.25 * to) * (-0.3 if (at, to) == (4, 1) else 1))
        for at, name in enumerate(NAMES)
        for to, segment in enumerate(SEGMENTS)
    ]
    return card(frame([REGION, SEGMENT, REVENUE], *map(list, zip(*rows, strict=True))))


def _profit() -> dict[str, Any]:
    return card(
        frame([REGION, PROFIT], [*NAMES, "Other"], [41_000, 28_500, -17_800, 9_100, 4_050, -900, 7])
    )


def _skewed() -> dict[str, Any]:
    names = [f"Customer {at}" for at in range(1, 9)]
    return card(frame([REGION, ORDERS], names, [12 * 7**at for at in range(8)][::-1]))


def _cloud() -> dict[str, Any]:
    noise = random.Random(11)
    names = [f"Product {at}" for at in range(90)]
    sold = [10 ** (1 + 3 * noise.random()) for _ in names]
    revenue = [12 * each**0.9 * 10 ** noise.gauss(0, 0.15) for each in sold]
    regions = [SEGMENTS[at % 3] for at in range(90)]
    weights = [noise.randint(1, 40) for _ in names]
    columns = [REGION, SEGMENT, ORDERS, REVENUE, column("stores", "measure", format="integer")]
    return card(frame(columns, names, regions, sold, revenue, weights))


def _figure() -> dict[str, Any]:
    times = [START_MS + day * DAY_MS for day in range(40)]
    course = [150_000 + 20_000 * math.sin(day / 4) + 1500 * day for day in range(40)]
    trend = frame([TIME, REVENUE], times, course, grain="day")
    return card(frame([REVENUE], [5_421_000]), previous=frame([REVENUE], [5_000_900]), trend=trend)


def _goals() -> dict[str, Any]:
    goal = column("goal", "measure", unit="€", format="currency")
    values = [41_000, 28_500, -7_800, 19_100, 4_050, None]
    goals = [38_000, 30_000, 12_000, 18_000, None, 6_000]
    return card(frame([REGION, PROFIT, goal], NAMES, values, goals))


def _steps() -> dict[str, Any]:
    names = ["Visited", "Looked at a product", "In the basket", "Address given", "Paid"]
    return card(frame([REGION, ORDERS], names, [48_210, 31_090, 9_840, 7_020, 6_155]))


def _changes() -> dict[str, Any]:
    before = column("revenue__before", "comparison", unit="€", format="currency")
    now = [41_000, 28_500, 17_800, 9_100, None, 12_000]
    then = [30_000, 33_500, 16_000, 9_900, 4_050, None]
    main = frame([REGION, {**REVENUE, "good": "up"}, before], NAMES, now, then, compare="previous")
    return card(main)


def _causes() -> dict[str, Any]:
    names = ["Late parcel", "Wrong size", "Damaged", "Wrong colour", "Changed mind", "Too dear"]
    more = ["Bad smell", "Too loud", "No manual", "__other__"]
    counts = [4_210, 2_360, 1_120, 610, 540, 290, 180, 90, 60, 410]
    return card(frame([REGION, ORDERS], [*names, *more], counts))


def _shelves() -> dict[str, Any]:
    noise = random.Random(5)
    places = [
        (at, to, shelf) for at in range(7) for to in range(len(SEGMENTS)) for shelf in range(1, 5)
    ]
    names = [*NAMES, "Other"]
    keys = [[names[at], SEGMENTS[to], f"Shelf {shelf}"] for at, to, shelf in places]
    values = [9000 / (at + 1) / (to + 1) * noise.random() for at, to, _shelf in places]
    then = [value * noise.uniform(0.6, 1.5) for value in values]
    margins = [noise.uniform(0.02, 0.4) for _ in values]
    before = column("revenue__before", "comparison", unit="€", format="currency")
    columns = [REGION, SEGMENT, column("shelf", "dimension", "text"), REVENUE, before, MARGIN]
    return card(frame(columns, *map(list, zip(*keys, strict=True)), values, then, margins))


def _margins() -> dict[str, Any]:
    """The shelves, and what the margin of their groups is: no mean of theirs."""
    noise = random.Random(6)
    whole = _shelves()
    names, segments = whole["frames"]["main"]["data"][:2]
    pairs = sorted(set(zip(names, segments, strict=True)))
    for name, groups, columns in (
        ("level1", [(each,) for each in sorted(set(names))], [REGION, MARGIN]),
        ("level2", pairs, [REGION, SEGMENT, MARGIN]),
    ):
        margins = [noise.uniform(0.1, 0.3) for _ in groups]
        keys = map(list, zip(*groups, strict=True))
        whole["frames"][name] = frame(columns, *keys, margins)
    return whole


def _rates() -> dict[str, Any]:
    rates = [0.31, 0.24, 0.19, 0.17, 0.08, 0.05, 0.2]
    return card(frame([REGION, {**MARGIN, "adds_up": False}], [*NAMES, "__other__"], rates))


def _flows() -> dict[str, Any]:
    noise = random.Random(3)
    ways = ["Web", "Shop", "Phone"]
    lands = ["Germany", "France", "Spain", "Italy", "Poland", "Norway", "Malta", "Cyprus"]
    rows = [
        (way, name, land, 9000 * noise.random() ** 2 / (at + 1))
        for way in ways
        for name in NAMES[:4]
        for at, land in enumerate(lands)
    ]
    dimensions = [column("channel", "dimension", "text"), REGION, column("land", "dimension")]
    return card(frame([*dimensions, REVENUE], *map(list, zip(*rows, strict=True))))


def _visits() -> dict[str, Any]:
    came = ["Home", "Home", "Search", "Search", "Product", "Product", "Basket", "Product"]
    went = ["Search", "Product", "Product", "Left", "Basket", "Left", "Paid", "Home"]
    counts = [5_200, 2_100, 3_900, 1_300, 1_800, 3_200, 1_100, 400]
    return card(frame([REGION, SEGMENT, ORDERS], came, went, counts))


def _league() -> dict[str, Any]:
    noise = random.Random(21)
    rows = []
    for at in range(14):
        level = 100.0 - 6 * at
        for step in range(12):
            level += noise.gauss(0, 9)
            value = None if (at, step) in {(2, 5), (2, 6)} or (at == 4 and step < 3) else level
            rows.append((START_MS + step * 7 * DAY_MS, f"Team {chr(65 + at)}", value))
    return card(frame([TIME, REGION, ORDERS], *map(list, zip(*rows, strict=True)), grain="week"))


SAMPLES: Samples = {
    "bar_grouped": ("bar", _pairs(), {"values": True}, (520, 300)),
    "bar_stacked": (
        "bar",
        _pairs(),
        {"stacked": True, "values": True, "sort": "value_up"},
        (520, 240),
    ),
    "bar_percent": (
        "bar",
        _pairs(),
        {"percent": True, "horizontal": False, "values": True},
        (520, 260),
    ),
    "bar_negative": ("bar", _profit(), {"target": 30_000}, (480, 220)),
    "bar_columns": (
        "bar",
        _profit(),
        {"horizontal": False, "values": True, "target": 30_000},
        (460, 240),
    ),
    "bar_log": ("bar", _skewed(), {"horizontal": False, "log": True, "values": True}, (460, 220)),
    "pie_labels": ("pie", _profit(), {"labels": "outside", "figures": "both"}, (460, 260)),
    "pie_list": ("pie", _profit(), {"figures": "value", "donut": False}, (420, 200)),
    "pie_rates": ("pie", _rates(), {}, (420, 200)),
    "scatter_fit": (
        "scatter",
        _cloud(),
        {"regression": True, "quadrants": "median"},
        (480, 280),
    ),
    "scatter_log": (
        "scatter",
        _cloud(),
        {"regression": True, "log_x": True, "log_y": True},
        (480, 280),
    ),
    "figure_target": (
        "big_number",
        _figure(),
        {"target": 6_000_000, "good_at": 5_500_000, "bad_at": 4e6, "delta": "both"},
        (300, 150),
    ),
    "figure_plain": (
        "big_number",
        card(frame([ORDERS], [12_345])),
        {"prefix": "≈ ", "suffix": " a day", "decimals": 1, "target": 20_000},
        (240, 90),
    ),
    "gauge": (
        "gauge",
        card(frame([REVENUE], [5_421_000])),
        {"target": 6_000_000, "good_at": 5_500_000, "bad_at": 4e6},
        (300, 140),
    ),
    "gauge_dial": (
        "gauge",
        card(frame([REVENUE], [5_421_000])),
        {"form": "dial", "target": 6_000_000, "good_at": 5_500_000, "bad_at": 4e6},
        (240, 200),
    ),
    "gauge_list": ("gauge", _goals(), {}, (460, 240)),
    "gauge_zones": ("gauge", _goals(), {"good_at": 30_000, "bad_at": 0}, (460, 240)),
    "funnel": ("funnel", _steps(), {}, (460, 260)),
    "funnel_across": (
        "funnel",
        _steps(),
        {"horizontal": True, "steps": "Visited\nIn the basket\nPaid\nReviewed"},
        (520, 240),
    ),
    "waterfall": ("waterfall", _profit(), {}, (460, 260)),
    "waterfall_change": ("waterfall", _changes(), {"steps": "change"}, (520, 260)),
    "pareto": ("pareto", _causes(), {}, (460, 260)),
    "treemap": ("treemap", _shelves(), {}, (520, 300)),
    "treemap_change": ("treemap", _shelves(), {"colour": "change"}, (520, 300)),
    "sunburst": ("treemap", _shelves(), {"form": "sunburst"}, (320, 320)),
    "sunburst_measure": (
        "treemap",
        _margins(),
        {"form": "sunburst", "colour": "measure"},
        (340, 340),
    ),
    "sankey": ("sankey", _flows(), {"nodes": 5}, (560, 320)),
    "sankey_net": ("sankey", _visits(), {"graph": True}, (520, 260)),
    "bump": ("bump", _league(), {"top": 6}, (560, 300)),
    "bar_axis": (
        "bar",
        _skewed(),
        {"horizontal": False, "minimum": 1000, "maximum": 200_000},
        (460, 220),
    ),
}
