"""Kinds over time."""

import math
import random
from typing import Any

from tests.widgets.samples.base import SAMPLES as FIRST
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

EVENTS = [
    {"t": START_MS + 9 * DAY_MS, "label": "Price list 2026"},
    {"t": START_MS + 30 * DAY_MS, "end": START_MS + 36 * DAY_MS, "label": "Autumn campaign"},
    {"t": START_MS + 32 * DAY_MS, "label": "Outage of the shop"},
    {"t": START_MS + 52 * DAY_MS, "label": "配送センター移転"},
]
TARGETS = {
    "target_1": 60_000,
    "target_1_label": "Plan",
    "target_2": 40_000,
    "target_2_role": "bad",
}


def _pair() -> dict[str, Any]:
    times = [START_MS + week * 7 * DAY_MS for week in range(20)]
    revenue = [52_000 + 9_000 * math.sin(week / 2) for week in range(20)]
    margin = [None, *(0.21 + 0.04 * math.cos(week / 3) for week in range(19))]
    return card(frame([TIME, REVENUE, MARGIN], times, revenue, margin, grain="week"))


def _two_axes() -> dict[str, Any]:
    times = [START_MS + day * DAY_MS for day in range(45)]
    revenue = [52_000 + 9_000 * math.sin(day / 4) + 300 * day for day in range(45)]
    orders = [round(410 + 60 * math.sin(day / 4 + 1)) for day in range(45)]
    margin = [0.21 + 0.04 * math.cos(day / 6) for day in range(45)]
    return card(frame([TIME, REVENUE, ORDERS, MARGIN], times, revenue, orders, margin, grain="day"))


def _many(count: int = 2000) -> dict[str, Any]:
    rows = [
        (START_MS + day * DAY_MS, f"Shop {at}", 1000 / (at + 1) + 4 * ((at + day) % 7))
        for day in range(20)
        for at in range(count)
    ]
    return card(frame([TIME, REGION, ORDERS], *map(list, zip(*rows, strict=True)), grain="day"))


def _growth() -> dict[str, Any]:
    noise = random.Random(3)
    times = [START_MS + day * DAY_MS for day in range(60)]
    values = [3 * 1.21**day * (1 + 0.2 * noise.random()) for day in range(60)]
    values[5] = 0.0
    return card(frame([TIME, ORDERS], times, values, grain="day"))


def _by_region(count: int = 14) -> dict[str, Any]:
    names = [
        f"Region {at:02}" if at % 4 else f"Very long name of region {at}" for at in range(count)
    ]
    values = [90_000 / (at + 1.6) for at in range(count)]
    return card(
        frame(
            [REGION, REVENUE, MARGIN],
            [*names, "__other__"],
            [*values, 21_000.0],
            [None, *(0.1 + 0.02 * (at % 5) for at in range(count))],
        )
    )


def _days(count: int, *, start: int = START_MS, low: float = 0) -> dict[str, Any]:
    noise = random.Random(count)
    days = [at for at in range(count) if at % 37 != 5 and not 60 <= at % 400 < 68]
    values = [
        0.0 if at % 29 == 3 else round(max(low, 400 * noise.random() * (1.3 + math.sin(at / 58))))
        for at in days
    ]
    span = {"from": start, "to": start + count * DAY_MS}
    times = [start + at * DAY_MS for at in days]
    return card(frame([TIME, ORDERS], times, values, grain="day", window=span))


def _month(days: int = 18, *, good: str = "up") -> dict[str, Any]:
    """September until the 19th, with a forecast to its end."""
    times = [START_MS + at * DAY_MS for at in range(days)]
    values = [41_000 + 9_000 * math.sin(at / 2) for at in range(days)]
    month = {"from": START_MS, "to": START_MS + 30 * DAY_MS}
    ahead = [START_MS + at * DAY_MS for at in range(days, days + 22)]
    before = {"from": START_MS - 31 * DAY_MS, "to": START_MS}
    forecast = {
        "t": ahead,
        "mean": [46_000.0 + 300 * (at % 7) for at in range(len(ahead))],
        "lo80": [39_000.0 - 150 * at for at in range(len(ahead))],
        "hi80": [52_000.0 + 170 * at for at in range(len(ahead))],
        "method": "median of methods",
        "record": {
            "error": 0.062,
            "naive_error": 0.098,
            "measure": "WAPE",
            "windows": 12,
            "coverage80": 0.81,
        },
    }
    goal = frame(
        [TIME, REVENUE],
        [before["from"] + at * DAY_MS for at in range(31)],
        [30_000.0 + 1_500 * at for at in range(31)],
        window=before,
        grain="day",
    )
    measure = {**REVENUE, "good": good}
    main = frame([TIME, measure], times, values, grain="day", window=month)
    view = {"from": START_MS, "to": START_MS + days * DAY_MS}
    return card(main, goal=goal, overlays={"forecast": forecast}) | {"window": view}


def _bands(count: int = 12) -> dict[str, Any]:
    noise = random.Random(8)
    rows = [
        (
            START_MS + day * DAY_MS,
            "Sør-Trøndelag og en lang fylke" if at == 2 else f"Site {at:02}",
            None
            if at == 4 and 20 < day < 28
            else 30 * math.sin(day / (5 + at) + at) * (1 + at / 9) + noise.gauss(0, 4),
        )
        for day in range(90)
        for at in range(count)
    ]
    return card(frame([TIME, REGION, REVENUE], *map(list, zip(*rows, strict=True)), grain="day"))


def _states(count: int = 9, *, numbers: bool = False) -> dict[str, Any]:
    noise = random.Random(12)
    names = ["Running", "Idle", "Maintenance", "Failed", None]
    rows = []
    for at in range(count):
        state = 0
        for hour in range(96):
            if noise.random() < 0.12:
                state = noise.choice([0, 0, 0, 1, 2, 3, 4])
            if at == 3 and 40 < hour < 55:
                continue
            moment = START_MS + hour * 3_600_000
            value = 40 + 30 * math.sin(hour / 9 + at) + noise.gauss(0, 6)
            rows.append((moment, f"Press {at + 1}", names[state], value if numbers else 55))
            if not numbers and noise.random() < 0.2:
                rows.append((moment, f"Press {at + 1}", names[(state + 1) % 4], 4))
    moments, machines, states, measured = map(list, zip(*rows, strict=True))
    if numbers:
        return card(frame([TIME, REGION, ORDERS], moments, machines, measured, grain="hour"))
    columns = [TIME, REGION, SEGMENT, ORDERS]
    return card(frame(columns, moments, machines, states, measured, grain="hour"))


def _plan(count: int = 24) -> dict[str, Any]:
    noise = random.Random(5)
    teams = ["Design", "Build", "Quality assurance", "出荷"]
    starts = [START_MS + round(noise.random() * 50) * DAY_MS for _ in range(count)]
    ends = [
        None if at % 6 == 4 else start + (2 + noise.randrange(14)) * DAY_MS
        for at, start in enumerate(starts)
    ]
    names = [f"Work package {at}" if at % 3 else "Acceptance" for at in range(count)]
    columns = [
        column("begin", "time", "time"),
        column("finish", "time", "time"),
        column("name", "dimension", "text"),
        column("team", "dimension", "text"),
    ]
    chosen = [teams[at % 4] for at in range(count)]
    main = frame(columns, starts, ends, names, chosen, truncated=True)
    main["computed_at"] = START_MS + 31 * DAY_MS
    return card(main) | {"window": {"from": START_MS, "to": START_MS + 56 * DAY_MS}}


PLAN = {"start": "begin", "end": "finish", "label": "name", "group": "team"}
SPLITS = FIRST["splits"][1]
WITH_EVENTS = {**FIRST["line"][1], "overlays": {**FIRST["line"][1]["overlays"], "events": EVENTS}}

SAMPLES: Samples = {
    "line_events": ("line", WITH_EVENTS, TARGETS, (720, 260)),
    "line_share": ("line", SPLITS, {"share": True}, (460, 260)),
    "line_two_axes": ("line", _two_axes(), {"axis_3": "right"}, (460, 260)),
    "line_many": ("line", _many(), {"most": 8, "others": False}, (460, 260)),
    "line_log": ("line", _growth(), {"scale": "log", "area": False}, (460, 260)),
    "combo": ("combo", _pair(), {"target_1": 55_000}, (460, 260)),
    "combo_categories": ("combo", _by_region(), {}, (460, 260)),
    "combo_compared": ("combo", FIRST["line"][1], {}, (460, 260)),
    "calendar_month": ("calendar_heatmap", _days(30), {}, (460, 260)),
    "calendar_quarter": ("calendar_heatmap", _days(91), {"week_start": "6"}, (460, 260)),
    "calendar_year": ("calendar_heatmap", _days(365), {}, (720, 200)),
    "calendar_years": (
        "calendar_heatmap",
        _days(3 * 365, start=START_MS - 700 * DAY_MS),
        {},
        (720, 330),
    ),
    "pace": ("pace", _month(), {"goal": 1_350_000}, (420, 260)),
    "pace_course": ("pace", _month(), {"goal_from": "previous", "forecast": False}, (420, 260)),
    "pace_costs": ("pace", _month(good="down"), {"goal": 1_100_000}, (420, 260)),
    "horizon": ("horizon", _bands(), {}, (460, 260)),
    "horizon_many": ("horizon", _bands(60), {"layers": 4, "own": True}, (460, 260)),
    "horizon_positive": ("horizon", SPLITS, {"base": "mean"}, (460, 260)),
    "states": ("state_timeline", _states(), {}, (460, 260)),
    "states_limits": (
        "state_timeline",
        _states(6, numbers=True),
        {"threshold_1": 50, "threshold_2": 65},
        (460, 260),
    ),
    "states_shades": ("state_timeline", _states(40, numbers=True), {}, (460, 260)),
    "gantt": ("gantt", _plan(), PLAN, (460, 260)),
    "gantt_many": ("gantt", _plan(200), {**PLAN, "group": ""}, (460, 260)),
    "gantt_moments": (
        "gantt",
        _plan(500),
        {"start": "begin", "label": "name", "group": "team"},
        (460, 260),
    ),
    "forecast_card": ("forecast_card", _month(60), {}, (420, 260)),
    "forecast_total": ("forecast_card", _month(30), {"show": "total"}, (420, 260)),
}
