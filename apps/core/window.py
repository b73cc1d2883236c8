"""Spans of time, and the way people write them (`now-7d/d`), which is Grafana's."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.core.errors import UserError

UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month"} | {
    "Q": "quarter",
    "y": "year",
}
_RELATIVE = re.compile(r"^now((?:[+-]\d{1,6}[smhdwMQy])*)(?:/([smhdwMQy]))?$")
_STEP = re.compile(r"([+-]\d+)([smhdwMQy])")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The span [start, end) of time, both aware and in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for edge in (self.start, self.end):
            if edge.tzinfo is None:
                raise ValueError("a window's edges must be aware")
        if self.end <= self.start:
            raise UserError(_("The time range ends before it begins."), field="to")

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return (self.end - self.start).total_seconds()

    def shifted(self, by: timedelta) -> "Window":
        """The same length, moved."""
        return Window(self.start + by, self.end + by)

    def before(self) -> "Window":
        """The span of the same length that ends where this one begins."""
        return self.shifted(self.start - self.end)

    def as_json(self) -> dict[str, str]:
        """Both edges in ISO 8601 with Z, as in a Query."""
        return {"from": iso(self.start), "to": iso(self.end)}

    def as_ms(self) -> dict[str, int]:
        """Both edges in milliseconds since 1970, as charts want them."""
        return {"from": to_ms(self.start), "to": to_ms(self.end)}

    @classmethod
    def last(cls, *, hours: float, now: datetime | None = None) -> "Window":
        """The hours up to now."""
        end = now or datetime.now(UTC)
        return cls(end - timedelta(hours=hours), end)

    @classmethod
    def parse(
        cls, start: str, end: str, *, timezone: str = "UTC", now: datetime | None = None
    ) -> "Window":
        """Read `now-7d`, `now/d`, ISO 8601 or milliseconds. `/u` on the end snaps forward.

        timezone: the zone in which snapping and naive times are read.
        Raises UserError with field "from" or "to".
        """
        zone, now = zone_of(timezone), now or datetime.now(UTC)
        return cls(
            moment(start, zone=zone, now=now, is_end=False),
            moment(end, zone=zone, now=now, is_end=True),
        )


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; UserError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = _("There is no time zone “%(name)s”.") % {"name": name[:60]}
        raise UserError(message, field="timezone") from error


def iso(value: datetime) -> str:
    """ISO 8601 in UTC, with Z and without needless fractions."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_ms(value: datetime) -> int:
    """Milliseconds since 1970."""
    return round(value.timestamp() * 1000)


def is_relative(text: str) -> bool:
    """Whether the text moves with the clock."""
    return text.startswith("now")


def moment(text: str, *, zone: ZoneInfo, now: datetime, is_end: bool) -> datetime:
    """One edge of a window, in UTC. Raises UserError that names the field."""
    field = "to" if is_end else "from"
    text = text.strip()
    try:
        if match := _RELATIVE.match(text):
            value = now.astimezone(zone)
            for amount, unit in _STEP.findall(match[1]):
                value = step(value, int(amount), unit)
            return (snap(value, match[2], is_end) if match[2] else value).astimezone(UTC)
        if re.fullmatch(r"-?\d{11,14}", text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        value = datetime.fromisoformat(text)
        value = value if value.tzinfo else value.replace(tzinfo=zone)
        if not 1900 <= value.year <= 2200:
            raise ValueError("out of range")
        return value.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        message = _("“%(text)s” is not a time. Write now-7d, now/d or 2026-03-01T00:00.")
        raise UserError(message % {"text": text[:40]}, field=field) from error


def step(value: datetime, amount: int, unit: str) -> datetime:
    """Move by calendar units; the day of the month is kept where the month has it."""
    if unit in "smh":
        seconds = {"s": 1, "m": 60, "h": 3600}[unit] * amount
        return (value.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(value.tzinfo)
    if unit in "dw":
        return value + timedelta(days=amount * (7 if unit == "w" else 1))
    months = amount * {"M": 1, "Q": 3, "y": 12}[unit] + value.month - 1
    year, month = value.year + months // 12, months % 12 + 1
    return value.replace(year=year, month=month, day=min(value.day, monthrange(year, month)[1]))


def snap(value: datetime, unit: str, is_end: bool) -> datetime:
    """The start of the unit that holds `value`, or of the next one for the end of a window."""
    floor = value.replace(microsecond=0)
    keep = "smhdMy".index({"w": "d", "Q": "M"}.get(unit, unit))
    if keep >= 1:
        floor = floor.replace(second=0)
    if keep >= 2:
        floor = floor.replace(minute=0)
    if keep >= 3:
        floor = floor.replace(hour=0)
    if unit == "w":
        floor -= timedelta(days=floor.weekday())
    if keep >= 4:
        floor = floor.replace(day=1)
    if unit == "Q":
        floor = floor.replace(month=(floor.month - 1) // 3 * 3 + 1)
    if unit == "y":
        floor = floor.replace(month=1)
    return step(floor, 1, unit) if is_end else floor
