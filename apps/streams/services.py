"""Every write of streams: a stream comes to be, rows arrive, old rows go."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import RestrictedError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Workspace
from apps.core.errors import Conflict, UserError
from apps.core.events import announce
from apps.core.window import Window
from apps.datasources import services as datasources
from apps.datasources.definition import Definition, definition
from apps.datasources.models import Column, Dataset, Source, name_validator
from apps.datasources.signals import rows_recorded
from apps.streams import tables
from apps.streams.models import Batch, Stream
from apps.streams.tables import Table
from apps.streams.values import JUDGES

EVENT_ID = "event_id"  # optional in every row: the sender's own name for it
MOST_ERRORS = 100
MOST_COLUMNS = 200
KEEP_KEYS = timedelta(days=7)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one row: its index from 0, the column, and the remedy."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The answer to a batch. `errors` are the first hundred of `rejected` rows."""

    accepted: int
    duplicates: int
    rejected: int = 0
    errors: list[RowError] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As the API answers."""
        errors = [{"row": e.row, "column": e.column, "message": e.message} for e in self.errors]
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "errors": errors,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Recorded":
        """The reverse of as_json."""
        errors = [RowError(**item) for item in data["errors"]]
        return cls(data["accepted"], data["duplicates"], data["rejected"], errors)


@transaction.atomic
def create_stream(
    workspace: Workspace,
    *,
    name: str,
    slug: str,
    columns: Sequence[Mapping[str, Any]],
    time_column: str,
    measures: Iterable[Mapping[str, Any]] = (),
    description: str = "",
    retention_days: int | None = None,
) -> Stream:
    """A stream with its dataset and its empty table.

    columns: {"name", "type", and any of "label", "unit", "format"}; types are those of Column.
    measures: Measure fields; a ratio names its parts. Raises UserError with the wrong field, and
    Conflict for a slug that is taken.
    """
    types = _declared(columns, time_column)
    taken = Dataset.objects.filter(workspace=workspace, slug=slug)
    if Stream.objects.filter(slug=slug).exists() or taken.exists():
        raise Conflict(_("This short name is taken."), field="slug", code="slug_taken")
    dataset = Dataset(
        workspace=workspace,
        source=datasources.source_of_kind(workspace, Source.Kind.STORE),
        name=name,
        slug=slug,
        description=description,
        kind=Dataset.Kind.STREAM,
        time_column=time_column,
    )
    stream = Stream(dataset=dataset, slug=slug, retention_days=retention_days)
    try:
        dataset.full_clean(exclude=["relation"])
        stream.full_clean(exclude=["dataset"])
        dataset.save()
        # The number keeps it apart from the table of an older stream of that name.
        dataset.relation = f"{tables.SCHEMA}.{slug}_{dataset.pk}"
        dataset.save(update_fields=["relation"])
        stream.save()
        words = {c["name"]: {k: v for k, v in c.items() if k != "name"} for c in columns}
        datasources.define_columns(dataset, types, words)
        datasources.define_measures(dataset, measures)
    except ValidationError as error:
        raise _as_user_error(error) from error
    tables.create(Table(dataset.relation, time_column, tuple(types.items())))
    return stream


@transaction.atomic
def add_column(stream: Stream, column: Mapping[str, Any]) -> None:
    """One more column; it is missing in the rows that are there. Raises UserError."""
    table = table_of(stream)
    known = dict(table.columns)
    declared = [{"name": name, "type": type_} for name, type_ in table.columns]
    types = _declared([*declared, column], table.time_column)
    tables.add_column(table, column["name"], types[column["name"]])
    words = {column["name"]: {k: v for k, v in column.items() if k != "name"}}
    datasources.define_columns(stream.dataset, {**known, **types}, words)
    datasources.touch_dataset(stream.dataset)


@transaction.atomic
def drop_stream(stream: Stream) -> None:
    """Remove the stream, its dataset and its rows. Raises Conflict while widgets show it."""
    table = table_of(stream)
    try:
        stream.dataset.delete()
    except RestrictedError as error:
        message = _("Widgets show this stream. Remove them first.")
        raise Conflict(message, code="in_use") from error
    tables.drop(table)


def record_events(
    stream: Stream, rows: Sequence[Row], idempotency_key: str | None = None
) -> Recorded:
    """Store what fits, durably, then tell the hub and the apps above.

    A row that does not fit is named in the answer and sinks no other. A row whose time and
    `event_id` are stored already changes nothing. The same key gives the same answer, however
    often and however parallel it is sent; another body under it raises Conflict.
    """
    with transaction.atomic():
        _be_durable()
        if idempotency_key is None:
            return _store(stream, rows)
        key = _checked_key(idempotency_key)
        body_hash = _hash(rows)
        with connection.cursor() as cursor:  # the same key at the same time waits here
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [stream.pk, key])
        if batch := Batch.objects.filter(stream=stream, key=key).first():
            if batch.body_hash != body_hash:
                message = _("This key came with other rows before. Take a new one.")
                raise Conflict(message, field="Idempotency-Key", code="key_reused")
            return Recorded.from_json(batch.answer)
        recorded = _store(stream, rows)
        Batch.objects.create(stream=stream, key=key, body_hash=body_hash, answer=recorded.as_json())
        return recorded


def drop_old_rows(now: datetime | None = None) -> int:
    """Remove what is past its stream's retention, and keys past their week. Returns rows."""
    now = now or timezone.now()
    Batch.objects.filter(created_at__lt=now - KEEP_KEYS).delete()
    removed = 0
    for stream in Stream.objects.filter(retention_days__isnull=False).select_related("dataset"):
        before = now - timedelta(days=stream.retention_days or 0)
        removed += tables.delete_before(table_of(stream), before)
    return removed


def table_of(stream: Stream) -> Table:
    """Where the stream's rows are."""
    return _table(definition(stream.dataset_id, stream.dataset.version))


def _table(shape: Definition) -> Table:
    columns = tuple((column.name, column.type) for column in shape.columns)
    return Table(shape.relation, shape.time_column, columns)


def _store(stream: Stream, rows: Sequence[Row]) -> Recorded:
    table = table_of(stream)
    good, events, errors = judged(table, rows)
    stored = tables.copy_into(table, good, events)
    if stored:
        axis = [name for name, _type in table.columns].index(table.time_column)
        times = [values[axis] for values in good]
        window = Window(min(times), max(times) + timedelta(milliseconds=1))
        announce(rows_recorded, dataset_id=stream.dataset_id, window=window, rows=stored)
    return Recorded(stored, len(good) - stored, len(errors), errors[:MOST_ERRORS])


def judged(
    table: Table, rows: Sequence[Row]
) -> tuple[list[list[Any]], list[str | None], list[RowError]]:
    """Rows that fit, as values in the order of the columns, their event ids, and the errors."""
    judges = {name: JUDGES[type_] for name, type_ in table.columns}
    good: list[list[Any]] = []
    events: list[str | None] = []
    errors: list[RowError] = []
    for index, row in enumerate(rows):
        try:
            values = _values(row, judges, table.time_column)
            events.append(_event(row.get(EVENT_ID)))
            good.append(values)
        except _Misfit as error:
            errors.append(RowError(index, error.column, error.message))
    return good, events, errors


class _Misfit(Exception):
    """One value that its column cannot take."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column, self.message = column, message


def _values(row: Row, judges: Mapping[str, Callable[[Any], Any]], time_column: str) -> list[Any]:
    if row.get(time_column) is None:
        raise _Misfit(time_column, _("Every row needs its time."))
    if unknown := row.keys() - judges.keys() - {EVENT_ID}:
        raise _Misfit(min(map(str, unknown))[:63], _("The stream has no such column."))
    values: list[Any] = []
    for column, judge in judges.items():
        value = row.get(column)
        try:
            values.append(None if value is None else judge(value))
        except ValueError as error:
            raise _Misfit(column, str(error)) from error
    return values


def _event(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | int) or isinstance(value, bool) or len(str(value)) > 200:
        raise _Misfit(EVENT_ID, _("An event id is a text of at most 200 characters."))
    return str(value)


def _declared(columns: Sequence[Mapping[str, Any]], time_column: str) -> dict[str, str]:
    """name -> type of columns that a stream can have. Raises UserError on "columns"."""
    if not 1 <= len(columns) <= MOST_COLUMNS:
        message = _("A stream has 1 to %(most)s columns.") % {"most": MOST_COLUMNS}
        raise UserError(message, field="columns")
    types: dict[str, str] = {}
    for column in columns:
        name, type_ = column.get("name"), column.get("type")
        try:
            name_validator(name)
        except ValidationError as error:
            raise _as_user_error(error, "columns") from error
        if name in types or name == EVENT_ID:
            message = _("The name “%(name)s” is taken.") % {"name": name}
            raise UserError(message, field="columns")
        if type_ not in Column.Type.values:
            message = _("The type of “%(name)s” is one of %(types)s.")
            values = {"name": name, "types": ", ".join(Column.Type.values)}
            raise UserError(message % values, field="columns")
        types[str(name)] = str(type_)
    if types.get(time_column) != Column.Type.TIME:
        message = _("Name a column of type “time” as the time column.")
        raise UserError(message, field="time_column")
    return types


def _be_durable() -> None:
    """An acknowledged row outlives a crash, whatever the server's default is."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")


def _checked_key(key: str) -> str:
    if not 0 < len(key) <= 120 or not key.isprintable():
        message = _("An idempotency key is a text of 1 to 120 characters.")
        raise UserError(message, field="Idempotency-Key")
    return key


def _hash(rows: Sequence[Row]) -> str:
    try:
        text = orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # a whole number that has no 64 bits
        text = repr(rows).encode("utf-8", "backslashreplace")
    return hashlib.sha256(text).hexdigest()


def _as_user_error(error: ValidationError, field: str = "") -> UserError:
    if not field and hasattr(error, "error_dict"):
        field = next(iter(error.error_dict))
    return UserError(str(error.messages[0]), field=field or None)
