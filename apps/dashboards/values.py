"""The values of a column with their counts: what a filter offers."""

from typing import Any

import orjson

from apps.datasources import engine
from apps.datasources.access import Scope
from apps.datasources.definition import Definition
from apps.datasources.hiding import shape_of
from apps.widgets.kinds.base import build
from apps.widgets.view import View

MOST_VALUES = 100


def counted(scope: Scope, column: str, view: View, search: str = "") -> list[tuple[str, Any]]:
    """(text, count or None), the most frequent first, under the range and the other filters.

    search: part of a text value. Raises UserError for a column that is not there.
    """
    shape = shape_of(scope)
    kind = shape.column(column, "column").type
    if not shape.measures or kind == "time":
        return []
    counting = _counting(shape)
    template: dict[str, Any] = {
        "measures": [counting or shape.measures[0].name],
        "dimensions": [column],
        "limit": MOST_VALUES,
    }
    if search and kind == "text":
        template["filters"] = [{"column": column, "op": "contains", "values": [search]}]
    query = build(template, shape, view.without(column), over_time=False)
    names, counts = orjson.loads(engine.encoded(query, scope).body)["data"]
    rows = zip(names, counts, strict=True)
    return [(_text(name), count if counting else None) for name, count in rows if name is not None]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _counting(shape: Definition) -> str:
    return next((each.name for each in shape.measures if each.aggregate == "count"), "")
