"""Which values fit a column (UP-8, UP-9)."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.streams import values


@pytest.mark.parametrize(
    ("value", "stored"), [(3, 3.0), ("12", 12.0), (" -1.5e3", -1500.0), (-0.0, 0.0), (".5", 0.5)]
)
def test_up_8_a_number_or_its_text_is_stored(value, stored):
    assert values.number(value) == stored


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        "NaN",
        "Infinity",
        "1e999",
        10**400,
        True,
        "",
        "1_000",
        "٣",
        [],
    ],
)
def test_up_8_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ValueError):
        values.number(value)


@pytest.mark.parametrize(
    "value",
    ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", 1772366400000, "1772366400000"],
)
def test_up_9_a_time_is_an_instant(value):
    assert values.time(value) == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T12:00:00",
        "2026-03-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-01T12:00:60Z",
        1772366400,
        -5,
        0,
        10**30,
        math.nan,
        True,
        "now",
        {},
    ],
)
def test_up_9_what_is_no_instant_of_our_time_is_refused(value):
    with pytest.raises(ValueError):
        values.time(value)


def test_seconds_sent_for_milliseconds_are_recognised():
    with pytest.raises(ValueError, match="seconds"):
        values.time(1772366400)


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "x" * 2001, 5, None])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(ValueError):
        values.text(value)


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.binary(),
        st.lists(st.none()),
    ),
    st.sampled_from(sorted(values.JUDGES)),
)
def test_whatever_comes_a_value_fits_or_is_refused(value, type_):
    try:
        stored = values.JUDGES[type_](value)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - refusing is one of two right answers
        return
    kinds = {"number": float, "text": str, "boolean": bool, "time": datetime}
    assert isinstance(stored, kinds[type_])
