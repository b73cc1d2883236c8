"""What one user may see of one dataset: the only place where that is decided for queries.

Kept in Redis for a minute under the user's `access_version` and the dataset's version, so that a
changed role, grant or policy is another key at once, and a cached answer costs no SQL of ours.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Membership, User
from apps.accounts.queries import Visitor, role_in
from apps.core import redis
from apps.core.errors import NotFound
from apps.datasources.models import Dataset, Metric, RowPolicy
from apps.datasources.query import Filter

KEEP_S = 60


@dataclass(frozen=True, slots=True)
class Scope:
    """The dataset's version, and what its policies leave the user.

    policies: conditions on rows, values filled in. hidden: names of columns.
    """

    dataset_id: int
    version: int
    policies: tuple[Filter, ...]
    hidden: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The same for all users who see the same rows and columns of the same version."""
        rows = [each.as_json() for each in self.policies]
        seen = [self.dataset_id, self.version, rows, sorted(self.hidden)]
        text = orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()[:32]


def scope_of(user: Visitor, dataset_id: int) -> Scope:
    """Raises NotFound alike for what is missing and for what is not the user's."""
    if not isinstance(user, User) or not user.is_active:
        raise _no_dataset()
    key = f"sightline:scope:{user.pk}:{user.access_version}:{dataset_id}"
    found: Any = redis.client().mget(key, _version_key(dataset_id))
    kept, version = found
    if kept and version:
        policies, hidden = orjson.loads(kept)
        filters = tuple(Filter.from_json(each) for each in policies)
        return Scope(dataset_id, int(version), filters, frozenset(hidden))
    scope = _read_scope(user, dataset_id)
    seen = orjson.dumps([[each.as_json() for each in scope.policies], sorted(scope.hidden)])
    redis.client().set(key, seen, ex=KEEP_S)
    redis.client().set(_version_key(dataset_id), scope.version, ex=KEEP_S)
    return scope


def forget_version(dataset_id: int) -> None:
    """The dataset moved on: its version is read from its row next time."""
    redis.client().delete(_version_key(dataset_id))


def metrics_seen_whole(user: Visitor) -> QuerySet[Metric]:
    """Metrics whose every row the user sees: findings on them were made from all rows."""
    role = Membership.objects.filter(
        user_id=user.pk or 0, workspace=OuterRef("dataset__workspace")
    ).values("role")
    narrowing = RowPolicy.objects.filter(dataset=OuterRef("dataset"), is_active=True, role__in=role)
    return Metric.objects.visible_to(user).exclude(Exists(narrowing))


def _read_scope(user: User, dataset_id: int) -> Scope:
    dataset = Dataset.objects.visible_to(user).filter(pk=dataset_id).first()
    if dataset is None:
        raise _no_dataset()
    role = role_in(user, dataset.workspace_id)
    rows = dataset.policies.filter(role=role or "", is_active=True).order_by("pk")
    policies = tuple(
        each
        for policy in rows
        for item in policy.filters
        for each in _filled(Filter.from_json(item), user)
    )
    return Scope(dataset.pk, dataset.version, policies)


def _filled(each: Filter, user: User) -> tuple[Filter, ...]:
    """A value "$name" becomes the user's attribute; without it, conditions that no row can meet."""
    values: list[str | float | int | bool] = []
    for value in each.values:
        if isinstance(value, str) and value.startswith("$"):
            found = user.attributes.get(value[1:], [])
            if found in ([], None, ""):
                return (Filter(each.column, "is_null"), Filter(each.column, "not_null"))
            values.extend(found if isinstance(found, list) else [found])
        else:
            values.append(value)
    return (Filter(each.column, each.op, tuple(values)),)


def _version_key(dataset_id: int) -> str:
    return f"sightline:dataset:{dataset_id}:version"


def _no_dataset() -> NotFound:
    return NotFound(_("There is no such dataset."), field="dataset")
