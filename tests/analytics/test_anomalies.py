import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from apps.analytics import anomalies
from apps.analytics.anomalies import (
    Episode,
    NotEnoughData,
    Votes,
    detect,
    episodes,
    hampel_scores,
    isolation_forest_scores,
    prophet_band_scores,
    seasonal_residual_scores,
    vote,
)
from tests.analytics.series_for_tests import days, weekly

SPIKE, HOLE = 150, 215


@pytest.fixture(scope="module")
def planted():
    values = weekly(280)
    values[SPIKE] += 40
    values[HOLE] -= 45
    return values


@pytest.fixture(scope="module")
def found(planted):
    return detect(days(280), planted, 7, "day")


METHODS = {
    "seasonal_residual": lambda values: seasonal_residual_scores(values, 7),
    "isolation_forest": lambda values: isolation_forest_scores(values, 7),
    "prophet_band": lambda values: prophet_band_scores(days(len(values)), values, "day"),
    "hampel": lambda values: hampel_scores(values),
}


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


# -- the ensemble


def test_planted_days_are_found_and_no_others(found):
    assert np.flatnonzero(found.flagged).tolist() == [SPIKE, HOLE]


def test_each_flag_names_at_least_two_methods(found):
    for row in np.flatnonzero(found.flagged):
        assert len(found.by[row]) >= 2
        assert set(found.by[row]) <= set(anomalies.THRESHOLDS)


def test_the_expected_range_holds_quiet_days_and_not_planted_ones(planted, found):
    inside = (found.lo <= planted) & (planted <= found.hi)
    assert inside.mean() > 0.95
    assert not inside[SPIKE]
    assert not inside[HOLE]
    assert (found.lo <= found.expected).all()


def test_the_unit_changes_no_flag(planted, found):
    other = detect(days(280), planted * 1000, 7, "day")
    assert other.flagged.tolist() == found.flagged.tolist()
    assert other.by == found.by
    assert other.expected == pytest.approx(found.expected * 1000)


def test_quiet_series_stay_quiet():
    alarms = sum(
        detect(days(300), weekly(300, seed=seed), 7, "day").flagged.sum() for seed in range(3, 6)
    )
    assert alarms <= 2  # of 900 points


def test_a_constant_series_has_no_anomaly():
    assert not detect(days(60), np.full(60, 5.0), 7, "day").flagged.any()


def test_the_one_odd_value_of_a_constant_series_is_found():
    values = np.full(120, 5.0)
    values[77] = 9.0
    assert np.flatnonzero(detect(days(120), values, 7, "day").flagged).tolist() == [77]


def test_missing_days_are_never_flagged_and_hide_nothing(planted):
    values = planted.copy()
    values[[20, 21, 22, 149, 279]] = np.nan
    values[60] = -np.inf
    result = detect(days(280), values, 7, "day")
    assert not result.flagged[~np.isfinite(values)].any()
    assert result.flagged[[SPIKE, HOLE]].all()


def test_two_rows_at_the_same_moment_are_no_error(planted):
    t = days(280)
    t[41] = t[40]
    assert detect(t, planted, 7, "day").flagged[SPIKE]


def test_times_and_values_must_fit():
    with pytest.raises(ValueError, match="one time for each value"):
        detect(days(30), weekly(31), 7, "day")


def test_two_methods_decide_where_prophet_fails(planted, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("no fit")

    monkeypatch.setattr(anomalies.members, "prophet_mean", fail)
    result = detect(days(280), planted, 7, "day")
    assert result.flagged[SPIKE]
    assert result.by[SPIKE] == ("seasonal_residual", "isolation_forest")


# -- each method


def test_the_planted_days_score_highest(method):
    values = weekly(280)
    values[[SPIKE, HOLE]] += [60, -60]
    assert set(np.argsort(method(values))[-2:].tolist()) == {SPIKE, HOLE}


def test_a_missing_value_has_no_score(method):
    values = weekly(100)
    values[[3, 50, 99]] = np.nan
    values[60] = np.inf
    scores = method(values)
    assert np.flatnonzero(np.isnan(scores)).tolist() == [3, 50, 60, 99]
    assert np.nanmin(scores) >= 0


def test_a_constant_series_scores_nothing(method):
    assert not method(np.full(50, 3.0)).any()


def test_the_same_input_gives_the_same_scores(method):
    assert method(weekly(90)).tolist() == method(weekly(90)).tolist()


@pytest.mark.parametrize("values", [[], [1.0], [np.nan] * 40, [np.inf] * 40, [1.0] * 11])
@pytest.mark.parametrize("name", ["seasonal_residual", "isolation_forest", "prophet_band"])
def test_too_little_is_said_to_be_too_little(name, values):
    with pytest.raises(NotEnoughData):
        METHODS[name](values)


def test_a_day_that_is_odd_only_for_its_weekday_is_found():
    values = weekly(280, noise=0.5)
    values[145] = values[:145][0::7].mean()  # a Saturday as busy as a Monday, 18 above its kind
    scores = seasonal_residual_scores(values, 7)
    assert int(np.argmax(scores)) == 145
    assert scores[145] > anomalies.THRESHOLDS["seasonal_residual"]


def test_a_season_longer_than_a_third_of_the_series_is_left_out():
    assert np.isfinite(seasonal_residual_scores(weekly(30), 12)).all()


@settings(max_examples=50, deadline=None)
@given(
    hnp.arrays(
        np.float64,
        st.integers(12, 80),
        elements=st.floats(-1e9, 1e9) | st.sampled_from([np.nan, np.inf, 0.0]),
    ),
    st.integers(1, 12),
)
def test_any_series_is_scored_or_refused(values, season):
    try:
        scores = seasonal_residual_scores(values, season)
    except NotEnoughData:
        assert np.isfinite(values).sum() < 12
        return
    assert (np.isnan(scores) == ~np.isfinite(values)).all()
    assert not (scores < 0).any()


def test_hampel_measures_in_robust_standard_deviations():
    scores = hampel_scores([1.0, 2.0, 3.0, 4.0, 100.0, 4.0, 3.0, 2.0, 1.0], half_window=4)
    assert scores[4] == pytest.approx((100 - 3) / 1.4826)  # median 3, median distance 1


def test_hampel_is_infinite_off_a_flat_window_and_empty_for_nothing():
    assert hampel_scores([5.0] * 7 + [6.0] + [5.0] * 7)[7] == np.inf
    assert hampel_scores([]).size == 0
    assert np.isnan(hampel_scores([np.nan] * 4)).all()
    assert hampel_scores([8.0]).tolist() == [0.0]


def test_hampel_needs_neighbours():
    with pytest.raises(ValueError, match="half_window"):
        hampel_scores([1.0, 2.0], half_window=0)


# -- the vote


def test_two_of_three_agree():
    scores = {
        "seasonal_residual": np.array([9.0, 9.0, 0.0, np.nan, 9.0, np.nan]),
        "isolation_forest": np.array([9.0, 0.0, 0.0, 9.0, np.inf, np.nan]),
        "prophet_band": np.array([0.0, 0.0, 0.0, 9.0, 9.0, 9.0]),
    }
    result = vote(scores)
    assert result.flagged.tolist() == [True, False, False, True, True, False]
    assert result.by[0] == ("seasonal_residual", "isolation_forest")
    assert result.by[2] == ()
    assert result.by[4] == ("seasonal_residual", "isolation_forest", "prophet_band")
    assert np.isnan(result.score[5])


@given(
    hnp.arrays(np.float64, (3, 20), elements=st.floats(0, 50) | st.sampled_from([np.nan, np.inf])),
    st.integers(1, 3),
)
def test_the_joint_score_is_half_or_more_exactly_where_flagged(raw, agree):
    limits = {"a": 3.0, "b": 5.0, "c": 0.7}
    result = vote(dict(zip(limits, raw, strict=True)), limits, agree)
    known = np.isfinite(result.score)
    assert ((result.score[known] >= 0.5) == result.flagged[known]).all()
    assert not result.flagged[~known].any()
    assert ((result.score[known] >= 0) & (result.score[known] <= 1)).all()


def test_a_higher_threshold_silences():
    scores = {"hampel": np.array([6.0]), "prophet_band": np.array([6.0])}
    assert vote(scores).flagged.all()
    assert not vote(scores, {"hampel": 7.0}).flagged.any()


def test_a_vote_over_no_points_is_empty():
    assert vote({"hampel": np.zeros(0), "prophet_band": np.zeros(0)}).by == []


def test_a_vote_that_cannot_be_won_is_refused():
    one = {"hampel": np.zeros(3)}
    with pytest.raises(ValueError, match="cannot agree"):
        vote(one)
    with pytest.raises(ValueError, match="no threshold for guess"):
        vote({"guess": np.zeros(3)}, agree=1)
    with pytest.raises(ValueError, match="above 0"):
        vote(one, {"hampel": 0.0}, agree=1)


# -- one alarm per episode


def flags(rows, n=30):
    flagged = np.zeros(n, dtype=bool)
    flagged[rows] = True
    score = np.where(flagged, 0.6, 0.1)
    nothing = np.full(n, np.nan)
    return Votes(flagged, [()] * n, score, nothing, nothing, nothing)


def test_neighbouring_flags_are_one_episode_with_its_strangest_point():
    votes = flags([4, 5, 6, 20])
    votes.score[5] = 0.9
    assert episodes(votes) == [Episode(4, 6, 5), Episode(20, 20, 20)]


def test_an_episode_ends_after_enough_calm():
    votes = flags([4, 6, 9])
    assert [(e.start, e.end) for e in episodes(votes, calm=1)] == [(4, 4), (6, 6), (9, 9)]
    assert [(e.start, e.end) for e in episodes(votes, calm=2)] == [(4, 6), (9, 9)]
    assert [(e.start, e.end) for e in episodes(votes, calm=3)] == [(4, 9)]


def test_no_flag_is_no_episode():
    assert episodes(flags([])) == []


def test_an_episode_needs_some_calm_to_end():
    with pytest.raises(ValueError, match="calm"):
        episodes(flags([1]), calm=0)
