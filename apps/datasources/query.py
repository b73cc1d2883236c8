"""The question. A Query is a frozen value; its canonical JSON is its identity."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.core.window import Window, zone_of

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
}
BIN_SECONDS = {name: int(seconds) for name, seconds in GRAINS.items() if seconds <= 3600}
PARTS = ("hour", "weekday", "month")
OPERATORS: dict[str, tuple[int, int]] = {  # name -> fewest and most values
    "in": (1, 1000),
    "not_in": (1, 1000),
    "eq": (1, 1),
    "ne": (1, 1),
    "lt": (1, 1),
    "le": (1, 1),
    "gt": (1, 1),
    "ge": (1, 1),
    "between": (2, 2),
    "contains": (1, 1),
    "is_null": (0, 0),
    "not_null": (0, 0),
}
FIELDS = (
    *("dataset", "measures", "dimensions", "columns", "time", "grain", "window", "filters"),
    *("order", "limit", "timezone"),
)
MAX_LIST = 50
Value = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column to group by, or a part of a time column (hour 0-23, weekday 0-6, month 1-12)."""

    column: str
    part: str | None = None

    @property
    def name(self) -> str:
        """The name of its column in the Frame."""
        return f"{self.column}_{self.part}" if self.part else self.column

    def as_json(self) -> str | dict[str, str]:
        """A plain name where that is enough."""
        return {"column": self.column, "part": self.part} if self.part else self.column


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one column; `values` as its operator wants."""

    column: str
    op: str
    values: tuple[Value, ...] = ()

    @classmethod
    def from_json(cls, data: Any, field: str = "filters") -> Self:
        """Read {"column", "op", "values"}. Raises UserError."""
        item = _mapping(data, field, ("column", "op", "values"))
        op, values = item.get("op", "in"), item.get("values", [])
        if op not in OPERATORS:
            raise _wrong(field, _("“%(op)s” is not an operator.") % {"op": str(op)[:40]})
        fewest, most = OPERATORS[op]
        if not isinstance(values, list | tuple) or not fewest <= len(values) <= most:
            message = _("“%(op)s” takes %(fewest)s to %(most)s values.")
            raise _wrong(field, message % {"op": op, "fewest": fewest, "most": most})
        if not all(isinstance(value, str | int | float | bool) for value in values):
            raise _wrong(field, _("Filter values are texts, numbers or yes and no."))
        if any(isinstance(value, str) and "\x00" in value for value in values):
            raise _wrong(field, _("A filter value holds a NUL character."))
        return cls(_name(item.get("column"), field), op, tuple(values))

    def as_json(self) -> dict[str, Any]:
        """The form that from_json reads."""
        return {"column": self.column, "op": self.op, "values": list(self.values)}


def read_filters(data: Any, field: str = "filters") -> tuple[Filter, ...]:
    """Read a list of conditions, which are joined by AND. Raises UserError."""
    return tuple(Filter.from_json(each, field) for each in data or [])


def leaves(items: Iterable[Filter]) -> Iterator[Filter]:
    """Every plain condition, in the order in which it is written."""
    yield from items


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a measure or dimension of the query."""

    by: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of one dataset.

    Either `measures` (grouped by `dimensions`, and by `time` in steps of `grain`), or `columns`
    for raw rows. `window` needs `time`. Limits count rows. Raises UserError when contradictory.
    """

    dataset: int
    measures: tuple[str, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    columns: tuple[str, ...] = ()
    time: str | None = None
    grain: str | None = None
    window: Window | None = None
    filters: tuple[Filter, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if bool(self.measures) == bool(self.columns):
            raise _wrong("measures", _("Ask for measures or for columns: one of the two."))
        if self.columns and (self.dimensions or self.grain):
            raise _wrong("columns", _("Raw columns cannot be grouped."))
        if (self.grain or self.window) and not self.time:
            raise _wrong("time", _("Name the time column for the range and the grain."))
        if self.grain and self.grain not in GRAINS:
            raise _wrong("grain", _("“%(grain)s” is not a grain.") % {"grain": self.grain[:40]})
        zone_of(self.timezone)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read the JSON form. Unknown keys and wrong types raise UserError with their field."""
        item = _mapping(data, "query", FIELDS)
        dataset, limit, timezone = item.get("dataset"), item.get("limit"), item.get("timezone")
        if not isinstance(dataset, int) or isinstance(dataset, bool):
            raise _wrong("dataset", _("Name the dataset by its number."))
        if limit is not None and (not isinstance(limit, int) or not 1 <= limit <= 1_000_000):
            raise _wrong("limit", _("The limit is a whole number from 1 to 1,000,000."))
        return cls(
            dataset=dataset,
            measures=_names(item, "measures"),
            dimensions=tuple(_dimension(each) for each in _list(item, "dimensions")),
            columns=_names(item, "columns"),
            time=_name(item["time"], "time") if item.get("time") else None,
            grain=_name(item["grain"], "grain") if item.get("grain") else None,
            window=_window(item.get("window"), timezone or "UTC"),
            filters=tuple(Filter.from_json(each) for each in _list(item, "filters")),
            order=tuple(_order(each) for each in _list(item, "order")),
            limit=limit,
            timezone=_name(timezone, "timezone") if timezone else "UTC",
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

    def narrowed(self, filters: tuple[Filter, ...]) -> Self:
        """The same question about fewer rows."""
        return replace(self, filters=(*self.filters, *filters))


def grain_for(window: Window, width: int, finest: str = "second") -> str:
    """The finest grain that leaves about four pixels a point. width: CSS pixels."""
    most = max(width / 4, 30)
    names = list(GRAINS)
    for name in names[names.index(finest) :]:
        if window.seconds / GRAINS[name] <= most:
            return name
    return names[-1]


def _wrong(field: str, message: str) -> UserError:
    return UserError(message, field=field, code="invalid_query")


def _mapping(data: Any, field: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise _wrong(field, _("This must be a JSON object."))
    if unknown := sorted(str(key)[:40] for key in data if key not in known):
        message = _("Unknown: %(names)s. Known are %(known)s.")
        raise _wrong(field, message % {"names": ", ".join(unknown), "known": ", ".join(known)})
    return data


def _list(item: Mapping[str, Any], field: str) -> list[Any]:
    value = item.get(field) or []
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise _wrong(field, _("This must be a list of at most %(most)s.") % {"most": MAX_LIST})
    return value


def _name(value: Any, field: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 100 or not value.isprintable():
        raise _wrong(field, _("A name is a text of 1 to 100 characters."))
    return value


def _names(item: Mapping[str, Any], field: str) -> tuple[str, ...]:
    names = tuple(_name(each, field) for each in _list(item, field))
    if len(set(names)) < len(names):
        raise _wrong(field, _("The same name stands here twice."))
    return names


def _dimension(data: Any) -> Dimension:
    if isinstance(data, str):
        return Dimension(_name(data, "dimensions"))
    item = _mapping(data, "dimensions", ("column", "part"))
    part = item.get("part")
    if part is not None and part not in PARTS:
        raise _wrong("dimensions", _("A part is one of %(parts)s.") % {"parts": ", ".join(PARTS)})
    return Dimension(_name(item.get("column"), "dimensions"), part)


def _order(data: Any) -> Order:
    item = _mapping(data, "order", ("by", "descending"))
    return Order(_name(item.get("by"), "order"), item.get("descending") is True)


def _window(data: Any, timezone: str) -> Window | None:
    if data is None:
        return None
    item = _mapping(data, "window", ("from", "to"))
    start, end = item.get("from"), item.get("to", "now")
    if not isinstance(start, str) or not isinstance(end, str):
        raise _wrong("window", _("A range has “from” and “to”, as texts."))
    return Window.parse(start, end, timezone=timezone)
