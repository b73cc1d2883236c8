"""A run of the SQL lab becomes a dataset that charts can ask."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from sqlglot import exp

from apps.accounts.models import User
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import MANAGE
from apps.core.errors import Denied, UserError
from apps.datasources import guard, origins, services, sql_access, sql_parameters, sqllab, uploads
from apps.datasources.connectors import connector
from apps.datasources.connectors.base import Limits
from apps.datasources.models import Column, Dataset, Source, SqlRun
from apps.datasources.sources import connection_of
from apps.datasources.sql_parameters import Value
from apps.datasources.upload_measures import first_measures, suggested_aggregate


def save(user: User, run: SqlRun, name: str) -> Dataset:
    """The statement of a run as a dataset; of uploaded files, a copy of the rows that it gave.

    Parameters keep the values they had in the run. What reads data that not everybody sees is for
    admins to save, and comes out restricted: the new dataset has no row policy yet. Raises
    UserError.
    """
    source = run.source
    values = sql_parameters.read_values(run.sql, run.parameters)
    tree, words = sql_parameters.parsed(run.sql, source.kind)
    read = sql_access.datasets_read(user, source, tree)
    is_restricted = _must_be_restricted(user, source, read)
    if source.kind == Source.Kind.DUCKDB:
        return _copy(run, name, read, is_restricted)
    sql_access.check_reach(user, source, tree)
    text = guard.checked_sql(_filled(tree, words, values, source.kind), source.kind)
    limits = Limits(settings.QUERY_TIMEOUT_S, 1, settings.QUERY_MAX_BYTES, is_persons_sql=True)
    found = connector(source.kind).columns_of_sql(connection_of(source), text, limits)
    types = {column.name: column.type for column in found}
    _check_names([column.name for column in found])
    return _register(source, name, text, types, is_restricted)


def time_column_of(types: Mapping[str, str]) -> str:
    """The first time column, which most questions are about."""
    return next((name for name, type_ in types.items() if type_ == Column.Type.TIME), "")


@transaction.atomic
def _register(
    source: Source, name: str, text: str, types: Mapping[str, str], is_restricted: bool
) -> Dataset:
    dataset = Dataset.objects.create(
        workspace=source.workspace,
        source=source,
        name=name,
        slug=uploads.free_slug(source.workspace, name),
        kind=Dataset.Kind.SQL,
        sql=text,
        time_column=time_column_of(types),
        is_restricted=is_restricted,
    )
    services.define_columns(dataset, types, {})
    services.define_measures(dataset, _measures(types))
    services.touch_dataset(dataset)
    return dataset


@transaction.atomic
def _copy(run: SqlRun, name: str, read: Iterable[Dataset], is_restricted: bool) -> Dataset:
    """The kept rows of a run on uploaded files, as an upload."""
    table = sqllab.rows_of(run)
    if table is None:
        raise UserError(_("The rows of this run are not kept any more. Run it again."))
    if table.schema.metadata and table.schema.metadata.get(b"truncated") == b"1":
        message = _("The answer was cut at %(most)d rows. Ask for fewer, by WHERE or GROUP BY.")
        raise UserError(message % {"most": settings.QUERY_MAX_ROWS})
    _check_names(table.column_names)
    types = {field.name: type_of(field.type) for field in table.schema}
    table = table.cast(pa.schema([_kept_field(field) for field in table.schema]))
    dataset = services.register_upload(
        run.source.workspace,
        name=name,
        slug=uploads.free_slug(run.source.workspace, name),
        table=table,
        time_column=time_column_of(types),
        description=_("A copy of what this SQL gave:") + "\n" + run.sql[:2000],
        measures=_measures(types),
    )
    dataset.options = {origins.READS: sorted(each.pk for each in read)}
    dataset.is_restricted = is_restricted
    dataset.save(update_fields=["options", "is_restricted"])
    return dataset


def type_of(kind: pa.DataType) -> str:
    """The Column.Type of an Arrow type, as connectors give them."""
    if pa.types.is_temporal(kind):
        return Column.Type.TIME
    if pa.types.is_boolean(kind):
        return Column.Type.BOOLEAN
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return Column.Type.NUMBER if is_number else Column.Type.TEXT


def _kept_field(field: pa.Field) -> pa.Field:
    """A column of nulls alone has no type; as text it can be kept."""
    return field.with_type(pa.string()) if pa.types.is_null(field.type) else field


def _must_be_restricted(user: User, source: Source, read: Iterable[Dataset]) -> bool:
    """Whether some data behind it is not for everybody. Raises Denied for who is no admin."""
    partly = [
        dataset
        for dataset in read
        if dataset.is_restricted or dataset.policies.filter(is_active=True).exists()
    ]
    if not partly:
        return False
    if not workspaces_where(user, MANAGE).filter(pk=source.workspace_id).exists():
        message = _(
            "“%(name)s” is shown to some people only in part, and a dataset made of it would show"
            " them all. Ask an admin to save this."
        )
        raise Denied(message % {"name": partly[0].name})
    return True


def _filled(
    tree: exp.Expr, words: Mapping[str, str], values: Mapping[str, Value], kind: str
) -> str:
    """The statement with values as literals, which the printer quotes and the guard reads again."""
    for column in list(tree.find_all(exp.Column)):
        name = words.get(column.name.lower())
        if name is not None and not column.table:
            sql_parameters.put(column, [exp.convert(v) for v in values[name].values], name)
    return guard.printed(tree, kind)


def _check_names(names: Iterable[str]) -> None:
    """Charts know columns by their names."""
    seen: set[str] = set()
    for name in names:
        if not re.fullmatch(r"[^\x00-\x1f]{1,63}", name) or name == "?column?" or name in seen:
            message = _("Give every column a name of its own, by AS: “%(name)s” is none.")
            raise UserError(message % {"name": name[:60]})
        seen.add(name)


def _measures(types: Mapping[str, str]) -> list[dict[str, Any]]:
    """The number of rows, and what a number column's name says that it is."""
    columns = [
        {"key": name, "name": name, "label": name.replace("_", " ").capitalize()} for name in types
    ]
    picked = {column["key"]: suggested_aggregate(column) for column in columns}
    return first_measures(columns, types, picked)
