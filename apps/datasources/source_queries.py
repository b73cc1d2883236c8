"""Reads of sources for people: what there is, how it fares, and what a kind needs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import DEFINE
from apps.datasources import choice_words, sources
from apps.datasources.connectors import BUILT_IN, CONNECTORS, connector
from apps.datasources.models import Dataset, Source

KIND_WORDS: dict[str, str | Promise] = {
    "postgresql": gettext_lazy("Tables and views, TimescaleDB's hypertables too."),
    "mysql": gettext_lazy("Tables and views of MySQL 8 and MariaDB."),
    "clickhouse": gettext_lazy("Tables, for very many rows."),
    "trino": gettext_lazy("Tables of every catalog that Trino reaches."),
    "opensearch": gettext_lazy("Indices and their fields."),
    "prometheus": gettext_lazy("Measurements over time, by PromQL."),
    "http": gettext_lazy("An address that answers with JSON or CSV."),
    "sqlite": gettext_lazy("One file, uploaded here."),
    "duckdb_file": gettext_lazy("One file, uploaded here."),
    "snowflake": gettext_lazy("Tables of a warehouse."),
    "bigquery": gettext_lazy("Tables of a project."),
    "databricks": gettext_lazy("Tables behind a SQL endpoint."),
}


@dataclass(frozen=True, slots=True)
class Health:
    """good: it answered last; bad: it fails, since `at`; none: it was never asked."""

    state: str
    at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One source in the list."""

    source: Source
    health: Health
    dataset_count: int
    is_built_in: bool


@dataclass(frozen=True, slots=True)
class KindCard:
    """What can be connected. needs: the labels of what must be filled in."""

    kind: str
    label: str
    words: str | Promise
    needs: list[str]


def listed(user: Visitor) -> list[Row]:
    """Sources of the workspaces where the user defines data; built-in ones last."""
    mine = Source.objects.filter(workspace__in=workspaces_where(user, DEFINE))
    counted = mine.select_related("workspace").annotate(dataset_count=Count("datasets"))
    rows = [Row(each, health(each), each.dataset_count, each.kind in BUILT_IN) for each in counted]
    return sorted(rows, key=lambda row: (row.is_built_in, row.source.name.lower()))


def health(source: Source) -> Health:
    """How a source fares, by its last answer and its last failure."""
    answered, failed = source.answered_at, source.failed_at
    if failed and (answered is None or answered < failed):
        return Health("bad", failed, source.problem)
    return Health("good", answered) if answered else Health("none")


def kinds() -> list[KindCard]:
    """Every kind that a person may connect, in the order of the table of connectors."""
    found = []
    for kind in CONNECTORS:
        if kind in BUILT_IN:
            continue
        table = connector(kind).SETTINGS
        needs = [str(each.label) for each in table if each.is_required]
        found.append(KindCard(kind, str(Source.Kind(kind).label), KIND_WORDS.get(kind, ""), needs))
    return found


def settings_shown(source: Source) -> list[tuple[Any, Any]]:
    """The settings of a source as label and value, without secrets and names of files."""
    shown = [
        (each.label, choice_words.words_of(each, source.settings.get(each.name, "")))
        if each.kind == "choice"
        else (each.label, source.settings.get(each.name))
        for each in connector(source.kind).SETTINGS
        if not (each.kind == "secret" or sources.is_file(each))
    ]
    words = {True: _("yes"), False: _("no")}
    return [
        (label, words[value] if isinstance(value, bool) else value)
        for label, value in shown
        if value not in (None, "")
    ]


def size_of(dataset: Dataset) -> int | None:
    """The bytes of the file that holds the rows, where we keep one."""
    extract = getattr(dataset, "extract", None)
    file = extract.file if extract else ""
    if not file and dataset.kind == Dataset.Kind.UPLOAD:
        file = dataset.relation
    try:
        return (settings.UPLOADS / file).stat().st_size if file else None
    except FileNotFoundError:
        return None
