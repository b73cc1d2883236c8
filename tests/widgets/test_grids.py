"""Editable grids: who reads and writes what, conflicts, history, and targets for other cards."""

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from apps.core.errors import NotFound, UserError
from apps.core.window import Window
from apps.dashboards import services as dashboards
from apps.dashboards.models import Dashboard
from apps.datasources import services as datasources
from apps.widgets import grids
from apps.widgets.cards import overlays_of
from apps.widgets.grids import Cell
from apps.widgets.kinds.editable_grid import EditableGridOptions, columns_of, span_of
from apps.widgets.models import GridChange, GridValue, Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View

VIEW = View("2026-01-01", "2026-04-01")
QUERY = {"measures": ["revenue"], "dimensions": ["region"]}
OPTIONS = {
    "period": "month",
    "start": "2026-01",
    "count": 6,
    "decimals": 1,
    "least": 0,
    "most": 1e6,
}


@pytest.fixture
def grid(orders, editor, workspace):
    dashboard = dashboards.create_dashboard(editor, workspace, title="Plans")
    spec = WidgetSpec("Targets", "editable_grid", orders.pk, query=QUERY, options=OPTIONS)
    return dashboards.add_widget(dashboard, editor, spec).widget


def put(grid, author, row, column, value, version=0):
    number = None if value is None else Decimal(str(value))
    return grids.write(grid, author, [Cell(row, column, number, version)])[0]


def test_what_is_typed_is_kept_with_who_and_when(grid, editor):
    put(grid, editor, "West", "2026-01", 100)
    put(grid, editor, "West", "2026-01", 120.5, version=1)
    put(grid, editor, "West", "2026-01", None, version=2)
    found = grids.history(grid, editor, "West", "2026-01")
    assert [(each.before, each.after) for each in found] == [
        (Decimal("120.5"), None),
        (Decimal(100), Decimal("120.5")),
        (None, Decimal(100)),
    ]
    assert {each.by_name for each in found} == {"editor@example.com"}
    assert grids.as_json(grids.values(grid, editor)[0])["version"] == 3


def test_who_saw_an_older_value_gets_a_conflict_that_shows_both(grid, editor, analyst):
    put(grid, editor, "West", "2026-01", 100)
    with pytest.raises(grids.Changed) as error:
        put(grid, analyst, "West", "2026-01", 300)
    cell = {"row": "West", "column": "2026-01", "value": 100.0, "version": 1}
    assert error.value.cells == [cell | {"by": "editor@example.com"}]
    assert GridValue.objects.get().value == 100


def test_a_block_is_written_whole_or_not_at_all(grid, editor):
    put(grid, editor, "East", "2026-02", 5)
    block = [Cell("West", "2026-01", Decimal(1), 0), Cell("East", "2026-02", Decimal(2), 0)]
    with pytest.raises(grids.Changed):
        grids.write(grid, editor, block)
    assert [each.value for each in GridValue.objects.all()] == [5]
    assert GridChange.objects.count() == 1


def test_the_same_again_is_no_change(grid, editor):
    put(grid, editor, "West", "2026-01", 100)
    assert put(grid, editor, "West", "2026-01", 100, version=1).version == 1
    assert GridChange.objects.count() == 1


@pytest.mark.parametrize(
    ("cell", "says", "field"),
    [
        (Cell("North", "2026-01", Decimal(1), 0), "no row", "row"),
        (Cell("West", "2027-01", Decimal(1), 0), "no column", "column"),
        (Cell("West", "2026-01", Decimal(-1), 0), "Not below", "value"),
        (Cell("West", "2026-01", Decimal("1e7"), 0), "Not above", "value"),
        (Cell("West", "2026-01", Decimal("1.25"), 0), "At most 1 decimals", "value"),
    ],
)
def test_a_figure_that_does_not_fit_is_refused_with_its_cell(grid, editor, cell, says, field):
    with pytest.raises(UserError, match=says) as error:
        grids.write(grid, editor, [cell])
    assert error.value.field == f"cells.0.{field}"
    assert not GridValue.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        [3],
        [{"row": "a"}],
        [{"row": "a", "column": "b", "value": "many"}],
        [{"row": "a", "column": "b", "value": True}],
        [{"row": "a", "column": "b", "value": float("nan")}],
        [{"row": "a", "column": "b", "value": 1e300}],
        [{"row": "a", "column": "b", "value": 1, "version": -1}],
        [{"row": "a", "column": "b", "value": 1, "by": "me"}],
        [{"row": "a", "column": "b", "value": 1}] * 2,
    ],
)
def test_what_is_no_list_of_cells_is_refused(data):
    with pytest.raises(UserError) as error:
        grids.read_cells(data)
    assert (error.value.field or "").startswith("cells")


def test_a_policy_narrows_what_is_read_written_and_told(grid, orders, editor, viewer, analyst):
    put(grid, editor, "West", "2026-01", 100)
    put(grid, editor, "East", "2026-01", 7)
    east = [{"column": "region", "op": "in", "values": ["East"]}]
    for role in ("viewer", "analyst"):
        datasources.set_policy(orders, f"{role} East", role, east)
    for person in (viewer, analyst):
        person.refresh_from_db()
        assert [each.row for each in grids.values(grid, person)] == ["East"]
        assert [cell[0] for cell in overlays_of(grid, VIEW, person)["grid"]["cells"]] == ["East"]
        with pytest.raises(NotFound):
            grids.history(grid, person, "West", "2026-01")
    with pytest.raises(UserError, match="no row"):
        put(grid, analyst, "West", "2026-01", 1, version=1)
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert grids.targets(grid, viewer, window) == {"East": 7.0}


def test_only_who_may_edit_the_dashboard_writes(client, grid, editor, viewer, stranger):
    url, body = f"/w/{grid.pk}/grid/", {"cells": [{"row": "West", "column": "2026-01", "value": 1}]}
    assert client.get(url).status_code == 401
    for person, reads, writes in ((stranger, 404, 404), (viewer, 200, 403), (editor, 200, 200)):
        client.force_login(person)
        assert client.get(url).status_code == reads
        assert client.post(url, body, content_type="application/json").status_code == writes
    assert client.get(url).json()["may_edit"] is True
    conflict = client.post(url, body, content_type="application/json")
    assert conflict.status_code == 409
    assert conflict.json()["cells"][0]["by"] == "editor@example.com"
    past = client.get(f"{url}history/?row=West&column=2026-01").json()["changes"]
    assert [(each["from"], each["to"]) for each in past] == [(None, 1.0)]


@pytest.mark.parametrize(("row", "column"), [("\x00", "2026-01"), ("West", "\x00")])
def test_a_cell_that_cannot_be_has_no_history(client, grid, editor, row, column):
    client.force_login(editor)
    asked = {"row": row, "column": column}
    assert client.get(f"/w/{grid.pk}/grid/history/", asked).status_code == 404


def test_targets_of_a_span_count_periods_by_their_share(grid, editor):
    put(grid, editor, "West", "2026-01", 310)
    put(grid, editor, "West", "2026-02", 280)
    day = lambda month, date: datetime(2026, month, date, tzinfo=UTC)  # noqa: E731
    assert grids.targets(grid, editor, Window(day(1, 1), day(3, 1))) == {"West": 590}
    half = grids.targets(grid, editor, Window(day(1, 22), day(2, 8)))
    assert half["West"] == pytest.approx(100 + 70)
    assert grids.targets(grid, editor, Window(day(5, 1), day(6, 1))) == {}


def test_another_card_reads_them_as_a_frame(grid, orders, editor, workspace):
    put(grid, editor, "West", "2026-01", 310)
    options = {"target_grid": grid.pk}
    widget = Widget(
        kind="kpi_table", workspace=workspace, dataset=orders, query=QUERY, options=options
    )
    frame = overlays_of(widget, View("2026-01-01", "2026-02-01"), editor)["targets"]
    assert [column["name"] for column in frame["columns"]] == ["region", "revenue"]
    assert frame["data"] == [["West"], [310.0]]
    widget.options = {"target_grid": 999_999}
    assert overlays_of(widget, VIEW, editor)["targets"] == {}
    Dashboard.objects.update(is_private=True)
    widget.options = options
    assert overlays_of(widget, VIEW, editor)["targets"] == {}


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"period": "month", "start": "2025-11", "count": 3}, ["2025-11", "2025-12", "2026-01"]),
        ({"period": "quarter", "start": "2025-11", "count": 2}, ["2025-Q4", "2026-Q1"]),
        ({"period": "year", "start": "2025-11", "count": 2}, ["2025", "2026"]),
        ({"period": "", "headings": "Budget\n Plan "}, ["Budget", "Plan"]),
        ({"period": "", "headings": "0000\n9999\n2026-13"}, ["0000", "9999", "2026-13"]),
    ],
)
def test_columns_are_periods_or_names(options, keys):
    assert columns_of(options, datetime(2026, 5, 5, tzinfo=UTC).date()) == keys
    for key in keys:
        assert (span_of(key) is None) == (options["period"] == "")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"start": "May"}, "start"),
        ({"start": "0000-01"}, "start"),
        ({"start": "9999-12"}, "start"),
        ({"headings": "a\na"}, "headings"),
        ({"rows": "x" * 300}, "rows"),
    ],
)
def test_wrong_options_are_refused(options, field):
    with pytest.raises(UserError) as error:
        EditableGridOptions.cleaned(options)
    assert error.value.field == f"options.{field}"


@pytest.mark.django_db(transaction=True)
def test_of_many_who_write_one_empty_cell_at_once_one_wins(grid, editor):
    """Every loser learns of it; nothing is lost or written twice."""
    found = []
    gate = threading.Barrier(4)

    def write(value):
        try:
            gate.wait(10)
            put(grid, editor, "West", "2026-03", value)
            found.append("won")
        except grids.Changed:
            found.append("lost")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(value,)) for value in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == ["lost", "lost", "lost", "won"]
    assert GridChange.objects.count() == 1
    assert GridValue.objects.get().version == 1
