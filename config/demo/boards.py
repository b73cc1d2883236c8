"""The four demo dashboards: which cards, and where they stand (x, y, w, h on 24 columns)."""

from dataclasses import dataclass, field
from typing import Any

Q = dict[str, Any]


@dataclass(frozen=True)
class Card:
    """One placed widget. `metric` is a metric's slug, for forecast, anomalies and sentences."""

    title: str
    kind: str
    place: tuple[int, int, int, int]
    query: Q = field(default_factory=dict)
    options: Q = field(default_factory=dict)
    metric: str = ""


@dataclass(frozen=True)
class Board:
    """One dashboard over one dataset."""

    slug: str
    title: str
    description: str
    dataset: str
    time: tuple[str, str]
    filters: tuple[tuple[str, str], ...]  # column, label
    cards: tuple[Card, ...]
    is_private: bool = False


def _top(measure: str, *dimensions: Any, limit: int = 10) -> Q:
    order = [{"by": measure, "descending": True}]
    return {"measures": [measure], "dimensions": list(dimensions), "order": order, "limit": limit}


SALES = Board(
    slug="sales",
    title="Sales",
    description="Orders of an office supplier, 2014 to 2017",
    dataset="sales",
    time=("2017-01-01", "2018-01-01"),
    filters=(("region", "Region"), ("segment", "Segment"), ("category", "Category")),
    cards=(
        Card("Sales", "big_number", (0, 0, 6, 3), {"measures": ["sales"]}),
        Card("Profit", "big_number", (6, 0, 6, 3), {"measures": ["profit"]}),
        Card("Orders", "big_number", (12, 0, 6, 3), {"measures": ["orders"]}),
        Card("Margin", "big_number", (18, 0, 6, 3), {"measures": ["margin"]}),
        Card(
            "Sales per week",
            "line",
            (0, 3, 16, 7),
            {"measures": ["sales"], "grain": "week"},
            {"area": True, "compare": "previous"},
            "weekly-sales",
        ),
        Card("What changed", "insight", (16, 3, 8, 7), metric="weekly-sales"),
        Card("Sales by sub-category", "bar", (0, 10, 10, 7), _top("sales", "sub_category")),
        Card(
            "Sales by weekday and month",
            "heatmap",
            (10, 10, 14, 7),
            {
                "measures": ["sales"],
                "dimensions": [
                    {"column": "order_date", "part": "month"},
                    {"column": "order_date", "part": "weekday"},
                ],
            },
        ),
        Card("Sales by segment", "pie", (0, 17, 7, 7), _top("sales", "segment")),
        Card(
            "Sales and profit by sub-category",
            "scatter",
            (7, 17, 9, 7),
            {"measures": ["sales", "profit", "quantity"], "dimensions": ["sub_category"]},
        ),
        Card(
            "Region by category",
            "bar",
            (16, 17, 8, 7),
            {"measures": ["sales"], "dimensions": ["region", "category"]},
            {"horizontal": False, "stacked": True},
        ),
        Card(
            "Top products",
            "table",
            (0, 24, 24, 8),
            {
                "measures": ["sales", "profit", "margin", "quantity"],
                "dimensions": ["product", "category"],
                "order": [{"by": "sales", "descending": True}],
                "limit": 100,
            },
        ),
    ),
)

FLIGHTS = Board(
    slug="flights",
    title="Flights",
    description="Every flight out of New York in 2013",
    dataset="flights",
    time=("2013-01-01", "2014-01-01"),
    filters=(("origin", "Airport"), ("carrier", "Airline")),
    is_private=True,
    cards=(
        Card("Flights", "big_number", (0, 0, 6, 3), {"measures": ["flights"]}, {"compare": ""}),
        Card(
            "Late arrivals",
            "big_number",
            (6, 0, 6, 3),
            {"measures": ["late_share"]},
            {"compare": ""},
        ),
        Card(
            "Departure delay",
            "big_number",
            (12, 0, 6, 3),
            {"measures": ["departure_delay"]},
            {"compare": ""},
        ),
        Card(
            "Cancelled",
            "big_number",
            (18, 0, 6, 3),
            {"measures": ["cancelled_share"]},
            {"compare": ""},
        ),
        Card(
            "Departure delay per day",
            "line",
            (0, 3, 16, 7),
            {"measures": ["departure_delay"], "grain": "day"},
            {"area": True},
            "daily-departure-delay",
        ),
        Card("What changed", "insight", (16, 3, 8, 7), metric="daily-departure-delay"),
        Card(
            "Delay by weekday and hour",
            "heatmap",
            (0, 10, 14, 7),
            {
                "measures": ["departure_delay"],
                "dimensions": [
                    {"column": "scheduled_at", "part": "hour"},
                    {"column": "scheduled_at", "part": "weekday"},
                ],
            },
        ),
        Card("Late arrivals by airline", "bar", (14, 10, 10, 7), _top("late_share", "carrier")),
        Card(
            "Flights per day",
            "line",
            (0, 17, 12, 7),
            {"measures": ["flights"], "grain": "day"},
            {},
            "daily-flights",
        ),
        Card("Flights by airport", "pie", (12, 17, 5, 7), _top("flights", "origin")),
        Card(
            "Distance and delay by airline",
            "scatter",
            (17, 17, 7, 7),
            {"measures": ["distance", "arrival_delay", "flights"], "dimensions": ["carrier"]},
        ),
        Card(
            "Destinations",
            "table",
            (0, 24, 24, 8),
            {
                "measures": ["flights", "late_share", "arrival_delay", "cancelled_share"],
                "dimensions": ["destination"],
                "order": [{"by": "flights", "descending": True}],
                "limit": 110,
            },
        ),
    ),
)

_LATE = [{"column": "late", "op": "in", "values": ["1"]}]

DELAYS = Board(
    slug="flight-delays",
    title="Flight delays",
    description="When, where and by how much New York's flights were late in 2013",
    dataset="flights",
    time=("2013-01-01", "2014-01-01"),
    filters=(("origin", "Airport"), ("carrier", "Airline")),
    cards=(
        Card(
            "Late arrivals by day",
            "calendar_heatmap",
            (0, 0, 24, 5),
            {"measures": ["late_share"], "grain": "day"},
            {"layout": "strip"},
        ),
        Card(
            "How late flights arrive",
            "histogram",
            (0, 5, 10, 7),
            options={"column": "arrival_delay", "bins": 40, "low": -60, "high": 180},
        ),
        Card(
            "Arrival delay by airline",
            "box",
            (10, 5, 14, 7),
            {"dimensions": ["carrier"]},
            {"column": "arrival_delay", "limit": 12},
        ),
        Card(
            "Flights by destination",
            "map_points",
            (0, 12, 14, 9),
            {"measures": ["flights", "late_share"], "dimensions": ["destination"]},
            {"region": "usa"},
        ),
        Card(
            "Late flights by airline",
            "pareto",
            (14, 12, 10, 9),
            {"measures": ["flights"], "dimensions": ["carrier"], "filters": _LATE},
        ),
        Card(
            "Late flights by airport and airline",
            "sankey",
            (0, 21, 10, 9),
            {"measures": ["flights"], "dimensions": ["origin", "carrier"], "filters": _LATE},
        ),
        Card(
            "Airlines",
            "table",
            (10, 21, 14, 9),
            {
                "measures": ["flights", "late_share", "cancelled_share"],
                "dimensions": ["carrier"],
                "order": [{"by": "flights", "descending": True}],
            },
            {
                "course": "late_share",
                "columns": [
                    {"column": "flights", "show": "bar"},
                    {"column": "late_share", "show": "scale"},
                ],
            },
        ),
    ),
)

LIVE = Board(
    slug="live-operations",
    title="Live operations",
    description="Departures as they happen, replayed in accelerated time",
    dataset="departures",
    time=("now-5m", "now"),
    filters=(("origin", "Airport"), ("carrier_name", "Airline")),
    cards=(
        Card("Departures", "big_number", (0, 0, 6, 3), {"measures": ["departures"]}),
        Card("Departure delay", "big_number", (6, 0, 6, 3), {"measures": ["mean_delay"]}),
        Card("Destinations", "big_number", (12, 0, 6, 3), {"measures": ["destinations"]}),
        Card("Longest delay", "big_number", (18, 0, 6, 3), {"measures": ["worst_delay"]}),
        Card(
            "Departures",
            "line",
            (0, 3, 14, 7),
            {"measures": ["departures"], "dimensions": ["origin"]},
            {"area": True, "stacked": True},
        ),
        Card("Departure delay", "line", (14, 3, 10, 7), {"measures": ["mean_delay"]}),
        Card("Departures by airline", "bar", (0, 10, 7, 7), _top("departures", "carrier_name")),
        Card("By airport", "pie", (7, 10, 5, 7), _top("departures", "origin")),
        Card(
            "Just left",
            "table",
            (12, 10, 12, 7),
            {
                "columns": ["at", "carrier_name", "origin", "destination", "departure_delay"],
                "order": [{"by": "at", "descending": True}],
                "limit": 50,
            },
        ),
    ),
)

BOARDS = (SALES, FLIGHTS, DELAYS, LIVE)
