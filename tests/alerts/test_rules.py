"""The decision alone: no clock, no database."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.alerts.rules import Limit, State, decide, openings

ABOVE = Limit("above", 10, calm_windows=2)
VALUES = st.one_of(st.none(), st.floats(), st.just(11.0), st.just(9.0))


def run(values, limit=ABOVE, failed=()):
    state, events = State(), []
    for n, value in enumerate(values):
        state, event = decide(state, value, limit, at=float(n), failed=n in failed)
        events.append(event)
    return state, events


def test_it_opens_once_and_closes_after_two_calm_checks():
    state, events = run([9, 11, 12, 9, 11, 9, 9, 9])
    assert events == [None, "open", None, None, None, None, "close", None]
    assert state.status == "calm"


def test_on_the_threshold_nothing_fires():
    assert run([10, 10])[1] == [None, None]
    assert run([10], Limit("below", 10))[1] == [None]


def test_below_fires_below():
    assert run([11, 9], Limit("below", 10))[1] == [None, "open"]


@pytest.mark.parametrize("nothing", [None, nan, inf, -inf])
def test_no_data_is_no_recovery(nothing):
    state, events = run([11, nothing, nothing, nothing, nothing])
    assert (state.status, state.is_open) == ("no_data", True)
    assert events == ["open", None, None, None, None]
    assert run([11, 9, nothing, 9, 9])[1] == ["open", None, None, None, "close"]


def test_a_failed_question_is_no_recovery():
    state, events = run([11, 9, 9, 9], failed={1, 2, 3})
    assert (state.status, state.is_open) == ("error", True)
    assert events == ["open", None, None, None]


def test_no_data_alone_opens_nothing():
    state, events = run([None, nan])
    assert (state.status, state.is_open, events) == ("no_data", False, [None, None])


def test_checks_that_follow_too_fast_are_one_calm_check():
    limit = Limit("above", 10, calm_windows=2, pace_s=5)
    state, _event = decide(State(), 11, limit, at=100)
    for at in (100.1, 100.2, 100.3):
        state, event = decide(state, 9, limit, at=at)
        assert event is None
    state, event = decide(state, 9, limit, at=105)
    assert (event, state.calm) == (None, 1)
    _state, event = decide(state, 9, limit, at=110)
    assert event == "close"


@given(st.lists(VALUES, max_size=40), st.integers(1, 4))
def test_openings_and_closings_take_turns(values, calm):
    _state, events = run(values, Limit("above", 10, calm_windows=calm))
    said = [event for event in events if event]
    assert said == (["open", "close"] * len(said))[: len(said)]


@given(st.lists(VALUES, max_size=20))
def test_a_state_survives_storage(values):
    state, _events = run(values)
    assert State.from_json(state.as_json()) == state
    assert State.from_json({}) == State()
    assert State.from_json({"status": "rubbish"}) == State()


def test_the_past_counts_incidents_not_windows():
    assert openings([9, 11, 12, 9, 9, 11, None, 11], ABOVE, 60) == [1, 5]
