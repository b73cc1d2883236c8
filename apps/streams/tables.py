"""Makes and alters the tables of streams: the only DDL outside migrations, beside that of the
continuous aggregates on them (apps/datasources/rollups/continuous.py).

A stream's table is made by Django's schema editor from a model that exists only for that moment,
in a registry of its own, so that `config.timescale` turns it into a hypertable where TimescaleDB
is present. Beside the declared columns stands `_event`, which says that two rows are the same one.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps.registry import Apps
from django.contrib.postgres.functions import RandomUUID
from django.db import connection, models
from psycopg import sql
from timescale.db.models.fields import TimescaleDateTimeField

SCHEMA = "streams"
EVENT = "_event"  # no declared column can begin with an underscore
CHUNK = "1 day"
PG_TYPES = {
    "time": "timestamptz",
    "number": "double precision",
    "text": "text",
    "boolean": "boolean",
    "event": "uuid",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A stream's table: "streams.name", its time column, and its columns as name -> type."""

    relation: str
    time_column: str
    columns: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The name without its schema."""
        return self.relation.removeprefix(f"{SCHEMA}.")

    @property
    def identifier(self) -> sql.Identifier:
        """Quoted, for SQL."""
        return sql.Identifier(SCHEMA, self.name)


def create(table: Table) -> None:
    """Make the table, and a hypertable of it where that is possible."""
    with connection.schema_editor() as editor:
        editor.create_model(_model(table))


def add_column(table: Table, name: str, type_: str) -> None:
    """Add a column, empty in the rows that are there."""
    grown = Table(table.relation, table.time_column, (*table.columns, (name, type_)))
    model = _model(grown)
    field = next(field for field in model._meta.local_fields if field.column == name)
    with connection.schema_editor() as editor:
        editor.add_field(model, field)


def drop(table: Table) -> None:
    """Remove the table with its rows."""
    with connection.schema_editor() as editor:
        editor.delete_model(_model(table))


def copy_into(table: Table, rows: Sequence[Sequence[Any]], events: Sequence[str | None]) -> int:
    """Store rows (values in the order of the table's columns); returns how many were new.

    events: one id a row, or None for a row that is never the same as another. A row with a known
    time and event id changes nothing. Plain rows go by COPY.
    """
    if not rows:
        return 0
    if any(event is not None for event in events):
        return _insert_new(table, rows, events)
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table)) as copy:
        copy.set_types([PG_TYPES[type_] for _name, type_ in table.columns])
        for row in rows:
            copy.write_row(row)
    return len(rows)


def delete_before(table: Table, moment: datetime) -> int:
    """Remove rows older than `moment`; returns how many."""
    statement = sql.SQL("DELETE FROM {} WHERE {} < %s").format(
        table.identifier, sql.Identifier(table.time_column)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [moment])
        return int(cursor.rowcount)


def _insert_new(table: Table, rows: Sequence[Sequence[Any]], events: Sequence[str | None]) -> int:
    """One INSERT from arrays, which COPY cannot do: leave out what is there already."""
    names = [*(name for name, _type in table.columns), EVENT]
    types = [*(type_ for _name, type_ in table.columns), "event"]
    ids = [uuid.uuid4() if event is None else _event_id(event) for event in events]
    columns: list[list[Any]] = [list(values) for values in zip(*rows, strict=True)]
    arrays = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(PG_TYPES[t])) for t in types)
    statement = sql.SQL("INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT DO NOTHING")
    statement_with_names = statement.format(table.identifier, _identifiers(names), arrays)
    with connection.cursor() as cursor:
        cursor.execute(statement_with_names, [*columns, ids])
        return int(cursor.rowcount)


def _event_id(event: str) -> uuid.UUID:
    """Any text as sixteen bytes; the same text always gives the same."""
    return uuid.uuid5(uuid.NAMESPACE_OID, event)


def _copy_statement(table: Table) -> sql.Composed:
    names = [name for name, _type in table.columns]
    return sql.SQL("COPY {} ({}) FROM STDIN").format(table.identifier, _identifiers(names))


def _identifiers(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)


def _model(table: Table) -> type[models.Model]:
    """The table as a model that no other code can see.

    Fields are numbered, because a column may have a name that Django allows for no field.
    """
    fields: dict[str, Any] = {
        f"c{number}": _field(name, type_, is_axis=name == table.time_column)
        for number, (name, type_) in enumerate(table.columns)
    }
    axis = next(key for key, field in fields.items() if field.db_column == table.time_column)
    event = models.UUIDField(db_column=EVENT, db_default=RandomUUID())
    meta = {
        "app_label": "streams_tables",
        # Django takes a name that is quoted already as it is: this is how it is given a schema.
        "db_table": f'"{SCHEMA}"."{table.name}"',
        "apps": Apps(),
    }
    body = {
        **fields,
        "event": event,
        # Time comes first: the key is the index on time as well, and a hypertable can have it.
        "pk": models.CompositePrimaryKey(axis, "event"),
        "__module__": __name__,
        "Meta": type("Meta", (), meta),
    }
    return type("Row", (models.Model,), body)


def _field(name: str, type_: str, *, is_axis: bool) -> "models.Field[Any, Any]":
    if is_axis:
        return TimescaleDateTimeField(interval=CHUNK, db_column=name)  # type: ignore[no-any-return]
    made: dict[str, type[models.Field[Any, Any]]] = {
        "time": models.DateTimeField,
        "number": models.FloatField,
        "text": models.TextField,
        "boolean": models.BooleanField,
    }
    return made[type_](db_column=name, null=True)


def exists(table: Table) -> bool:
    """Whether the table is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f'"{SCHEMA}"."{table.name}"'])
        (found,) = cursor.fetchone()
        return bool(found)
