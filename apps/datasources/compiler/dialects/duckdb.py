"""DuckDB: our uploads, whose times are naive UTC, and people's own files, where others occur."""

from datetime import UTC, datetime

from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect, Part
from apps.datasources.compiler.zones import Clock, offset_at


class DuckDB(Dialect):
    """Naive UTC, which truncates several times faster than zoned times.

    Clock changes are written out: the wall clock of two million rows takes it 0.1 s so, and 3 s
    by AT TIME ZONE.
    """

    name = "duckdb"
    placeholders = "numbered"
    holds = "naive"
    needs_changes = True
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
        """UTC plus its offset."""
        if not clock.offset and not clock.changes:
            return time
        ahead = offset_at(time, clock, _edge, self.name, is_local=False)
        return self.sql("time_ + TO_SECONDS(ahead)", time_=time, ahead=ahead)

    def instant(self, local: Part, clock: Clock) -> Part:
        """Minus its offset."""
        if not clock.offset and not clock.changes:
            return local
        ahead = offset_at(local, clock, _edge, self.name, is_local=True)
        return self.sql("time_ - TO_SECONDS(ahead)", time_=local, ahead=ahead)

    def truncated(self, local: Part, unit: str) -> Part:
        """DATE_TRUNC gives a DATE here."""
        unit_name = exp.Literal.string(unit)
        return exp.cast(
            exp.Anonymous(this="DATE_TRUNC", expressions=[unit_name, local]), "timestamp"
        )

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """By an interval."""
        return self.sql(f"time_ + CAST('{amount} {unit}' AS INTERVAL)", time_=local)


class DuckDBFile(DuckDB):
    """A DuckDB file: dates, times with a zone and without all become naive UTC first."""

    def instant_of(self, time: Part) -> Part:
        """With the session in UTC."""
        return exp.cast(time, "timestamp")


def _edge(at: int) -> str:
    return f"TIMESTAMP '{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}'"
