"""What the compiler must know of a system, and how most of them say it."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlglot import exp, parse_one

from apps.datasources.compiler.zones import Clock
from apps.datasources.query import BIN_SECONDS

LARGEST = "1.7976931348623157e308"  # what is beyond it is infinite, or no number
Part = exp.Expr


class Dialect:
    """One system. Subclasses say what it says otherwise.

    `name` is sqlglot's. `placeholders`: "numbered" $1, "format" %s, "qmark" ?, "named" {p1:Type}.
    `types` are what parameters are cast to, or stand in a named one; without a type it is bare.
    `holds`: times are bound and compared as "instants" or as "naive" UTC.
    """

    name: ClassVar[str]
    placeholders: ClassVar[str] = "qmark"
    holds: ClassVar[str] = "instants"
    types: ClassVar[dict[str, str]] = {}
    name_parts: ClassVar[int] = 2  # of a relation: schema.table
    has_percentile: ClassVar[bool] = True
    has_infinity: ClassVar[bool] = True
    needs_changes: ClassVar[bool] = False
    sorts_outside: ClassVar[bool] = False  # it cannot ask of an aggregate whether it is null

    def sql(self, text: str, **parts: Part) -> Part:
        """A piece of this system's SQL, with the parts in place of the names."""
        tree = parse_one(text, read=self.name)

        def put(node: Part) -> Part:
            if isinstance(node, exp.Column) and not node.table and node.name in parts:
                part = parts[node.name].copy()
                plain = not isinstance(part, exp.Binary | exp.Unary | exp.AtTimeZone | exp.Case)
                return part if plain else exp.paren(part, copy=False)
            return node

        found: Part = tree.transform(put)
        return found

    # -- values

    def parameter(self, token: str, type_: str) -> Part:
        """A value that travels beside the statement; `token` becomes its placeholder."""
        bare = exp.var(token)
        return exp.cast(bare, self.types[type_]) if type_ in self.types else bare

    def value(self, value: Any) -> Any:
        """A value as the driver takes it."""
        if isinstance(value, datetime) and self.holds == "naive":
            return value.astimezone(UTC).replace(tzinfo=None)
        return value

    # -- numbers

    def is_finite(self, number: Part) -> Part:
        """Whether it is a number: neither missing, nor NaN, nor infinite."""
        if not self.has_infinity:
            return exp.not_(exp.Is(this=number, expression=exp.Null()))
        double = number if isinstance(number, exp.Cast) else exp.cast(number, "double")
        return exp.LTE(this=exp.func("ABS", double), expression=exp.Literal.number(LARGEST))

    def finite(self, number: Part) -> Part:
        """The number, or null for what is none."""
        if not self.has_infinity:
            return number
        return exp.Case().when(self.is_finite(number), number.copy())

    def number(self, column: Part) -> Part:
        """A column of numbers as doubles, null for what is none."""
        return self.finite(exp.cast(column, "double"))

    def key(self, column: Part, type_: str) -> Part:
        """A column as what rows are grouped by or told apart."""
        return self.finite(column) if type_ == "number" else column

    def percentile(self, number: Part, fraction: float) -> Part:
        """The interpolated percentile over a group."""
        text = f"PERCENTILE_CONT({fraction!r}) WITHIN GROUP (ORDER BY number)"
        return self.sql(text, number=number)

    def floor(self, number: Part) -> Part:
        """The next lower whole number of what is not negative."""
        return exp.func("FLOOR", number)

    def ordered(self, name: Part, descending: bool) -> list[exp.Ordered]:
        """What to sort by so that nulls come last."""
        return [exp.Ordered(this=name, desc=descending, nulls_first=False)]

    def fenced(self, rows: exp.Select) -> exp.Select:
        """A subquery whose columns are computed once, however often they are named outside."""
        return rows

    # -- texts

    def lower(self, text: Part) -> Part:
        """In small letters."""
        return exp.func("LOWER", text)

    def contains(self, text: Part, part: Part) -> Part:
        """Whether it is in there; both are in small letters already."""
        found = exp.StrPosition(this=text, substr=part)
        return exp.GT(this=found, expression=exp.Literal.number(0))

    def starts_with(self, text: Part, part: Part) -> Part:
        """Whether it begins so."""
        return self.sql("LEFT(txt, LENGTH(part)) = part", txt=text, part=part)

    def ends_with(self, text: Part, part: Part) -> Part:
        """Whether it ends so."""
        return self.sql("RIGHT(txt, LENGTH(part)) = part", txt=text, part=part)

    # -- times

    def compared(self, time: Part) -> Part:
        """A time column as bound times compare with it; bare where an index may serve."""
        return time

    def shown(self, time: Part) -> Part:
        """A time column as it is fetched."""
        return time

    def instant_of(self, time: Part) -> Part:
        """A time column as what the functions below take."""
        return time

    def bin(self, time: Part, seconds: int) -> Part:
        """The start of the step of so many seconds that holds `time`, counted in UTC."""
        raise NotImplementedError

    def local(self, time: Part, clock: Clock) -> Part:
        """The wall clock of the zone."""
        raise NotImplementedError

    def instant(self, local: Part, clock: Clock) -> Part:
        """The reverse of local, as it is fetched."""
        raise NotImplementedError

    def truncated(self, local: Part, unit: str) -> Part:
        """The start of the day, week (from Monday), month, quarter or year."""
        return self.sql(f"DATE_TRUNC('{unit}', at)", at=local)

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """Later by days, or the start of a month later by months."""
        raise NotImplementedError

    def bucket(self, time: Part, grain: str, clock: Clock) -> Part:
        """The start of the step that holds `time`.

        Steps of a day or longer follow the zone's calendar; shorter ones are counted in UTC, so
        that the doubled hour of a clock change stays two hours.
        """
        time = self.instant_of(time)
        if seconds := BIN_SECONDS.get(grain):
            return self.bin(time, seconds)
        return self.instant(self.start(self.local(time, clock), grain, clock), clock)

    def start(self, local: Part, grain: str, clock: Clock) -> Part:
        """The start, on the wall clock, of the step of a day or longer."""
        if grain == "week" and (days := clock.week_start):
            return self.moved(self.truncated(self.moved(local, -days, "day"), "week"), days, "day")
        unit = grain.removeprefix("fiscal_")
        if unit == grain or clock.fiscal_year_start == 1:
            return self.truncated(local, unit)
        months = clock.fiscal_year_start - 1
        month = self.moved(self.truncated(local, "month"), -months, "month")
        return self.moved(self.truncated(month, unit), months, "month")

    def days(self, local: Part) -> Part:
        """The number of days from a fixed one to the start of a day, on the wall clock."""
        return self.sql("EXTRACT(EPOCH FROM at) / 86400", at=local)

    def months(self, local: Part) -> Part:
        """The number of months from the year 0."""
        return self.sql("EXTRACT(YEAR FROM at) * 12 + EXTRACT(MONTH FROM at)", at=local)

    def part(self, time: Part, part: str, clock: Clock) -> Part:
        """hour 0-23, weekday 0-6 from Monday, month 1-12, on the wall clock."""
        local = self.local(self.instant_of(time), clock)
        return self.part_of(local, part)

    def part_of(self, local: Part, part: str) -> Part:
        """The same of a wall clock."""
        units = {"hour": "HOUR", "weekday": "ISODOW", "month": "MONTH"}
        value = exp.cast(exp.Extract(this=exp.var(units[part]), expression=local), "int")
        return exp.Sub(this=value, expression=exp.Literal.number(1)) if part == "weekday" else value
