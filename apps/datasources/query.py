"""The question. A Query is a frozen value; its canonical JSON is its identity."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson
from django.utils.translation import gettext as _

from apps.core.window import Window, zone_of
from apps.datasources.conditions import (
    OPERATORS,
    Condition,
    Filter,
    Group,
    leaves,
    mapping,
    name_of,
    read_filters,
    wrong,
)

__all__ = ["OPERATORS", "Condition", "Filter", "Group", "leaves", "read_filters"]  # read here too

GRAINS: dict[str, float] = {  # name -> seconds, about
    "second": 1,
    "5second": 5,
    "15second": 15,
    "minute": 60,
    "5minute": 300,
    "15minute": 900,
    "hour": 3600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30.4 * 86_400,
    "quarter": 91.3 * 86_400,
    "year": 365.25 * 86_400,
    "fiscal_quarter": 91.3 * 86_400,
    "fiscal_year": 365.25 * 86_400,
}
FISCAL = ("fiscal_quarter", "fiscal_year")
BIN_SECONDS = {name: int(seconds) for name, seconds in GRAINS.items() if seconds <= 3600}
COHORT_GRAINS = tuple(name for name in GRAINS if name not in BIN_SECONDS)
PARTS = ("hour", "weekday", "month")
COMPARISONS = ("previous", "year")
FIELDS = (
    *("dataset", "measures", "dimensions", "columns", "time", "grain", "window", "filters"),
    *("order", "limit", "timezone", "compare", "top", "cohort"),
)
MAX_LIST = 50
MOST_TOP = 1000
MOST_BINS = 1000


@dataclass(frozen=True, slots=True)
class Dimension:
    """What to group by: a column; a part of a time (hour 0-23, weekday 0-6, month 1-12); or bins.

    Bins of a column of numbers are equally wide, and called by their lower edge: either about
    `bins` of them, of a round width that is chosen from the lowest and the highest number of the
    rows that the question meets (bins.py), or as many as there are of a given `width`. What lies
    below `low`, and what does not lie below `high`, is one bin each, however far it reaches.
    """

    column: str
    part: str | None = None
    bins: int | None = None
    width: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def name(self) -> str:
        """The name of its column in the Frame."""
        if self.is_binned:
            return f"{self.column}_bin"
        return f"{self.column}_{self.part}" if self.part else self.column

    @property
    def is_binned(self) -> bool:
        """Whether its numbers are put into bins."""
        return self.bins is not None or self.width is not None

    @property
    def is_ordered(self) -> bool:
        """Whether its values have an order of their own, as hours and bins do."""
        return self.part is not None or self.is_binned

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read a name, or {"column"} with "part", "bins" or "width". Raises UserError."""
        if isinstance(data, str):
            return cls(name_of(data, "dimensions"))
        item = mapping(data, "dimensions", ("column", "part", "bins", "width", "low", "high"))
        column, part, bins = (item.get(key) for key in ("column", "part", "bins"))
        if part is not None and part not in PARTS:
            message = _("A part is one of %(parts)s.") % {"parts": ", ".join(PARTS)}
            raise wrong("dimensions", message)
        if bins is not None and not (_is_whole(bins) and 1 <= bins <= MOST_BINS):
            message = _("“bins” is a whole number from 1 to %(most)s.") % {"most": MOST_BINS}
            raise wrong("dimensions", message)
        width, low, high = (_number(item, key) for key in ("width", "low", "high"))
        if width is not None and not 1e-290 < width < 1e290:
            raise wrong("dimensions", _("“width” is a number above 0."))
        if sum(each is not None for each in (part, bins, width)) > 1:
            raise wrong("dimensions", _("Give one of “part”, “bins” and “width”."))
        found = cls(name_of(column, "dimensions"), part, bins, width, low, high)
        if (low, high) != (None, None) and not found.is_binned:
            raise wrong("dimensions", _("“low” and “high” are edges of bins: give their number."))
        if low is not None and high is not None and low >= high:
            raise wrong("dimensions", _("“low” must be below “high”."))
        return found

    def as_json(self) -> str | dict[str, Any]:
        """A plain name where that is enough."""
        names = ("part", "bins", "width", "low", "high")
        more = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return {"column": self.column, **more} if more else self.column


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a measure or dimension of the query."""

    by: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Top:
    """Of the first dimension only the `limit` largest values by the measure `by`.

    They are chosen over the whole question, whatever its grain. With `other`, all remaining rows
    are one more group, computed from its rows. In that group the dimension is null, and the
    column "<dimension>__other" (role "flag") is true: so it differs from a real null.
    """

    limit: int
    by: str
    other: bool = False

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read {"limit", "by", "other"}. Raises UserError on "top"."""
        item = mapping(data, "top", ("limit", "by", "other"))
        limit, other = item.get("limit"), item.get("other", False)
        if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST_TOP:
            message = _("The top has a limit from 1 to %(most)s.") % {"most": MOST_TOP}
            raise wrong("top", message)
        if not isinstance(other, bool):
            raise wrong("top", _("“other” is true or false."))
        return cls(limit, name_of(item.get("by"), "top"), other)

    def as_json(self) -> dict[str, Any]:
        """The form that from_json reads."""
        return {"limit": self.limit, "by": self.by, "other": self.other}


@dataclass(frozen=True, slots=True)
class Cohort:
    """Rows by the step of `grain` in which their `entity` (a customer, say) was first seen.

    It is sought among all rows that policies and filters meet, whatever the window; the window
    says which cohorts are shown, each of them whole. The answer has the start of the cohort under
    the name of the time column, and as "age" how many steps later the rows are. Rows without an
    entity or without a time belong to no cohort.
    """

    entity: str
    grain: str

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read {"entity", "grain"}. Raises UserError on "cohort"."""
        item = mapping(data, "cohort", ("entity", "grain"))
        return cls(name_of(item.get("entity"), "cohort"), name_of(item.get("grain"), "cohort"))

    def as_json(self) -> dict[str, str]:
        """The form that from_json reads."""
        return {"entity": self.entity, "grain": self.grain}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of one dataset.

    Either `measures` (grouped by `dimensions`, and by `time` in steps of `grain`), or `columns`
    for raw rows. `window` needs `time`. Limits count rows. `compare` sets the span before beside
    the window ("previous", of the same length) or the same span a year before ("year").
    Raises UserError when contradictory; what needs the dataset or the window is refused by the
    compiler.
    """

    dataset: int
    measures: tuple[str, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    columns: tuple[str, ...] = ()
    time: str | None = None
    grain: str | None = None
    window: Window | None = None
    filters: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    timezone: str = "UTC"
    compare: str | None = None
    top: Top | None = None
    cohort: Cohort | None = None

    def __post_init__(self) -> None:
        if bool(self.measures) == bool(self.columns):
            raise wrong("measures", _("Ask for measures or for columns: one of the two."))
        if self.columns and (self.dimensions or self.grain):
            raise wrong("columns", _("Raw columns cannot be grouped."))
        if (self.grain or self.window) and not self.time:
            raise wrong("time", _("Name the time column for the range and the grain."))
        if self.grain and self.grain not in GRAINS:
            raise wrong("grain", _("“%(grain)s” is not a grain.") % {"grain": self.grain[:40]})
        if self.compare and self.compare not in COMPARISONS:
            message = _("“%(name)s” is not a comparison. There are: %(known)s.")
            parts = {"name": self.compare[:40], "known": ", ".join(COMPARISONS)}
            raise wrong("compare", message % parts)
        if self.compare and self.columns:
            raise wrong("compare", _("Raw columns cannot be compared."))
        if self.top and not self.dimensions:
            raise wrong("top", _("Name a dimension whose largest values are wanted."))
        if self.cohort:
            self._check_cohort(self.cohort)
        zone_of(self.timezone)

    def _check_cohort(self, cohort: Cohort) -> None:
        if cohort.grain not in COHORT_GRAINS:
            message = _("“%(grain)s” is not a step of cohorts. There are: %(known)s.")
            parts = {"grain": cohort.grain[:40], "known": ", ".join(COHORT_GRAINS)}
            raise wrong("cohort", message % parts)
        if not self.time:
            raise wrong("time", _("Name the time column by which cohorts are told."))
        if not self.measures or self.dimensions or self.grain or self.compare or self.top:
            message = _("Cohorts have measures, and neither dimensions, grain, comparison nor top.")
            raise wrong("cohort", message)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read the JSON form. Unknown keys and wrong types raise UserError with their field."""
        item = mapping(data, "query", FIELDS)
        dataset, limit, timezone = item.get("dataset"), item.get("limit"), item.get("timezone")
        if not isinstance(dataset, int) or isinstance(dataset, bool):
            raise wrong("dataset", _("Name the dataset by its number."))
        if limit is not None and not (_is_whole(limit) and 1 <= limit <= 1_000_000):
            raise wrong("limit", _("The limit is a whole number from 1 to 1,000,000."))
        return cls(
            dataset=dataset,
            measures=_names(item, "measures"),
            dimensions=tuple(Dimension.from_json(each) for each in _list(item, "dimensions")),
            columns=_names(item, "columns"),
            time=name_of(item["time"], "time") if item.get("time") else None,
            grain=name_of(item["grain"], "grain") if item.get("grain") else None,
            window=_window(item.get("window"), timezone or "UTC"),
            filters=read_filters(item.get("filters")),
            order=tuple(_order(each) for each in _list(item, "order")),
            limit=limit,
            timezone=name_of(timezone, "timezone") if timezone else "UTC",
            compare=name_of(item["compare"], "compare") if item.get("compare") else None,
            top=Top.from_json(item["top"]) if item.get("top") else None,
            cohort=Cohort.from_json(item["cohort"]) if item.get("cohort") else None,
        )

    def as_json(self) -> dict[str, Any]:
        """The JSON form: from_json(as_json()) is the same Query."""
        everything = {
            "dataset": self.dataset,
            "measures": list(self.measures),
            "dimensions": [dimension.as_json() for dimension in self.dimensions],
            "columns": list(self.columns),
            "time": self.time,
            "grain": self.grain,
            "window": self.window.as_json() if self.window else None,
            "filters": [filter.as_json() for filter in self.filters],
            "order": [{"by": o.by, "descending": o.descending} for o in self.order],
            "limit": self.limit,
            "timezone": self.timezone,
            "compare": self.compare,
            "top": self.top.as_json() if self.top else None,
            "cohort": self.cohort.as_json() if self.cohort else None,
        }
        return {key: value for key, value in everything.items() if value not in (None, [], "UTC")}

    def canonical(self) -> bytes:
        """The same question always gives the same bytes."""
        return orjson.dumps(self.as_json(), option=orjson.OPT_SORT_KEYS)

    @property
    def identity(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def within(self, window: Window) -> Self:
        """The same question about another span of time."""
        return replace(self, window=window)

    def narrowed(self, filters: tuple[Condition, ...]) -> Self:
        """The same question about fewer rows."""
        return replace(self, filters=(*self.filters, *filters))


def grain_for(window: Window, width: int, finest: str = "second") -> str:
    """The finest grain that leaves about four pixels a point. width: CSS pixels."""
    most = max(width / 4, 30)
    names = [name for name in GRAINS if name not in FISCAL]
    for name in names[names.index(finest) :]:
        if window.seconds / GRAINS[name] <= most:
            return name
    return names[-1]


def _list(item: Mapping[str, Any], field: str) -> list[Any]:
    value = item.get(field) or []
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise wrong(field, _("This must be a list of at most %(most)s.") % {"most": MAX_LIST})
    return value


def _names(item: Mapping[str, Any], field: str) -> tuple[str, ...]:
    names = tuple(name_of(each, field) for each in _list(item, field))
    if len(set(names)) < len(names):
        raise wrong(field, _("The same name stands here twice."))
    return names


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(item: Mapping[str, Any], key: str) -> float | None:
    """A finite number of a dimension, if it is there."""
    value = item.get(key)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not -1e300 < value < 1e300:  # nor is NaN between them
        raise wrong("dimensions", _("“%(key)s” is a number.") % {"key": key})
    return float(value)


def _order(data: Any) -> Order:
    item = mapping(data, "order", ("by", "descending"))
    descending = item.get("descending", False)
    if not isinstance(descending, bool):
        raise wrong("order", _("“descending” is true or false."))
    return Order(name_of(item.get("by"), "order"), descending)


def _window(data: Any, timezone: str) -> Window | None:
    if data is None:
        return None
    item = mapping(data, "window", ("from", "to"))
    start, end = item.get("from"), item.get("to", "now")
    if not isinstance(start, str) or not isinstance(end, str):
        raise wrong("window", _("A range has “from” and “to”, as texts."))
    return Window.parse(start, end, timezone=timezone)
