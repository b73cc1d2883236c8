import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from apps.analytics.sampling import minmax_lttb

numbers = st.floats(allow_nan=True, allow_infinity=True, width=64)


def clock(n):
    return np.arange(n, dtype=np.int64) * 60_000


@given(hnp.arrays(np.float64, st.integers(0, 400), elements=numbers), st.integers(4, 60))
def test_rows_are_ascending_distinct_and_few(values, points):
    kept = minmax_lttb(clock(len(values)), values, points)
    assert (np.diff(kept) > 0).all()
    assert len(kept) <= max(points, 0)
    if len(values) <= points:
        assert len(kept) == len(values)
    if np.isfinite(values).any():
        assert np.isfinite(values[kept]).any()


def test_a_short_line_is_kept_whole():
    assert minmax_lttb(clock(5), [1, np.nan, 3, 2, 1], 5).tolist() == [0, 1, 2, 3, 4]


def test_the_lone_spike_and_both_ends_stay():
    values = np.sin(np.arange(10_000) / 50)
    values[6_543] = 40
    kept = minmax_lttb(clock(10_000), values, 300)
    assert {0, 6_543, 9_999} <= set(kept.tolist())


def test_a_gap_stays_a_gap():
    values = np.sin(np.arange(1_000) / 20)
    values[400:420] = np.nan
    kept = minmax_lttb(clock(1_000), values, 100)
    inside = [row for row in kept if 400 <= row < 420]
    assert inside == [400]
    assert np.isfinite(values[kept]).sum() == len(kept) - 1


def test_of_many_gaps_the_longest_stay():
    values = np.arange(1_000.0)
    values[::2] = np.nan
    values[500:560] = np.nan
    kept = minmax_lttb(clock(1_000), values, 40)
    assert len(kept) <= 40
    gaps = kept[np.isnan(values[kept])]
    assert len(gaps) <= 10
    assert any(499 <= row <= 500 for row in gaps)


def test_infinity_is_drawn_as_a_gap():
    values = np.ones(500)
    values[250] = np.inf
    kept = minmax_lttb(clock(500), values, 50)
    assert 250 in kept


def test_the_unit_does_not_change_the_picture():
    values = np.random.default_rng(1).normal(size=5_000)
    same = minmax_lttb(clock(5_000), values, 200)
    assert minmax_lttb(clock(5_000), values * 1000, 200).tolist() == same.tolist()


@pytest.mark.parametrize("values", [np.full(900, 3.0), np.full(900, np.nan), np.zeros(0)])
def test_constant_missing_and_empty_lines_are_drawn(values):
    kept = minmax_lttb(clock(len(values)), values, 90)
    assert len(kept) <= 90
    assert (len(kept) > 0) == (len(values) > 0)


def test_two_rows_at_the_same_moment_are_no_error():
    t = np.repeat(clock(300), 2)
    assert len(minmax_lttb(t, np.arange(600.0), 50)) <= 50


def test_what_makes_no_line_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        minmax_lttb(clock(3), np.zeros(4), 10)
    with pytest.raises(ValueError, match="at least 4"):
        minmax_lttb(clock(9), np.zeros(9), 3)
    with pytest.raises(ValueError, match="ascend"):
        minmax_lttb(clock(9)[::-1].copy(), np.zeros(9), 5)
