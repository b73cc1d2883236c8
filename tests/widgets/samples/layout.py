"""Words, pictures and bands."""

from tests.widgets.samples.parts import (
    DAY_MS,
    ORDERS,
    REGION,
    REVENUE,
    START_MS,
    Samples,
    card,
    column,
    frame,
)

TEXT = """# Sales this quarter

Revenue is **{{ revenue }}**, {{ revenue | change }} against {{ revenue | before }};
{{ orders }} orders from {{ window }}.

- West leads, *East* follows
- [The plan](https://example.com/plan) and [the flights](/d/flights/)
  1. first
  2. second

> Figures before 9:00 are of yesterday.

| Region | Revenue | Share |
|:-------|--------:|------:|
| West   | {{ revenue \\| short }} | 62 % |
| شرق    | € 1,200 | 8 % |

`make report` writes it.
"""
SPAN = {"from": START_MS, "to": START_MS + 30 * DAY_MS}


def _markdown() -> dict:
    found = card(
        frame([REVENUE, ORDERS], [5_421_000], [8123], window=SPAN),
        previous=frame([REVENUE, ORDERS], [5_000_900], [8400]),
    )
    return {**found, "window": SPAN}


def _values() -> dict:
    names = ["West", "East", "Central and everything that lies around it", "南", "شرق", "North"]
    counts = [3203, 2848, 2323, 1620, 44, 3]
    return card(frame([REGION, ORDERS], names, counts), overlays={"chosen": ["East", "Gone"]})


def _ends(chosen: list[str]) -> dict:
    ends = [
        column(f"{name}(delay)", "measure", label=f"{name} of delay", unit="min")
        for name in ("min", "max")
    ]
    return card(frame(ends, [-61], [1437]), overlays={"chosen": chosen})


SAMPLES: Samples = {
    "section": (
        "section",
        {"frames": {}, "overlays": {}},
        {"text": "Orders and returns"},
        (900, 26),
    ),
    "image": (
        "image",
        {"frames": {}, "overlays": {"image": "/w/7/image/" + "a" * 64 + ".png"}},
        {"alt": "The plan of the warehouse, seen from above, with its three gates"},
        (300, 200),
    ),
    "iframe": (
        "iframe",
        {"frames": {}, "overlays": {"embed": "https://maps.example.com/embed?x=1"}},
        {"url": "https://maps.example.com/embed?x=1"},
        (460, 260),
    ),
    "custom": (
        "custom",
        card(
            frame([REGION, ORDERS], ["West", "East", "Central"], [3203, 2848, 2323]),
            overlays={"custom": {"frame": "/w/custom/7/", "name": "Lollipop", "version": 2}},
        ),
        {"module": "3"},
        (420, 200),
    ),
    "filter_control": ("filter_control", _values(), {"column": "region"}, (260, 220)),
    "filter_range": (
        "filter_control",
        _ends(["10..", "zz"]),
        {"column": "delay", "style": "range"},
        (260, 120),
    ),
    "markdown": ("markdown", _markdown(), {"text": TEXT}, (460, 420)),
}
