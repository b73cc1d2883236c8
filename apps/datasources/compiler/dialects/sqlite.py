"""SQLite, which has no times: ISO texts (with an offset, or in UTC), seconds or milliseconds since
1970 are read as milliseconds, and all is whole-number arithmetic. Julian days are not read.
Letters beyond A to Z do not lose their case here.
"""

from datetime import datetime
from typing import Any

from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect, Part
from apps.datasources.compiler.zones import Clock, offset_at

# below 1e11 a number is seconds: as milliseconds that would be before March 1973
MILLISECONDS = """
CASE WHEN TYPEOF(at) = 'text' THEN CAST(STRFTIME('%s', at) AS INTEGER) * 1000
     + CAST(SUBSTR(STRFTIME('%f', at), 4, 3) AS INTEGER)
     WHEN ABS(at) < 100000000000 THEN CAST(ROUND(at * 1000) AS INTEGER)
     ELSE CAST(at AS INTEGER) END
"""
DAY = 86_400
STARTS = {
    "day": f"at - ((at % {DAY}) + {DAY}) % {DAY}",
    "week": f"at - (((at - {4 * DAY}) % {7 * DAY}) + {7 * DAY}) % {7 * DAY}",  # 1970-01-05: Monday
    "month": "CAST(STRFTIME('%s', at, 'unixepoch', 'start of month') AS INTEGER)",
    "quarter": "CAST(STRFTIME('%s', at, 'unixepoch', 'start of month', '-' || "
    "((CAST(STRFTIME('%m', at, 'unixepoch') AS INTEGER) - 1) % 3) || ' months') AS INTEGER)",
    "year": "CAST(STRFTIME('%s', at, 'unixepoch', 'start of year') AS INTEGER)",
}
PARTS = {
    "hour": "CAST(STRFTIME('%H', at, 'unixepoch') AS INTEGER)",
    "weekday": "(CAST(STRFTIME('%w', at, 'unixepoch') AS INTEGER) + 6) % 7",
    "month": "CAST(STRFTIME('%m', at, 'unixepoch') AS INTEGER)",
}


class SQLite(Dialect):
    """Milliseconds since 1970; a wall clock is seconds."""

    name = "sqlite"
    placeholders = "qmark"
    holds = "milliseconds"
    name_parts = 1
    has_percentile = False
    needs_changes = True

    def value(self, value: Any) -> Any:
        """Times as milliseconds, yes and no as 1 and 0."""
        if isinstance(value, datetime):
            return round(value.timestamp() * 1000)
        return int(value) if isinstance(value, bool) else value

    def is_finite(self, number: Part) -> Part:
        """A text among numbers is no number, where CAST would make it 0."""
        is_number = self.sql("TYPEOF(number) IN ('integer', 'real')", number=number)
        return exp.and_(is_number, super().is_finite(number))

    def number(self, column: Part) -> Part:
        """As doubles."""
        return exp.Case().when(self.is_finite(column), exp.cast(column.copy(), "double"))

    def floor(self, number: Part) -> Part:
        """Its mathematics may be left out of a build."""
        return exp.cast(number, "int")

    def fenced(self, rows: exp.Select) -> exp.Select:
        """It would write the columns out in full at every place, and those within them."""
        return rows.limit(-1, copy=False)

    def starts_with(self, text: Part, part: Part) -> Part:
        """No LEFT."""
        return self.sql("SUBSTR(txt, 1, LENGTH(part)) = part", txt=text, part=part)

    def ends_with(self, text: Part, part: Part) -> Part:
        """No RIGHT; of a shorter text it is never enough."""
        found = "SUBSTR(txt, LENGTH(txt) - LENGTH(part) + 1) = part"
        return self.sql(found, txt=text, part=part)

    def compared(self, time: Part) -> Part:
        """Milliseconds."""
        return self.sql(MILLISECONDS, at=time)

    def shown(self, time: Part) -> Part:
        """Milliseconds."""
        return self.sql(MILLISECONDS, at=time)

    def instant_of(self, time: Part) -> Part:
        """Milliseconds."""
        return self.sql(MILLISECONDS, at=time)

    def bin(self, time: Part, seconds: int) -> Part:
        """Floored, before 1970 too."""
        ms = seconds * 1000
        return self.sql(f"at - ((at % {ms}) + {ms}) % {ms}", at=time)

    def local(self, time: Part, clock: Clock) -> Part:
        """Seconds, plus the zone's offset."""
        seconds = self.sql("((at) - (((at) % 1000) + 1000) % 1000) / 1000", at=time)
        ahead = offset_at(seconds, clock, str, self.name, is_local=False)
        return self.sql("at + (ahead)", at=seconds, ahead=ahead)

    def instant(self, local: Part, clock: Clock) -> Part:
        """Back to milliseconds."""
        ahead = offset_at(local, clock, str, self.name, is_local=True)
        return self.sql("(at - (ahead)) * 1000", at=local, ahead=ahead)

    def truncated(self, local: Part, unit: str) -> Part:
        """Seconds again."""
        return self.sql(STARTS[unit], at=local)

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """Days are of one length on a wall clock; months are only asked of their starts."""
        if unit == "day":
            return self.sql(f"at + {amount * DAY}", at=local)
        text = f"CAST(STRFTIME('%s', at, 'unixepoch', '{amount:+d} months') AS INTEGER)"
        return self.sql(text, at=local)

    def days(self, local: Part) -> Part:
        """Since 1970."""
        return self.sql(f"at / {DAY}", at=local)

    def months(self, local: Part) -> Part:
        """strftime of the wall clock."""
        year, month = (
            f"CAST(STRFTIME('{each}', at, 'unixepoch') AS INTEGER)" for each in ("%Y", "%m")
        )
        return self.sql(f"{year} * 12 + {month}", at=local)

    def part_of(self, local: Part, part: str) -> Part:
        """strftime of the wall clock."""
        return self.sql(PARTS[part], at=local)
