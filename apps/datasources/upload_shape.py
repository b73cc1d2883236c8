"""What a file changes of the shape of a dataset that takes its rows, and what uses that shape."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.core.errors import UserError
from apps.datasources.models import Column, Dataset, Measure, Metric
from apps.datasources.query import leaves, read_filters

NAMED = 6  # uses that are named; more are counted


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change, in words. What is refused cannot be had by consent."""

    text: str
    is_refused: bool = False


def replacing(columns: Iterable[Mapping[str, Any]], target: Dataset, user: User) -> list[Change]:
    """What replacing the target's rows by these columns would change, with what uses them."""
    new = {each["name"]: each["type"] for each in columns}
    uses, changes = uses_of(target, user), []
    for column in target.columns.all():
        type_ = new.get(column.name)
        if type_ == column.type:
            continue
        names = {"name": column.label, "old": column.get_type_display()}
        if type_ is None:
            text = _("“%(name)s” is missing in the file.") % names
        else:
            text = _("“%(name)s” was %(old)s and becomes %(new)s.") % {
                **names,
                "new": Column.Type(type_).label,
            }
        changes.append(_with_uses(text, column.name, target, uses))
    return changes


def _with_uses(text: str, name: str, target: Dataset, uses: Mapping[str, list[str]]) -> Change:
    policies = [
        f"“{policy.name}”"
        for policy in target.policies.all()
        if any(item.get("column") == name for item in policy.filters)
    ]
    if policies:
        why = _("Row policies need it: %(names)s. Keep the column, or change them first.")
        return Change(f"{text} {why % {'names': ', '.join(policies)}}", is_refused=True)
    if uses.get(name):
        used = _("Used by %(uses)s.") % {"uses": _some(uses[name])}
        return Change(f"{text} {used}")
    return Change(text)


def appending(columns: Iterable[Mapping[str, Any]], target: Dataset) -> list[Change]:
    """What appending these columns' rows to the target would change, or why it cannot be."""
    given = {each["name"]: each for each in columns}
    known = {column.name: column for column in target.columns.all()}
    if not given.keys() & known.keys():
        message = _("No column of the file is one of the dataset. It has: %(names)s.")
        names = _some([column.label for column in known.values()])
        return [Change(message % {"names": names}, is_refused=True)]
    changes = []
    for name, column in known.items():
        words = {"name": column.label, "type": column.get_type_display()}
        if name not in given:
            message = _("“%(name)s” is missing in the file. It stays empty in the new rows.")
            changes.append(Change(message % words))
        elif wrong := _misfits(given[name], column.type):
            message = ngettext(
                "“%(name)s” is %(type)s in the dataset; %(count)s value in the file is not.",
                "“%(name)s” is %(type)s in the dataset; %(count)s values in the file are not.",
                wrong,
            )
            changes.append(Change(message % {**words, "count": wrong}, is_refused=True))
    for name, each in given.items():
        if name not in known:
            message = _("“%(name)s” is new. It is added, and empty in the rows that are there.")
            changes.append(Change(message % {"name": each["label"]}))
    return changes


def _misfits(column: Mapping[str, Any], type_: str) -> int:
    """How many values of a draft's column cannot be read as the type."""
    if type_ in (Column.Type.TEXT, column["kind"]):
        return 0
    if column["kind"] != Column.Type.TEXT:
        return int(column["filled"])
    return int(column["filled"] - column["ok"][column["reading"][type_]])


def refuse(changes: Iterable[Change]) -> None:
    """Raise UserError on "into" where something is refused."""
    told = [change.text for change in changes if change.is_refused]
    if told:
        raise UserError(" ".join(told), field="into", code="upload_shape")


def joined(columns: Iterable[Mapping[str, Any]], target: Dataset) -> list[dict[str, Any]]:
    """The columns after appending: the target's with its types, then those that are new.

    One that the file does not have is without "key".
    """
    given = {each["name"]: dict(each) for each in columns}
    known = [
        given.pop(column.name, {"name": column.name, "kind": column.type}) | {"type": column.type}
        for column in target.columns.all()
    ]
    return [*known, *given.values()]


def uses_of(target: Dataset, user: User) -> dict[str, list[str]]:
    """Column name -> what uses it, in words.

    Cards on other people's private pages and other people's alerts are counted, not named.
    """
    found: dict[str, list[str]] = {}
    by_measure = {measure.name: _columns_of(measure) for measure in _measures(target)}

    def add(columns: Iterable[str], words: str) -> None:
        for name in dict.fromkeys(columns):
            found.setdefault(name, []).append(words)

    if target.time_column:
        add([target.time_column], _("the dataset as its time"))
    for measure in _measures(target):
        add(by_measure[measure.name], _("measure “%(name)s”") % {"name": measure.label})
    for metric in Metric.objects.filter(dataset=target).select_related("measure"):
        filters = [each.column for each in leaves(read_filters(metric.filters))]
        columns = [*by_measure[metric.measure.name], *filters, target.time_column]
        add(filter(None, columns), _("metric “%(name)s”") % {"name": metric.name})
    relations: Any = target
    open_ = Q(placement__dashboard__is_private=False) | Q(placement__dashboard__owner=user)
    cards, seen = relations.widgets.all(), relations.widgets.filter(open_)
    _add_queries(
        add, cards, seen, by_measure, (_("card “%(name)s”"), _("a card on a private page"))
    )
    rules = relations.rules.all()
    words = (_("alert “%(name)s”"), _("an alert of somebody else"))
    _add_queries(add, rules, rules.filter(owner=user), by_measure, words)
    return found


def _add_queries(
    add: Any, items: Any, seen: Any, by_measure: Mapping[str, set[str]], words: tuple[str, str]
) -> None:
    """What asks a query: by its name where it is seen, else without."""
    shown = set(seen.values_list("pk", flat=True))
    for item in items:
        name = words[0] % {"name": str(item)} if item.pk in shown else words[1]
        add(_columns_asked(item.query, by_measure), name)


def _columns_asked(query: Mapping[str, Any], by_measure: Mapping[str, set[str]]) -> Iterator[str]:
    """The columns that a query's JSON names, itself or by its measures."""
    for name in query.get("measures", []):
        yield from by_measure.get(name, ())
    for key in ("dimensions", "filters"):
        for each in query.get(key, []):
            yield each["column"] if isinstance(each, dict) else each
    yield from query.get("columns", [])
    if query.get("time"):
        yield query["time"]


def _measures(target: Dataset) -> Iterable[Measure]:
    return target.measures.select_related("numerator", "denominator")


def _columns_of(measure: Measure) -> set[str]:
    parts = (measure.numerator, measure.denominator)
    columns = {measure.column, *(part.column for part in parts if part)}
    return columns - {""}


def _some(words: list[str]) -> str:
    """A list in words, the beginning of a long one. What is said twice is counted."""
    counts = {word: words.count(word) for word in words}
    told = [word if count == 1 else f"{word} (× {count})" for word, count in counts.items()]
    if len(told) <= NAMED:
        return ", ".join(told)
    more = len(told) - NAMED
    rest = ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return f"{', '.join(told[:NAMED])} {rest}"
