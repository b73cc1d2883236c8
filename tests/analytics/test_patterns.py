import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.analytics import patterns
from apps.analytics.patterns import (
    NotEnoughData,
    change_between,
    contributions,
    records,
    significant,
    trend,
)

finite = st.floats(-1e6, 1e6)
STEADY = [100.0, 103.0, 99.0, 101.0, 98.0, 102.0, 100.0, 97.0, 101.0, 100.0]

# -- change


def test_a_change_far_beyond_the_usual_is_significant():
    change = change_between(130.0, 100.0, STEADY)
    assert change.difference == 30.0
    assert change.ratio == pytest.approx(0.3)
    assert 1 < change.usual < 6
    assert change.p < 0.001


def test_a_usual_change_is_not():
    assert change_between(103.0, 100.0, STEADY).p > 0.2


def test_the_unit_changes_the_numbers_and_not_the_significance():
    small, large = (change_between(112.0 * k, 100.0 * k, np.array(STEADY) * k) for k in (1, 1000))
    assert large.p == pytest.approx(small.p)
    assert large.usual == pytest.approx(small.usual * 1000)


def test_usual_changes_are_rarely_called_significant():
    random = np.random.default_rng(0)
    called = 0
    for _ in range(400):
        totals = random.normal(100, 5, 21)
        called += change_between(totals[20], totals[19], totals[:20]).p < 0.05
    assert called / 400 < 0.1


def test_from_nothing_there_is_no_ratio():
    assert change_between(5.0, 0.0, STEADY).ratio is None


def test_a_loss_that_shrinks_is_a_rise():
    assert change_between(-50.0, -100.0, STEADY).ratio == pytest.approx(0.5)


@pytest.mark.parametrize("past", [[], [100.0], [np.nan] * 9, [1.0, 2.0, 3.0, 2.0]])
def test_without_a_past_nothing_is_said_about_significance(past):
    change = change_between(2.0, 1.0, past)
    assert change.p is None
    assert change.usual is None
    assert change.difference == 1.0


def test_what_never_changed_makes_any_change_remarkable():
    assert change_between(8.0, 7.0, [7.0] * 10).p == 0.0
    assert change_between(7.0, 7.0, [7.0] * 10).p == 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_total_that_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        change_between(bad, 1.0, STEADY)


# -- trend


def test_a_planted_slope_is_found_among_outliers_and_gaps():
    random = np.random.default_rng(2)
    values = 50 + 0.4 * np.arange(120) + random.normal(0, 3, 120)
    values[[10, 60, 90]] = 1e5
    values[[20, 21, 119]] = np.nan
    line = trend(values)
    assert line.slope == pytest.approx(0.4, abs=0.05)
    assert line.start == pytest.approx(50, abs=3)
    assert line.change == pytest.approx(0.4 * 119, abs=6)
    assert line.p < 1e-6


def test_noise_rarely_has_a_trend():
    called = [trend(np.random.default_rng(seed).normal(size=60)).p < 0.05 for seed in range(200)]
    assert np.mean(called) < 0.1


def test_values_that_follow_their_neighbours_rarely_have_a_trend():
    called = 0
    for seed in range(100):
        steps = np.random.default_rng(seed).normal(size=120)
        values = np.zeros(120)
        for i in range(1, 120):
            values[i] = 0.6 * values[i - 1] + steps[i]
        called += trend(values).p < 0.05
    assert called / 100 <= 0.15


def test_the_unit_changes_the_slope_and_not_its_significance():
    values = np.random.default_rng(0).normal(size=50) + np.arange(50) * 0.05
    assert trend(values * 1000).slope == pytest.approx(trend(values).slope * 1000)
    assert trend(values * 1000).p == pytest.approx(trend(values).p)


def test_a_long_series_is_averaged_and_keeps_its_slope():
    values = np.random.default_rng(0).normal(size=20_000) + np.arange(20_000) * 0.01
    assert trend(values).slope == pytest.approx(0.01, rel=0.01)


def test_a_constant_series_has_no_trend():
    line = trend(np.full(40, 9.0))
    assert (line.slope, line.change, line.p) == (0.0, 0.0, 1.0)


def test_two_points_have_a_slope_and_no_significance():
    line = trend([1.0, 3.0])
    assert (line.slope, line.p) == (2.0, None)


@pytest.mark.parametrize("values", [[], [4.0], [np.nan, np.inf, 1.0]])
def test_less_than_two_points_have_no_trend(values):
    with pytest.raises(NotEnoughData):
        trend(values)


# -- contributions


def test_the_planted_driver_is_named():
    before = {"north": 100.0, "south": 300.0, "west": 120.0, "east": 80.0}
    found = contributions(before | {"west": 60.0, "east": 77.0}, before)
    assert found.difference == -63.0
    assert [part.key for part in found.drivers] == ["west"]
    assert found.drivers[0].share == pytest.approx(60 / 63)
    assert found.parts[0].key == "west"


def test_a_change_in_proportion_is_explained_by_nothing():
    before = {"a": 500.0, "b": 300.0, "c": 200.0}
    found = contributions({key: value * 1.2 for key, value in before.items()}, before)
    assert found.drivers == ()
    assert found.difference == pytest.approx(200)


def test_many_small_parts_explain_nothing():
    before = {str(i): 10.0 for i in range(20)}
    assert contributions(dict.fromkeys(before, 12.0), before).drivers == ()


def test_what_is_new_or_gone_counts_in_full():
    found = contributions({"new": 50.0, "old": 10.0}, {"gone": 5.0, "old": 10.0})
    assert [(p.key, p.difference) for p in found.parts] == [
        ("new", 50.0), ("gone", -5.0), ("old", 0.0),
    ]  # fmt: skip
    assert [p.key for p in found.drivers] == ["new"]


def test_parts_that_cancel_leave_nothing_to_explain():
    found = contributions({"a": 20.0, "b": 10.0}, {"a": 10.0, "b": 20.0})
    assert found.difference == 0
    assert found.drivers == ()
    assert all(part.share == 0 for part in found.parts)


def test_rounding_is_no_change():
    found = contributions({"a": 0.3, "b": 0.0}, {"a": 0.1, "b": 0.2})
    assert found.difference == 0
    assert found.drivers == ()


def test_nothing_against_nothing_is_no_change():
    found = contributions({}, {})
    assert (found.current, found.difference, found.parts) == (0, 0, ())


@given(
    st.dictionaries(st.sampled_from("abcdef"), finite),
    st.dictionaries(st.sampled_from("abcdef"), finite),
)
def test_parts_add_up_to_the_whole(current, previous):
    found = contributions(current, previous)
    off = sum(part.difference for part in found.parts) - found.difference
    size = 1 + sum(map(abs, [*current.values(), *previous.values()]))
    assert abs(off) < 1e-9 * size
    assert len(found.drivers) <= patterns.FEW


def test_a_part_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        contributions({"a": np.nan}, {"a": 1.0})


# -- records


def test_the_highest_in_a_while_knows_since_when():
    values = np.concatenate([[50.0], np.tile([3.0, 4.0], 15), [9.0]])
    (found,) = records(values)
    assert (found.kind, found.value, found.before, found.span) == ("highest", 9.0, 4.0, 31)
    assert not found.whole
    assert found.p == pytest.approx(1 / 31)


def test_the_lowest_of_all_is_said_to_be_that():
    (found,) = records([5.0, 6.0] * 8 + [1.0])
    assert (found.kind, found.span, found.whole) == ("lowest", 17, True)


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [3.0] * 40, [1.0, 2.0, 3.0], [5.0, 4.0] * 10 + [5.0], [1.0] * 20 + [np.nan]],
    ids=["empty", "one", "constant", "short", "a tie", "last missing"],
)
def test_no_record_is_no_record(values):
    assert records(values) == ()


def test_missing_and_infinite_values_do_not_count_as_beaten():
    (found,) = records([1.0, np.nan, np.inf] * 10 + [2.0])
    assert found.span == 11


# -- many findings at once


def test_among_many_findings_only_strong_ones_hold():
    ps = np.concatenate([[1e-6, 1e-4], np.linspace(0.04, 1, 98)])
    assert np.flatnonzero(significant(ps)).tolist() == [0, 1]


def test_unknown_significance_never_holds():
    assert significant([np.nan, 0.001]).tolist() == [False, True]
    assert significant([]).tolist() == []
    assert significant([np.nan]).tolist() == [False]


def test_a_limit_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="alpha"):
        significant([0.1], alpha=1.0)
