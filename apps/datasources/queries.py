"""Reads of datasets for people: the list, and definitions in words."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.errors import UserError
from apps.datasources import engine
from apps.datasources.access import narrowing
from apps.datasources.models import Column, Dataset, Measure, RowPolicy
from apps.datasources.query import OPERATORS, Query

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAMPLE_ROWS = 20
SAMPLE_COLUMNS = 50
_OPERATOR_WORDS: dict[str, str | Promise] = {
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "lt": gettext_lazy("is less than"),
    "le": gettext_lazy("is at most"),
    "gt": gettext_lazy("is more than"),
    "ge": gettext_lazy("is at least"),
    "between": gettext_lazy("is between"),
    "within": gettext_lazy("is within"),
    "contains": gettext_lazy("contains"),
    "not_contains": gettext_lazy("does not contain"),
    "starts_with": gettext_lazy("starts with"),
    "ends_with": gettext_lazy("ends with"),
    "is_null": gettext_lazy("is missing"),
    "not_null": gettext_lazy("is there"),
}
OPERATOR_WORDS = {name: words for name, words in _OPERATOR_WORDS.items() if name in OPERATORS}
METRIC_GRAINS: dict[str, str | Promise] = {  # the steps that a metric may have, in words
    "minute": gettext_lazy("Minute"),
    "5minute": gettext_lazy("5 minutes"),
    "15minute": gettext_lazy("Quarter of an hour"),
    "hour": gettext_lazy("Hour"),
    "day": gettext_lazy("Day"),
    "week": gettext_lazy("Week"),
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter"),
    "year": gettext_lazy("Year"),
}
AGGREGATE_WORDS: dict[str, str | Promise] = {
    Measure.Aggregate.SUM: gettext_lazy("Sum of %(column)s"),
    Measure.Aggregate.AVERAGE: gettext_lazy("Average of %(column)s"),
    Measure.Aggregate.MINIMUM: gettext_lazy("Lowest %(column)s"),
    Measure.Aggregate.MAXIMUM: gettext_lazy("Highest %(column)s"),
    Measure.Aggregate.DISTINCT: gettext_lazy("Number of different values of %(column)s"),
    Measure.Aggregate.MEDIAN: gettext_lazy("Median of %(column)s"),
    Measure.Aggregate.PERCENTILE: gettext_lazy("Percentile %(percentile)s of %(column)s"),
    Measure.Aggregate.RUNNING_TOTAL: gettext_lazy("Running total of %(base)s"),
    Measure.Aggregate.SHARE: gettext_lazy("Share of the total of %(base)s"),
    Measure.Aggregate.CHANGE: gettext_lazy("Change of %(base)s since the step before"),
    Measure.Aggregate.GROWTH: gettext_lazy("Growth of %(base)s since the step before"),
    Measure.Aggregate.GROWTH_YEAR: gettext_lazy("Growth of %(base)s since a year before"),
}


def listed(user: User) -> QuerySet[Dataset]:
    """Visible datasets with `measure_count`, `widget_count`, and `is_narrowed` for the user."""
    return (
        Dataset.objects.visible_to(user)
        .select_related("workspace", "source")
        .annotate(
            measure_count=Count("measures", distinct=True),
            widget_count=Count("widgets", distinct=True),
            is_narrowed=Exists(narrowing(user).filter(dataset=OuterRef("pk"))),
        )
    )


def measure_words(measure: Measure, labels: dict[str, str]) -> str:
    """How a measure is computed, in words. labels: column name -> label."""
    told = _aggregate_words(measure, labels)
    if not measure.filters:
        return told
    return _("%(words)s where %(conditions)s") % {
        "words": told,
        "conditions": filter_words(measure.filters, labels),
    }


def _aggregate_words(measure: Measure, labels: dict[str, str]) -> str:
    if measure.aggregate == Measure.Aggregate.COUNT:
        return _("Number of rows")
    if measure.numerator and measure.denominator:
        return f"{measure.numerator.label} ÷ {measure.denominator.label}"
    return str(AGGREGATE_WORDS[measure.aggregate]) % {
        "column": labels.get(measure.column, measure.column),
        "percentile": f"{measure.percentile or 0:g}",
        "base": measure.base.label if measure.base else "–",
    }


def filter_words(items: Iterable[dict[str, Any]], labels: dict[str, str]) -> str:
    """Conditions in words, joined by "and"; "$name" stands for an attribute of the person."""
    return f" {_('and')} ".join(_condition_words(item, labels) for item in items)


def _condition_words(item: dict[str, Any], labels: dict[str, str]) -> str:
    """One condition, or a group of them in brackets."""
    for kind, joiner in (("any", _("or")), ("all", _("and"))):
        if kind in item:
            told = f" {joiner} ".join(_condition_words(each, labels) for each in item[kind])
            return f"({told})"
    name = str(item.get("column", ""))
    parts = [labels.get(name, name), str(OPERATOR_WORDS.get(item.get("op", "in"), ""))]
    values = [_value(value) for value in item.get("values", [])]
    return " ".join([*parts, ", ".join(values)]).strip()


def _value(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"\$\w+", value):
        return _("their own “%(name)s”") % {"name": value[1:]}
    return f"“{value}”" if isinstance(value, str) else str(value)


def members(workspace_id: int) -> QuerySet[User]:
    """The people of a workspace, by name."""
    people = User.objects.filter(memberships__workspace=workspace_id, is_active=True)
    return people.order_by("name", "email")


def policies(dataset: Dataset, labels: dict[str, str]) -> list[dict[str, Any]]:
    """The policies of a dataset in words: for whom, which rows, which columns not."""
    rows = dataset.policies.select_related("group").order_by("name")
    return [
        {
            "policy": each,
            "whom": whom(each),
            "words": filter_words(each.filters, labels),
            "hidden": ", ".join(labels.get(name, name) for name in each.hidden_columns),
        }
        for each in rows
    ]


def whom(policy: RowPolicy) -> list[str]:
    """For whom a policy holds; nobody named is everybody."""
    found = []
    if policy.role:
        found.append(str(policy.get_role_display()))
    if policy.group:
        found.append(_("group %(name)s") % {"name": policy.group.name})
    if policy.attribute:
        value = policy.attribute_value
        found.append(f"{policy.attribute} = {value}" if value else policy.attribute)
    return found or [_("Everybody")]


def sample(dataset: Dataset, columns: list[Column], user: User) -> list[list[Any]]:
    """The first rows as the user sees them, newest first where there is a time.

    Raises UserError where the source does not answer.
    """
    shown = columns[:SAMPLE_COLUMNS]
    names = tuple(column.name for column in shown)
    if not names:
        return []
    time = dataset.time_column if dataset.time_column in names else None
    query = Query(dataset=dataset.pk, columns=names, time=time, limit=SAMPLE_ROWS)
    data = orjson.loads(engine.answer_encoded(query, user).body)["data"]
    kinds = [column.type for column in shown]
    rows = zip(*data, strict=True)
    return [[_cell(v, kind) for v, kind in zip(row, kinds, strict=True)] for row in rows]


def newest(dataset: Dataset, user: User) -> datetime | None:
    """The time of the newest row: of a stream or a part as the user sees it, else as kept."""
    is_asked = dataset.is_live or getattr(dataset, "is_narrowed", False)
    if not is_asked or not dataset.time_column:
        return dataset.data_to
    time = dataset.time_column
    query = Query(dataset=dataset.pk, columns=(time,), time=time, limit=1)
    try:
        (times,) = orjson.loads(engine.answer_encoded(query, user).body)["data"]
    except UserError:  # the list is shown all the same
        return None
    return EPOCH + timedelta(milliseconds=times[0]) if times and times[0] is not None else None


def _cell(value: Any, kind: str) -> Any:
    if value is not None and kind == Column.Type.TIME:
        return EPOCH + timedelta(milliseconds=value)
    return value
