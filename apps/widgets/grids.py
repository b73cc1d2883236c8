"""Figures that people type into editable grids: read, written and kept with who wrote them.

Readers whom a row policy narrows see and write only rows that they see in the data. Whether
somebody may write on a card at all is for the caller to ask (dashboards.queries.widgets_edited).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.queries import Visitor
from apps.core.errors import Conflict, Denied, NotFound, UserError
from apps.core.window import Window, to_ms, zone_of
from apps.datasources import engine
from apps.datasources.access import Scope, scope_of
from apps.datasources.hiding import check_question, shape_of
from apps.widgets.kinds.editable_grid import EditableGrid, columns_of, listed, span_of
from apps.widgets.models import GridChange, GridValue, Widget
from apps.widgets.view import View

SLUG = EditableGrid.slug
MOST_CELLS = 2000  # of one save
LARGEST = Decimal("1e15")
ALWAYS = View("now-1d", "now")


@dataclass(frozen=True, slots=True)
class Cell:
    """What somebody wants to stand in a cell. `version`: of the value that they saw, 0 for none."""

    row: str
    column: str
    value: Decimal | None
    version: int


class Changed(Conflict):
    """Others wrote first. `cells`: what stands there now."""

    def __init__(self, cells: list[dict[str, Any]]) -> None:
        super().__init__(_("Somebody else changed this meanwhile."), field="cells")
        self.cells = cells


def rows_seen(widget: Widget, user: Visitor) -> list[str] | None:
    """The rows that the user sees; None where nothing narrows them. Raises Denied, NotFound."""
    scope = _scope(widget, user)
    if not widget.query.get("dimensions"):
        return listed(widget.options.get("rows", ""))
    return _rows_in_data(widget, scope, user) if scope.policies else None


def values(widget: Widget, user: Visitor) -> list[GridValue]:
    """What was typed into the rows that the user sees."""
    found = GridValue.objects.filter(widget=widget)
    rows = rows_seen(widget, user)
    return list(found if rows is None else found.filter(row__in=rows))


def overlay(widget: Widget, user: Visitor) -> dict[str, Any]:
    """For the picture: the columns' keys and the cells [row, column, value, version]."""
    zone = zone_of(widget.workspace.timezone)
    options = EditableGrid.options.cleaned(widget.options)
    columns = columns_of(options, timezone.now().astimezone(zone).date())
    shown = set(columns)
    typed = values(widget, user) if widget.pk else []  # a preview has none yet
    cells = [_as_list(each) for each in typed if each.column in shown]
    return {"columns": columns, "cells": cells}


def read_cells(data: Any) -> list[Cell]:
    """Read [{"row", "column", "value", "version"}]. Raises UserError that names the cell."""
    if not isinstance(data, list) or not 0 < len(data) <= MOST_CELLS:
        message = _("Send a list of 1 to %(most)s cells.") % {"most": MOST_CELLS}
        raise UserError(message, field="cells")
    cells = [_read(each, at) for at, each in enumerate(data)]
    if len({(each.row, each.column) for each in cells}) < len(cells):
        raise UserError(_("The same cell stands there twice."), field="cells")
    return cells


@transaction.atomic
def write(widget: Widget, author: User, cells: Sequence[Cell]) -> list[GridValue]:
    """All of the cells, or none. Raises UserError, Denied, and Changed with what others wrote."""
    _check_cells(widget, author, cells)
    # one writer of a grid at a time, so that two new values of a cell cannot pass each other
    Widget.objects.select_for_update().get(pk=widget.pk)
    known = {(each.row, each.column): each for each in _named(widget, cells)}
    news = [(cell, known.get((cell.row, cell.column))) for cell in cells]
    others = [(cell, now) for cell, now in news if (now.version if now else 0) != cell.version]
    if others:
        raise Changed([_now(widget, cell, now) for cell, now in others])
    return [_written(widget, author, cell, now) for cell, now in news]


def history(widget: Widget, user: Visitor, row: str, column: str) -> list[GridChange]:
    """The changes of one cell, newest first, at most 100. Raises NotFound for an unseen row."""
    rows = rows_seen(widget, user)
    if "\x00" in row + column or (rows is not None and row not in rows):
        raise NotFound(_("There is no such row."), field="row")
    return list(GridChange.objects.filter(widget=widget, row=row, column=column)[:100])


def targets(widget: Widget, user: Visitor, window: Window) -> dict[str, float]:
    """row -> what was typed for a span of time, of the rows that the user sees.

    A period that lies partly in the window counts by the share of its days; of named columns the
    first counts. Rows without any figure in the window are left out.
    """
    zone = zone_of(widget.workspace.timezone)
    found: dict[str, float] = {}
    first = next(iter(columns_of(widget.options, timezone.now().date())), "")
    for each in values(widget, user):
        if each.value is None:
            continue
        share = _share(each.column, window, zone) if span_of(each.column) else each.column == first
        if share:
            found[each.row] = found.get(each.row, 0.0) + float(each.value) * share
    return found


def targets_frame(grid: int, widget: Widget, user: Visitor, window: Window) -> dict[str, Any]:
    """The targets of another card as a frame: its dimension and its measure.

    Of the same dataset, so that who shares this card's answers may share its targets; and not of
    a private dashboard, which others may not see. Empty if there is no such grid. A grid whose
    rows are no dimension gives one row, the sum.
    """
    if widget.dataset_id is None:
        return {}
    grids = Widget.objects.filter(kind=SLUG, dataset_id=widget.dataset_id)
    found = grids.filter(pk=grid, placement__dashboard__is_private=False).first()
    if found is None:
        return {}
    try:
        typed = targets(found, user, window)
    except (Denied, NotFound):
        return {}
    measure = str((found.query.get("measures") or [""])[0])
    split = (found.query.get("dimensions") or [None])[0]
    value = {"name": measure, "label": measure, "role": "measure", "type": "number"}
    if not isinstance(split, str):
        data: list[list[Any]] = [[sum(typed.values())]] if typed else [[]]
        return {"columns": [value], "data": data, "row_count": len(data[0])}
    key = {"name": split, "label": split, "role": "dimension", "type": "text"}
    rows = sorted(typed)
    data = [list[Any](rows), [typed[row] for row in rows]]
    return {"columns": [key, value], "data": data, "row_count": len(rows)}


def as_json(each: GridValue) -> dict[str, Any]:
    """A cell for partners and scripts."""
    return {
        "row": each.row,
        "column": each.column,
        "value": None if each.value is None else float(each.value),
        "version": each.version,
    }


def change_as_json(each: GridChange) -> dict[str, Any]:
    """A change for partners and scripts; `at` in ms."""
    sides = {"from": each.before, "to": each.after}
    numbers = {name: None if v is None else float(v) for name, v in sides.items()}
    return {"at": to_ms(each.at), "by": each.by_name, **numbers}


# -- reading


def _scope(widget: Widget, user: Visitor) -> Scope:
    if widget.kind != SLUG or not widget.dataset_id:
        raise NotFound(_("This card is no editable grid."))
    scope = scope_of(user, widget.dataset_id)
    check_question(widget.query, scope)
    return scope


def _rows_in_data(widget: Widget, scope: Scope, user: Visitor) -> list[str]:
    options = EditableGrid.options.cleaned(widget.options)
    query = EditableGrid().queries(widget.query, options, shape_of(scope), ALWAYS)["main"]
    frame = engine.answer(query, user)
    return [text(value) for value in frame.column(query.dimensions[0].name) if value is not None]


def text(value: Any) -> str:
    """A value of a dimension as the key of a row; the same as scripts make of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:200]


def _as_list(each: GridValue) -> list[Any]:
    return [each.row, each.column, None if each.value is None else float(each.value), each.version]


def _share(key: str, window: Window, zone: Any) -> float:
    """Which part of a period lies in the window, by time."""
    span = span_of(key)
    assert span is not None  # noqa: S101 - the caller has looked
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in span)
    inside = min(end, window.end) - max(start, window.start)
    return max(inside, timedelta()) / (end - start)


# -- writing


def _read(data: Any, at: int) -> Cell:
    if not isinstance(data, dict) or set(data) - {"row", "column", "value", "version"}:
        message = _("A cell is {row, column, value, version}.")
        raise UserError(message, field=f"cells.{at}")
    row, column, version = data.get("row"), data.get("column"), data.get("version", 0)
    if not isinstance(row, str) or not isinstance(column, str) or not row or not column:
        raise UserError(_("A cell names its row and its column."), field=f"cells.{at}")
    if isinstance(version, bool) or not isinstance(version, int) or not 0 <= version < 2**31:
        raise UserError(_("The version is the one that you saw."), field=f"cells.{at}.version")
    return Cell(row, column, _number(data.get("value"), at), version)


def _number(value: Any, at: int) -> Decimal | None:
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        number = Decimal(str(value))
    except InvalidOperation as error:
        message = _("“%(value)s” is not a number.") % {"value": str(value)[:40]}
        raise UserError(message, field=f"cells.{at}.value") from error
    if not number.is_finite() or abs(number) >= LARGEST:
        raise UserError(_("The number is too large."), field=f"cells.{at}.value")
    return number


def _check_cells(widget: Widget, author: User, cells: Sequence[Cell]) -> None:
    """Rows and columns that are there, and figures that fit. Raises UserError with the cell."""
    scope = _scope(widget, author)
    options = EditableGrid.options.cleaned(widget.options)
    zone = zone_of(widget.workspace.timezone)
    columns = set(columns_of(options, timezone.now().astimezone(zone).date()))
    rows = rows_seen(widget, author)
    known = set(_rows_in_data(widget, scope, author) if rows is None else rows)
    for at, cell in enumerate(cells):
        if cell.row not in known:
            message = _("There is no row “%(name)s”.") % {"name": cell.row[:60]}
            raise UserError(message, field=f"cells.{at}.row")
        if cell.column not in columns:
            message = _("There is no column “%(name)s”.") % {"name": cell.column[:60]}
            raise UserError(message, field=f"cells.{at}.column")
        _check_value(cell, options, at)


def _check_value(cell: Cell, options: dict[str, Any], at: int) -> None:
    if cell.value is None:
        return
    least, most, decimals = options.get("least"), options.get("most"), options.get("decimals")
    field = f"cells.{at}.value"
    if least is not None and cell.value < Decimal(str(least)):
        raise UserError(_("Not below %(least)s here.") % {"least": least}, field=field)
    if most is not None and cell.value > Decimal(str(most)):
        raise UserError(_("Not above %(most)s here.") % {"most": most}, field=field)
    decimals = 2 if decimals is None else decimals
    if cell.value != round(cell.value, decimals):
        message = _("At most %(n)s decimals here.") % {"n": decimals}
        raise UserError(message, field=field)


def _named(widget: Widget, cells: Iterable[Cell]) -> list[GridValue]:
    rows = {cell.row for cell in cells}
    return list(GridValue.objects.filter(widget=widget, row__in=rows))


def _now(widget: Widget, cell: Cell, now: GridValue | None) -> dict[str, Any]:
    found = as_json(now) if now else {"row": cell.row, "column": cell.column, "value": None}
    changes = GridChange.objects.filter(widget=widget, row=cell.row, column=cell.column)
    by = changes.values_list("by_name", flat=True).first()
    return {"version": 0, **found, "by": by or ""}


def _written(widget: Widget, author: User, cell: Cell, now: GridValue | None) -> GridValue:
    """Save one cell and keep who did it; what says the same is no change."""
    if now and now.value == cell.value:
        return now
    before = now.value if now else None
    value = now or GridValue(widget=widget, row=cell.row, column=cell.column, version=0)
    value.value, value.version = cell.value, value.version + 1
    value.save()
    if before != cell.value:
        GridChange.objects.create(
            widget=widget,
            row=cell.row,
            column=cell.column,
            before=before,
            after=cell.value,
            by=author,
            by_name=str(author)[:254],
        )
    return value
