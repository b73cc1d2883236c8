import numpy as np
import pytest

from apps.analytics import series
from tests.analytics.series_for_tests import weekly

NAN = np.nan


def test_what_is_not_a_finite_number_is_missing():
    assert np.isnan(series.as_series([1, np.inf, -np.inf, NAN, 2])).tolist() == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_the_callers_array_is_left_as_it_was():
    values = np.array([1.0, np.inf])
    series.as_series(values)
    assert values[1] == np.inf


def test_a_table_is_no_series():
    with pytest.raises(ValueError, match="one dimension"):
        series.as_series(np.zeros((2, 2)))


def test_a_gap_is_closed_with_the_shape_of_the_season():
    values = np.tile([0.0, 10.0, 5.0], 6)
    holed = values.copy()
    holed[[4, 8]] = NAN
    assert series.filled(holed, 3) == pytest.approx(values)


def test_nothing_cannot_be_filled():
    with pytest.raises(series.NotEnoughData):
        series.filled(np.full(5, NAN))


def test_an_outlier_does_not_move_the_spread():
    values = np.random.default_rng(0).normal(50, 3, 2000)
    values[:20] = 1e6
    assert series.robust_sd(values) == pytest.approx(3, rel=0.1)


@pytest.mark.parametrize("values", [[], [NAN, NAN], [7.0], [7.0] * 9, [0.1 + 0.2, 0.3, 0.3]])
def test_what_does_not_vary_has_no_spread(values):
    assert series.robust_sd(np.array(values, dtype=float)) == 0


def test_rare_demand_has_a_spread_although_most_values_are_equal():
    assert series.robust_sd(np.array([0.0] * 30 + [5.0, 3.0])) > 0


def test_a_weekly_shape_is_found():
    assert series.season_length(weekly(), "day") == 7


def test_a_trend_or_a_gap_does_not_hide_the_season():
    values = weekly(slope=3.0)
    values[50:60] = NAN
    assert series.season_length(values, "day") == 7


def test_a_week_of_hours_is_told_from_a_day_of_hours():
    hour = np.arange(24 * 7 * 6)
    day = np.sin(hour * 2 * np.pi / 24)
    weekend = np.where(hour // 24 % 7 >= 5, 0.2, 1.0)
    assert series.season_length(day, "hour") == 24
    assert series.season_length(day * weekend, "hour") == 168


def test_noise_has_no_season():
    noise = [np.random.default_rng(seed).normal(size=365) for seed in range(20)]
    seasons = [series.season_length(values, "day") for values in noise]
    assert seasons.count(1) >= 16  # the test is at the 90 % level


@pytest.mark.parametrize("values", [np.full(100, 4.0), [], [3.0]])
def test_constant_empty_and_single_series_have_no_season(values):
    assert series.season_length(values, "day") == 1


def test_a_series_too_short_to_tell_has_the_usual_season_of_its_grain():
    assert series.season_length(weekly(10), "day") == 7
    assert series.season_length(weekly(20), "month") == 12


def test_the_unit_does_not_change_the_season():
    assert series.season_length(weekly() * 1000, "day") == series.season_length(weekly(), "day")


def test_an_unknown_grain_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"fortnight.*known: .*day"):
        series.season_length(weekly(), "fortnight")
