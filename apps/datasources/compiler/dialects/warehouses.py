"""Trino, Snowflake, BigQuery and Databricks: their sessions are in UTC."""

from sqlglot import exp

from apps.datasources.compiler.dialects.base import Dialect, Part
from apps.datasources.compiler.zones import Clock


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


class Trino(Dialect):
    """Instants. Its own percentile is an estimate, so percentiles are counted off."""

    name = "trino"
    name_parts = 3
    has_percentile = False
    types = {
        "time": "TIMESTAMPTZ(6)",
        "number": "double",
        "integer": "bigint",
        "text": "varchar",
        "boolean": "boolean",
    }

    def starts_with(self, text: Part, part: Part) -> Part:
        """No LEFT."""
        return self.sql("SUBSTR(txt, 1, LENGTH(part)) = part", txt=text, part=part)

    def ends_with(self, text: Part, part: Part) -> Part:
        """No RIGHT; of a shorter text it is never enough."""
        found = "SUBSTR(txt, LENGTH(txt) - LENGTH(part) + 1) = part"
        return self.sql(found, txt=text, part=part)

    def instant_of(self, time: Part) -> Part:
        """Dates and naive times are read in the session's zone."""
        return exp.cast(time, "TIMESTAMPTZ(6)", dialect="trino")

    def bin(self, time: Part, seconds: int) -> Part:
        """Seconds since 1970, floored."""
        return self.sql(f"FROM_UNIXTIME(FLOOR(TO_UNIXTIME(at) / {seconds}) * {seconds})", at=time)

    def local(self, time: Part, clock: Clock) -> Part:
        """A timestamp without zone."""
        zone = _text(clock.timezone)
        return self.sql(f"CAST(AT_TIMEZONE(at, {zone}) AS TIMESTAMP(6))", at=time)

    def instant(self, local: Part, clock: Clock) -> Part:
        """A timestamp with zone, shown in UTC."""
        zone = _text(clock.timezone)
        at = self.sql("CAST(at AS TIMESTAMP(6))", at=local)
        return self.sql(f"AT_TIMEZONE(WITH_TIMEZONE(at, {zone}), 'UTC')", at=at)

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """date_add."""
        return exp.Anonymous(
            this="DATE_ADD",
            expressions=[exp.Literal.string(unit), _number(amount), local],
        )

    def days(self, local: Part) -> Part:
        """Since 1970."""
        return self.sql("DATE_DIFF('day', DATE '1970-01-01', CAST(at AS DATE))", at=local)

    def part_of(self, local: Part, part: str) -> Part:
        """Monday is 1."""
        texts = {"hour": "HOUR(at)", "weekday": "DAY_OF_WEEK(at) - 1", "month": "MONTH(at)"}
        return self.sql(texts[part], at=local)


class Snowflake(Dialect):
    """Naive UTC, as TIMESTAMP_NTZ; for sessions whose TIMEZONE is UTC and WEEK_START 0 or 1."""

    name = "snowflake"
    holds = "naive"
    name_parts = 3
    types = {
        "time": "TIMESTAMP_NTZ",
        "number": "double",
        "integer": "bigint",
        "text": "text",
        "boolean": "boolean",
    }

    def instant_of(self, time: Part) -> Part:
        """Whatever kind of timestamp or date it is."""
        return self.sql("CAST(CONVERT_TIMEZONE('UTC', at) AS TIMESTAMP_NTZ)", at=time)

    def compared(self, time: Part) -> Part:
        """A zoned time must not be compared by its wall clock."""
        return self.instant_of(time)

    def bin(self, time: Part, seconds: int) -> Part:
        """Seconds since 1970, floored."""
        steps = f"FLOOR(DATE_PART(EPOCH_SECOND, at) / {seconds}) * {seconds}"
        return self.sql(f"DATEADD(SECOND, {steps}, CAST('1970-01-01' AS TIMESTAMP_NTZ))", at=time)

    def local(self, time: Part, clock: Clock) -> Part:
        """UTC -> zone."""
        if clock.timezone == "UTC":
            return time
        return self.sql(f"CONVERT_TIMEZONE('UTC', {_text(clock.timezone)}, at)", at=time)

    def instant(self, local: Part, clock: Clock) -> Part:
        """Zone -> UTC."""
        if clock.timezone == "UTC":
            return local
        return self.sql(f"CONVERT_TIMEZONE({_text(clock.timezone)}, 'UTC', at)", at=local)

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """DATEADD."""
        return self.sql(f"DATEADD({unit.upper()}, {amount}, at)", at=local)

    def days(self, local: Part) -> Part:
        """Since 1970."""
        return self.sql("DATEDIFF(DAY, CAST('1970-01-01' AS DATE), CAST(at AS DATE))", at=local)

    def part_of(self, local: Part, part: str) -> Part:
        """Monday is 1 in ISO."""
        texts = {"hour": "HOUR(at)", "weekday": "DAYOFWEEKISO(at) - 1", "month": "MONTH(at)"}
        return self.sql(texts[part], at=local)


class BigQuery(Dialect):
    """Instants; a wall clock is a DATETIME. Its percentile is an estimate: they are counted off."""

    name = "bigquery"
    name_parts = 3
    has_percentile = False
    types = {
        "time": "timestamptz",
        "number": "double",
        "integer": "bigint",
        "text": "text",
        "boolean": "boolean",
    }

    def instant_of(self, time: Part) -> Part:
        """DATE and DATETIME are read in UTC."""
        return exp.cast(time, "timestamptz")

    def compared(self, time: Part) -> Part:
        """It compares no DATETIME with a TIMESTAMP."""
        return self.instant_of(time)

    def bin(self, time: Part, seconds: int) -> Part:
        """Seconds since 1970, floored."""
        steps = f"CAST(FLOOR(UNIX_SECONDS(at) / {seconds}) AS INT64)"
        return self.sql(f"TIMESTAMP_SECONDS({steps} * {seconds})", at=time)

    def local(self, time: Part, clock: Clock) -> Part:
        """DATETIME(time, zone)."""
        return self.sql(f"DATETIME(at, {_text(clock.timezone)})", at=time)

    def instant(self, local: Part, clock: Clock) -> Part:
        """TIMESTAMP(wall clock, zone)."""
        return self.sql(f"TIMESTAMP(at, {_text(clock.timezone)})", at=local)

    def truncated(self, local: Part, unit: str) -> Part:
        """ISOWEEK begins on Monday."""
        name = "ISOWEEK" if unit == "week" else unit.upper()
        return self.sql(f"DATETIME_TRUNC(at, {name})", at=local)

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """DATETIME_ADD."""
        return self.sql(f"DATETIME_ADD(at, INTERVAL ({amount}) {unit.upper()})", at=local)

    def days(self, local: Part) -> Part:
        """Since 1970."""
        return self.sql("DATE_DIFF(DATE(at), DATE '1970-01-01', DAY)", at=local)

    def part_of(self, local: Part, part: str) -> Part:
        """Sunday is 1."""
        texts = {
            "hour": "EXTRACT(HOUR FROM at)",
            "weekday": "MOD(EXTRACT(DAYOFWEEK FROM at) + 5, 7)",
            "month": "EXTRACT(MONTH FROM at)",
        }
        return self.sql(texts[part], at=local)


class Databricks(Dialect):
    """Instants; a wall clock is a timestamp that is read in UTC."""

    name = "databricks"
    name_parts = 3
    types = {
        "time": "timestamp",
        "number": "double",
        "integer": "bigint",
        "text": "string",
        "boolean": "boolean",
    }

    def percentile(self, number: Part, fraction: float) -> Part:
        """PERCENTILE interpolates."""
        return self.sql(f"PERCENTILE(number, {fraction!r})", number=number)

    def instant_of(self, time: Part) -> Part:
        """Dates are read in the session's zone."""
        return exp.cast(time, "timestamptz")

    def bin(self, time: Part, seconds: int) -> Part:
        """Seconds since 1970, floored."""
        steps = f"FLOOR(UNIX_TIMESTAMP(at) / {seconds}) * {seconds}"
        return exp.Anonymous(this="TIMESTAMP_SECONDS", expressions=[self.sql(steps, at=time)])

    def local(self, time: Part, clock: Clock) -> Part:
        """UTC -> zone."""
        zone = exp.Literal.string(clock.timezone)
        return exp.Anonymous(this="FROM_UTC_TIMESTAMP", expressions=[time, zone])

    def instant(self, local: Part, clock: Clock) -> Part:
        """Zone -> UTC."""
        zone = exp.Literal.string(clock.timezone)
        return exp.Anonymous(this="TO_UTC_TIMESTAMP", expressions=[local, zone])

    def truncated(self, local: Part, unit: str) -> Part:
        """Weeks begin on Monday."""
        parts = [exp.Literal.string(unit.upper()), local]
        return exp.Anonymous(this="DATE_TRUNC", expressions=parts)

    def moved(self, local: Part, amount: int, unit: str) -> Part:
        """By an interval."""
        return self.sql(f"at + INTERVAL '{amount}' {unit.upper()}", at=local)

    def days(self, local: Part) -> Part:
        """Since 1970."""
        return self.sql("DATEDIFF(at, DATE '1970-01-01')", at=local)

    def part_of(self, local: Part, part: str) -> Part:
        """WEEKDAY begins with Monday as 0."""
        names = {"hour": "HOUR", "weekday": "WEEKDAY", "month": "MONTH"}
        return exp.Anonymous(this=names[part], expressions=[local])


def _number(value: int) -> exp.Expr:
    number = exp.Literal.number(abs(value))
    return exp.Neg(this=number) if value < 0 else number
