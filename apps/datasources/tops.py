"""Only the largest values of a dimension, for systems that cannot choose them within a question.

Three questions instead: which are the largest; what of those; and, where "other" is wanted, what of
all the rest, computed from its rows again. connectors/tops.py asks them one after the other.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.core.window import Window
from apps.datasources.asked import wrong
from apps.datasources.compiler import Compiled
from apps.datasources.definition import Definition
from apps.datasources.frame import FrameColumn
from apps.datasources.query import Order, Query


def compile_top(
    query: Query,
    definition: Definition,
    top: Any,
    top_of: Window | None,
    compile_one: Callable[[Query], Compiled],
) -> Compiled:
    """The three statements as one. compile_one: makes those without a top.

    top_of: the window whose largest are meant, if it is not the query's own.
    """
    nothing: dict[str, Any] = {"top": None}
    query = replace(query, **nothing)
    first, *rest = query.dimensions
    if first.part or definition.column(first.column, "dimensions").type == "time":
        raise wrong("top", _("The top is of a column of texts or numbers."))
    ranking = replace(
        query,
        measures=(top.by,),
        dimensions=(first,),
        grain=None,
        window=top_of or query.window,
        order=(Order(top.by, descending=True), Order(first.name)),
        limit=top.limit,
    )
    names = {first.name}
    others = replace(
        query,
        dimensions=tuple(rest),
        order=tuple(order for order in query.order if order.by not in names),
    )
    main = compile_one(query)
    columns = _columns(main.columns, first.name, other=top.other)
    statement = {
        "top": {"name": first.name, "limit": top.limit},
        "ranking": orjson.loads(compile_one(ranking).sql),
        "main": orjson.loads(main.sql),
        "others": orjson.loads(compile_one(others).sql) if top.other else None,
        "columns": [column.name for column in columns],
        "order": _order(orjson.loads(main.sql)["order"], columns, query),
        "limit": main.limit,
    }
    text = orjson.dumps(statement, option=orjson.OPT_INDENT_2).decode()
    return Compiled(text, (), columns, main.limit)


def _columns(
    columns: tuple[FrameColumn, ...], name: str, *, other: bool
) -> tuple[FrameColumn, ...]:
    """With the flag behind the dimension whose rest is one more group."""
    if not other:
        return columns
    flag = FrameColumn(f"{name}__other", _("Other"), "flag", "boolean")
    marked: dict[str, Any] = {"other": True}
    return tuple(
        each
        for column in columns
        for each in ((replace(column, **marked), flag) if column.name == name else (column,))
    )


def _order(
    order: list[list[Any]], columns: tuple[FrameColumn, ...], query: Query
) -> list[list[Any]]:
    """The group of all others comes last: of all, or of its step."""
    flags = [[column.name, False] for column in columns if column.role == "flag"]
    times = 1 if query.grain and order and order[0][0] == query.time else 0
    return [*order[:times], *flags, *order[times:]]
