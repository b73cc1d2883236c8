"""Steps of time as numbers on a calendar: what comes before, how far apart, a year earlier."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from apps.core.window import Window, step, zone_of
from apps.datasources.query import BIN_SECONDS

MONTHS = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}
DAYS = {"day": 1, "week": 7}
Step = datetime | date  # the start: an instant below a day, else a date on the zone's calendar


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one grain in one zone, as the compiler counts them."""

    grain: str
    timezone: str = "UTC"
    week_start: int = 0
    fiscal_year_start: int = 1

    def of(self, start: datetime) -> Step:
        """The step that starts at this instant.

        A day may start at an hour that is doubled or skipped; its date is the same.
        """
        if self.grain in BIN_SECONDS:
            return start.astimezone(UTC)
        return start.astimezone(zone_of(self.timezone)).date()

    def start(self, step_: Step) -> datetime:
        """The instant at which it starts."""
        if isinstance(step_, datetime):
            return step_
        local = datetime.combine(step_, time(), zone_of(self.timezone))
        return local.astimezone(UTC)

    def holding(self, at: datetime) -> Step:
        """The step that holds this instant."""
        if seconds := BIN_SECONDS.get(self.grain):
            return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)
        day = at.astimezone(zone_of(self.timezone)).date()
        if self.grain == "day":
            return day
        if self.grain == "week":
            return day - timedelta(days=(day.weekday() - self.week_start) % 7)
        first = self.fiscal_year_start if self.grain.startswith("fiscal") else 1
        passed = (day.month - first) % MONTHS[self.grain]
        return self._months_later(day.replace(day=1), -passed)

    def moved(self, step_: Step, amount: int) -> Step:
        """So many steps later."""
        if isinstance(step_, datetime):
            return step_ + timedelta(seconds=BIN_SECONDS[self.grain] * amount)
        if days := DAYS.get(self.grain):
            return step_ + timedelta(days=days * amount)
        return self._months_later(step_, MONTHS[self.grain] * amount)

    def between(self, first: Step, last: Step) -> int:
        """How many steps `last` is after `first`."""
        if isinstance(first, datetime) and isinstance(last, datetime):
            return round((last - first).total_seconds() / BIN_SECONDS[self.grain])
        if days := DAYS.get(self.grain):
            return round((last.toordinal() - first.toordinal()) / days)
        months = (last.year - first.year) * 12 + last.month - first.month
        return round(months / MONTHS[self.grain])

    def whole(self, window: Window) -> Window:
        """The steps that the window touches, whole."""
        last = self.holding(window.end)
        end = self.start(last)
        if end < window.end:
            end = self.start(self.moved(last, 1))
        return Window(self.start(self.holding(window.start)), end)

    def year_later(self, step_: Step, years: int = 1) -> Step | None:
        """The step in the same place of another year; None for what only a leap year has.

        Weeks keep their weekday, so theirs is 52 weeks away; an hour keeps its place on the wall.
        """
        if self.grain == "week":
            return step_ + timedelta(weeks=52 * years)
        zone = zone_of(self.timezone)
        local = step_.astimezone(zone) if isinstance(step_, datetime) else step_
        try:
            found = local.replace(year=local.year + years)
        except ValueError:
            return None
        return found.astimezone(UTC) if isinstance(found, datetime) else found

    def year_before(self, window: Window) -> Window:
        """The same span a year before."""
        if self.grain == "week":
            return window.shifted(timedelta(weeks=-52))
        zone = zone_of(self.timezone)
        return Window(
            *(step(edge.astimezone(zone), -1, "y") for edge in (window.start, window.end))
        )

    @staticmethod
    def _months_later(day: date, months: int) -> date:
        whole = day.year * 12 + day.month - 1 + months
        return day.replace(year=whole // 12, month=whole % 12 + 1)


def span_before(window: Window, timezone: str) -> Window:
    """The span of the same length before: months or days of the calendar if it is made of such."""
    zone = zone_of(timezone)
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    midnight = time()
    if start.time() != midnight or end.time() != midnight:
        return window.before()
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        return Window(step(start, -months, "M"), start)
    days = (end.date() - start.date()).days
    return Window(step(start, -days, "d"), start)
