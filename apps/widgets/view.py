"""What a reader asks of a page: range, filters, zone, comparison, and how wide the picture is."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

import orjson
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.core.window import Window, is_relative, zone_of
from apps.datasources.definition import ColumnDef
from apps.datasources.query import Condition
from apps.widgets import chosen

WIDTHS = (160, 240, 320, 480, 640, 960, 1280, 1920, 3840)
COMPARE = ("", "previous", "year", "off")
MOST_VALUES = 200


@dataclass(frozen=True, slots=True)
class View:
    """Canonical, so that people who look at the same thing share one answer.

    `filters` are a dashboard's: column -> values, sorted; on numbers and times also ranges
    (chosen.py), which a column's type tells from values. `width` in CSS pixels, stepped up to one
    of WIDTHS. `time_from` and `time_to` as people write them (`now-7d`). `compare` "off" takes a
    card's own comparison away. `drill`: a column that a card groups by -> the finer one instead.
    """

    time_from: str
    time_to: str
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    timezone: str = "UTC"
    width: int = 640
    compare: str = ""
    drill: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        zone_of(self.timezone)
        if self.compare not in COMPARE:
            raise UserError(_("Compare with “previous”, “year” or “off”."), field="compare")

    @classmethod
    def from_params(cls, params: QueryDict, **defaults: str) -> Self:
        """Read `from`, `to`, `tz`, `compare`, `width`, `var-<column>` and `drill-<column>`."""
        names = [key for key in params if key.startswith("var-")]
        filters = {name[4:]: params.getlist(name) for name in names}
        drill = {key[6:]: params[key] for key in params if key.startswith("drill-")}
        return cls.from_json(
            {
                "from": params.get("from") or defaults.get("time_from", "now-30d"),
                "to": params.get("to") or defaults.get("time_to", "now"),
                "timezone": params.get("tz") or defaults.get("timezone", "UTC"),
                "compare": params.get("compare", ""),
                "width": params.get("width", 640),
                "filters": {key: [v for v in values if v] for key, values in filters.items()},
                "drill": drill,
            }
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any], timezone: str = "UTC") -> Self:
        """Read the `view` of a subscribe frame. Raises UserError with the field."""
        filters = data.get("filters") or {}
        if not isinstance(filters, Mapping) or len(filters) > 20:
            raise UserError(_("Filters map a column to a list of values."), field="filters")
        texts = {key: data.get(key) for key in ("from", "to", "timezone", "compare")}
        if any(not isinstance(value, str | None) for value in texts.values()):
            raise UserError(_("Range, zone and comparison are texts."), field="view")
        return cls(
            time_from=(texts["from"] or "now-30d")[:40],
            time_to=(texts["to"] or "now")[:40],
            filters=tuple(sorted(_values(key, value) for key, value in filters.items() if value)),
            timezone=texts["timezone"] or timezone,
            width=_width(data.get("width", 640)),
            compare=texts["compare"] or "",
            drill=_drill(data.get("drill") or {}),
        )

    def as_json(self) -> dict[str, Any]:
        """The form that from_json reads."""
        return {
            "from": self.time_from,
            "to": self.time_to,
            "filters": {column: list(values) for column, values in self.filters},
            "timezone": self.timezone,
            "width": self.width,
            "compare": self.compare,
            **({"drill": dict(self.drill)} if self.drill else {}),
        }

    @property
    def identity(self) -> str:
        """Equal views, equal texts."""
        text = orjson.dumps(self.as_json(), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()[:32]

    @property
    def is_moving(self) -> bool:
        """Whether the range moves with the clock."""
        return is_relative(self.time_to)

    def window(self, now: datetime | None = None) -> Window:
        """The span meant now. A moving end is floored, so that neighbours in time share it."""
        now = now or datetime.now(UTC)
        first = Window.parse(self.time_from, self.time_to, timezone=self.timezone, now=now)
        if not (self.is_moving or is_relative(self.time_from)):
            return first
        step = max(1, min(60, int(first.seconds / 2000)))
        floored = datetime.fromtimestamp(now.timestamp() // step * step, UTC)
        return Window.parse(self.time_from, self.time_to, timezone=self.timezone, now=floored)

    def filters_on(self, columns: Iterable[ColumnDef]) -> tuple[Condition, ...]:
        """The filters that a dataset with these columns understands.

        Raises UserError on "filters" for what is no range of its column.
        """
        known = {column.name: column for column in columns}
        found: list[Condition] = []
        for name, texts in self.filters:
            if name in known:
                found += chosen.conditions(known[name], texts, self.timezone)
        return tuple(found)

    def without(self, column: str) -> Self:
        """The same, not filtered by that column: for what sets or marks its filter."""
        return replace(self, filters=tuple(each for each in self.filters if each[0] != column))

    def with_width(self, width: int) -> Self:
        """The same, drawn at another width."""
        return replace(self, width=_width(width))


def _values(column: Any, values: Any) -> tuple[str, tuple[str, ...]]:
    if not isinstance(values, list | tuple) or len(values) > MOST_VALUES:
        message = _("A filter takes a list of at most %(most)s values.")
        raise UserError(message % {"most": MOST_VALUES}, field="filters")
    if not all(isinstance(value, str | int | float | bool) for value in values):
        raise UserError(_("Filter values are texts or numbers."), field="filters")
    return str(column)[:100], tuple(sorted({str(value)[:500] for value in values}))


def _drill(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping) or len(value) > 4:
        raise UserError(_("Drilling maps a column to a finer one."), field="drill")
    return tuple(sorted((str(coarse)[:100], str(fine)[:100]) for coarse, fine in value.items()))


def _width(value: Any) -> int:
    try:
        width = float(value)
    except (TypeError, ValueError) as error:
        raise UserError(_("The width is a number of pixels."), field="width") from error
    return next((step for step in WIDTHS if step >= width), WIDTHS[-1])
