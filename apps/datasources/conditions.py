"""Conditions on rows: the filters of questions, measures and row policies, and their JSON."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _

from apps.core.errors import Denied, UserError
from apps.core.window import Window

OPERATORS: dict[str, tuple[int, int]] = {  # name -> fewest and most values
    "in": (1, 1000),
    "not_in": (1, 1000),
    "eq": (1, 1),
    "ne": (1, 1),
    "lt": (1, 1),
    "le": (1, 1),
    "gt": (1, 1),
    "ge": (1, 1),
    "between": (2, 2),
    "within": (2, 2),
    "contains": (1, 1),
    "not_contains": (1, 1),
    "starts_with": (1, 1),
    "ends_with": (1, 1),
    "is_null": (0, 0),
    "not_null": (0, 0),
}
OF_TEXTS = ("contains", "not_contains", "starts_with", "ends_with")
JOINS = ("any", "all")
MOST_DEEP = 4
MOST_CONDITIONS = 100
Value = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one column; `values` as its operator wants.

    A row whose column is empty meets none but is_null. "within" takes the two edges of a span as
    people write them (now-7d, now/d), which move with the clock.
    """

    column: str
    op: str
    values: tuple[Value, ...] = ()

    @classmethod
    def from_json(cls, data: Any, field: str = "filters") -> Self:
        """Read {"column", "op", "values"}. Raises UserError."""
        item = mapping(data, field, ("column", "op", "values"))
        op, values = item.get("op", "in"), item.get("values", [])
        if not isinstance(op, str) or op not in OPERATORS:
            raise wrong(field, _("“%(op)s” is not an operator.") % {"op": str(op)[:40]})
        fewest, most = OPERATORS[op]
        if not isinstance(values, list | tuple) or not fewest <= len(values) <= most:
            count = str(most) if fewest == most else _("%d to %d") % (fewest, most)
            message = _("“%(op)s” takes %(count)s values.") % {"op": op, "count": count}
            raise wrong(field, message)
        if not all(isinstance(value, str | int | float | bool) for value in values):
            raise wrong(field, _("Filter values are texts, numbers or yes and no."))
        if any(isinstance(value, str) and "\x00" in value for value in values):
            raise wrong(field, _("A filter value holds a NUL character."))
        if op == "within":
            values = [str(value) for value in values]
            span(*values, timezone="UTC", field=field)
        return cls(name_of(item.get("column"), field), op, tuple(values))

    def as_json(self) -> dict[str, Any]:
        """The form that from_json reads."""
        return {"column": self.column, "op": self.op, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which any or all must hold. join: one of JOINS."""

    join: str
    items: tuple["Filter | Group", ...]

    def as_json(self) -> dict[str, Any]:
        """The form that read_filters reads."""
        return {self.join: [each.as_json() for each in self.items]}


Condition = Filter | Group


def read_filters(data: Any, field: str = "filters") -> tuple[Condition, ...]:
    """Read a list of conditions and groups of them, which are joined by AND. Raises UserError."""
    found = _items(data or [], field, 0)
    if sum(1 for _each in leaves(found)) > MOST_CONDITIONS:
        raise wrong(field, _("There may be at most %(n)s conditions.") % {"n": MOST_CONDITIONS})
    return found


def leaves(items: Iterable[Condition]) -> Iterator[Filter]:
    """Every plain condition, in the order in which it is written."""
    for each in items:
        if isinstance(each, Group):
            yield from leaves(each.items)
        else:
            yield each


def span(start: str, end: str, *, timezone: str, field: str) -> Window:
    """The window between two written edges; UserError on `field`."""
    try:
        return Window.parse(start, end, timezone=timezone)
    except UserError as error:
        raise wrong(field, error.message) from error


def _items(data: Any, field: str, deep: int) -> tuple[Condition, ...]:
    if not isinstance(data, list) or len(data) > MOST_CONDITIONS:
        message = _("This must be a list of at most %(most)s.") % {"most": MOST_CONDITIONS}
        raise wrong(field, message)
    return tuple(_condition(each, field, deep) for each in data)


def _condition(data: Any, field: str, deep: int) -> Condition:
    join = next((name for name in JOINS if isinstance(data, Mapping) and name in data), None)
    if join is None:
        return Filter.from_json(data, field)
    if deep >= MOST_DEEP:
        message = _("Groups of conditions may be nested %(most)s deep.") % {"most": MOST_DEEP}
        raise wrong(field, message)
    items = _items(mapping(data, field, (join,))[join], field, deep + 1)
    if not items:
        raise wrong(field, _("A group needs at least one condition."))
    return Group(join, items)


# -- reading JSON


def wrong(field: str, message: str) -> UserError:
    """The error of a question that cannot be asked."""
    return UserError(message, field=field, code="invalid_query")


def mapping(data: Any, field: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    """A JSON object with no other keys than those."""
    if not isinstance(data, Mapping):
        raise wrong(field, _("This must be a JSON object."))
    if unknown := sorted(str(key)[:40] for key in data if key not in known):
        message = _("Unknown: %(names)s. Known are %(known)s.")
        raise wrong(field, message % {"names": ", ".join(unknown), "known": ", ".join(known)})
    return data


def name_of(value: Any, field: str) -> str:
    """A name as a column or measure may have it."""
    if not isinstance(value, str) or not 0 < len(value) <= 100 or not value.isprintable():
        raise wrong(field, _("A name is a text of 1 to 100 characters."))
    return value


@contextmanager
def of_policies() -> Iterator[None]:
    """What is wrong with a policy is no matter of who asks, who must not learn what it names."""
    try:
        yield
    except UserError as error:
        message = _("A policy of this dataset does not fit your attributes. An admin can mend it.")
        raise Denied(message, field="dataset") from error
