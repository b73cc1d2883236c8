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
        )
    )


SAMPLES: Samples = {
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
