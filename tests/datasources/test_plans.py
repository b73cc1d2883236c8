"""Computed measures and comparisons: planted answers, then a plain reference on every system."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources.plans import ends_alone, plan
from apps.datasources.query import Filter, Query
from apps.datasources.steps import Steps, span_before
from tests.datasources import engines
from tests.datasources.engines import definition, measure
from tests.datasources.reference import AT, GROUP, bucket, grouped, same

few = hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
BERLIN = ZoneInfo("Europe/Berlin")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def row(text, amount, select="a", group="x"):
    return (at(text), select, amount, group, True)


def window(start, end):
    return {"from": f"{start}T00:00:00Z", "to": f"{end}T00:00:00Z"}


@pytest.fixture
def days(db):
    """1 January to 5 January without the 4th, a day before, and the year before."""
    engine = engines.DuckDB()
    amounts = {"2023-12-31": 8, "2024-01-01": 10, "2024-01-02": 0, "2024-01-03": 5, "2024-01-05": 7}
    amounts |= {"2023-01-01": 4, "2023-01-02": 5, "2023-01-05": 0}
    engine.fill([row(day, float(amount)) for day, amount in amounts.items()])
    return engine


def series(engine, *names, **fields):
    asked = {"measures": list(names), "time": "at", "grain": "day"}
    asked |= {"window": window("2024-01-01", "2024-01-06")}
    return engine.rows(asked | fields)


def column(rows, name):
    return [each[name] for each in rows]


def test_a_change_sees_the_day_before_the_window_and_no_further_than_a_gap(days):
    rows = series(days, "change", "growth", "so_far", "total")
    assert list(rows[0]) == ["at", "change", "growth", "so_far", "total"]
    assert column(rows, "total") == [10, 0, 5, None, 7]
    assert column(rows, "change") == [2, -10, 5, None, None]
    assert column(rows, "growth") == [0.25, -1, None, None, None]  # nothing grows from 0
    assert column(rows, "so_far") == [10, 10, 15, 15, 22]


def test_growth_since_a_year_before(days):
    assert column(series(days, "growth_year"), "growth_year") == [1.5, -1, None, None, None]


def test_a_limit_does_not_change_what_is_computed(days):
    rows = series(days, "change", order=[{"by": "at", "descending": True}], limit=3)
    assert column(rows, "at") == [at(f"2024-01-0{day}") for day in (5, 4, 3, 2)]  # a gap shows
    assert column(rows, "change") == [None, None, 5, -10]


def test_sorted_by_what_is_computed(days):
    rows = series(days, "change", order=[{"by": "change", "descending": True}], limit=2)
    assert column(rows, "change") == [5, 2]


def test_a_share_is_of_everything_and_not_of_what_is_shown(db):
    engine = engines.DuckDB()
    engine.fill(
        [
            row("2024-01-01", amount, select)
            for select, amount in zip("abcd", (4, 3, 2, 1), strict=True)
        ]
    )
    asked = {"measures": ["share"], "dimensions": ["select"], "limit": 2}
    answer = engine.answer(asked)
    assert answer.table.to_pylist() == [
        {"select": "a", "share": 0.4},
        {"select": "b", "share": 0.3},
    ]
    assert answer.truncated
    top = {"top": {"limit": 1, "by": "total", "other": True}}
    assert column(engine.rows(asked | top), "share") == [0.4, 0.6]
    assert column(engine.rows(asked | {"order": [{"by": "share"}]}), "share") == [0.1, 0.2]


def test_a_share_of_nothing_is_null(db):
    engine = engines.DuckDB()
    engine.fill([row("2024-01-01", 1.0, "a"), row("2024-01-01", -1.0, "b")])
    rows = engine.rows({"measures": ["share"], "dimensions": ["select"]})
    assert column(rows, "share") == [None, None]


def test_a_share_of_different_values_is_of_all_different_values(db):
    engine = engines.DuckDB()
    engine.fill([row("2024-01-01", 1.0, text, g) for text, g in ("ax", "bx", "ay", "by")])
    rows = engine.rows({"measures": ["share_kinds"], "dimensions": ["group"]})
    assert column(rows, "share_kinds") == [1.0, 1.0]  # both have both


def test_the_base_of_a_measure_with_filters_is_over_those_rows(db):
    engine = engines.DuckDB()
    engine.fill([row("2024-01-01", 1.0), row("2024-01-02", 5.0), row("2024-01-02", 9.0, "b")])
    rows = engine.rows({"measures": ["change_a", "total"], "time": "at", "grain": "day"})
    assert column(rows, "change_a") == [None, 4]
    assert column(rows, "total") == [1, 14]


@pytest.mark.parametrize("name", ["so_far", "change", "growth", "growth_year"])
def test_without_steps_of_time_nothing_changes(name):
    with pytest.raises(UserError) as caught:
        plan(Query(1, (name,)), definition("duckdb", "x"), ())
    assert caught.value.field == "measures"


@pytest.mark.parametrize(
    ("made", "fields", "field"),
    [
        (measure("bad", "running_total", base="mean"), {"grain": "day"}, "measures"),
        (measure("bad", "share", base="share"), {}, "measures"),
        (measure("bad", "share"), {}, "measures"),
        (measure("bad", "ratio", numerator="bad", denominator="n"), {}, "measures"),
        (measure("bad", "ratio", numerator="share", denominator="n"), {}, "measures"),
        (measure("bad", "sum", "select"), {}, "measures"),
        (measure("bad", "percentile", "amount", percentile=101.0), {}, "measures"),
        (measure("bad", "sum", "amount", filters=(Filter("gone", "is_null"),)), {}, "filters"),
        (measure("bad", "sum", "amount", filters=(Filter("paid", "eq", ("?",)),)), {}, "measures"),
    ],
)
def test_a_measure_that_cannot_be_computed_is_refused(made, fields, field):
    shape = definition("duckdb", "x", measures=(*engines.MEASURES, made))
    with pytest.raises(UserError) as caught:
        plan(Query.from_json({"dataset": 1, "measures": ["bad"], "time": "at"} | fields), shape, ())
    assert caught.value.field in (field, "measures")


def test_a_top_is_not_ranked_by_what_is_computed():
    asked = {"dataset": 1, "measures": ["n"], "dimensions": ["select"]}
    asked |= {"top": {"limit": 1, "by": "share"}}
    with pytest.raises(UserError) as caught:
        plan(Query.from_json(asked), definition("duckdb", "x"), ())
    assert caught.value.field == "top"


# -- comparisons


def test_a_single_number_beside_the_one_before(days):
    asked = {"measures": ["total"], "time": "at", "window": window("2024-01-01", "2024-01-02")}
    answer = days.answer(asked | {"compare": "previous"})
    assert answer.table.to_pylist() == [{"total": 10, "total__before": 8}]
    before = answer.columns[1]
    assert (before.role, before.unit, before.label) == ("comparison", "", "total, before")
    assert days.rows(asked | {"compare": "year"}) == [{"total": 10, "total__before": 4}]


def test_a_comparison_needs_a_range():
    query = Query.from_json({"dataset": 1, "measures": ["n"], "compare": "year"})
    with pytest.raises(UserError) as caught:
        plan(query, definition("duckdb", "x"), ())
    assert caught.value.field == "compare"


def test_steps_stand_beside_those_in_their_place(days):
    rows = series(days, "total", compare="year")
    assert column(rows, "total") == [10, 0, 5, None, 7]
    assert column(rows, "total__before") == [4, 5, None, None, 0]
    rows = series(days, "total", compare="previous", window=window("2024-01-02", "2024-01-05"))
    # 30 December to 1 January; nothing is known of its first day
    assert column(rows, "at") == [at("2024-01-02"), at("2024-01-03"), at("2024-01-04")]
    assert column(rows, "total__before") == [None, 8, 10]


def test_a_29th_of_february_has_no_day_a_year_before(db):
    engine = engines.DuckDB()
    days = ["2023-02-28", "2023-03-01", "2024-02-28", "2024-02-29", "2024-03-01"]
    engine.fill([row(day, float(n)) for n, day in enumerate(days, 1)])
    rows = series(engine, "total", compare="year", window=window("2024-02-28", "2024-03-02"))
    assert column(rows, "total__before") == [1, None, 2]


def test_categories_are_compared_by_name_and_the_vanished_are_told(db):
    engine = engines.DuckDB()
    engine.fill([row("2024-01-01", 5.0, "gone"), row("2024-01-01", 1.0), row("2024-01-02", 2.0)])
    engine.fill(
        [
            row("2024-01-01", 5.0, "gone"),
            row("2024-01-01", 1.0),
            row("2024-01-02", 2.0),
            row("2024-01-02", 1.0, "new"),
        ]
    )
    asked = {"measures": ["total"], "dimensions": ["select"], "time": "at", "compare": "previous"}
    rows = engine.rows(asked | {"window": window("2024-01-02", "2024-01-03")})
    assert [tuple(each.values()) for each in rows] == [
        ("a", 2, 1),
        ("new", 1, None),
        ("gone", None, 5),
    ]
    rows = engine.rows(asked | {"window": window("2024-01-02", "2024-01-03"), "limit": 1})
    assert [tuple(each.values()) for each in rows] == [("a", 2, 1)]


def test_the_span_before_keeps_to_the_groups_of_now(db):
    engine = engines.DuckDB()
    engine.fill(
        [
            *(row("2024-01-01", 9.0, "b"), row("2024-01-01", 3.0, "c")),
            *(row("2024-01-02", 5.0, "a"), row("2024-01-02", 1.0, "b")),
        ]
    )
    asked = {"measures": ["total"], "dimensions": ["select"], "time": "at", "compare": "previous"}
    asked |= {"top": {"limit": 1, "by": "total", "other": True}}
    rows = engine.rows(asked | {"window": window("2024-01-02", "2024-01-03")})
    assert [tuple(each.values()) for each in rows] == [("a", False, 5, None), (None, True, 1, 12)]


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        ("2024-03-01T00:00", "2024-04-01T00:00", "2024-02-01T00:00"),  # a month, of its length
        ("2024-03-31T00:00", "2024-04-01T00:00", "2024-03-30T00:00"),  # 23 hours, then 24
        ("2024-03-05T00:00", "2024-03-12T00:00", "2024-02-27T00:00"),
        ("2024-03-05T10:00", "2024-03-05T12:00", "2024-03-05T08:00"),
    ],
)
def test_the_span_before_follows_the_calendar(start, end, before):
    edges = (datetime.fromisoformat(each).replace(tzinfo=BERLIN) for each in (start, end, before))
    start, end, before = (edge.astimezone(UTC) for edge in edges)
    assert span_before(Window(start, end), "Europe/Berlin") == Window(before, start)


def test_every_statement_is_told():
    asked = {"dataset": 1, "measures": ["change", "share", "growth_year"], "time": "at"}
    asked |= {"grain": "day", "window": window("2024-01-01", "2024-01-06"), "compare": "previous"}
    found = plan(Query.from_json(asked), definition("duckdb", "x"), ())
    assert len(found.statements) == 8  # of now and of before: rows, total, step before, year ago
    assert found.explained.also == found.statements[1:]
    assert found.explained.sql == found.main.sql


@pytest.mark.parametrize(
    ("asked", "alone"),
    [
        ({"measures": ["total", "change", "growth_year"]}, True),
        ({"measures": ["so_far"]}, False),
        ({"measures": ["share"]}, False),
        ({"measures": ["n"], "compare": "previous"}, False),
        ({"measures": ["n"], "dimensions": ["select"], "top": {"limit": 1, "by": "n"}}, False),
    ],
)
def test_only_what_rests_on_no_other_step_is_asked_by_its_end(asked, alone):
    query = Query.from_json({"dataset": 1, "time": "at", "grain": "day", **asked})
    assert ends_alone(query, definition("store", "x")) is alone


# -- against the reference

rows = st.lists(
    st.tuples(
        st.integers(0, 60 * 24 * 12).map(lambda n: at("2024-03-24") + timedelta(minutes=n)),
        st.just("a"),
        st.integers(-3, 3).map(float) | st.none(),
        st.sampled_from(["x", "y", None]),
        st.none(),
    ),
    max_size=25,
)


@few
@given(data=rows, grain=st.sampled_from(["hour", "day", "week"]), split=st.booleans())
def test_computed_measures_on_every_system(engine, data, grain, split):
    engine.fill(data)
    span = Window(at("2024-03-29T23:00"), at("2024-04-05T22:00"))  # over a change of the clock
    asked = {"measures": ["change", "so_far", "share", "total"], "time": "at", "grain": grain}
    asked |= {"timezone": "Europe/Berlin", "window": span.as_json(), "compare": "previous"}
    answer = engine.rows(asked | {"dimensions": ["group"] if split else []})
    steps = Steps(grain, "Europe/Berlin")

    def place(row):
        return (steps.of(bucket(row[AT], grain, "Europe/Berlin")), row[GROUP] if split else None)

    totals = {key: each["total"] for key, each in grouped(data, place).items()}
    inside = [row for row in data if span.start <= row[AT] < span.end]
    now = {key: each["total"] for key, each in grouped(inside, place).items()}
    found = {(steps.of(each["at"]), each.get("group")): each for each in answer}
    assert set(now) <= set(found)
    first, before = steps.holding(span.start), span_before(span, "Europe/Berlin")
    earlier = [row for row in data if before.start <= row[AT] < before.end]
    then = {key: each["total"] for key, each in grouped(earlier, place).items()}
    for (step, group), each in found.items():
        total = now.get((step, group))
        assert same(each["total"], total)
        last = (steps.moved(step, -1), group)
        previous = now.get(last) if last[0] >= first else totals.get(last)
        change = None if total is None or previous is None else total - previous
        assert same(each["change"], change)
        place_then = steps.moved(steps.holding(before.start), steps.between(first, step))
        assert same(each["total__before"], then.get((place_then, group)))
        so_far = [v for (s, g), v in now.items() if g == group and s <= step and v is not None]
        if (step, group) in now or not split:
            assert same(each["so_far"], sum(so_far) if so_far else None) or not so_far
        whole = [row for row in inside if not split or place(row)[0] == step]
        known = [row[2] for row in whole if row[2] is not None]
        share = total / sum(known) if total is not None and known and sum(known) else None
        assert same(each["share"], share)


@given(
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    st.sampled_from(["day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana"]),
    st.integers(0, 6),
    st.integers(1, 12),
    st.integers(-30, 30),
)
def test_steps_count_both_ways(day, grain, zone, week_start, fiscal, amount):
    steps = Steps(grain, zone, week_start, fiscal)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    step = steps.holding(noon)
    assert steps.of(steps.start(step)) == step
    assert steps.start(step) <= noon < steps.start(steps.moved(step, 1))
    assert steps.between(step, steps.moved(step, amount)) == amount
    assert steps.start(step) == bucket(noon, grain, zone, week_start, fiscal)
