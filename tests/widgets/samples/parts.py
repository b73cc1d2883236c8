"""What samples of card data are made of."""

from typing import Any

DAY_MS = 86_400_000
START_MS = 1_788_220_800_000  # 2026-09-01
HOSTILE = "<img src=x onerror=\"alert(1)\"> & 'quotes' {b|x} ]]> \x00\x0b \ud800"


def column(name: str, role: str, type_: str = "number", **more: Any) -> dict[str, Any]:
    empty = {"unit": None, "format": None, "good": None}
    return {"name": name, "label": name.capitalize(), "role": role, "type": type_, **empty, **more}


def frame(columns: list[dict[str, Any]], *data: list[Any], **more: Any) -> dict[str, Any]:
    known = {"window": None, "grain": None, "timezone": "UTC", "truncated": False}
    counts = {"row_count": len(data[0]), "computed_at": START_MS, "took_ms": 1.0}
    return {"columns": columns, "data": list(data), **known, **counts, **more}


def card(main: dict[str, Any], **more: Any) -> dict[str, Any]:
    overlays = more.pop("overlays", {})
    return {"frames": {"main": main, **more}, "overlays": overlays}


TIME = column("day", "time", "time")
REGION = column("region", "dimension", "text")
SEGMENT = column("segment", "dimension", "text")
WEEKDAY = column("day_weekday", "dimension", format="weekday")
HOUR = column("day_hour", "dimension", format="hour")
REVENUE = column("revenue", "measure", unit="€", format="currency", good="up")
ORDERS = column("orders", "measure", format="integer", good="up")
MARGIN = column("margin", "measure", format="percent", good="up")


# name -> (kind, data, options, (width, height))
Samples = dict[str, tuple[str, dict[str, Any], dict[str, Any], tuple[int, int]]]
