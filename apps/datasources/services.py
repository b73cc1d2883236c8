"""Writes: datasets come to be and change. Each moves the dataset's version."""

import secrets as random
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.accounts.models import Workspace
from apps.accounts.services import touch_workspace
from apps.core.errors import UserError
from apps.datasources import access
from apps.datasources.models import Column, Dataset, Measure, RowPolicy, Source


def source_of_kind(workspace: Workspace, kind: str) -> Source:
    """The workspace's built-in source of uploads or of streams, made at first need."""
    source, _made = Source.objects.get_or_create(
        workspace=workspace, kind=kind, defaults={"name": str(Source.Kind(kind).label)}
    )
    return source


@transaction.atomic
def register_upload(
    workspace: Workspace,
    *,
    name: str,
    slug: str,
    table: pa.Table,
    time_column: str = "",
    description: str = "",
    columns: Mapping[str, Mapping[str, Any]] | None = None,
    measures: Iterable[Mapping[str, Any]] = (),
) -> Dataset:
    """Keep a table as Parquet and make it a dataset; one of the same slug is replaced.

    Times are kept as naive UTC, sorted by `time_column`, so that DuckDB can skip what a range
    leaves out. columns: name -> Column fields to set. measures: Measure fields; a ratio names its
    parts. Raises UserError for a column type that cannot be kept.
    """
    table = _for_parquet(table)
    if time_column:
        table = table.sort_by(time_column)
    file = f"{random.token_hex(16)}.parquet"
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, settings.UPLOADS / file, compression="zstd", row_group_size=65_536)
    dataset, _made = Dataset.objects.update_or_create(
        workspace=workspace,
        slug=slug,
        defaults={
            "source": source_of_kind(workspace, Source.Kind.DUCKDB),
            "name": name,
            "description": description,
            "kind": Dataset.Kind.UPLOAD,
            "relation": file,
            "time_column": time_column,
            "row_count": table.num_rows,
            **_span(table, time_column),
        },
    )
    define_columns(dataset, _columns_of(table), columns or {})
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
        for part in ("numerator", "denominator"):
            if fields.get(part):
                fields[part] = dataset.measures.get(name=fields[part])
        name = fields.pop("name")
        existing = dataset.measures.filter(name=name).first()
        measure = existing or Measure(dataset=dataset, name=name)
        for field, value in fields.items():
            setattr(measure, field, value)
        measure.full_clean()
        measure.save()


@transaction.atomic
def set_policy(dataset: Dataset, name: str, role: str, filters: list[dict[str, Any]]) -> RowPolicy:
    """Let the people of a role see only some rows. Raises UserError for a filter that is none."""
    from apps.datasources.query import Filter

    known = set(dataset.columns.values_list("name", flat=True))
    for item in filters:
        if Filter.from_json(item).column not in known:
            message = _("The dataset has no column “%(name)s”.")
            raise UserError(message % {"name": str(item.get("column"))[:60]}, field="filters")
    policy, _made = RowPolicy.objects.update_or_create(
        dataset=dataset, name=name, defaults={"role": role, "filters": filters, "is_active": True}
    )
    touch_workspace(dataset.workspace_id)
    return policy


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
