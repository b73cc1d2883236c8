"""DuckDB: our uploads, whose times are naive UTC, and people's own files, where others occur."""

from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect, Part
from apps.datasources.compiler.zones import Clock


class DuckDB(Dialect):
    """Naive UTC, which truncates several times faster than zoned times."""

    name = "duckdb"
    placeholders = "numbered"
    holds = "naive"
    types = {
        "time": "timestamp",
        "number": "double",
        "integer": "bigint",
        "text": "text",
        "boolean": "boolean",
    }

    def is_finite(self, number: Part) -> Part:
        """By name: comparisons are decided by a file's statistics, which know no NaN."""
        double = number if isinstance(number, exp.Cast) else exp.cast(number, "double")
        return exp.Anonymous(this="ISFINITE", expressions=[double])

    def percentile(self, number: Part, fraction: float) -> Part:
        """Its own name for it."""
        return self.sql(f"QUANTILE_CONT(number, {fraction!r})", number=number)

    def bin(self, time: Part, seconds: int) -> Part:
        """time_bucket from a whole hour."""
        interval = exp.cast(exp.Literal.string(f"{seconds} seconds"), "interval")
        return exp.Anonymous(this="TIME_BUCKET", expressions=[interval, time])

    def local(self, time: Part, clock: Clock) -> Part:
        """Naive UTC -> instant -> wall clock."""
        if clock.timezone == "UTC":
            return time
        return _at(_at(time, "UTC"), clock.timezone)

    def instant(self, local: Part, clock: Clock) -> Part:
        """The reverse."""
        return local if clock.timezone == "UTC" else _at(_at(local, clock.timezone), "UTC")

    def truncated(self, local: Part, unit: str) -> Part:
        """DATE_TRUNC gives a DATE here."""
        unit_name = exp.Literal.string(unit)
        return exp.cast(
            exp.Anonymous(this="DATE_TRUNC", expressions=[unit_name, local]), "timestamp"
        )

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """By an interval."""
        return self.sql(f"at + CAST('{amount} {unit}' AS INTERVAL)", at=local)


class DuckDBFile(DuckDB):
    """A DuckDB file: dates, times with a zone and without all become naive UTC first."""

    def instant_of(self, time: Part) -> Part:
        """With the session in UTC."""
        return exp.cast(time, "timestamp")


def _at(time: Part, zone: str) -> Part:
    return exp.AtTimeZone(this=exp.paren(time), zone=exp.Literal.string(zone))
