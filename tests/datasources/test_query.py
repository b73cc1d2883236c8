"""The question as a value: its JSON, its identity, its errors."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources.query import COMPARISONS, FISCAL, GRAINS, OPERATORS, Query, grain_for

names = st.text(string.ascii_lowercase, min_size=1, max_size=8)
values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    st.integers(-9, 9),
    st.booleans(),
)


@st.composite
def conditions(draw):
    op = draw(st.sampled_from(list(OPERATORS)))
    if op == "within":
        return {"column": draw(names), "op": op, "values": ["now-7d/d", "now"]}
    fewest, most = OPERATORS[op]
    chosen = draw(st.lists(values, min_size=fewest, max_size=min(most, 4)))
    return {"column": draw(names), "op": op, "values": chosen}


def groups(inner):
    return st.dictionaries(
        st.sampled_from(["any", "all"]),
        st.lists(inner, min_size=1, max_size=3),
        min_size=1,
        max_size=1,
    )


filters = groups(groups(conditions()) | conditions()) | conditions()


widths = st.integers(1, 10**20) | st.floats(1e-200, 1e200)


@st.composite
def queries(draw):
    data = {
        "dataset": draw(st.integers(1, 99)),
        "measures": draw(st.lists(names, min_size=1, max_size=3, unique=True)),
        "dimensions": draw(
            st.lists(
                names
                | st.builds(lambda c: {"column": c, "part": "hour"}, names)
                | st.builds(lambda c, n: {"column": c, "bins": n}, names, st.integers(1, 1000))
                | st.builds(lambda c, w: {"column": c, "width": w, "low": -1}, names, widths),
                max_size=3,
            )
        ),
        "filters": draw(st.lists(filters, max_size=3)),
        "order": draw(
            st.lists(
                st.builds(lambda n, d: {"by": n, "descending": d}, names, st.booleans()), max_size=2
            )
        ),
        "limit": draw(st.none() | st.integers(1, 1000)),
        "timezone": draw(st.sampled_from(["UTC", "Europe/Berlin"])),
    }
    if draw(st.booleans()):
        data |= {"time": "at", "grain": draw(st.sampled_from(list(GRAINS)))}
        data["window"] = {"from": "2024-01-01T00:00:00Z", "to": "2024-02-01T00:00:00Z"}
        data["compare"] = draw(st.sampled_from([None, *COMPARISONS]))
    if data["dimensions"] and draw(st.booleans()):
        top = {"limit": draw(st.integers(1, 50)), "by": draw(names), "other": draw(st.booleans())}
        data["top"] = top
    if not data["dimensions"] and "time" not in data and draw(st.booleans()):
        data |= {"time": "at", "cohort": {"entity": draw(names), "grain": "fiscal_year"}}
    return data


@given(queries())
def test_reading_what_was_written_gives_the_same_question(data):
    query = Query.from_json(data)
    again = Query.from_json(query.as_json())
    assert again == query
    assert again.identity == query.identity


@given(queries())
def test_the_order_of_keys_does_not_matter(data):
    backwards = dict(reversed(list(data.items())))
    assert Query.from_json(backwards).identity == Query.from_json(data).identity


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_garbage_is_a_user_error_and_nothing_else(data):
    for thing in (
        data,
        {"dataset": 1, "measures": data},
        {"dataset": 1, "filters": data},
        {"dataset": data, "measures": ["n"]},
        {"dataset": 1, "window": data},
        {"dataset": 1, "measures": ["n"], "timezone": data},
        {"dataset": 1, "measures": ["n"], "limit": data},
        {"dataset": 1, "measures": ["n"], "dimensions": [data]},
        {"dataset": 1, "measures": ["n"], "dimensions": [{"column": "x", "bins": data}]},
        {"dataset": 1, "measures": ["n"], "dimensions": [{"column": "x", "width": data}]},
        {"dataset": 1, "measures": ["n"], "time": "at", "cohort": data},
        {"dataset": 1, "measures": ["n"], "time": "at", "cohort": {"entity": "x", "grain": data}},
        {"dataset": 1, "measures": ["n"], "filters": [{"any": data}]},
        {"dataset": 1, "measures": ["n"], "filters": [{"column": "a", "op": data}]},
        {"dataset": 1, "measures": ["n"], "dimensions": ["a"], "top": data},
        {"dataset": 1, "measures": ["n"], "compare": data},
    ):
        with suppress(UserError):
            Query.from_json(thing)


A = {"column": "a", "op": "is_null", "values": []}
SOON = {"op": "within", "values": ["soon", "now"]}


def nested(item, deep):
    return nested({"any": [item]}, deep - 1) if deep else item


def test_groups_may_be_nested_four_deep():
    query = Query.from_json({"dataset": 1, "measures": ["n"], "filters": [nested(A, 4)]})
    assert query.as_json()["filters"] == [nested(A, 4)]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"dataset": 1}, "measures"),
        ({"dataset": 1, "measures": ["n"], "columns": ["a"]}, "measures"),
        ({"dataset": 1, "measures": ["n"], "grain": "day"}, "time"),
        ({"dataset": 1, "measures": ["n"], "time": "at", "grain": "fortnight"}, "grain"),
        ({"dataset": 1, "measures": ["n"], "timezone": "Mars/Olympus"}, "timezone"),
        ({"dataset": 1, "measures": ["n"], "limit": 0}, "limit"),
        ({"dataset": 1, "measures": ["n"], "sql": "SELECT 1"}, "query"),
        (
            {
                "dataset": 1,
                "measures": ["n"],
                "time": "at",
                "window": {"from": "2024-02-01", "to": "2024-01-01"},
            },
            "to",
        ),
        (
            {
                "dataset": 1,
                "measures": ["n"],
                "filters": [{"column": "a", "op": "eq", "values": ["\x00"]}],
            },
            "filters",
        ),
        (
            {
                "dataset": 1,
                "measures": ["n"],
                "filters": [{"column": "a", "op": "between", "values": [1]}],
            },
            "filters",
        ),
        ({"dataset": 1, "measures": ["n"], "filters": [{"any": []}]}, "filters"),
        ({"dataset": 1, "measures": ["n"], "filters": [{"any": [A], "all": [A]}]}, "filters"),
        ({"dataset": 1, "measures": ["n"], "filters": [A] * 101}, "filters"),
        ({"dataset": 1, "measures": ["n"], "filters": [{"all": [A] * 60}] * 2}, "filters"),
        ({"dataset": 1, "measures": ["n"], "filters": [nested(A, 5)]}, "filters"),
        ({"dataset": 1, "measures": ["n"], "filters": [A | SOON]}, "filters"),
        ({"dataset": 1, "measures": ["n"], "compare": "century"}, "compare"),
        ({"dataset": 1, "columns": ["a"], "compare": "year"}, "compare"),
        ({"dataset": 1, "measures": ["n"], "top": {"limit": 3, "by": "n"}}, "top"),
        ({"dataset": 1, "measures": ["n"], "dimensions": ["a"], "top": {"limit": 0}}, "top"),
        ({"dataset": 1, "measures": ["n"], "dimensions": ["a"], "top": {"limit": 3}}, "top"),
        *(
            (
                {"dataset": 1, "measures": ["n"], "dimensions": [{"column": "a", **bins}]},
                "dimensions",
            )
            for bins in (
                {"bins": 0},
                {"bins": 1001},
                {"bins": 2.5},
                {"bins": True},
                {"width": 0},
                {"width": -1},
                {"width": "1"},
                {"width": 1, "bins": 2},
                {"part": "hour", "bins": 2},
                {"low": 1},
                {"width": 1, "low": 2, "high": 2},
                {"width": 10**400},
            )
        ),
    ],
)
def test_a_wrong_question_names_its_field(data, field):
    with pytest.raises(UserError) as caught:
        Query.from_json(data)
    assert caught.value.field == field


@given(st.integers(60, 10**9), st.sampled_from([160, 320, 640, 1280, 3840]))
def test_a_grain_never_gives_more_than_two_points_a_pixel(seconds, width):
    window = Window.last(hours=seconds / 3600)
    grain = grain_for(window, width)
    assert grain not in FISCAL
    assert grain == "year" or window.seconds / GRAINS[grain] <= 2 * width
