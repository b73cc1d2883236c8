"""Ranges as filters of a page: read, told, compiled, and the same wherever a view is shown."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import UserError
from apps.datasources import engine
from apps.datasources.access import scope_of
from apps.datasources.compiler import compile_query
from apps.datasources.definition import ColumnDef, definition
from apps.datasources.hiding import shape_of
from apps.datasources.models import Column, Dataset
from apps.datasources.query import Filter, Group, Query
from apps.widgets import chosen, services
from apps.widgets.cards import card_data
from apps.widgets.kinds import KINDS
from apps.widgets.models import Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View
from tests.datasources import sql_sources

DELAY = ColumnDef("delay", "Arrival delay", "number", "min", "")
AT = ColumnDef("at", "At", "time", "", "")
NAME = ColumnDef("name", "Name", "text", "", "")
TIME_EDGES = json.loads((Path(__file__).parent / "time_edges.json").read_text())
YEAR = ("2024-01-01", "2024-12-31")

numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
moments = st.integers(31_536_000, 6_900_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))


def text_of(low, high):
    return f"{'' if low is None else low}..{'' if high is None else high}"


# -- what is read


@given(st.none() | numbers, st.none() | numbers)
def test_what_is_written_is_read_again(low, high):
    if low is None and high is None:
        return
    text = text_of(*(repr(each) if each is not None else None for each in (low, high)))
    if low is not None and high is not None and low >= high:
        with pytest.raises(UserError):
            chosen.read_range(text, DELAY)
    else:
        assert chosen.read_range(text, DELAY) == chosen.Range(low, high)


@given(moments, st.timedeltas(timedelta(seconds=1), timedelta(days=3000)))
def test_times_are_read_again(start, length):
    end = start + length
    text = text_of(start.isoformat(), end.isoformat())
    assert chosen.read_range(text, AT) == chosen.Range(start, end)


@given(st.text(alphabet="0123456789.-+e ", max_size=12))
def test_a_range_is_read_or_refused_at_its_field(text):
    try:
        found = chosen.read_range(text, DELAY)
    except UserError as error:
        said = error.field
    else:
        said = "filters"
        assert all(each is None or math.isfinite(each) for each in (found.low, found.high))
        assert found != chosen.Range(None, None)
    assert said == "filters"


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [  # as static/js/lib/range.js writes numbers
        ("10..20", 10, 20),
        ("-5..-2.5", -5, -2.5),
        ("..0", None, 0),
        ("1e+21..", 1e21, None),
        ("1e-7..0.3", 1e-7, 0.3),
        ("9007199254740993..", 9007199254740993, None),
    ],
)
def test_numbers_as_scripts_write_them(text, low, high):
    assert chosen.read_range(text, DELAY) == chosen.Range(low, high)


@pytest.mark.parametrize(
    "text", ["..", "1...5", "1..2..3", "a..b", "10..1e999", "nan..5", "10..0x20", "1,5..2", "10.."]
)
def test_what_is_no_range_of_times_or_numbers_names_its_column(text):
    column = AT if text == "10.." else DELAY
    with pytest.raises(UserError, match=f"“{column.name}”") as error:
        chosen.read_range(text, column)
    assert error.value.field == "filters"


def test_from_must_be_below_to_and_both_are_named():
    with pytest.raises(UserError, match=r"“20\.\.10”.*“delay”.*from.*below.*to"):
        chosen.read_range("20..10", DELAY)
    with pytest.raises(UserError, match="from must be below to"):
        chosen.read_range("2026-03-02..2026-03-01", AT)


def test_dates_are_of_the_zone_of_the_view_and_milliseconds_of_none():
    found = chosen.read_range("2026-03-01..2026-04-01", AT, "Europe/Berlin")
    assert found == chosen.Range(
        datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)
    )
    assert chosen.read_range("1772323200000..", AT).low == datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(UserError):  # the range of the page moves with the clock, no filter does
        chosen.read_range("now-7d..", AT)


@pytest.mark.parametrize(("edge", "is_time"), TIME_EDGES)
def test_an_edge_of_time_is_one_in_the_browser_as_well(edge, is_time):
    if is_time:
        assert chosen.read_range(f"{edge}..", AT).low is not None
    else:
        with pytest.raises(UserError, match="no range of “at”"):
            chosen.read_range(f"{edge}..", AT)


# -- what it means


def test_ranges_and_values_hold_side_by_side_and_text_stays_text():
    assert chosen.conditions(DELAY, ["10..20"]) == (
        Filter("delay", "ge", (10,)),
        Filter("delay", "lt", (20,)),
    )
    several = chosen.conditions(DELAY, ["..0", "10..20", "99"])
    assert several == (
        Group(
            "any",
            (
                Filter("delay", "in", ("99",)),
                Filter("delay", "lt", (0,)),
                Group("all", (Filter("delay", "ge", (10,)), Filter("delay", "lt", (20,)))),
            ),
        ),
    )
    assert chosen.conditions(NAME, ["10..20"]) == (Filter("name", "in", ("10..20",)),)


def test_it_is_told_as_people_read_it():
    assert chosen.words(["10..20"], DELAY) == "10 – 20\u00a0min"
    assert chosen.words(["-1500..", "..0"], DELAY) == "≥ −1,500\u00a0min, < 0\u00a0min"
    assert chosen.words(["20..10", "a..b"], DELAY) == "20..10, a..b"
    assert chosen.words(["2026-03-01..2026-04-01T12:30"], AT) == "1 Mar 2026 – 1 Apr 2026, 12:30"
    assert chosen.words(["10..20"], NAME) == "10..20"


def test_the_edges_travel_as_parameters(orders):
    view = View(*YEAR, filters=(("amount", ("10.5..12",)),))
    shape = definition(orders.pk, orders.version)
    query = Query.from_json({"dataset": orders.pk, "measures": ["orders"]})
    compiled = compile_query(query.narrowed(view.filters_on(shape.columns)), shape, ())
    assert "10.5" not in compiled.sql
    assert {10.5, 12} <= set(compiled.parameters)


# -- the same rows everywhere


@pytest.fixture
def readings(workspace, settings, monkeypatch):
    """A table of a real PostgreSQL whose values stand on edges that no double holds."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop")
        cursor.execute(
            "CREATE TABLE shop.readings AS SELECT n AS id, (n % 97 - 40) * 0.1::numeric AS exact,"
            " ((n % 97 - 40) * 0.1)::float8 AS near FROM generate_series(1, 970) n"
        )
        cursor.execute("INSERT INTO shop.readings VALUES (0, NULL, 'NaN'), (-1, 'NaN', NULL)")
    source = sql_sources.postgresql(workspace, settings, monkeypatch)
    made = Dataset.objects.create(
        workspace=workspace,
        source=source,
        name="R",
        slug="r",
        kind="table",
        relation="shop.readings",
    )
    for name in ("id", "exact", "near"):
        Column.objects.create(dataset=made, name=name, label=name, type="number")
    return made


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", ["exact", "near"])
def test_a_bar_counts_the_rows_that_its_range_shows(column, readings, analyst):
    view, scope = View(*YEAR), scope_of(analyst, readings.pk)
    kind = KINDS["histogram"]
    options = kind.options.cleaned({"column": column, "bins": 16})
    question = kind.queries({}, options, shape_of(scope), view)["main"]
    frame = engine.answer(question, analyst)
    width = frame.columns[0].bin
    assert width == 0.1  # sixfold finer than drawn
    pairs = zip(frame.column(f"{column}_bin"), frame.column("count()"), strict=True)
    bars = {edge: count for edge, count in pairs if edge is not None}
    assert sum(bars.values()) == 970
    for edge, count in bars.items():
        low, high = (float(f"{round(edge / width + n) * width:.15g}") for n in (0, 1))
        picked = View(*YEAR, filters=((column, (f"{low!r}..{high!r}",)),))
        table = Query.from_json({"dataset": readings.pk, "columns": ["id", column]})
        rows = engine.answer(table.narrowed(picked.filters_on(shape_of(scope).columns)), analyst)
        assert len(rows.column("id")) == count, (low, high)


def test_a_histogram_keeps_its_bars_and_marks_the_page_s_range(orders, editor):
    spec = WidgetSpec("Amounts", "histogram", orders.pk, options={"column": "amount"})
    view = View(*YEAR, filters=(("amount", ("10..12",)), ("region", ("West",))))
    widget = services.fill(
        Widget(workspace=orders.workspace),
        services.checked(spec, editor, orders.workspace, view),
    )
    body = orjson.loads(card_data(widget, view, editor).body)
    assert sum(body["frames"]["main"]["data"][1]) == 120  # West alone, all of its amounts
    assert body["overlays"]["filters"]["amount"] == ["10..12"]


# -- the card that sets it


def filter_card(orders, editor, view, **options):
    spec = WidgetSpec("F", "filter_control", orders.pk, options=options)
    spec = services.checked(spec, editor, orders.workspace, view)
    widget = services.fill(Widget(workspace=orders.workspace), spec)
    return orjson.loads(card_data(widget, view, editor).body)


def test_a_filter_of_numbers_is_told_their_ends_whatever_it_is_set_to(orders, editor):
    view = View(*YEAR, filters=(("amount", ("10..12",)),))
    body = filter_card(orders, editor, view, column="amount")
    assert [values[0] for values in body["frames"]["main"]["data"]] == [5, 16]
    assert body["overlays"]["chosen"] == ["10..12"]


def test_a_filter_of_times_is_told_the_first_and_the_last(orders, editor):
    frames = filter_card(orders, editor, View(*YEAR), column="ordered_at")["frames"]
    ends = [frames[name]["data"][0][0] for name in ("main", "last")]
    days = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 4, 29, tzinfo=UTC))
    assert ends == [day.timestamp() * 1000 for day in days]


def test_a_list_of_numbers_is_still_to_be_had_and_a_range_of_texts_is_not(orders, editor):
    body = filter_card(orders, editor, View(*YEAR), column="amount", style="list")
    assert body["frames"]["main"]["row_count"] == 8
    with pytest.raises(UserError, match="numbers or times") as error:
        filter_card(orders, editor, View(*YEAR), column="region", style="range")
    assert error.value.field == "options.style"


# -- rows as points


def test_a_scatter_chart_of_two_columns_has_a_point_for_each_row(orders, editor):
    options = {"column_x": "amount", "column_y": "cost"}
    spec = WidgetSpec("S", "scatter", orders.pk, query={"dimensions": ["region"]}, options=options)
    view = View(*YEAR, filters=(("amount", ("10..12",)), ("cost", ("4..",))))
    spec = services.checked(spec, editor, orders.workspace, view)
    widget = services.fill(Widget(workspace=orders.workspace), spec)
    body = orjson.loads(card_data(widget, view, editor).body)
    main = body["frames"]["main"]
    names = [each["name"] for each in main["columns"]]
    assert names == ["amount", "cost", "region", "ordered_at"]
    assert set(main["data"][0]) == {10, 11}
    assert body["overlays"]["rows"] is True
    lone = WidgetSpec("S", "scatter", orders.pk, options={"column_x": "amount"})
    with pytest.raises(UserError) as error:
        services.checked(lone, editor, orders.workspace, view)
    assert error.value.field == "options.column_y"
