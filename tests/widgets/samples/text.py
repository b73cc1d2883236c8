"""Findings and alerts."""

from typing import Any

from tests.widgets.samples.parts import DAY_MS, START_MS, Samples

MONEY = {"unit": "€", "format": "currency", "good": "up"}
HOUR_MS = 3_600_000


def _only(**overlays: Any) -> dict[str, Any]:
    return {"frames": {}, "overlays": overlays}


def _point(metric: str, day: int, value: float, **more: Any) -> dict[str, Any]:
    times = [START_MS + at * DAY_MS for at in range(24)]
    values = [100.0 + (at * 37) % 23 for at in range(24)]
    values[20] = value
    values[7] = None  # type: ignore[call-overload]
    known = {"href": "/insights/metrics/1/", "grain": "day", "feedback": "", "measure": MONEY}
    known |= {"expected": 110.0, "votes": ["Season", "Forest", "Band"], "metric": metric}
    known |= {"course": {"t": times, "v": values}, "at": START_MS + day * DAY_MS, "value": value}
    return known | more


def _feed() -> dict[str, Any]:
    points = [
        _point("Revenue", 20, 310.0, feedback="useful"),
        _point("Returns of everything that was sold in the north", 20, 12.0),
        _point("東京の売上", 19, 55.0, course=None, expected=None),
        _point("Orders", 18, -40.0, measure={"format": "integer"}),
    ]
    return _only(feed={"points": points, "of": 31})


def _rule(name: str, status: str, **more: Any) -> dict[str, Any]:
    known = {"since": START_MS + 9 * HOUR_MS, "value": 4120.0, "threshold": 4000.0}
    known |= {"comparison": "above", "checked": START_MS, "silent_until": None, "measure": MONEY}
    return {"name": name, "status": status, "href": "/alerts/", **known, **more}


def _rules() -> dict[str, Any]:
    rules = [
        _rule("Refunds per hour", "firing"),
        _rule("Late departures", "firing", silent_until=START_MS + 12 * HOUR_MS, measure={}),
        _rule("Sensors of hall 3", "no_data", value=None, since=None, comparison="below"),
        _rule("Revenue", "calm"),
        _rule("متوسط الطلب", "paused"),
    ]
    return _only(rules=rules, rules_of=5)


def _drivers() -> dict[str, Any]:
    def part(label: str, change: float, *children: dict[str, Any]) -> dict[str, Any]:
        return {"label": label, "change": change, "share": change / 420_000, "children": children}

    west = part("West", 310_000, part("Furniture", 250_000), part("Paper", 60_000))
    parts = [west, part("Central and all around it", 170_000), part("South", -95_000)]
    root = {"label": "Revenue", **MONEY, "now": 5_420_000, "before": 5_000_000}
    return _only(drivers={**root, "period": "in September", "children": parts})


SAMPLES: Samples = {
    "anomaly_feed": ("anomaly_feed", _feed(), {}, (460, 200)),
    "alert_board": ("alert_board", _rules(), {}, (460, 220)),
    "driver_tree": ("driver_tree", _drivers(), {}, (620, 260)),
}
