"""Somebody else's BigQuery. Only compiled against its driver, never run against the service.

Placeholders are ?. `relation` is "dataset.table" of the source's project. The secret is the JSON
key of a service account; of it only the name and the key itself are used, so that no key can lead
the driver to another address. A person's statement is tried dry first, and must be a SELECT.
"""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.connectors import failures
from apps.datasources.connectors.arrow import normal, table_of
from apps.datasources.connectors.base import (
    Connection,
    FoundColumn,
    Limits,
    Relation,
    Setting,
    Watch,
)
from apps.datasources.connectors.errors import SourceRefused
from apps.datasources.connectors.warehouses import (
    CHECK_LIMITS,
    LIST_LIMITS,
    driver,
    failing,
    first_rows,
    must_read,
    type_of,
)

SETTINGS = (
    Setting("project", gettext_lazy("Project"), is_required=True, is_address=True),
    Setting("dataset", gettext_lazy("Dataset"), help=gettext_lazy("Empty: all of the project.")),
    Setting("location", gettext_lazy("Location"), help=gettext_lazy("Such as EU or us-east1.")),
    Setting("password", gettext_lazy("Key of the service account (JSON)"), "secret"),
    Setting("gigabytes", gettext_lazy("Most gigabytes read by one query"), "number", default=100),
)
PROJECT = re.compile(r"[a-z][a-z0-9.:-]{4,60}[a-z0-9]")
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
SCOPES = ("https://www.googleapis.com/auth/bigquery",)
PARAMETERS: tuple[tuple[type, str], ...] = (
    *((bool, "BOOL"), (int, "INT64"), (float, "FLOAT64"), (Decimal, "NUMERIC")),
    *((datetime, "TIMESTAMP"), (date, "DATE")),
)
RECORDS = ("RECORD", "STRUCT")


def check_settings(details: dict[str, Any]) -> None:
    """Whether this can be a project. Raises UserError."""
    if not PROJECT.fullmatch(str(details.get("project", ""))):
        message = _("This is no project's id. Copy it from the console of Google Cloud.")
        raise UserError(message, field="settings.project", code="invalid_source")


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """One statement that reads, as a job that is cancelled when it is late."""
    must_read(sql, limits)
    jobs: list[Any] = []
    with failing(source, limits, Watch(limits, lambda: _cancel(jobs)), _told):
        client = _client(source)
        if limits.is_persons_sql:
            tried = _asked(client, source, sql, parameters, limits, is_dry=True)
            if tried.statement_type != "SELECT":
                raise failures.writes(limits)
        jobs.append(_asked(client, source, sql, parameters, limits))
        answer = jobs[0].result(timeout=limits.timeout_s, max_results=limits.rows)
        table = first_rows(answer.to_arrow_iterable(), limits)
        names = [field.name for field in answer.schema]
    return table_of(names, []) if table is None else normal(table)


def check(source: Connection) -> None:
    """Sign in and ask for one row."""
    run(source, "SELECT 1", [], CHECK_LIMITS)
    if dataset := source.settings.get("dataset"):
        with failing(source, CHECK_LIMITS, Watch(CHECK_LIMITS, lambda: None), _told):
            _client(source).get_dataset(str(dataset))


def relations(source: Connection) -> list[Relation]:
    """Tables and views of the dataset, or of all datasets of the project."""
    with failing(source, LIST_LIMITS, Watch(LIST_LIMITS, lambda: None), _told):
        client = _client(source)
        chosen = source.settings.get("dataset")
        names = [chosen] if chosen else [each.dataset_id for each in client.list_datasets()]
        found: list[Relation] = []
        for name in names:
            for table in client.list_tables(str(name), max_results=LIST_LIMITS.rows):
                kind = "view" if "VIEW" in (table.table_type or "") else "table"
                found.append(Relation(f"{name}.{table.table_id}", kind))
    return found[: LIST_LIMITS.rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """The columns of "dataset.table"."""
    dataset, _dot, table = name.rpartition(".")
    whole = f"{dataset or source.settings.get('dataset')}.{table}"
    with failing(source, LIST_LIMITS, Watch(LIST_LIMITS, lambda: None), _told):
        fields = _client(source).get_table(whole).schema
    return _found(fields)


def columns_of_sql(source: Connection, sql: str, limits: Limits) -> list[FoundColumn]:
    """The columns that a statement gives, by a dry run."""
    must_read(sql, limits)
    with failing(source, limits, Watch(limits, lambda: None), _told):
        fields = _asked(_client(source), source, sql, [], limits, is_dry=True).schema
    return _found(fields or [])


def _client(source: Connection) -> Any:
    bigquery = driver("google.cloud.bigquery")
    credentials = driver("google.oauth2.service_account").Credentials
    try:
        given = json.loads(source.secret)
        kept = {name: str(given[name]) for name in ("client_email", "private_key")}
        signed = credentials.from_service_account_info(
            kept | {"token_uri": TOKEN_URI}, scopes=SCOPES
        )
    except (ValueError, TypeError, KeyError) as error:
        message = _("This is no key of a service account. Paste the whole JSON file.")
        raise SourceRefused(message, field="password") from error
    return bigquery.Client(
        project=str(source.settings["project"]),
        credentials=signed,
        location=str(source.settings.get("location") or "") or None,
    )


def _asked(
    client: Any,
    source: Connection,
    sql: str,
    parameters: Sequence[Any],
    limits: Limits,
    *,
    is_dry: bool = False,
) -> Any:
    bigquery = driver("google.cloud.bigquery")
    scalar = bigquery.ScalarQueryParameter
    config = bigquery.QueryJobConfig(
        query_parameters=[scalar(None, _parameter_type(value), value) for value in parameters],
        maximum_bytes_billed=int(source.settings.get("gigabytes") or 100) * 10**9,
        job_timeout_ms=int(limits.timeout_s * 1000),
        use_legacy_sql=False,
        labels={"by": "sightline"},
        dry_run=is_dry,
    )
    if dataset := source.settings.get("dataset"):
        config.default_dataset = f"{source.settings['project']}.{dataset}"
    return client.query(sql, job_config=config, timeout=limits.timeout_s)


def _parameter_type(value: Any) -> str:
    return next((word for kind, word in PARAMETERS if isinstance(value, kind)), "STRING")


def _cancel(jobs: list[Any]) -> None:
    for job in jobs:
        job.cancel(timeout=5)


def _found(fields: Any) -> list[FoundColumn]:
    return [
        FoundColumn(
            field.name,
            "text"
            if field.mode == "REPEATED" or field.field_type in RECORDS
            else type_of(field.field_type),
            field.field_type,
        )
        for field in fields
    ]


def _told(error: Exception, limits: Limits) -> UserError | None:
    kind = type(error).__name__
    if kind in ("RefreshError", "Unauthorized"):
        return failures.wrong_password()
    if kind == "Forbidden":
        return failures.no_right("project")
    if kind in ("TimeoutError", "DeadlineExceeded", "RetryError"):
        return failures.late()
    if kind == "NotFound" and not limits.is_persons_sql:
        return failures.unknown("dataset")
    if kind in ("BadRequest", "NotFound"):
        words = str(getattr(error, "message", error))
        if "bytesBilledLimitExceeded" in str(error):
            message = _("The query would read more than this source allows. Ask for less.")
            return SourceRefused(message, field="gigabytes")
        return failures.refused(limits, words)
    return None
