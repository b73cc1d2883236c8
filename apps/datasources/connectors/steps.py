"""Where a step of time begins that only a calendar knows."""

from datetime import datetime, timedelta

from apps.core.window import step

UNITS = {"day": "d", "week": "w", "month": "M", "quarter": "Q", "year": "y"} | {
    "fiscal_quarter": "Q",
    "fiscal_year": "y",
}


def start_of(local: datetime, grain: str, week_start: int, fiscal_year_start: int) -> datetime:
    """The start of the step that holds a moment, on the clock of its own zone."""
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=(day.weekday() - week_start) % 7)
    first = fiscal_year_start if grain.startswith("fiscal") else 1
    length = {"month": 1, "quarter": 3, "year": 12}[grain.removeprefix("fiscal_")]
    months = day.year * 12 + day.month - 1 - (day.month - first) % length
    return day.replace(year=months // 12, month=months % 12 + 1, day=1)


def next_start(local: datetime, grain: str) -> datetime:
    """The start of the following step."""
    return step(local, 1, UNITS[grain])
