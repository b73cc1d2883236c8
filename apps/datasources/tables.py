"""Datasets of what a source holds: its relations, their columns, and what became of them."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from inspect import signature
from typing import Any

import orjson
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core import redis
from apps.core.errors import Conflict, UserError
from apps.datasources import engine, extracts, services, uploads
from apps.datasources.connectors import connector
from apps.datasources.connectors.base import FoundColumn, Limits, Relation
from apps.datasources.connectors.errors import SourceRefused
from apps.datasources.definition import ColumnDef, Definition
from apps.datasources.frame import Frame, FrameColumn
from apps.datasources.models import Dataset, Source
from apps.datasources.query import Query, leaves, read_filters
from apps.datasources.sources import connection_of

LIST_KEEP_S = 300
COPY_EVERY_MINUTES = 60
SHOWN = 200
SAMPLE_ROWS = 10
NAME_LENGTH = 63
IDS = {"id", "key", "code", "uuid", "guid", "pk", "fk", "zip", "lat", "lon", "lng", "latitude"} | {
    "longitude",
    "year",
    "month",
    "day",
    "hour",
    "phone",
    "version",
    "index",
}
AVERAGED = {"avg", "average", "mean", "rate", "ratio", "share", "percent", "price", "age"} | {
    "score",
    "temperature",
    "duration",
}
BEST_TIMES = ("created", "ordered", "date", "day", "time", "timestamp", "at", "start", "started")


@dataclass(frozen=True, slots=True)
class Draft:
    """A dataset to be: where its rows are, and what is proposed for it."""

    source: Source
    relation: str
    columns: tuple[FoundColumn, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def time_columns(self) -> list[str]:
        """Those that may be the time, the likeliest first."""
        names = [each.name for each in self.columns if each.type == "time"]
        return sorted(names, key=lambda name: _time_rank(name))

    @property
    def measures(self) -> list[dict[str, Any]]:
        """The number of rows, and the sum or average of each number that is no code."""
        return first_measures(self.columns)


@dataclass(frozen=True, slots=True)
class Changes:
    """What reading the columns again would change. gone: name -> what uses it, in words."""

    found: tuple[FoundColumn, ...]
    added: tuple[str, ...] = ()
    gone: Mapping[str, list[str]] = field(default_factory=dict)
    retyped: tuple[tuple[str, str, str], ...] = ()  # name, type before, type now

    @property
    def is_same(self) -> bool:
        """Nothing has changed."""
        return not (self.added or self.gone or self.retyped)

    @property
    def is_harmful(self) -> bool:
        """Something in use is gone, or is of another type."""
        return any(self.gone.values()) or bool(self.retyped)


def relations(source: Source, afresh: bool = False) -> list[Relation]:
    """What datasets can be made of, kept for some minutes. Raises UserError."""
    connection = connection_of(source)
    stamp = hashlib.sha256(connection.stamp.encode()).hexdigest()[:12]
    key = f"sightline:relations:{source.pk}:{stamp}"
    kept: Any = None if afresh else redis.client().get(key)
    if kept:
        return [Relation(name, kind) for name, kind in orjson.loads(kept)]
    found = connector(source.kind).relations(connection)
    rows = [[each.name, each.kind] for each in found]
    redis.client().set(key, orjson.dumps(rows), ex=LIST_KEEP_S)
    return list(found)


def matching(found: Iterable[Relation], words: str) -> list[Relation]:
    """Those whose name holds every word."""
    parts = words.lower().split()
    return [each for each in found if all(part in each.name.lower() for part in parts)]


def grouped(found: Iterable[Relation]) -> dict[str, list[tuple[str, Relation]]]:
    """Schema -> [(name within it, relation)], in the order in which they come."""
    groups: dict[str, list[tuple[str, Relation]]] = {}
    for each in found:
        schema, _dot, name = each.name.rpartition(".")
        groups.setdefault(schema, []).append((name, each))
    return groups


def draft(source: Source, relation: str, options: Mapping[str, Any] | None = None) -> Draft:
    """Read the columns of a relation. Raises UserError; its field is "relation" or "options.…"."""
    options = options or {}
    try:
        found = _columns(source, relation, options)
    except SourceRefused as error:
        if error.field:
            raise
        message = _("This cannot be read: it is not there, or the source's user may not read it.")
        raise UserError(message, field="relation", code="no_relation") from error
    fit = tuple(each for each in found if 0 < len(each.name) <= NAME_LENGTH)
    if not fit:
        message = _("There is nothing of this name to read, or it has no columns.")
        raise UserError(message, field="relation", code="no_relation")
    left_out = tuple(each.name for each in found if each not in fit)
    return Draft(source, relation, fit, options, left_out)


def sample(of: Draft, time_column: str = "") -> Frame:
    """Some rows of a dataset to be. Raises UserError. The caller defines data in its workspace."""
    columns = tuple(
        ColumnDef(each.name, _label(each.name), each.type, "", "") for each in of.columns
    )
    shape = Definition(
        dataset_id=0,
        workspace_id=of.source.workspace_id,
        version=0,
        source_id=of.source.pk,
        source_kind=of.source.kind,
        is_stream=False,
        relation=of.relation,
        time_column=time_column,
        columns=columns,
        measures=(),
        options=orjson.dumps(dict(of.options), option=orjson.OPT_SORT_KEYS).decode(),
    )
    module = connector(of.source.kind)
    if hasattr(module, "statement"):  # one that is only ever copied: its first page
        wanted = [(each.name, each.type) for each in columns[:50]]
        statement = module.statement({"path": of.relation, **of.options}, wanted, "")
        limits = Limits(30, SAMPLE_ROWS, 64_000_000)
        table = module.run(connection_of(of.source), statement, [], limits)
        told = tuple(FrameColumn(c.name, c.label, "dimension", c.type) for c in columns[:50])
        query = Query(dataset=0, columns=tuple(name for name, _type in wanted))
        return Frame(table.slice(0, SAMPLE_ROWS), told, query, datetime.now(UTC), 0.0)
    names = tuple(each.name for each in columns[:50])
    return engine.ask(Query(dataset=0, columns=names, limit=SAMPLE_ROWS), shape)


@transaction.atomic
def make_dataset(
    of: Draft,
    *,
    name: str,
    time_column: str = "",
    measures: Iterable[Mapping[str, Any]] | None = None,
    description: str = "",
) -> Dataset:
    """Make a dataset of a relation. measures: None takes the proposed ones. Raises UserError."""
    if time_column and time_column not in of.time_columns:
        raise UserError(_("Choose a time column of this dataset."), field="time_column")
    source = of.source
    dataset = Dataset.objects.create(
        workspace=source.workspace,
        source=source,
        name=name,
        slug=uploads.free_slug(source.workspace, name),
        description=description,
        kind=Dataset.Kind.TABLE,
        relation=of.relation,
        options=dict(of.options),
        time_column=time_column,
    )
    services.define_columns(dataset, {each.name: each.type for each in of.columns}, {})
    services.define_measures(dataset, of.measures if measures is None else measures)
    services.touch_dataset(dataset)
    if hasattr(connector(source.kind), "statement"):  # one that is only ever copied
        extracts.schedule_extract(dataset, COPY_EVERY_MINUTES)
    return dataset


def changes(dataset: Dataset) -> Changes:
    """What the source's columns are now, against those of the dataset. Raises UserError."""
    if dataset.kind == Dataset.Kind.SQL:
        limits = Limits(20, 1, 10_000_000, is_persons_sql=True)
        module, connection = connector(dataset.source.kind), connection_of(dataset.source)
        found = module.columns_of_sql(connection, dataset.sql, limits)
    elif dataset.kind == Dataset.Kind.TABLE:
        found = _columns(dataset.source, dataset.relation, dataset.options)
    else:
        raise UserError(_("The columns of uploads and streams change with their rows."))
    if not found:
        message = _("“%(relation)s” is gone from the source, or has no columns any more.")
        name = dataset.relation or dataset.name
        raise UserError(message % {"relation": name}, field="relation", code="no_relation")
    fit = tuple(each for each in found if 0 < len(each.name) <= NAME_LENGTH)
    now = {each.name: each.type for each in fit}
    before = {each.name: each.type for each in dataset.columns.all()}
    return Changes(
        found=fit,
        added=tuple(name for name in now if name not in before),
        gone={name: uses_of(dataset, name) for name in before if name not in now},
        retyped=tuple(
            (name, before[name], now[name])
            for name in now
            if name in before and now[name] != before[name]
        ),
    )


@transaction.atomic
def take_changes(dataset: Dataset, read: Changes, accept: bool = False) -> None:
    """Make the dataset's columns those that were read; words of the rest stay.

    Raises Conflict unless `accept`, where something in use would break.
    """
    if read.is_harmful and not accept:
        raise Conflict(_("Columns that are in use are gone or have another type."), code="in_use")
    words = {each.name: {"label": each.label} for each in dataset.columns.all()}
    services.define_columns(dataset, {each.name: each.type for each in read.found}, words)
    if not any(c.name == dataset.time_column and c.type == "time" for c in read.found):
        dataset.time_column = ""
        dataset.save(update_fields=["time_column"])
    services.touch_dataset(dataset)


def uses_of(dataset: Dataset, column: str) -> list[str]:
    """What a column is part of, in words."""
    made: Any = dataset
    found = []
    if dataset.time_column == column:
        found.append(_("the time column"))
    for measure in dataset.measures.all():
        named = {measure.column, *(each.column for each in leaves(read_filters(measure.filters)))}
        if column in named:
            found.append(measure.label)
    for metric in made.metrics.all():
        named = {each.column for each in leaves(read_filters(metric.filters))}
        if column in named:
            found.append(metric.name)
    for policy in dataset.policies.all():
        named = {each.column for each in leaves(read_filters(policy.filters))}
        if column in named | set(policy.hidden_columns):
            found.append(policy.name)
    cards = sum(
        1 for query in made.widgets.values_list("query", flat=True) if _names(query, column)
    )
    if cards:
        found.append(ngettext("%(n)d card", "%(n)d cards", cards) % {"n": cards})
    return found


def first_measures(columns: Iterable[FoundColumn]) -> list[dict[str, Any]]:
    """The number of rows, and the sum or average of each number that is no code."""
    found: list[dict[str, Any]] = [
        {"name": "rows", "label": _("Rows"), "aggregate": "count", "format": "integer"}
    ]
    taken = {"rows"}
    for number, column in enumerate(columns, start=1):
        words = set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", column.name).lower()))
        if column.type != "number" or words & IDS:
            continue
        name = slugify(column.name).replace("-", "_").strip("_")[:50]
        name = name if re.match("[a-z]", name) else f"measure_{number}"
        name = f"{name}_{number}" if name in taken else name
        taken.add(name)
        aggregate = "avg" if words & AVERAGED else "sum"
        label = _label(column.name)
        found.append({"name": name, "label": label, "aggregate": aggregate, "column": column.name})
    return found


def _columns(source: Source, relation: str, options: Mapping[str, Any]) -> list[FoundColumn]:
    read = connector(source.kind).columns
    takes_options = len(signature(read).parameters) > 2
    if options and not takes_options and set(options) - {"history_days"}:
        raise UserError(_("This kind of source takes no options."), field="options")
    more = (options,) if takes_options else ()
    found: list[FoundColumn] = read(connection_of(source), relation, *more)
    return found


def _names(item: Any, name: str) -> bool:
    """Whether a card's question holds the name anywhere."""
    if isinstance(item, dict):
        return any(_names(each, name) for each in item.values())
    if isinstance(item, list):
        return any(_names(each, name) for each in item)
    return bool(item == name)


def _time_rank(name: str) -> int:
    words = re.findall(r"[a-z]+", name.lower())
    if "updated" in words or "modified" in words or "deleted" in words:
        return len(BEST_TIMES) + 1
    ranks = [BEST_TIMES.index(word) for word in words if word in BEST_TIMES]
    return min(ranks, default=len(BEST_TIMES))


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
