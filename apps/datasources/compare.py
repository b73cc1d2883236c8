"""The span before beside the window: each value gets the one that stood in its place then."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _

from apps.core.window import Window
from apps.datasources.calculations import Place, places_of
from apps.datasources.conditions import wrong
from apps.datasources.frame import FrameColumn
from apps.datasources.query import Query
from apps.datasources.steps import Step, Steps, span_before

BEFORE = "__before"


def span_compared(query: Query, steps: Steps | None) -> Window:
    """The window that the question's own is compared with. Raises UserError on "compare"."""
    if query.window is None:
        raise wrong("compare", _("Choose a range of time to compare it with the one before."))
    if query.compare == "year":
        return (steps or Steps("day", query.timezone)).year_before(query.window)
    return span_before(query.window, query.timezone)


def with_before(columns: tuple[FrameColumn, ...]) -> tuple[FrameColumn, ...]:
    """Beside each measure the column of its value before."""
    found = []
    for column in columns:
        found.append(column)
        if column.role == "measure":
            label = _("%(label)s, before") % {"label": column.label}
            name = column.name + BEFORE
            found.append(replace(column, name=name, label=label, role="comparison"))
    return tuple(found)


def set_beside(
    now: pa.Table,
    then: pa.Table,
    columns: tuple[FrameColumn, ...],
    query: Query,
    window_then: Window,
    steps: Steps | None,
    *,
    with_gone: bool,
) -> pa.Table:
    """Both answers in one table, aligned by step and by the values of dimensions.

    A step is aligned by its position in the window, or by its date for "year"; a group by its
    values. with_gone: what was there only then gets a row at the end, null now.
    columns: of `now`.
    """
    keys = [c.name for c in columns if c.role in ("dimension", "flag")]
    measures = [c.name for c in columns if c.role == "measure"]
    moved = _moved(query, window_then, steps)
    rows_then = zip(places_of(then, query, keys, steps), then.to_pylist(), strict=True)
    placed = ((moved(at), group, row) for (at, group), row in rows_then)
    by_place: dict[Place, dict[str, Any]] = {
        (at, group): row for at, group, row in placed if at is not None or steps is None
    }
    places = places_of(now, query, keys, steps)
    if with_gone:
        now, places = _with_gone(now, places, by_place, keys, query, steps)
    found = now
    for name in measures:
        values = [by_place[place][name] if place in by_place else None for place in places]
        type_ = then.schema.field(name).type
        found = found.append_column(name + BEFORE, pa.array(values, type_))
    return found.select([column.name for column in with_before(columns)])


def _with_gone(
    now: pa.Table,
    places: list[Place],
    by_place: dict[Place, dict[str, Any]],
    keys: list[str],
    query: Query,
    steps: Steps | None,
) -> tuple[pa.Table, list[Place]]:
    there = set(places)
    gone = [place for place in by_place if place not in there]
    rows = []
    for at, group in gone:
        row: dict[str, Any] = dict(zip(keys, group, strict=True))
        if at is not None and steps is not None:
            row[query.time or ""] = steps.start(at)
        rows.append(row)
    if not rows:
        return now, places
    extra = pa.Table.from_pylist(rows, schema=now.schema)
    return pa.concat_tables([now, extra]), [*places, *gone]


def _moved(query: Query, window_then: Window, steps: Steps | None) -> Any:
    """Where a step of then stands now: a function that gives None for outside of the window."""
    window = query.window
    if steps is None or window is None:
        return lambda at: at
    first, first_then = steps.holding(window.start), steps.holding(window_then.start)

    def now_at(at: Step) -> Step | None:
        if query.compare == "year":
            found = steps.year_later(at)
            if found is None or steps.year_later(found, -1) != at:
                return None
        else:
            found = steps.moved(first, steps.between(first_then, at))
        inside = steps.start(found) < window.end and steps.between(first, found) >= 0
        return found if inside else None

    return now_at
