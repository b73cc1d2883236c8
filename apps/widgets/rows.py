"""More rows of a table, or others: sorted, searched and continued by the database.

Raw rows are paged by key: the next page begins at the last row's values in its order, so that
rows which arrive meanwhile move nothing. Groups are asked for again with a larger limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.accounts.queries import Visitor
from apps.core.errors import NotFound, UserError
from apps.core.numbers import whole
from apps.datasources import engine
from apps.datasources.access import scope_of
from apps.datasources.definition import Definition
from apps.datasources.frame import Frame
from apps.datasources.hiding import shape_of
from apps.datasources.query import Condition, Filter, Group, Order, Query
from apps.widgets.cards import card_queries
from apps.widgets.kinds.table import whole_order
from apps.widgets.models import Widget
from apps.widgets.view import View

PAGE = 1000
MOST_KEYS = 6  # of an order that a page is continued by; rows equal in all of them are counted
MOST_ORDERS = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader asks of a table: an order, a text to be found, and where to go on.

    `after`: the values of the last row in the order's columns, and how many shown rows equal it.
    """

    order: tuple[Order, ...] = ()
    search: str = ""
    have: int = 0
    after: tuple[tuple[Any, ...], int] | None = None

    @classmethod
    def from_params(cls, params: QueryDict) -> "Wish":
        """Read `sort=-revenue,region`, `q`, `have` and `after`. Raises UserError with the field."""
        names = [name for name in params.get("sort", "").split(",") if name][:MOST_ORDERS]
        order = tuple(Order(name.removeprefix("-")[:130], name.startswith("-")) for name in names)
        have = whole(params.get("have", "0"))
        if have is None or have > settings.QUERY_MAX_ROWS:
            raise UserError(_("“have” is a number of rows."), field="have")
        return cls(order, params.get("q", "").strip()[:200], have, _token(params.get("after")))


def page(widget: Widget, view: View, user: Visitor, wish: Wish) -> bytes:
    """{"frame", "next", "replaces", "more"} as JSON, as `user`. Raises UserError, NotFound."""
    if not widget.dataset_id:
        raise NotFound(_("This card asks no question of a dataset."))
    scope = scope_of(user, widget.dataset_id)
    main = card_queries(widget, view, scope)["main"]
    authors = widget.query.get("limit") or settings.QUERY_MAX_ROWS
    shape = shape_of(scope)
    main = _searched(replace(main, order=wish.order or main.order), shape, wish.search)
    if main.columns:
        return _raw(main, shape, user, wish, authors)
    rows = min(wish.have + PAGE, authors, settings.QUERY_MAX_ROWS)
    frame = engine.answer(replace(_settled(main), limit=rows), user)
    more = frame.truncated and rows < min(authors, settings.QUERY_MAX_ROWS)
    return _encoded(frame.to_json(), None, replaces=True, more=more)


def count(widget: Widget, view: View, user: Visitor) -> tuple[int, bool]:
    """How many rows the card's question has in all, and whether there are even more.

    Counted up to its author's limit and that of one answer. Raises UserError, NotFound.
    """
    if not widget.dataset_id:
        raise NotFound(_("This card asks no question of a dataset."))
    scope = scope_of(user, widget.dataset_id)
    main = card_queries(widget, view, scope)["main"]
    authors = widget.query.get("limit")
    limit = min(authors or settings.QUERY_MAX_ROWS, settings.QUERY_MAX_ROWS)
    if main.columns:  # one of them is enough to count by, in any order
        main = replace(main, columns=main.columns[:1], order=())
    frame = engine.answer(replace(main, limit=limit), user)
    return frame.table.num_rows, frame.truncated and limit != authors


def _raw(main: Query, shape: Definition, user: Visitor, wish: Wish, authors: int) -> bytes:
    """One page of raw rows. The first is asked for whole, since none of it was by key."""
    main = replace(main, order=whole_order(main))
    times = {column.name for column in shape.columns if column.type == "time"}
    keys = _keys(main.order, times)
    if wish.after is None:
        rows = min(wish.have + PAGE, authors, settings.QUERY_MAX_ROWS)
        frame = engine.answer(replace(main, limit=rows), user)
        more = frame.truncated and rows < authors
        return _encoded(frame.to_json(), _next(frame, keys, None), replaces=True, more=more)
    values, equal = wish.after
    _check_times(keys, values, times)
    if len(values) != len(keys):
        raise UserError(_("This page belongs to another order. Load it again."), field="after")
    rows = min(PAGE, max(1, authors - wish.have))
    if rows + equal > settings.QUERY_MAX_ROWS:
        message = _("Too many rows are alike in this order. Sort by another column.")
        raise UserError(message, field="sort")
    asked = main.narrowed((_from(keys, values, times),))
    frame = engine.answer(replace(asked, limit=rows + equal), user)
    frame = replace(frame, table=frame.table.slice(equal))
    more = frame.truncated and wish.have + rows < authors
    return _encoded(frame.to_json(), _next(frame, keys, wish.after), replaces=False, more=more)


def _keys(order: Sequence[Order], times: set[str]) -> Sequence[Order]:
    """What a page is continued by: up to the first time, which a source may know more finely than
    answers do, so that what follows it cannot tell where it lies.
    """
    first = next((at for at, key in enumerate(order, 1) if key.by in times), MOST_KEYS)
    return order[: min(first, MOST_KEYS)]


def _settled(query: Query) -> Query:
    """Groups in an order without ties, so that more of them are the same ones and more."""
    if not query.order:
        return query
    named = {each.by for each in query.order}
    rest = [each.name for each in query.dimensions if each.name not in named]
    return replace(query, order=(*query.order, *map(Order, rest)))


def _searched(query: Query, shape: Definition, text: str) -> Query:
    """Only rows with the text in one of their text columns. Raises UserError if they have none."""
    if not text:
        return query
    texts = {column.name for column in shape.columns if column.type == "text"}
    named = query.columns or tuple(each.column for each in query.dimensions if not each.part)
    found = [name for name in named if name in texts]
    if not found:
        raise UserError(_("No column of this table holds text to search in."), field="q")
    items = tuple(Filter(name, "contains", (text,)) for name in found)
    return query.narrowed((items[0] if len(items) == 1 else Group("any", items),))


def _from(keys: Sequence[Order], values: Sequence[Any], times: set[str]) -> Condition:
    """The rows at or after these values in this order; what is missing comes last in any order."""
    ways: list[Condition] = []
    same: list[Condition] = []
    for key, value in zip(keys, values, strict=True):
        if value is not None:
            op = "lt" if key.descending else "gt"
            beyond = Group("any", (Filter(key.by, op, (value,)), Filter(key.by, "is_null")))
            ways.append(Group("all", (*same, beyond)))
        same.append(_equal(key, value, key.by in times))
    return Group("any", (*ways, Group("all", tuple(same))))


def _check_times(keys: Sequence[Order], values: Sequence[Any], times: set[str]) -> None:
    """What stands for a time is one. Raises UserError."""
    for key, value in zip(keys, values, strict=False):
        if key.by not in times or value is None:
            continue
        try:
            datetime.fromisoformat(value) + timedelta(milliseconds=1)
        except (ValueError, TypeError, OverflowError) as error:
            message = _("“after” is what the page before gave as “next”.")
            raise UserError(message, field="after") from error


def _equal(key: Order, value: Any, is_time: bool) -> Condition:
    if value is None:
        return Filter(key.by, "is_null")
    if not is_time:
        return Filter(key.by, "eq", (value,))
    after = datetime.fromisoformat(value) + timedelta(milliseconds=1)
    edges = (Filter(key.by, "ge", (value,)), Filter(key.by, "lt", (after.isoformat(),)))
    return Group("all", edges)


def _next(
    frame: Frame, keys: Sequence[Order], before: tuple[tuple[Any, ...], int] | None
) -> str | None:
    """Where the next page begins: the last row's values, and how many before it equal them."""
    if not frame.truncated or not frame.table.num_rows:
        return None
    types = {column.name: column.type for column in frame.columns}
    columns = [[_value(v, types[key.by]) for v in frame.column(key.by)] for key in keys]
    rows = list(zip(*columns, strict=True))
    last = rows[-1]
    equal = next((at for at, row in enumerate(reversed(rows)) if row != last), len(rows))
    if before and equal == len(rows) and before[0] == last:
        equal += before[1]
    return orjson.dumps([list(last), equal]).decode()


def _value(value: Any, kind: str) -> Any:
    if kind != "time" or value is None:
        return value
    return datetime.fromtimestamp(value / 1000, UTC).isoformat()


def _token(text: str | None) -> tuple[tuple[Any, ...], int] | None:
    """Read what _next wrote. Raises UserError."""
    if not text:
        return None
    try:
        values, equal = orjson.loads(text)
        plain = all(value is None or isinstance(value, str | int | float) for value in values)
        if plain and isinstance(equal, int) and 0 <= equal <= settings.QUERY_MAX_ROWS:
            return tuple(values), equal
    except (ValueError, TypeError):
        pass
    raise UserError(_("“after” is what the page before gave as “next”."), field="after")


def _encoded(frame: bytes, token: str | None, *, replaces: bool, more: bool) -> bytes:
    tail = {"next": token, "replaces": replaces, "more": more}
    return b'{"frame":' + frame + b"," + orjson.dumps(tail)[1:]
