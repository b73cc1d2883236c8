"""A question of a dataset that shows what a kind is for, made from what the kind takes. Pure.

For the gallery: it draws rows that the reader has, never rows that were made up for it.
"""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.datasources.definition import ColumnDef, Definition
from apps.datasources.models import Column
from apps.widgets.kinds import Kind
from apps.widgets.kinds.base import ColumnChoice, MeasureChoice

IDENTIFIER = re.compile(r"(^|_)(id|no|number|name|code|key|uuid|e?mail|customer|product)$", re.I)
FEW = 12  # groups of an example: as many as one reads at a glance


def example(kind: Kind, shape: Definition) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(query, options) of a first card of this kind, or None if the dataset lacks what it takes."""
    measures = [measure.name for measure in shape.measures][: max(1, kind.measures[0])]
    groups = groups_of(shape)
    wanted = kind.dimensions[0]
    if (kind.over_time and not shape.time_column) or len(measures) < kind.measures[0]:
        return None
    if len(groups) < wanted:
        return None
    query: dict[str, Any] = {"measures": measures if kind.measures[1] else []}
    dimensions = groups[:wanted]
    if dimensions:
        query["dimensions"] = dimensions
    if dimensions and not kind.over_time:
        query["order"] = [{"by": measures[0], "descending": True}] if measures else []
        query["limit"] = FEW ** len(dimensions)
    options = _named(kind, shape, dimensions)
    return None if options is None else (query, options)


def groups_of(shape: Definition) -> list[str]:
    """Columns to group by, the likeliest to have few values first: tops of hierarchies, then
    other texts, yes and no, and last what is called a name or a number of something.
    """
    parents = {column.parent for column in shape.columns}
    texts = [column for column in shape.columns if column.type == Column.Type.TEXT]
    flags = [column for column in shape.columns if column.type == Column.Type.BOOLEAN]

    def likely(column: ColumnDef) -> tuple[bool, bool, bool]:
        is_top = column.name in parents and not column.parent
        return (bool(IDENTIFIER.search(column.name)), not is_top, bool(column.parent))

    return [column.name for column in sorted(texts, key=likely) + flags]


def _named(kind: Kind, shape: Definition, used: list[str]) -> dict[str, Any] | None:
    """Options that name a column, each another one; None if a needed type is not there."""
    found: dict[str, Any] = {}
    for name, field in kind.options.base_fields.items():
        if isinstance(field, MeasureChoice) or not isinstance(field, ColumnChoice):
            continue
        taken = {*used, *found.values()}
        column = next((each for each in shape.columns if _fits(each, field, taken)), None)
        if column is None and field.types:
            return None
        if column is not None:
            found[name] = column.name
    return found


def _fits(column: ColumnDef, field: ColumnChoice, taken: set[str]) -> bool:
    return column.name not in taken and (not field.types or column.type in field.types)


def needs(kind: Kind) -> str:
    """What a kind takes, in words."""
    if kind.needs_metric:
        return _("A metric")
    if not kind.needs_query:
        return _("Nothing of a dataset")
    parts = [_count(kind.measures, "measures")] if kind.measures[1] else []
    if kind.over_time:
        parts.append(_("a time column"))
    if kind.dimensions[1]:
        parts.append(_count(kind.dimensions, "groups"))
    if kind.lists_rows:
        parts.append(_("or raw rows"))
    text = ", ".join(parts) or _("A dataset")
    return text[:1].upper() + text[1:]


def _count(bounds: tuple[int, int], what: str) -> str:
    fewest, most = bounds
    if fewest == most:
        words = {
            "measures": ngettext("%(n)s measure", "%(n)s measures", most),
            "groups": ngettext("%(n)s group", "%(n)s groups", most),
        }
        return words[what] % {"n": most}
    many = {"measures": _("%(few)s to %(n)s measures"), "groups": _("%(few)s to %(n)s groups")}
    up_to = {"measures": _("up to %(n)s measures"), "groups": _("up to %(n)s groups")}
    return (many if fewest else up_to)[what] % {"few": fewest, "n": most}
