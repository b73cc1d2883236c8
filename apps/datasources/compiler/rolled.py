"""The statements that make a roll-up, and that tell how large it would be."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from sqlglot import exp

from apps.core.errors import UserError
from apps.datasources.compiler import placed
from apps.datasources.compiler.aggregates import Aggregates, identifier
from apps.datasources.compiler.dialects import DIALECTS
from apps.datasources.compiler.partials import Partial, own, partials_of, read_by
from apps.datasources.compiler.rows import Asked, filters_of, from_rows, relation_of
from apps.datasources.compiler.values import checked
from apps.datasources.compiler.zones import Clock
from apps.datasources.conditions import wrong
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.datasources.rollups.shapes import Wanted

UTC_CLOCK = Clock("UTC", 0, 1)


@dataclass(frozen=True, slots=True)
class Making:
    """A statement, its parameters, and what the roll-up will hold beside its keys."""

    sql: str
    parameters: tuple[Any, ...]
    parts: frozenset[str]
    types: tuple[tuple[str, str], ...]


def making(definition: Definition, wanted: Wanted) -> Making:
    """The rows of the roll-up, by time. Raises UserError for a column that is not there."""
    dialect = DIALECTS[definition.source_kind]
    parts, values = _parts(definition)
    if len({name.lower() for name in (*_names(wanted), *parts)}) < len(_names(wanted)) + len(parts):
        raise wrong("columns", _("Two columns of this dataset differ in capital letters alone."))
    asked = Asked(Query(definition.dataset_id, ("",)), definition, dialect, UTC_CLOCK)
    aggregates = Aggregates(definition, dialect, filters_of(asked), asked.places)
    select = from_rows(relation_of(definition, dialect))
    for key, name in zip(_keys(asked, wanted), _names(wanted), strict=True):
        select.select(exp.alias_(key, name, quoted=True), copy=False)
    for part in parts.values():
        whole = aggregates.put_together(part.kind, aggregates.part(part))
        select.select(exp.alias_(whole, part.name, quoted=True), copy=False)
    numbers = [exp.Literal.number(at + 1) for at in range(len(_names(wanted)))]
    if numbers:
        select.group_by(*numbers, copy=False)
    if numbers and definition.source_kind == "duckdb":  # by time, for the statistics of the file
        select.order_by(*(each.copy() for each in numbers), copy=False)
    sql, names = placed(select.sql(dialect.name), dialect)
    read = {column for part in parts.values() for column in read_by(part.measure, definition)}
    return Making(
        sql,
        tuple(dialect.value(values[name]) for name in names),
        frozenset(parts),
        types_of(definition, read | set(_names(wanted))),
    )


def counting(definition: Definition, wanted: Wanted) -> str:
    """About how many rows the roll-up would have."""
    dialect = DIALECTS[definition.source_kind]
    asked = Asked(Query(definition.dataset_id, ("",)), definition, dialect, UTC_CLOCK)
    rows, keys = from_rows(relation_of(definition, dialect)), _keys(asked, wanted)
    if definition.source_kind == "duckdb":
        together = exp.Anonymous(this="HASH", expressions=keys)
        count = exp.Anonymous(this="APPROX_COUNT_DISTINCT", expressions=[together])
        return rows.select(count, copy=False).sql(dialect.name)
    groups = rows.select(*keys, copy=False).distinct(copy=False).subquery("groups")
    return exp.Select().select(exp.Count(this=exp.Star())).from_(groups).sql(dialect.name)


def types_of(definition: Definition, names: set[str]) -> tuple[tuple[str, str], ...]:
    """The columns with their types, sorted."""
    return tuple((name, definition.column(name, "columns").type) for name in sorted(names))


def _names(wanted: Wanted) -> list[str]:
    return [*([wanted.time] if wanted.time else []), *wanted.columns]


def _keys(asked: Asked, wanted: Wanted) -> list[exp.Expr]:
    """Steps of time, and columns as questions group by them."""
    keys: list[exp.Expr] = []
    if wanted.time:
        step = exp.cast(exp.Literal.string(f"{wanted.bucket} seconds"), "interval")
        keys.append(exp.Anonymous(this="TIME_BUCKET", expressions=[step, identifier(wanted.time)]))
    for name in wanted.columns:
        type_ = asked.definition.column(name, "columns").type
        keys.append(asked.dialect.key(identifier(name), type_))
    return keys


def _parts(definition: Definition) -> tuple[dict[str, Partial], dict[str, Any]]:
    """What is kept for all measures that can be put together, each once; values by their names."""
    found: dict[str, Partial] = {}
    values: dict[str, Any] = {}
    for measure in definition.measures:
        try:
            parts = partials_of(measure, definition) or ()
            for part in parts:
                values |= _values(part, definition)
        except UserError:  # its columns are gone: questions about it say so
            continue
        found |= {part.name: part for part in parts}
    return found, values


def _values(part: Partial, definition: Definition) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, conditions in own(part.measure, definition):
        some = checked(conditions, definition, "UTC", "measures")
        flat = [value for each in some for value in each]
        found |= {f"m{number}_{at}": value for at, value in enumerate(flat)}
    return found
