"""MySQL and MariaDB: naive UTC. Their zone tables may be missing and their percentile is not alike,
so clock changes are written out, and percentiles are counted off.
"""

from datetime import UTC, datetime

from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect, Part
from apps.datasources.compiler.zones import Clock, offset_at

STARTS = {
    "day": "DATE(at)",
    "week": "DATE_SUB(DATE(at), INTERVAL WEEKDAY(at) DAY)",
    "month": "DATE_SUB(DATE(at), INTERVAL (DAYOFMONTH(at) - 1) DAY)",
    "quarter": "DATE_ADD(MAKEDATE(YEAR(at), 1), INTERVAL ((QUARTER(at) - 1) * 3) MONTH)",
    "year": "MAKEDATE(YEAR(at), 1)",
}
PARTS = {"hour": "HOUR(at)", "weekday": "WEEKDAY(at)", "month": "MONTH(at)"}


class MySQL(Dialect):
    """Naive UTC, for sessions whose time zone is +00:00. Texts compare as their collation says."""

    name = "mysql"
    placeholders = "format"
    holds = "naive"
    has_percentile = False
    has_infinity = False
    needs_changes = True
    sorts_outside = True

    def ordered(self, name: Part, descending: bool) -> list[exp.Ordered]:
        """Null is the least of all here."""
        order = exp.Ordered(this=name, desc=descending, nulls_first=not descending)
        if descending:
            return [order]
        is_null = exp.Is(this=name.copy(), expression=exp.Null())
        return [exp.Ordered(this=is_null, desc=False, nulls_first=True), order]

    def starts_with(self, text: Part, part: Part) -> Part:
        """LENGTH counts bytes here."""
        return self.sql("LEFT(txt, CHAR_LENGTH(part)) = part", txt=text, part=part)

    def ends_with(self, text: Part, part: Part) -> Part:
        """The same from the end."""
        return self.sql("RIGHT(txt, CHAR_LENGTH(part)) = part", txt=text, part=part)

    def bin(self, time: Part, seconds: int) -> Part:
        """Seconds since 1970, floored."""
        epoch = "CAST('1970-01-01' AS DATETIME)"
        steps = f"FLOOR(TIMESTAMPDIFF(SECOND, {epoch}, at) / {seconds})"
        return self.sql(f"DATE_ADD({epoch}, INTERVAL ({steps} * {seconds}) SECOND)", at=time)

    def local(self, time: Part, clock: Clock) -> Part:
        """UTC plus its offset."""
        if not clock.offset and not clock.changes:
            return time
        ahead = offset_at(time, clock, _edge, self.name, is_local=False)
        return self.sql("DATE_ADD(at, INTERVAL (ahead) SECOND)", at=time, ahead=ahead)

    def instant(self, local: Part, clock: Clock) -> Part:
        """Minus its offset."""
        local = exp.cast(local, "datetime")
        if not clock.offset and not clock.changes:
            return local
        ahead = offset_at(local, clock, _edge, self.name, is_local=True)
        return self.sql("DATE_SUB(at, INTERVAL (ahead) SECOND)", at=local, ahead=ahead)

    def truncated(self, local: Part, unit: str) -> Part:
        """A date."""
        return self.sql(STARTS[unit], at=local)

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """By an interval."""
        return self.sql(f"DATE_ADD(at, INTERVAL {amount} {unit.upper()})", at=local)

    def days(self, local: Part) -> Part:
        """Since 1970."""
        return self.sql("DATEDIFF(at, '1970-01-01')", at=local)

    def part_of(self, local: Part, part: str) -> Part:
        """WEEKDAY begins with Monday as 0."""
        return self.sql(PARTS[part], at=local)


def _edge(at: int) -> str:
    return f"TIMESTAMP'{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}'"
