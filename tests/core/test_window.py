"""Spans of time as people write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import UserError
from apps.core.window import Window

NOW = datetime(2026, 3, 31, 14, 45, 30, tzinfo=UTC)  # a Tuesday


def parsed(start, end, timezone="UTC"):
    window = Window.parse(start, end, timezone=timezone, now=NOW)
    return window.start.isoformat()[:16], window.end.isoformat()[:16]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("now-7d", "now", ("2026-03-24T14:45", "2026-03-31T14:45")),
        ("now/d", "now", ("2026-03-31T00:00", "2026-03-31T14:45")),
        ("now-1d/d", "now-1d/d", ("2026-03-30T00:00", "2026-03-31T00:00")),
        ("now/w", "now/w", ("2026-03-30T00:00", "2026-04-06T00:00")),
        ("now-1M/M", "now-1M/M", ("2026-02-01T00:00", "2026-03-01T00:00")),
        ("now-1Q/Q", "now-1Q/Q", ("2025-10-01T00:00", "2026-01-01T00:00")),
        ("now/y", "now+1d", ("2026-01-01T00:00", "2026-04-01T14:45")),
        ("now/d+8h", "now", None),
        ("2026-03-01", "2026-03-02T12:00", ("2026-03-01T00:00", "2026-03-02T12:00")),
        ("1772323200000", "now", ("2026-03-01T00:00", "2026-03-31T14:45")),
    ],
)
def test_ranges(start, end, expected):
    if expected is None:
        with pytest.raises(UserError):
            parsed(start, end)
    else:
        assert parsed(start, end) == expected


def test_the_day_of_a_clock_change_has_its_own_length():
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)
    window = Window.parse("now/d", "now/d", timezone="Europe/Berlin", now=now)
    assert window.seconds == 23 * 3600


@pytest.mark.parametrize(
    "text", ["", "yesterday", "now-", "now-5", "now-7d;", "9" * 20, "0001-01-01"]
)
def test_what_is_no_time_is_an_error_that_shows_how_to_write_one(text):
    with pytest.raises(UserError) as caught:
        Window.parse(text, "now")
    assert caught.value.field == "from"
    assert "now-7d" in caught.value.message


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_a_range_or_a_user_error(start, end):
    try:
        window = Window.parse(start, end, now=NOW)
    except UserError:
        return
    assert window.start < window.end
