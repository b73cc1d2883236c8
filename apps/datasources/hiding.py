"""What is hidden from somebody: the one rule for pages, lists, links, the API and search.

A column that a policy hides is named nowhere to those from whom it is hidden, and neither is what
is made of it: measures, metrics, and the questions of cards and alerts that others made.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import DEFINE, MANAGE
from apps.core.errors import Denied, UserError
from apps.datasources import adhoc
from apps.datasources.access import Scope, narrowing, policies_of, scope_of
from apps.datasources.compiler import Compiled
from apps.datasources.definition import Definition, definition
from apps.datasources.models import Column, Dataset, Measure, Metric, RowPolicy
from apps.datasources.origins import READS


def shape_of(scope: Scope) -> Definition:
    """The dataset as the scope's owner sees it."""
    return definition(scope.dataset_id, scope.version).without(scope.hidden)


def measures_seen(dataset: Dataset, scope: Scope) -> list[Measure]:
    """The measures that use nothing which is hidden."""
    names = {each.name for each in shape_of(scope).measures}
    rows = dataset.measures.select_related("numerator", "denominator", "base")
    return [each for each in rows if each.name in names]


def measures_visible_to(user: Visitor) -> QuerySet[Measure]:
    """The measures of all datasets that the user may ask, without those made of what is hidden."""
    seen = Measure.objects.filter(dataset__in=Dataset.objects.visible_to(user))
    for dataset_id, scope in scopes_that_hide(user).items():
        names = [each.name for each in shape_of(scope).measures] if scope else []
        seen = seen.exclude(Q(dataset=dataset_id) & ~Q(name__in=names))
    return seen


def metrics_visible_to(user: Visitor) -> QuerySet[Metric]:
    """The metrics of all datasets that the user may ask, without those made of what is hidden."""
    seen = Metric.objects.filter(dataset__in=Dataset.objects.visible_to(user))
    for dataset_id, scope in scopes_that_hide(user).items():
        rows = Metric.objects.filter(dataset=dataset_id).select_related("measure")
        gone = [each.pk for each in rows if scope is None or is_hidden(metric_asks(each), scope)]
        seen = seen.exclude(pk__in=gone)
    return seen


def metrics_seen_whole(user: Visitor) -> QuerySet[Metric]:
    """Metrics whose every row the user sees: findings on them were made from all rows.

    Nor may a finding name what is hidden: it may speak of any text column that is not private.
    """
    narrowed = narrowing(user).filter(dataset=OuterRef("dataset"))
    seen = metrics_visible_to(user).exclude(Exists(narrowed))
    hiding = policies_of(user).exclude(hidden_columns=[])
    for dataset_id, names in hiding.values_list("dataset_id", "hidden_columns"):
        told = Column.objects.filter(dataset=dataset_id, name__in=names)
        if told.exclude(is_private=True).exists():
            seen = seen.exclude(dataset=dataset_id)
    return seen


def metric_asks(metric: Metric) -> dict[str, Any]:
    """What a metric asks, as a question that is_hidden understands."""
    return {"measures": [metric.measure.name], "filters": metric.filters}


def is_hidden(question: Mapping[str, Any], scope: Scope) -> bool:
    """Whether a question that somebody else made names anything that is hidden."""
    if not scope.hidden:
        return False
    whole, seen = definition(scope.dataset_id, scope.version), shape_of(scope)
    measures = {each.name for each in whole.measures} - {each.name for each in seen.measures}
    asked = {str(name) for name in question.get("measures") or []}
    sorted_by = _sorted_by(question)
    columns = (_columns_in(question) | _measured(asked | sorted_by)) & scope.hidden
    return bool(columns or asked & measures or sorted_by & (scope.hidden | measures))


def check_question(question: Mapping[str, Any], scope: Scope) -> None:
    """Raises Denied, which names nothing, for a question that somebody else made."""
    if is_hidden(question, scope):
        raise Denied(_("This shows a column that is hidden from you."), code="hidden")


def shown(compiled: Compiled, scope: Scope) -> list[dict[str, Any]]:
    """What was asked of the source: SQL and parameters, for "see query".

    A policy, or the SQL of a dataset, may name a column that the question may not: whoever must
    not know of it is told so instead.
    """
    return [
        {"sql": _kept_back(), "parameters": []}
        if _names(each.sql, scope.hidden)
        else {
            # where uploads are kept is the operator's matter
            "sql": each.sql.replace(f"{settings.UPLOADS}/", ""),
            "parameters": list(each.parameters),
        }
        for each in (compiled, *compiled.also)
    ]


def rows_in_words(scope: Scope, is_told: bool = False) -> list[dict[str, Any]]:
    """The policies on rows that may be put into words: those that name nothing hidden, or all."""
    items = [each.as_json() for each in scope.policies]
    return [each for each in items if is_told or not set(_filtered([each])) & scope.hidden]


def definable_by(user: Visitor) -> QuerySet[Dataset]:
    """What the user may redefine. Who defines a dataset reads all of its names, so where some are
    hidden from an analyst, whoever sets the policies has to do it.
    """
    mine = Dataset.objects.visible_to(user).filter(workspace__in=workspaces_where(user, DEFINE))
    managed = workspaces_where(user, MANAGE)
    return mine.exclude(Q(pk__in=scopes_that_hide(user)) & ~Q(workspace__in=managed))


def policies_readable_by(user: Visitor) -> QuerySet[RowPolicy]:
    """The policies that the user may read: those of what the user may redefine."""
    return RowPolicy.objects.filter(dataset__in=definable_by(user))


def scopes_that_hide(user: Visitor) -> dict[int, Scope | None]:
    """The scopes of datasets that have something to hide from the user, by dataset.

    None: the dataset was made of what the user sees only in part, and may not be asked at all.
    """
    if not isinstance(user, User) or not user.is_active:
        return {}
    of = policies_of(user).exclude(hidden_columns=[]).values("dataset")
    made = Q(kind=Dataset.Kind.SQL) | Q(options__has_key=READS)
    found: dict[int, Scope | None] = {}
    for dataset in Dataset.objects.visible_to(user).filter(made | Q(pk__in=of)).only("pk"):
        try:
            scope = scope_of(user, dataset.pk)
        except UserError:
            found[dataset.pk] = None
        else:
            if scope.hidden:
                found[dataset.pk] = scope
    return found


def columns_hidden_in(user: Visitor, datasets: QuerySet[Dataset]) -> set[str]:
    """Columns of these datasets that are hidden from the user in each that has them."""
    scopes = {pk: scope for pk, scope in scopes_that_hide(user).items() if scope}
    columns = Column.objects.filter(dataset__in=datasets)
    hidden = {name for scope in scopes.values() for name in scope.hidden}
    for dataset_id, name in columns.filter(name__in=hidden).values_list("dataset_id", "name"):
        if dataset_id not in scopes or name not in scopes[dataset_id].hidden:
            hidden.discard(name)
    return hidden


def _columns_in(question: Mapping[str, Any]) -> set[str]:
    """The columns that a question asks for, groups and filters by, however it was written."""
    named = [*(question.get("columns") or []), *(question.get("dimensions") or [])]
    named.append(question.get("time"))
    cohort = question.get("cohort")
    named.append(cohort.get("entity") if isinstance(cohort, Mapping) else None)
    found = {str(each.get("column") if isinstance(each, Mapping) else each) for each in named}
    return found | set(_filtered(question.get("filters") or []))


def _measured(names: set[str]) -> set[str]:
    """The columns of measures that are written in a question."""
    return {written.column for name in names if (written := adhoc.read(name))}


def _sorted_by(question: Mapping[str, Any]) -> set[str]:
    """Columns or measures by which a question is sorted or cut."""
    rules = [question.get("top"), *(question.get("order") or [])]
    return {str(each.get("by")) for each in rules if isinstance(each, Mapping)}


def _filtered(items: Iterable[Any]) -> Iterable[str]:
    for item in items:
        if isinstance(item, Mapping):
            yield str(item.get("column"))
            for joined in ("any", "all"):
                yield from _filtered(item.get(joined) or [])


def _names(sql: str, hidden: frozenset[str]) -> bool:
    """Whether any of the names stands in the text as a word."""
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE) for name in hidden)


def _kept_back() -> str:
    return _("This query is not shown, because it names a column that is hidden from you.")
