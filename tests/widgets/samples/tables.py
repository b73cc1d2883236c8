"""Tables of every sort."""

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

PRODUCTS = [
    "Office chairs",
    "Copiers and fax machines for large offices",
    "Bookcases",
    "東京デスク",
    "مكاتب خشبية",
    "Binders",
    "Phones",
    "Paper",
    "Storage",
    "Art supplies",
    "Envelopes",
    "Machines",
]
BEFORE = column("revenue__before", "comparison", unit="€", format="currency", good="up")


def _styled() -> dict[str, Any]:
    noise = random.Random(3)
    revenue: list[float | None] = [round(noise.uniform(-20_000, 240_000), 2) for _ in PRODUCTS]
    revenue[4] = None
    before = [None if value is None else value * noise.uniform(0.8, 1.2) for value in revenue]
    margin = [noise.uniform(-0.12, 0.44) for _ in PRODUCTS]
    orders = [noise.randint(3, 9000) for _ in PRODUCTS]
    trend = [
        (name, START_MS + day * DAY_MS, 100 + 40 * math.sin(day / 4 + at) + noise.gauss(0, 9))
        for at, name in enumerate(PRODUCTS)
        for day in range(30)
        if not (at == 2 and 10 < day < 18)
    ]
    main = frame(
        [REGION, REVENUE, BEFORE, MARGIN, ORDERS], PRODUCTS, revenue, before, margin, orders
    )
    total = frame(
        [REVENUE, BEFORE, MARGIN, ORDERS], [1_204_332.5], [1_100_000.0], [0.171], [40_210]
    )
    course = frame([REGION, TIME, ORDERS], *map(list, zip(*trend, strict=True)), grain="day")
    return card(main, total=total, trend=course)


STYLED = [
    {"column": "region", "label": "Product", "link": "https://shop.example/p/{value}?s={orders}"},
    {"column": "revenue", "show": "bar"},
    {"column": "revenue__before", "hide": True},
    {"column": "margin", "show": "tone", "good": 0.2, "warn": 0.05},
    {"column": "orders", "show": "scale"},
]


def _raw() -> dict[str, Any]:
    rows = 12_000
    names = [f"Customer {at % 977}" for at in range(rows)]
    return card(
        frame(
            [TIME, REGION, SEGMENT, REVENUE, ORDERS],
            [START_MS + at * 60_000 for at in range(rows)],
            names,
            [["Consumer", "Corporate", "Home"][at % 3] for at in range(rows)],
            [at * 7.25 % 9100 for at in range(rows)],
            [at % 17 for at in range(rows)],
            truncated=False,
            raw=True,
        )
    )


YEAR = column("year", "dimension", "text")
QUARTER = column("quarter", "dimension", "text")


def _pivot() -> dict[str, Any]:
    """Regions and segments down, years and quarters across; a ratio, whose totals are no sums."""
    downs = [
        (r, s) for r in ["West", "East", "Zentral 中部"] for s in ["Consumer", "Corporate", "Home"]
    ]
    heads = [(y, q) for y in ["2025", "2026"] for q in ["Q1", "Q2", "Q3", "Q4"]]
    cells = [
        (*down, *head, round(90 + 400 * abs(math.sin(i * 7 + j * 3))), abs(math.cos(i + j)) / 2)
        for i, down in enumerate(downs)
        for j, head in enumerate(heads)
        if (i, j) != (3, 2)
    ]
    columns = [REGION, SEGMENT, YEAR, QUARTER, ORDERS, MARGIN]
    frames = {}
    for i in range(3):
        for j in range(3):
            kept = [*range(i), *range(2, 2 + j)]
            groups: dict[tuple[Any, ...], list[Any]] = {}
            for row in cells:
                groups.setdefault(tuple(row[at] for at in kept), []).append(row)
            rows = [
                (*key, sum(row[4] for row in own), sum(row[5] for row in own) / len(own))
                for key, own in groups.items()
            ]
            named = [columns[at] for at in [*kept, 4, 5]]
            frames[f"r{i}c{j}"] = frame(named, *map(list, zip(*rows, strict=True)))
    main = frames.pop("r2c2")
    return card(main, **frames)


def _pivot_of(measure: int) -> dict[str, Any]:
    """The same with one of its measures."""
    frames = {
        name: {
            **each,
            "columns": [*each["columns"][:-2], each["columns"][measure]],
            "data": [*each["data"][:-2], each["data"][measure]],
        }
        for name, each in _pivot()["frames"].items()
    }
    return {"frames": frames, "overlays": {}}


LATE = column("late", "measure", format="percent", good="down")
WAIT = column("wait", "measure", unit="s", format="duration", good="down")


def _kpis() -> dict[str, Any]:
    columns = [REVENUE, ORDERS, LATE, WAIT]
    days = [START_MS + day * DAY_MS for day in range(40)]
    courses = [
        [
            None if day == 20 and at == 1 else 100 + 30 * math.sin(day / 5 + at * 2)
            for day in range(40)
        ]
        for at in range(4)
    ]
    return card(
        frame(columns, [5_421_000], [18_204], [0.039], [5130]),
        previous=frame(columns, [5_000_900], [18_950], [0.045], [5130]),
        trend=frame([TIME, *columns], days, *courses, grain="day"),
    )


def _kpis_by_region() -> dict[str, Any]:
    names = ["West", "East", "Central", "A region with quite a long name", "東京"]
    return card(
        frame([REGION, REVENUE], names, [412e3, 356e3, None, 187e3, -3e3]),
        previous=frame([REGION, REVENUE], names[:4], [393e3, 365e3, 297e3, 179e3]),
    )


TARGETS = [
    {"column": "revenue", "good": 5e6, "warn": 4.5e6, "format": "compact"},
    {"column": "orders", "good": 20e3, "warn": 18e3},
    {"column": "late", "good": 0.03, "warn": 0.035},
]


def _grid() -> dict[str, Any]:
    columns = [f"2026-{month:02}" for month in range(1, 9)]
    rows = ["West", "East", "Central", "مبيعات", "東京"]
    cells = [
        [row, key, 1000.0 * (at + 1) + 125.5 * n, 1]
        for at, row in enumerate(rows)
        for n, key in enumerate(columns)
        if (at + n) % 4
    ]
    main = frame([REGION, REVENUE], rows, [1.0, 2.0, 3.0, 4.0, 5.0])
    return card(main, overlays={"grid": {"columns": columns, "cells": cells}})


SAMPLES: Samples = {
    "editable_grid": ("editable_grid", _grid(), {}, (860, 240)),
    "kpi_table": ("kpi_table", _kpis(), {"columns": TARGETS}, (520, 160)),
    "kpi_regions": (
        "kpi_table",
        _kpis_by_region(),
        {"columns": [{"column": "revenue", "good": 300e3}]},
        (460, 200),
    ),
    "pivot": ("pivot", _pivot_of(-2), {"across": 2, "heat": "all"}, (900, 420)),
    "pivot_two": ("pivot", _pivot(), {"across": 2, "heat": "column"}, (620, 320)),
    "table_styled": (
        "table",
        _styled(),
        {"columns": STYLED, "course": "orders", "totals": True},
        (760, 330),
    ),
    "table_marks": (
        "table",
        _styled(),
        {
            "columns": [
                {"column": "margin", "show": "icon", "good": 0.2, "warn": 0.05},
                {"column": "revenue", "show": "scale", "format": "compact"},
                {"column": "revenue__before", "hide": True},
            ]
        },
        (460, 260),
    ),
    "table_raw": ("table", _raw(), {"rows": 20_000}, (640, 300)),
}
