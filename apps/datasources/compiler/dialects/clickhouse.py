"""ClickHouse: instants; a day on the wall is a Date32, since dates reach further than its times."""

from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect, Part
from apps.datasources.compiler.zones import Clock

STARTS = {
    "day": "toDate32(at)",
    "week": "addDays(toDate32(at), 1 - toDayOfWeek(at))",
    "month": "makeDate32(toYear(at), toMonth(at), 1)",
    "quarter": "makeDate32(toYear(at), toQuarter(at) * 3 - 2, 1)",
    "year": "makeDate32(toYear(at), 1, 1)",
}
PARTS = {"hour": "toHour(at)", "weekday": "toDayOfWeek(at) - 1", "month": "toMonth(at)"}


class ClickHouse(Dialect):
    """Parameters are typed where they stand. Case is ignored in all of Unicode."""

    name = "clickhouse"
    placeholders = "named"
    types = {
        "time": "DateTime64(3, 'UTC')",
        "number": "Float64",
        "integer": "Int64",
        "text": "String",
        "boolean": "Bool",
    }

    def parameter(self, token: str, type_: str) -> Part:
        """Bare: its type is part of the placeholder."""
        return exp.var(token)

    def key(self, column: Part, type_: str) -> Part:
        """Minus zero and zero are two values here, until one adds zero."""
        return self.sql("at + 0", at=self.finite(column)) if type_ == "number" else column

    def percentile(self, number: Part, fraction: float) -> Part:
        """Interpolated like everywhere else."""
        return self.sql(f"quantileExactInclusive({fraction!r})(number)", number=number)

    def lower(self, text: Part) -> Part:
        """Its plain one knows A to Z only."""
        return exp.Anonymous(this="lowerUTF8", expressions=[text])

    def contains(self, text: Part, part: Part) -> Part:
        """By bytes, which is the same for UTF-8."""
        return exp.GT(
            this=exp.Anonymous(this="position", expressions=[text, part]),
            expression=exp.Literal.number(0),
        )

    def starts_with(self, text: Part, part: Part) -> Part:
        """Its own."""
        return exp.Anonymous(this="startsWith", expressions=[text, part])

    def ends_with(self, text: Part, part: Part) -> Part:
        """Its own."""
        return exp.Anonymous(this="endsWith", expressions=[text, part])

    def instant_of(self, time: Part) -> Part:
        """DateTime, DateTime64 and Date alike."""
        return self.sql("toDateTime64(at, 3, 'UTC')", at=time)

    def bin(self, time: Part, seconds: int) -> Part:
        """Seconds since 1970, floored."""
        steps = f"toInt64(floor(toUnixTimestamp64Milli(at) / {seconds * 1000}))"
        return self.sql(f"fromUnixTimestamp64Milli({steps} * {seconds * 1000}, 'UTC')", at=time)

    def local(self, time: Part, clock: Clock) -> Part:
        """The same instant, shown in the zone."""
        return self.sql(f"toTimeZone(at, {_text(clock.timezone)})", at=time)

    def instant(self, local: Part, clock: Clock) -> Part:
        """Midnight of a date in the zone."""
        zone = _text(clock.timezone)
        return self.sql(f"toTimeZone(toDateTime64(at, 3, {zone}), 'UTC')", at=local)

    def truncated(self, local: Part, unit: str) -> Part:
        """A date."""
        return self.sql(STARTS[unit], at=local)

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """addDays, addMonths."""
        return self.sql(f"add{unit.capitalize()}s(at, {amount})", at=local)

    def days(self, local: Part) -> Part:
        """A date is one."""
        return self.sql("toInt32(at)", at=local)

    def months(self, local: Part) -> Part:
        """Wide enough for twelve times a year."""
        return self.sql("toInt32(toYear(at)) * 12 + toMonth(at)", at=local)

    def part_of(self, local: Part, part: str) -> Part:
        """Monday is 1 here."""
        return self.sql(PARTS[part], at=local)


def _text(value: str) -> str:
    quoted: str = exp.Literal.string(value).sql("clickhouse")
    return quoted
