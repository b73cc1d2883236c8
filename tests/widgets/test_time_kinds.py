"""What the kinds over time ask, and which options they refuse."""

from dataclasses import replace

import pytest

from apps.core.errors import UserError
from apps.core.window import zone_of
from apps.datasources.definition import ColumnDef, Definition, MeasureDef
from apps.datasources.query import Top, leaves
from apps.widgets.kinds import KINDS
from apps.widgets.view import View

VIEW = View("2026-09-01", "2026-10-01")


def measure(name: str) -> MeasureDef:
    return MeasureDef(name, name.capitalize(), "sum", name, "", "", "", "", "up")


SHAPE = Definition(
    dataset_id=7,
    workspace_id=1,
    version=1,
    source_id=1,
    source_kind="uploads",
    is_stream=False,
    relation="orders",
    time_column="day",
    columns=(
        ColumnDef("day", "Day", "time", "", ""),
        ColumnDef("shipped", "Shipped", "time", "", ""),
        ColumnDef("region", "Region", "text", "", ""),
        ColumnDef("state", "State", "text", "", ""),
        ColumnDef("amount", "Amount", "number", "", ""),
    ),
    measures=(measure("orders"), measure("revenue")),
)
STREAM = replace(SHAPE, is_stream=True)


def asked(kind, template, options=None, shape=SHAPE, view=VIEW):
    kind = KINDS[kind]
    return kind.queries(template, kind.options.cleaned(options or {}), shape, view)


def test_the_greatest_lines_are_chosen_over_all_rows_unless_rows_are_still_arriving():
    template = {"measures": ["orders", "revenue"], "dimensions": ["region"]}
    assert asked("line", template, {"most": 5})["main"].top == Top(5, "orders", other=True)
    assert asked("line", template, shape=STREAM)["main"].top is None
    assert asked("line", {**template, "limit": 900})["main"].top is None
    own = asked("line", {**template, "top": {"limit": 3, "by": "revenue"}})["main"].top
    assert own == Top(3, "revenue")
    assert asked("line", {"measures": ["orders"]})["main"].top is None


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"low": 5, "high": 5}, "options.high"),
        ({"low_right": 5, "high_right": -5}, "options.high_right"),
        ({"scale": "log", "low": 0}, "options.low"),
        ({"target_1": "much"}, "options.target_1"),
        ({"most": 61}, "options.most"),
        ({"axis_2": "top"}, "options.axis_2"),
    ],
)
def test_options_of_lines_that_cannot_be_are_refused_by_name(options, field):
    with pytest.raises(UserError) as refused:
        KINDS["line"].options.cleaned(options)
    assert refused.value.field == field


def test_bars_and_lines_are_over_time_or_over_the_values_of_a_dimension():
    over_time = asked("combo", {"measures": ["orders", "revenue"], "grain": "day"})["main"]
    assert over_time.grain == "day"
    by_region = asked("combo", {"measures": ["orders"], "dimensions": ["region"], "grain": "day"})
    assert by_region["main"].grain is None
    assert by_region["main"].top == Top(200, "orders", other=True)
    compared = asked("combo", {"measures": ["orders"]}, {"compare": "previous"})
    assert compared["previous"].window.end == compared["main"].window.start


def test_a_calendar_asks_by_day_whatever_step_was_kept():
    assert (
        asked("calendar_heatmap", {"measures": ["orders"], "grain": "month"})["main"].grain == "day"
    )
    with pytest.raises(UserError):
        KINDS["calendar_heatmap"].options.cleaned({"week_start": "9"})


@pytest.mark.parametrize(
    ("period", "end", "span", "goal"),
    [
        ("month", "2026-10-01", ("2026-09-01", "2026-10-01"), ("2026-08-01", "2026-09-01")),
        ("month", "2026-10-01T00:01", ("2026-10-01", "2026-11-01"), ("2026-09-01", "2026-10-01")),
        ("quarter", "2026-11-05", ("2026-10-01", "2027-01-01"), ("2026-07-01", "2026-10-01")),
        ("year", "2026-11-05", ("2026-01-01", "2027-01-01"), ("2025-01-01", "2026-01-01")),
        ("range", "2026-09-11", ("2026-09-01", "2026-09-11"), ("2026-08-22", "2026-09-01")),
    ],
)
def test_a_pace_is_asked_over_the_whole_period_and_its_goal_over_the_one_before(
    period, end, span, goal
):
    found = asked(
        "pace",
        {"measures": ["orders"]},
        {"period": period, "goal_from": "previous"},
        view=View("2026-09-01", end, timezone="Europe/Berlin"),
    )
    days = [
        tuple(f"{edge.astimezone(zone_of('Europe/Berlin')):%Y-%m-%d}" for edge in (w.start, w.end))
        for w in (found["main"].window, found["goal"].window)
    ]
    assert days == [span, goal]
    assert found["main"].timezone == "Europe/Berlin"


def test_a_goal_that_is_a_number_asks_nothing_more_and_an_average_has_no_pace():
    assert asked("pace", {"measures": ["orders"]}, {"goal": 5}).keys() == {"main"}
    average = replace(SHAPE, measures=(replace(SHAPE.measures[0], aggregate="avg"),))
    with pytest.raises(UserError) as refused:
        asked("pace", {"measures": ["orders"]}, shape=average)
    assert refused.value.field == "measures"


def test_a_horizon_needs_a_dimension_and_shows_its_greatest_values():
    found = asked("horizon", {"measures": ["orders"], "dimensions": ["region"]}, {"most": 9})
    assert found["main"].top == Top(9, "orders", other=True)
    with pytest.raises(UserError) as refused:
        KINDS["horizon"].check(asked("horizon", {"measures": ["orders"]})["main"])
    assert refused.value.field == "dimensions"


def test_states_are_asked_by_step_thing_and_state_for_the_things_with_most_rows():
    template = {"measures": ["orders"], "dimensions": ["region", "state"], "grain": "hour"}
    main = asked("state_timeline", template)["main"]
    assert [each.name for each in main.dimensions] == ["region", "state"]
    assert main.top == Top(60, "orders", other=True)
    with pytest.raises(UserError) as refused:
        KINDS["state_timeline"].options.cleaned({"threshold_1": 5, "threshold_2": 5})
    assert refused.value.field == "options.threshold_2"


def test_a_plan_asks_for_rows_that_touch_the_range():
    chosen = {"start": "day", "end": "shipped", "label": "region", "group": "region", "rows": 9}
    main = asked("gantt", {}, chosen)["main"]
    assert (main.columns, main.limit) == (("day", "shipped", "region"), 9)
    assert main.window is None
    begins, lasts = main.filters
    assert (begins.column, begins.op, begins.values) == ("day", "lt", ("2026-10-01T00:00:00Z",))
    assert [each.op for each in leaves([lasts])] == ["ge", "is_null", "ge"]
    named = KINDS["gantt"].options.named_in(chosen)
    assert named["columns"] == ["day", "shipped", "region", "region"]


def test_a_plan_without_any_time_says_which_option_is_missing():
    with pytest.raises(UserError) as refused:
        asked("gantt", {}, shape=replace(SHAPE, time_column=""))
    assert refused.value.field == "options.start"
    assert len(asked("gantt", {})["main"].filters) == 2
