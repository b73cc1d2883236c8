"""What an answer must be, in plain Python: slow, short and easy to check by eye."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from apps.core.window import step
from apps.datasources.query import BIN_SECONDS

AT, SELECT, AMOUNT, GROUP, PAID = range(5)
COLUMN = {"at": AT, "select": SELECT, "amount": AMOUNT, "group": GROUP, "paid": PAID}


def finite(value):
    """A number that is none is missing."""
    return value if value is not None and math.isfinite(value) else None


def measured(rows):
    """Every plain measure over some rows."""
    numbers = sorted(v for row in rows if (v := finite(row[AMOUNT])) is not None)
    total = sum(numbers) if numbers else None
    paid = [row[PAID] for row in rows if row[PAID] is not None]
    of_a = [row for row in rows if row[SELECT] == "a"]
    known_a = [v for row in of_a if (v := finite(row[AMOUNT])) is not None]
    return {
        "n": len(rows),
        "total": total,
        "low": numbers[0] if numbers else None,
        "high": numbers[-1] if numbers else None,
        "mean": total / len(numbers) if numbers else None,
        "middle": percentile(numbers, 0.5),
        "p90": percentile(numbers, 0.9),
        "kinds": len({row[SELECT] for row in rows} - {None}),
        "amounts": len(set(numbers)),
        "paid_share": sum(paid) / len(paid) if paid else None,
        "per_row": None if total is None else total / len(rows),
        "per_total": len(rows) / total if total else None,
        "total_a": sum(known_a) if known_a else None,
        "n_big": sum(1 for v in numbers if v > 1),
        "per_row_a": sum(known_a) / len(of_a) if known_a else None,
    }


def percentile(numbers, fraction):
    if not numbers:
        return None
    spot = fraction * (len(numbers) - 1)
    low = math.floor(spot)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] * (1 - (spot - low)) + numbers[high] * (spot - low)


def grouped(rows, key):
    """Plain measures by key."""
    found = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return {key: measured(some) for key, some in found.items()}


def bucket(at, grain, zone, week_start=0, fiscal=1):
    """The start of the step that holds `at`."""
    if at is None:
        return None
    if seconds := BIN_SECONDS.get(grain):
        return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)
    local = at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if grain == "week":
        while local.weekday() != week_start:
            local -= timedelta(days=1)
    elif grain != "day":
        local = local.replace(day=1)
        length = {"month": 1, "quarter": 3, "year": 12}[grain.removeprefix("fiscal_")]
        first = fiscal if grain.startswith("fiscal") else 1
        while (local.month - first) % length:
            local = step(local, -1, "M")
    return local.astimezone(UTC)


def binned(number, width, low=None, high=None):
    """The lower edge of a number's bin, by exact fractions; edges are the nearest doubles."""
    if finite(number) is None:
        return None
    wide = Fraction(repr(width))
    if low is not None and number < (edge := float(Fraction(repr(low)) // wide * wide)):
        return float((Fraction(repr(edge)) // wide - 1) * wide)
    if high is not None and number >= (edge := float(-(-Fraction(repr(high)) // wide) * wide)):
        return edge
    if abs(number) >= width * 2**40:
        return number
    place = Fraction(number) // wide
    if number >= float((place + 1) * wide):
        place += 1
    return float(place * wide)


def cohorts(rows, entity, grain, zone, week_start=0, fiscal=1):
    """(start of the cohort, steps later) -> rows, of rows that have an entity and a time."""
    first, found = {}, defaultdict(list)
    rows = [row for row in rows if finite_or_text(row[entity]) is not None and row[AT] is not None]
    for row in rows:
        first[row[entity]] = min(first.get(row[entity], row[AT]), row[AT])
    for row in rows:
        start = bucket(first[row[entity]], grain, zone, week_start, fiscal)
        here, age = bucket(row[AT], grain, zone, week_start, fiscal), 0
        while here > start:  # a day before the start of a step is in the one before
            here = bucket(here - timedelta(hours=12), grain, zone, week_start, fiscal)
            age += 1
        found[start, age].append(row)
    return found


def finite_or_text(value):
    return value if isinstance(value, str) else finite(value)


def met(row, item):
    """Whether a row meets a filter or a group of filters in its JSON form."""
    if "any" in item:
        return any(met(row, each) for each in item["any"])
    if "all" in item:
        return all(met(row, each) for each in item["all"])
    value, op, values = row[COLUMN[item["column"]]], item["op"], item["values"]
    if item["column"] == "amount":
        value = finite(value)
    if op in ("is_null", "not_null"):
        return (value is None) == (op == "is_null")
    if value is None:
        return False
    if item["column"] == "at":
        values = [datetime.fromisoformat(each) for each in values]
    return {
        "in": lambda: value in values,
        "not_in": lambda: value not in values,
        "eq": lambda: value == values[0],
        "ne": lambda: value != values[0],
        "lt": lambda: value < values[0],
        "le": lambda: value <= values[0],
        "gt": lambda: value > values[0],
        "ge": lambda: value >= values[0],
        "between": lambda: values[0] <= value <= values[1],
        "within": lambda: values[0] <= value < values[1],
        "contains": lambda: values[0].lower() in value.lower(),
        "not_contains": lambda: values[0].lower() not in value.lower(),
        "starts_with": lambda: value.lower().startswith(values[0].lower()),
        "ends_with": lambda: value.lower().endswith(values[0].lower()),
    }[op]()


def same(got, value):
    """Equal, or as near as sums in another order come."""
    if got is None or value is None or isinstance(value, str):
        return got == value
    return math.isclose(got, value, rel_tol=1e-9, abs_tol=1e-9)
