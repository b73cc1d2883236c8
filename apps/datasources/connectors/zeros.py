"""To a search index 0.0 and -0.0 are two values, one after the other; to all others they are one.

So clauses name both, groups by a number are folded, and different values are counted less one
where both are there. A field of whole numbers has only one zero, and all of this changes nothing.
"""

from collections.abc import Iterable
from typing import Any

EACH = {"minus": {"gte": -0.0, "lt": 0.0}, "plus": {"gte": 0.0, "lte": 0.0}}


def edges(found: dict[str, Any]) -> dict[str, Any]:
    """Edges of a range of numbers, of which no zero falls on the wrong side."""
    ends = {"gte": -0.0, "lt": -0.0, "gt": 0.0, "lte": 0.0}
    return {name: value if value else ends[name] for name, value in found.items()}


def any_of(name: str, values: Iterable[Any]) -> dict[str, Any]:
    """The clause for one of some values, none of them missing."""
    given = list(values)
    zeros = [-0.0, 0.0] if any(is_zero(value) for value in given) else []
    return {"terms": {name: [value for value in given if not is_zero(value)] + zeros}}


def is_zero(value: Any) -> bool:
    """Whether it is a number, and none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == 0


def counted(name: str) -> dict[str, Any]:
    """The aggregation that tells which zeros a field has."""
    return {"filters": {"filters": {each: {"range": {name: EACH[each]}} for each in EACH}}}


def has_both(answer: dict[str, Any]) -> bool:
    """What that aggregation told."""
    return all(each["doc_count"] for each in answer["buckets"].values())
