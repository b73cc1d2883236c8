"""How numbers are distributed: histograms, boxes, ridges, swarms, cohorts."""

import math
import random
from datetime import UTC, datetime
from typing import Any

from tests.widgets.samples.parts import Samples, card, column, frame

MONTHS_MS = [round(datetime(2025, at, 1, tzinfo=UTC).timestamp() * 1000) for at in range(1, 13)]
CARRIER = column("carrier", "dimension", "text")
CARRIERS = [
    "United",
    "Delta",
    "Southwest",
    "JetBlue",
    "Alaska",
    "فلاي دبي",
    "全日本空輸",
    "Hawaiian",
]
DELAY = {"unit": "min", "format": None}
COUNT = column("count()", "measure", label="Rows", format="integer")


def measure(written: str) -> dict[str, Any]:
    return column(written, "measure", label=written, **DELAY)


def bins(width: float, **more: Any) -> dict[str, Any]:
    return column("delay_bin", "dimension", label="Delay", bin=width, **DELAY, **more)


def _delays(seed: int, count: int = 4000, middle: float = 8) -> list[float]:
    noise = random.Random(seed)
    return [
        noise.gauss(middle, 9) + (noise.expovariate(1 / 35) if noise.random() < 0.3 else 0)
        for _ in range(count)
    ]


def _counted(values: list[float], width: float, high: float | None = None) -> dict[float, int]:
    found: dict[float, int] = {}
    for value in values:
        edge = math.floor(min(value, high if high is not None else value) / width) * width
        found[edge] = found.get(edge, 0) + 1
    return dict(sorted(found.items()))


def _stats(values: list[float]) -> dict[str, Any]:
    ranked = sorted(values)
    names = ["avg(delay)", "median(delay)", "min(delay)", "max(delay)"]
    figures = [sum(values) / len(values), ranked[len(values) // 2], ranked[0], ranked[-1]]
    return frame([measure(name) for name in names], *([each] for each in figures))


def histogram(high: float | None = None, nulls: int = 37) -> dict[str, Any]:
    values, width = _delays(1), 5 if high else 2
    counts = _counted(values, width, high)
    more = {} if high is None else {"high": high}
    edges: list[float | None] = [*counts, *([None] if nulls else [])]
    main = frame(
        [bins(width, **more), COUNT], edges, [*counts.values(), *([nulls] if nulls else [])]
    )
    return card(main, stats=_stats(values))


def groups(width: float = 5, names: list[str] = CARRIERS) -> list[tuple[str, float, int]]:
    return [
        (name, edge, count)
        for at, name in enumerate(names)
        for edge, count in _counted(_delays(at, 2600 - 280 * at, 3 * at), width).items()
    ]


def _split() -> dict[str, Any]:
    rows = groups(10, CARRIERS[:4])
    return card(
        frame([CARRIER, bins(10), COUNT], *map(list, zip(*rows, strict=True))),
        stats=_stats(_delays(1)),
    )


def _ranked(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _boxes(names: list[str] = CARRIERS) -> dict[str, Any]:
    shares = {"min": 0, "p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "max": 1}
    lists = [_delays(at, 2600 - 280 * at, 3 * at) for at in range(len(names))]
    data: list[list[Any]] = [list(names)]
    data += [[_ranked(values, share) for values in lists] for share in shares.values()]
    data += [[sum(values) / len(values) for values in lists], [len(values) for values in lists]]
    columns = [measure(f"{name}(delay)") for name in (*shares, "avg")]
    rows = groups(2, names)
    every = frame([column("count_distinct(carrier)", "measure"), COUNT], [14], [40_000])
    return card(
        frame([CARRIER, *columns, COUNT], *data),
        bins=frame([CARRIER, bins(2), COUNT], *map(list, zip(*rows, strict=True))),
        all=every,
    )


def _ridges() -> dict[str, Any]:
    boxes = _boxes()["frames"]
    medians = frame(
        [CARRIER, measure("median(delay)"), COUNT], *(boxes["main"]["data"][at] for at in (0, 4, 9))
    )
    return card(boxes["bins"], stats=medians, all=boxes["all"])


def _swarm(count: int = 180, lanes: bool = False) -> dict[str, Any]:
    noise = random.Random(5)
    names = [f"Route {at}" for at in range(count)]
    values: list[float | None] = [
        noise.gauss(40, 12) + (60 if at == 3 else 0) for at in range(count)
    ]
    of = [CARRIERS[at % 4] for at in range(count)]
    route, value = column("route", "dimension", "text"), column("delay", "measure", **DELAY)
    every = frame([column("count_distinct(route)", "measure")], [640])
    if lanes:
        return card(frame([route, CARRIER, value], names, of, values))
    return card(frame([route, value], names, values), all=every)


def cohorts(count: int = 12) -> dict[str, Any]:
    noise = random.Random(9)
    rows = []
    for at, start in enumerate(MONTHS_MS[:count]):
        size = 900 + 60 * at
        rows += [(start, 0, size)]
        for age in range(1, count - at):
            share = 0.46 * age**-0.55 + noise.gauss(0, 0.012) + 0.006 * at
            rows.append((start, age, round(size * share)))
    columns = [
        column("at", "time", "time"),
        column("age", "dimension", label="Steps later"),
        column("count_distinct(customer)", "measure", label="Customers", format="integer"),
    ]
    return card(frame(columns, *map(list, zip(*rows, strict=True)), grain="month"))


USUAL, WIDE = (460, 260), (640, 320)
SAMPLES: Samples = {
    "histogram": ("histogram", histogram(), {}, USUAL),
    "histogram_open": ("histogram", histogram(60), {"style": "bars"}, USUAL),
    "histogram_curve": ("histogram", histogram(nulls=0), {"style": "curve"}, USUAL),
    "histogram_groups": ("histogram", _split(), {"share": True}, USUAL),
    "histogram_cumulative": ("histogram", _split(), {"cumulative": True}, USUAL),
    "box": ("box", _boxes(), {}, USUAL),
    "box_violin": ("box", _boxes(), {"style": "violin"}, USUAL),
    "ridgeline": ("ridgeline", _ridges(), {}, WIDE),
    "beeswarm": ("beeswarm", _swarm(), {}, USUAL),
    "beeswarm_lanes": ("beeswarm", _swarm(lanes=True), {}, USUAL),
    "cohort": ("cohort", cohorts(), {}, WIDE),
    "cohort_absolute": ("cohort", cohorts(), {"absolute": True}, WIDE),
}
