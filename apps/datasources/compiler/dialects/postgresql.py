"""PostgreSQL and TimescaleDB, ours and others'. Naive times are read in the session's zone: UTC."""

from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect, Part
from apps.datasources.compiler.zones import Clock


class PostgreSQL(Dialect):
    """Instants; AT TIME ZONE."""

    name = "postgres"
    placeholders = "numbered"
    types = {
        "time": "timestamptz",
        "number": "double",
        "integer": "bigint",
        "text": "text",
        "boolean": "boolean",
    }

    def instant_of(self, time: Part) -> Part:
        """Free for what is an instant already; else AT TIME ZONE would turn the other way."""
        return exp.cast(time, "timestamptz")

    def bin(self, time: Part, seconds: int) -> Part:
        """date_bin from a whole hour."""
        origin = "CAST('2000-01-01T00:00:00Z' AS TIMESTAMPTZ)"
        step = f"CAST('{seconds} seconds' AS INTERVAL)"
        return self.sql(f"DATE_BIN({step}, at, {origin})", at=time)

    def local(self, time: Part, clock: Clock) -> Part:
        """A timestamp without zone."""
        return exp.AtTimeZone(this=exp.paren(time), zone=exp.Literal.string(clock.timezone))

    def instant(self, local: Part, clock: Clock) -> Part:
        """A timestamp with zone."""
        return exp.AtTimeZone(this=exp.paren(local), zone=exp.Literal.string(clock.timezone))

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """By an interval."""
        return self.sql(f"at + CAST('{amount} {unit}' AS INTERVAL)", at=local)
