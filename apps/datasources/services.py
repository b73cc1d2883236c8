"""Writes: datasets come to be and change. Each moves the dataset's version."""

import secrets as random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import Workspace
from apps.accounts.roles import Role
from apps.accounts.services import touch_workspace
from apps.core.errors import Conflict, UserError
from apps.datasources import access
from apps.datasources.compiler.values import values_fit
from apps.datasources.conditions import Value
from apps.datasources.models import Column, Dataset, Extract, Measure, RowPolicy, Source
from apps.datasources.query import Filter, leaves, read_filters

# What fits a column of each type, where a policy's value is known of each person only.
FITTING: dict[str, Value] = {"number": 1, "text": "x", "time": "2024-01-01", "boolean": True}


def source_of_kind(workspace: Workspace, kind: str) -> Source:
    """The workspace's built-in source of uploads or of streams, made at first need."""
    source, _made = Source.objects.get_or_create(
        workspace=workspace, kind=kind, defaults={"name": str(Source.Kind(kind).label)}
    )
    return source


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that stand as a Parquet file in settings.UPLOADS; times in it are naive UTC.

    types: column name -> Column.Type, in order. The span is that of the time column.
    """

    file: str
    types: Mapping[str, str]
    row_count: int
    data_from: datetime | None = None
    data_to: datetime | None = None


def new_file() -> str:
    """A name for a Parquet file in settings.UPLOADS: never one that came from outside."""
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    return f"{random.token_hex(16)}.parquet"


@transaction.atomic
def delete_dataset(dataset: Dataset) -> None:
    """Remove a dataset; its people forget it. The file of an upload is swept in a day.

    Raises RestrictedError while widgets show it. A stream is dropped with its table instead.
    """
    touch_workspace(dataset.workspace_id)
    if dataset.kind == Dataset.Kind.UPLOAD:
        transaction.on_commit(partial(forget_file, dataset.relation))
    for file in Extract.objects.filter(dataset=dataset).exclude(file="").values_list("file"):
        transaction.on_commit(partial(forget_file, *file))
    dataset.delete()


def forget_file(name: str) -> None:
    """Mark a file in settings.UPLOADS as one that nothing needs: uploads.sweep() removes it."""
    settings.UPLOAD_DRAFTS.mkdir(parents=True, exist_ok=True)
    (settings.UPLOAD_DRAFTS / name).touch()


def register_upload(
    workspace: Workspace, *, name: str, slug: str, table: pa.Table, **described: Any
) -> Dataset:
    """Keep a table as Parquet and make it a dataset; one of the same slug is replaced.

    Times are kept as naive UTC, sorted by `time_column`, so that DuckDB can skip what a range
    leaves out. described: what register_file takes beside. Raises UserError for a column type
    that cannot be kept.
    """
    table = _for_parquet(table)
    time_column = described.get("time_column", "")
    if time_column:
        table = table.sort_by(time_column)
    file = new_file()
    pq.write_table(table, settings.UPLOADS / file, compression="zstd", row_group_size=65_536)
    kept = Kept(file, _columns_of(table), table.num_rows, **_span(table, time_column))
    return register_file(workspace, name=name, slug=slug, kept=kept, **described)


@transaction.atomic
def register_file(
    workspace: Workspace,
    *,
    name: str,
    slug: str,
    kept: Kept,
    time_column: str = "",
    description: str = "",
    columns: Mapping[str, Mapping[str, Any]] | None = None,
    measures: Iterable[Mapping[str, Any]] = (),
) -> Dataset:
    """Make a kept file a dataset; the rows of one of the same slug are replaced.

    columns: name -> Column fields to set. measures: Measure fields; a ratio names its parts.
    """
    dataset, _made = Dataset.objects.update_or_create(
        workspace=workspace,
        slug=slug,
        defaults={
            "source": source_of_kind(workspace, Source.Kind.DUCKDB),
            "name": name,
            "description": description,
            "kind": Dataset.Kind.UPLOAD,
            "relation": kept.file,
            "time_column": time_column,
            "row_count": kept.row_count,
            "data_from": kept.data_from,
            "data_to": kept.data_to,
        },
    )
    define_columns(dataset, kept.types, columns or {})
    define_measures(dataset, measures)
    touch_dataset(dataset)
    return dataset


def define_columns(
    dataset: Dataset, found: Mapping[str, str], described: Mapping[str, Mapping[str, Any]]
) -> None:
    """Make the dataset's columns those of `found` (name -> type); words come from `described`."""
    dataset.columns.exclude(name__in=found).delete()
    for position, (name, type_) in enumerate(found.items()):
        label = name.replace("_", " ").capitalize()
        fields = {"type": type_, "label": label, "position": position, **described.get(name, {})}
        Column.objects.update_or_create(dataset=dataset, name=name, defaults=fields)


def define_measures(dataset: Dataset, measures: Iterable[Mapping[str, Any]]) -> None:
    """Add or change measures by name. Raises django's ValidationError for a wrong one."""
    for position, item in enumerate(measures):
        fields = {"position": position, **item}
        for part in ("numerator", "denominator", "base"):
            if fields.get(part):
                fields[part] = _part(dataset, fields[part])
        _check_filters(dataset, fields.get("filters", []))
        name = fields.pop("name")
        existing = dataset.measures.filter(name=name).first()
        measure = existing or Measure(dataset=dataset, name=name)
        for field, value in fields.items():
            setattr(measure, field, value)
        measure.full_clean()
        measure.save()


def _part(dataset: Dataset, name: str) -> Measure:
    found = dataset.measures.filter(name=name).first()
    if found is None:
        message = _("There is no measure “%(name)s” before the one that is made of it.")
        raise UserError(message % {"name": name[:60]}, field="measures")
    return found


def change_columns(dataset: Dataset, columns: Iterable[Column]) -> None:
    """Keep new words and hierarchies; they are part of every answer."""
    Column.objects.bulk_update(columns, ["label", "unit", "format", "is_private", "parent"])
    touch_dataset(dataset)


def save_measure(measure: Measure) -> None:
    """Keep a new or changed measure, which was cleaned. Raises UserError on "filters"."""
    _check_filters(measure.dataset, measure.filters)
    if measure._state.adding:
        measure.position = measure.dataset.measures.count()
    measure.save()
    touch_dataset(measure.dataset)


@transaction.atomic
def delete_measure(measure: Measure) -> None:
    """End a measure that nothing uses. Raises Conflict with what does."""
    uses = measure_uses(measure)
    if uses:
        message = _("“%(label)s” is used by %(uses)s. Take it out there first.")
        raise Conflict(message % {"label": measure.label, "uses": ", ".join(uses)})
    measure.delete()
    touch_dataset(measure.dataset)


def measure_uses(measure: Measure) -> list[str]:
    """What a measure is part of, in words; cards are counted through their dataset."""
    dataset: Any = measure.dataset
    parts = Q(numerator=measure) | Q(denominator=measure) | Q(base=measure)
    made_of = dataset.measures.filter(parts)
    found = [each.label for each in (*made_of, *measure.metrics.all())]
    cards = dataset.widgets.filter(query__measures__contains=[measure.name]).count()
    if cards:
        found.append(ngettext("%(n)d card", "%(n)d cards", cards) % {"n": cards})
    return found


@transaction.atomic
def set_policy(
    dataset: Dataset,
    name: str,
    role: str,
    filters: list[dict[str, Any]],
    is_active: bool = True,
    *,
    group: Group | None = None,
    attribute: str = "",
    attribute_value: str = "",
    hidden_columns: Iterable[str] = (),
) -> RowPolicy:
    """Let some people see only some rows and columns: those of the role, in the group and with
    the attribute, of what is named. Raises UserError for a filter or a column that is none.
    """
    _check_filters(dataset, filters, of_policy=True)
    if attribute_value and not attribute:
        raise UserError(_("Name the attribute that has this value."), field="attribute")
    hidden = list(hidden_columns)
    _check_known(dataset, hidden, "hidden_columns")
    if role not in ("", *Role.values):
        raise UserError(_("There is no such role."), field="role")
    policy, _made = RowPolicy.objects.update_or_create(
        dataset=dataset,
        name=name,
        defaults={
            "role": role,
            "group": group,
            "attribute": attribute,
            "attribute_value": attribute_value,
            "filters": filters,
            "hidden_columns": hidden,
            "is_active": is_active,
        },
    )
    return policy


@transaction.atomic
def delete_policy(policy: RowPolicy) -> None:
    """End a policy."""
    policy.delete()


@transaction.atomic
def switch_policy(policy: RowPolicy, is_active: bool) -> None:
    """Let a policy hold, or not."""
    policy.is_active = is_active
    policy.save(update_fields=["is_active"])


@transaction.atomic
def set_calendar(workspace: Workspace) -> None:
    """Keep when weeks and fiscal years begin; every answer by week or fiscal year is another."""
    workspace.save(update_fields=["week_start", "fiscal_year_start"])
    for dataset in Dataset.objects.filter(workspace=workspace):
        touch_dataset(dataset)


def note_rows(dataset: Dataset, rows: int, first: datetime | None, last: datetime | None) -> None:
    """Keep what was counted over all rows of a source's table, for lists. No answer changes."""
    known = {"row_count": rows, "data_from": first, "data_to": last}
    if any(getattr(dataset, name) != value for name, value in known.items()):
        Dataset.objects.filter(pk=dataset.pk).update(**known)


def _check_filters(
    dataset: Dataset, filters: list[dict[str, Any]], *, of_policy: bool = False
) -> None:
    """Whether filters can be read, name columns of the dataset and fit their types, else UserError
    on "filters". of_policy: a value "$name" stands for an attribute, which is looked at later.
    """
    found = list(leaves(read_filters(filters)))
    types = dict(dataset.columns.values_list("name", "type"))
    _check_known(dataset, [each.column for each in found], "filters")
    if of_policy:
        found = [_without_attributes(each, FITTING[types[each.column]]) for each in found]
    values_fit(found, types)


def _without_attributes(each: Filter, fitting: Value) -> Filter:
    """With something that fits in place of each attribute."""
    is_attribute = [isinstance(value, str) and value.startswith("$") for value in each.values]
    pairs = zip(each.values, is_attribute, strict=True)
    return replace(each, values=tuple(fitting if is_one else value for value, is_one in pairs))


def _check_known(dataset: Dataset, names: Iterable[str], field: str) -> None:
    known = set(dataset.columns.values_list("name", flat=True))
    for name in names:
        if name not in known:
            message = _("The dataset has no column “%(name)s”.")
            raise UserError(message % {"name": name[:60]}, field=field)


def touch_dataset(dataset: Dataset) -> None:
    """Rows or definition changed: no kept answer counts any more."""
    Dataset.objects.filter(pk=dataset.pk).update(version=F("version") + 1)
    dataset.refresh_from_db(fields=["version"])
    transaction.on_commit(lambda: access.forget_version(dataset.pk))
    access.forget_version(dataset.pk)


def _for_parquet(table: pa.Table) -> pa.Table:
    columns = {name: _naive_utc(table.column(name)) for name in table.column_names}
    return pa.table(columns)


def _naive_utc(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind):
        utc = column if kind.tz is None else column.cast(pa.timestamp(kind.unit, "UTC"))
        return utc.cast(pa.timestamp("ms", None if kind.tz is None else "UTC"), safe=False).cast(
            pa.timestamp("ms")
        )
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("ms"))
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise UserError(_("A column holds lists or bytes, which cannot be charted."), field="file")
    return column


def _columns_of(table: pa.Table) -> dict[str, str]:
    return {field.name: _type(field.type) for field in table.schema}


def _type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return Column.Type.TIME
    if pa.types.is_boolean(kind):
        return Column.Type.BOOLEAN
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return Column.Type.NUMBER if number else Column.Type.TEXT


def _span(table: pa.Table, time_column: str) -> dict[str, Any]:
    if not time_column or not table.num_rows:
        return {"data_from": None, "data_to": None}
    ends = pc.min_max(
        table.column(time_column).cast(pa.timestamp("ms")).cast(pa.timestamp("ms", "UTC"))
    )
    return {"data_from": ends["min"].as_py(), "data_to": ends["max"].as_py()}
