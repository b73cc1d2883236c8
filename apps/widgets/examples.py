"""A question of a dataset that shows what a kind is for, made from what the kind takes. Pure.

For the gallery: it draws rows that the reader has, never rows that were made up for it.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.datasources.definition import ColumnDef, Definition
from apps.widgets.groups import groups_of
from apps.widgets.kinds import Kind
from apps.widgets.kinds.base import ColumnChoice, MeasureChoice
from apps.widgets.kinds.rows import OfColumn

MANY = 200  # groups of an example: more than a picture needs


Example = tuple[dict[str, Any], dict[str, Any]]


def examples(kind: Kind, shape: Definition) -> Iterator[Example]:
    """(query, options) of first cards of this kind, the best question first; none if the dataset
    lacks what it takes.
    """
    groups, measures = likely_groups(kind, shape), likely_measures(kind, shape)
    if kind.over_time and not shape.time_column:
        return
    if kind.likely and kind.dimensions[0] and not re.search(kind.likely, "".join(groups[:1]), re.I):
        return  # a map of airlines shows nothing
    few, many = kind.dimensions[0], min(kind.dimensions[1], kind.dimensions[0] + 1)
    least = max(1, kind.measures[0]) if kind.measures[1] else 0
    more = min(kind.measures[1], least + 1)
    best = kind.shows or kind.begins_with(0, {})
    counts = [(best[0], max(best[1], least)), (few, least), (many, least), (few, more)]
    for wanted, count in dict.fromkeys(counts):
        if wanted > len(groups) or count > len(measures):
            continue
        options = _named(kind, shape, groups[:wanted])
        if options is not None:
            options |= kind.example_options(shape)
            yield _question(kind, measures[:count], groups[:wanted]), options


def likely_measures(kind: Kind, shape: Definition) -> list[str]:
    """The measures in their order; those that add up first, for a kind that adds them up."""
    if not kind.adds_up:
        return [measure.name for measure in shape.measures]
    return [each.name for each in sorted(shape.measures, key=lambda measure: not measure.adds_up)]


def _question(kind: Kind, measures: list[str], groups: list[str]) -> dict[str, Any]:
    query: dict[str, Any] = {"measures": measures}
    if groups:
        query["dimensions"] = [_dimension(each) for each in groups]
    if groups and measures and not kind.over_time and not kind.likely_parts:
        query["order"] = [{"by": measures[0], "descending": True}]
        if "top" not in kind.options.base_fields:  # those leave the small ones out by themselves
            query["limit"] = MANY
    return query


def _dimension(group: str) -> str | dict[str, str]:
    column, _colon, part = group.partition(":")
    return {"column": column, "part": part} if part else column


def likely_groups(kind: Kind, shape: Definition) -> list[str]:
    """groups_of() with what the kind is for first; a part of the time is written `time:hour`."""
    found = groups_of(shape)
    if kind.likely:
        found.sort(key=lambda name: not re.search(kind.likely, name, re.I))
    parts = kind.likely_parts if shape.time_column else ()
    return [*(f"{shape.time_column}:{part}" for part in parts), *found]


def _named(kind: Kind, shape: Definition, used: list[str]) -> dict[str, Any] | None:
    """Options that name a column, each another one; None if a needed type is not there."""
    found: dict[str, Any] = {}
    for name, field in kind.options.base_fields.items():
        if isinstance(field, MeasureChoice) or not isinstance(field, ColumnChoice):
            continue
        if field.instead:
            continue
        taken = {*used, *found.values()}
        fitting = [each.name for each in shape.columns if _fits(each, field, taken)]
        if field.likely:
            fitting = [each for each in fitting if re.search(field.likely, each, re.I)]
        if not fitting and (field.types or field.likely):
            return None
        if issubclass(kind.options, OfColumn):
            continue  # the kind takes the likeliest by itself
        if fitting:
            found[name] = fitting[0]
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
    one = {
        "measures": ngettext("%(n)s measure", "%(n)s measures", most),
        "groups": ngettext("%(n)s group", "%(n)s groups", most),
    }
    counted = one[what] % {"n": most}
    if fewest == most:
        return counted
    if not fewest:
        return _("up to %(counted)s") % {"counted": counted}
    return _("%(few)s to %(counted)s") % {"few": fewest, "counted": counted}
