"""Groups of a finer step -> groups of the step that was asked for, and measures read from them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.window import to_ms, zone_of
from apps.datasources.connectors import zeros
from apps.datasources.connectors.errors import SourceRefused
from apps.datasources.connectors.steps import start_of

Group = tuple[list[Any], dict[str, Any]]


def folded(groups: Iterable[Group], asked: dict[str, Any]) -> Iterator[list[Any]]:
    """Rows of keys and measures. Groups that fold to the same keys become one row."""
    folds = [key["fold"] for key in asked["groups"]]
    if any(folds):
        groups = _merged(groups, folds, asked)
    for keys, found in groups:
        yield [*keys, *(_measure(measure, found) for measure in asked["measures"])]


def _merged(groups: Iterable[Group], folds: list[str], asked: dict[str, Any]) -> Iterable[Group]:
    zone = zone_of(asked["timezone"])
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for keys, found in groups:
        into = tuple(
            _fold(key, fold, zone, asked) if fold and key is not None else key
            for key, fold in zip(keys, folds, strict=True)
        )
        merged[into] = _together(merged[into], found) if into in merged else found
    return [(list(keys), found) for keys, found in merged.items()]


def _fold(key: int, fold: str, zone: ZoneInfo, asked: dict[str, Any]) -> int:
    """The start of the step, or the part, that holds a moment."""
    if fold == "zero":
        return key + 0  # -0.0 becomes 0.0
    local = datetime.fromtimestamp(key / 1000, zone)
    if fold == "hour":
        return local.hour
    if fold == "weekday":
        return local.weekday()
    if fold == "month_of_year":
        return local.month
    return to_ms(start_of(local, fold, asked["week_start"], asked["fiscal_year_start"]))


def _together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two groups have in sum: counts, and stats by name, also inside a filter."""
    found: dict[str, Any] = {}
    for name, value in one.items():
        if name == "values" or (name == "value" and not isinstance(value, dict)):
            message = _("This number has the groups 0 and -0, which only counts and sums can join.")
            raise SourceRefused(message, field="measures")
        if isinstance(value, dict) and name != "key":
            found[name] = _together(value, other[name])
        elif name in ("doc_count", "count", "sum"):
            found[name] = value + other[name]
        elif name in ("min", "max"):
            known = [each for each in (value, other[name]) if each is not None]
            found[name] = (min if name == "min" else max)(known) if known else None
    if "sum" in found:
        found["avg"] = found["sum"] / found["count"] if found["count"] else None
    return found


def _measure(measure: dict[str, Any], found: dict[str, Any]) -> Any:
    """One measure of a group; null where there is nothing to compute it from."""
    what = measure["is"]
    if what == "ratio":
        above, below = (_measure(part, found) for part in measure["of"])
        return above / below if above is not None and below else None
    whole = own = found.get(measure["at"], {})
    if what == "count":
        return own["doc_count"] if measure["filtered"] else found["doc_count"]
    if measure["filtered"]:
        own = own["value"]
    if what == "count_distinct":
        return own["value"] - ("zeros" in whole and zeros.has_both(whole["zeros"]))
    if "percent" in measure:
        return next(iter(own["values"].values()))
    return float(own[what]) if own["count"] else None
