"""What one user may see of one dataset: the only place where that is decided for queries.

Kept in Redis for a minute under the user's `access_version` and the dataset's version, so that a
changed role, grant or policy is another key at once, and a cached answer costs no SQL of ours.
A version that was read while the dataset moved on is never taken: beside it stands how many
changes had been told when it was read, and it counts only as long as that is still so.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import Membership, User
from apps.accounts.queries import Visitor
from apps.core import redis
from apps.core.errors import NotFound
from apps.datasources.models import Dataset, RowPolicy
from apps.datasources.origins import check_behind
from apps.datasources.query import OPERATORS, Condition, Filter, read_filters

KEEP_S = 60
CHANGES_KEEP_S = 24 * 3600  # far longer than a version that was read before them
SEVERAL = {"eq": "in", "ne": "not_in"}  # an attribute may have more than one value


@dataclass(frozen=True, slots=True)
class Scope:
    """The dataset's version, and what its policies leave the user.

    policies: conditions on rows, values filled in. hidden: names of columns.
    """

    dataset_id: int
    version: int
    policies: tuple[Condition, ...]
    hidden: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Nothing is left out."""
        return not (self.policies or self.hidden)

    @property
    def is_empty(self) -> bool:
        """Some attribute that a policy asks for is missing, so that no row is left."""
        return any(
            Filter(each.column, "not_null") in self.policies
            for each in self.policies
            if isinstance(each, Filter) and each.op == "is_null"
        )

    @property
    def key(self) -> str:
        """The same for all users who see the same rows and columns of the same version."""
        rows = [each.as_json() for each in self.policies]
        seen = [self.dataset_id, self.version, rows, sorted(self.hidden)]
        text = orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()[:32]


def scope_of(user: Visitor, dataset_id: int) -> Scope:
    """Raises NotFound alike for what is missing and for what is not the user's; Denied for what
    was made of data that the user sees only in part.
    """
    if not isinstance(user, User) or not user.is_active:
        raise _no_dataset()
    key = f"sightline:scope:{user.pk}:{user.access_version}:{dataset_id}"
    names = (key, _version_key(dataset_id), _changes_key(dataset_id))
    found: Any = redis.client().mget(names)
    kept, noted, changes = found
    changes = changes or b"0"
    if kept and noted and noted.startswith(changes + b":"):
        policies, hidden = orjson.loads(kept)
        version = int(noted.rpartition(b":")[2])
        return Scope(dataset_id, version, read_filters(policies), frozenset(hidden))
    scope = _read_scope(user, dataset_id)
    seen = orjson.dumps([[each.as_json() for each in scope.policies], sorted(scope.hidden)])
    pipe = redis.client().pipeline(transaction=False)
    pipe.set(key, seen, ex=KEEP_S)
    pipe.set(_version_key(dataset_id), b"%b:%d" % (changes, scope.version), ex=KEEP_S)
    pipe.execute()
    return scope


def forget_version(dataset_id: int) -> None:
    """The dataset moved on: its version is read from its row next time, by everybody."""
    pipe = redis.client().pipeline()
    pipe.incr(_changes_key(dataset_id))
    pipe.expire(_changes_key(dataset_id), CHANGES_KEEP_S)
    pipe.execute()


def policies_of(user: Visitor) -> QuerySet[RowPolicy]:
    """The policies that hold for the user: the one rule of who is meant by a policy."""
    if not isinstance(user, User):
        return RowPolicy.objects.none()
    role = Membership.objects.filter(user_id=user.pk, workspace=OuterRef("dataset__workspace"))
    attribute = Q(attribute="")
    for name, values in attributes_of(user).items():
        texts = [_text(value) for value in values]
        attribute |= Q(attribute=name) & (Q(attribute_value="") | Q(attribute_value__in=texts))
    return RowPolicy.objects.filter(
        attribute,
        Q(role="") | Q(role=Subquery(role.values("role")[:1])),
        Q(group=None) | Q(group__in=user.groups.all()),
        is_active=True,
    )


def narrowing(user: Visitor) -> QuerySet[RowPolicy]:
    """Those of them that leave out rows."""
    return policies_of(user).exclude(filters=[])


def attributes_of(user: User) -> dict[str, list[Any]]:
    """The user's attributes as lists, without those that hold nothing."""
    given = user.attributes if isinstance(user.attributes, dict) else {}
    lists = {name: each if isinstance(each, list) else [each] for name, each in given.items()}
    kept = {name: [v for v in values if v not in (None, "")] for name, values in lists.items()}
    return {name: values for name, values in kept.items() if values}


def _read_scope(user: User, dataset_id: int) -> Scope:
    found = Dataset.objects.visible_to(user).select_related("source").filter(pk=dataset_id)
    dataset = found.first()
    if dataset is None:
        raise _no_dataset()
    check_behind(user, dataset, policies_of(user))
    filters: list[Condition] = []
    hidden: set[str] = set()
    for policy in policies_of(user).filter(dataset=dataset).order_by("pk"):
        filters += _filled(policy.filters, attributes_of(user))
        hidden.update(policy.hidden_columns)
    return Scope(dataset.pk, dataset.version, tuple(filters), frozenset(hidden))


def _filled(items: list[dict[str, Any]], attributes: dict[str, list[Any]]) -> list[Condition]:
    """A value "$name" becomes the user's attribute; without it, conditions that no row can meet."""
    try:
        return list(read_filters([_replaced(item, attributes) for item in items]))
    except KeyError as error:
        column = str(error.args[0])
        return [Filter(column, "is_null"), Filter(column, "not_null")]


def _replaced(item: dict[str, Any], attributes: dict[str, list[Any]]) -> dict[str, Any]:
    """One condition or group with attributes filled in. Raises KeyError with a column's name."""
    for kind in ("any", "all"):
        if kind in item:
            return {kind: [_replaced(each, attributes) for each in item[kind]]}
    values: list[Any] = []
    for value in item.get("values", []):
        if isinstance(value, str) and value.startswith("$"):
            if value[1:] not in attributes:
                raise KeyError(item.get("column"))
            values.extend(attributes[value[1:]])
        else:
            values.append(value)
    op = item.get("op", "in")
    if len(values) > 1:
        op = SEVERAL.get(op, op)
    if op in OPERATORS and not OPERATORS[op][0] <= len(values) <= OPERATORS[op][1]:
        raise KeyError(item.get("column"))  # such as "less than" two values
    return {**item, "op": op, "values": values}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _version_key(dataset_id: int) -> str:
    return f"sightline:dataset:{dataset_id}:version"


def _changes_key(dataset_id: int) -> str:
    return f"sightline:dataset:{dataset_id}:changes"


def _no_dataset() -> NotFound:
    return NotFound(_("There is no such dataset."), field="dataset")
