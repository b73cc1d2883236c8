from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reports.calendar import next_due

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
moments = st.integers(946_684_800, 2_840_140_800).map(lambda s: datetime.fromtimestamp(s, UTC))
clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
rhythms = st.fixed_dictionaries(
    {
        "every": st.sampled_from(["day", "week", "month"]),
        "weekday": st.integers(0, 6),
        "day": st.integers(1, 31),
        "at": clocks,
        "timezone": st.sampled_from(ZONES),
    }
)


def due(after, every="day", weekday=0, day=1, at="07:00", timezone="Europe/Berlin"):
    rhythm = {"every": every, "weekday": weekday, "day": day, "timezone": timezone}
    after = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(timezone))
    found = next_due(**rhythm, at=time.fromisoformat(at), after=after)
    return found.astimezone(ZoneInfo(timezone)).strftime("%a %Y-%m-%d %H:%M")


def test_a_slot_is_after_now_and_never_now():
    assert due("2026-11-23T06:59") == "Mon 2026-11-23 07:00"
    assert due("2026-11-23T07:00") == "Tue 2026-11-24 07:00"


def test_a_weekly_report_keeps_its_weekday():
    assert due("2026-11-23T08:00", "week", weekday=4) == "Fri 2026-11-27 07:00"
    assert due("2026-11-27T08:00", "week", weekday=4) == "Fri 2026-12-04 07:00"


def test_a_month_without_a_31st_has_its_report_on_the_last_day():
    assert due("2026-01-31T08:00", "month", day=31) == "Sat 2026-02-28 07:00"
    assert due("2028-02-01T08:00", "month", day=30) == "Tue 2028-02-29 07:00"
    assert due("2026-02-28T08:00", "month", day=31) == "Tue 2026-03-31 07:00"
    assert due("2026-12-31T08:00", "month", day=31) == "Sun 2027-01-31 07:00"


def test_a_skipped_hour_moves_that_one_slot_and_no_other():
    # in Berlin the clock goes from 02:00 to 03:00 on 29 March 2026
    assert due("2026-03-28T12:00", at="02:30") == "Sun 2026-03-29 03:30"
    assert due("2026-03-29T12:00", at="02:30") == "Mon 2026-03-30 02:30"


def test_an_hour_that_comes_twice_has_one_slot():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30, summer time
    rhythm = {"every": "day", "weekday": 0, "day": 1, "at": time(2, 30)}
    assert next_due(**rhythm, timezone="Europe/Berlin", after=first - timedelta(hours=3)) == first
    after = next_due(**rhythm, timezone="Europe/Berlin", after=first)
    assert after == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_day_that_a_country_left_out_gives_no_slot_twice():
    # Samoa had no 30 December 2011
    rhythm = {"every": "day", "weekday": 0, "day": 1, "at": time(7), "timezone": "Pacific/Apia"}
    slot = datetime(2011, 12, 28, tzinfo=UTC)
    slots = []
    for _ in range(4):
        slots.append(slot := next_due(**rhythm, after=slot))
    assert slots == sorted(set(slots))


@given(rhythms, moments)
def test_the_next_slot_is_after_now_and_keeps_the_clock_of_its_zone(rhythm, after):
    slot = next_due(**rhythm, after=after)
    local = slot.astimezone(ZoneInfo(rhythm["timezone"]))
    assert after < slot <= after + timedelta(days=33)
    shift = (local.hour * 60 + local.minute) - (rhythm["at"].hour * 60 + rhythm["at"].minute)
    assert shift in (0, 30, 60, -23 * 60, -23 * 60 - 30)  # moved only by a gap of the clock
    if rhythm["every"] == "week" and shift == 0:
        assert local.weekday() == rhythm["weekday"]
    if rhythm["every"] == "month" and shift == 0:
        tomorrow = local + timedelta(days=1)
        assert local.day == rhythm["day"] or (local.day < rhythm["day"] and tomorrow.day == 1)


@given(rhythms, moments, st.integers(0, 40 * 24 * 60))
def test_no_slot_lies_between_now_and_the_next_one(rhythm, after, minutes):
    slot = next_due(**rhythm, after=after)
    later = min(after + timedelta(minutes=minutes), slot - timedelta(microseconds=1))
    assert next_due(**rhythm, after=later) == slot


def test_a_time_without_a_zone_is_refused():
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError):
        next_due("day", weekday=0, day=1, at=time(7), timezone="UTC", after=naive)
