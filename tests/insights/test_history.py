"""The past of a metric stands on the workspace's calendar, as the charts of it do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.datasources import engine
from apps.datasources import services as datasources
from apps.insights import services
from apps.insights.history import REACH, history, moved, whole_until
from apps.insights.models import Forecast

LAST = datetime(2024, 5, 19, tzinfo=UTC)  # the Sunday on which the fixture's rows end


def on_calendar(metric, grain="week", week_start=0, timezone="UTC"):
    home = metric.workspace
    home.week_start, home.timezone = week_start, timezone
    home.save()
    datasources.set_calendar(home)
    metric.grain = grain
    metric.save()
    metric.dataset.refresh_from_db()
    return metric


@pytest.mark.parametrize("week_start", range(7))
def test_weeks_begin_as_the_workspace_says_and_as_charts_count_them(metric, week_start):
    past = history(on_calendar(metric, week_start=week_start))
    days = {datetime.fromtimestamp(t / 1000, UTC).weekday() for t in past.t}
    assert days == {week_start}
    frame = engine.answer(past.query, metric.owner)
    assert past.t == frame.column("sold_at")
    assert past.end == datetime.fromtimestamp(past.t[-1] / 1000, UTC) + timedelta(days=7)


@pytest.mark.parametrize("week_start", [0, 6])
def test_a_week_that_is_over_by_then_counts_and_one_that_has_begun_does_not(metric, week_start):
    found = whole_until(on_calendar(metric, week_start=week_start))
    whole = {0: date(2024, 5, 20), 6: date(2024, 5, 19)}  # from Sunday, one day of it is there
    assert found.date() == whole[week_start]


def test_a_forecast_by_the_week_begins_where_the_past_ends(metric):
    services.make_forecast(on_calendar(metric, week_start=3))
    found = Forecast.objects.get()
    times = [datetime.fromtimestamp(t / 1000, UTC) for t in found.points["t"]]
    assert {each.weekday() for each in times} == {3}
    assert times[0] == history(metric).end


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("week_start", [0, 5])
def test_steps_back_and_forth_end_where_they_began(metric, grain, week_start):
    on_calendar(metric, grain, week_start, "Europe/Berlin")
    end = whole_until(metric)
    assert end.astimezone(ZoneInfo("Europe/Berlin")).hour == 0  # also over the clock's changes
    back = moved(end, -REACH[grain][0], metric)
    assert moved(back, REACH[grain][0], metric) == end
