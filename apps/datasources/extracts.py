"""Copies of a dataset's rows in our own files, taken on a schedule, which charts then ask.

For sources that are slow, and for web addresses, which cannot be asked at all. A copy is made
beside the old one and takes its place when it is whole; when that fails, the old one stays and the
extract says why. With `incremental_by` only rows from the watermark on are fetched: those that are
exactly at it are fetched again, so that none is lost or doubled; older rows that change at the
source are not noticed.
"""

import logging
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from redis.exceptions import LockError

from apps.core import redis
from apps.core.errors import TooLarge, UserError
from apps.datasources import services
from apps.datasources.compiler import Compiled
from apps.datasources.connectors import BUILT_IN
from apps.datasources.connectors.errors import SourceRefused
from apps.datasources.copies import Copy, Parts, can_be_continued
from apps.datasources.definition import Definition, definition
from apps.datasources.fetching import Wanted, fetched
from apps.datasources.models import Dataset, Extract
from apps.datasources.query import Query
from apps.datasources.sources import connection_of

logger = logging.getLogger(__name__)
EVERY_MINUTES = (5, 60 * 24 * 31)


# -- what pages call


@transaction.atomic
def schedule_extract(dataset: Dataset, every_minutes: int, incremental_by: str = "") -> Extract:
    """Copy the dataset's rows from now on; the first copy is taken within a minute.

    Raises UserError on "every_minutes" and "incremental_by".
    """
    fewest, most = EVERY_MINUTES
    if dataset.source.kind in BUILT_IN:
        message = _("The rows of this dataset are in our own store already.")
        raise UserError(message, field="dataset", code="invalid_extract")
    if not fewest <= every_minutes <= most:
        message = _("Choose from %(fewest)s to %(most)s minutes.")
        parts = {"fewest": fewest, "most": most}
        raise UserError(message % parts, field="every_minutes", code="invalid_extract")
    if incremental_by:
        column = dataset.columns.filter(name=incremental_by).first()
        if column is None or column.type not in ("time", "number"):
            message = _("New rows are told by a column of times or numbers.")
            raise UserError(message, field="incremental_by", code="invalid_extract")
    extract, made = Extract.objects.get_or_create(dataset=dataset)
    if not made and extract.incremental_by != incremental_by:
        extract.watermark = ""  # the next copy is a whole one
    extract.every_minutes, extract.incremental_by = every_minutes, incremental_by
    extract.save()
    return extract


@transaction.atomic
def end_extract(dataset: Dataset) -> None:
    """Ask the source itself again. Raises UserError where it cannot be asked."""
    if dataset.source.kind == "http":
        message = _("Rows from a web address are always copied. Copy them less often instead.")
        raise UserError(message, field="dataset", code="invalid_extract")
    extract = Extract.objects.filter(dataset=dataset).first()
    if extract is None:
        return
    if extract.file:
        transaction.on_commit(partial(services.forget_file, extract.file))
    extract.delete()
    services.touch_dataset(dataset)


def take_now(dataset: Dataset, whole: bool = False) -> int | None:
    """Have a copy taken at the next minute; an edge may hand the returned id to the task at once.

    whole: fetch all rows again, also with `incremental_by`. None if there is no extract.
    """
    changes: dict[str, Any] = {"started_at": None} | ({"watermark": ""} if whole else {})
    Extract.objects.filter(dataset=dataset).update(**changes)
    return Extract.objects.filter(dataset=dataset).values_list("pk", flat=True).first()


def due(now: datetime | None = None) -> list[int]:
    """The extracts whose time has come."""
    at = now or datetime.now(UTC)
    found = Extract.objects.values_list("pk", "started_at", "every_minutes")
    return [
        pk
        for pk, started_at, minutes in found
        if started_at is None or started_at + timedelta(minutes=minutes) <= at
    ]


def not_yet_copied(query: Query, shape: Definition, *others: Any, **more: Any) -> Compiled:
    """What a web address answers to a question: it is never asked, only copied."""
    message = _("The rows of this dataset are still to be copied. Try again in a minute.")
    raise SourceRefused(message, field="dataset")


# -- taking one


@dataclass(frozen=True, slots=True)
class _Start:
    """What an extract was when its copy began."""

    extract: Extract
    dataset: Dataset
    shape: Definition
    watermark: str


def take(extract: Extract) -> None:
    """Take a copy. A failure is written down, not raised. Does nothing while another one runs."""
    lock = redis.client().lock(
        f"sightline:extract:{extract.dataset_id}", timeout=settings.EXTRACT_TIMEOUT_S + 120
    )
    if not lock.acquire(blocking=False):
        return
    try:
        Extract.objects.filter(pk=extract.pk).update(started_at=datetime.now(UTC))
        problem = _try(extract)
        Extract.objects.filter(pk=extract.pk).update(
            problem=problem[:300], finished_at=datetime.now(UTC)
        )
    finally:
        try:
            lock.release()
        except LockError:  # it has run out
            logger.warning("extract %s took longer than its lock", extract.pk)


def _try(extract: Extract) -> str:
    """Take the copy; what went wrong, in words."""
    try:
        _take(extract)
    except UserError as error:
        logger.warning("extract %s failed: %s", extract.pk, error.code)
        return error.message
    except SoftTimeLimitExceeded:
        logger.warning("extract %s took too long", extract.pk)
        return _("Copying took too long. Copy fewer columns, or only new rows.")
    except Exception:
        logger.exception("extract %s failed", extract.pk)
        return _("Copying failed by a fault of ours. It is tried again at the next time.")
    return ""


def _take(extract: Extract) -> None:
    dataset = Dataset.objects.select_related("source").get(pk=extract.dataset_id)
    extract = Extract.objects.get(pk=extract.pk)
    shape = source_definition(dataset)
    is_whole = not can_be_continued(extract, shape)
    start = _Start(extract, dataset, shape, "" if is_whole else extract.watermark)
    settings.UPLOAD_DRAFTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.UPLOAD_DRAFTS, prefix="extract-") as folder:
        parts = Parts(Path(folder), shape)
        wanted = Wanted(shape, extract.incremental_by, start.watermark)
        for table in fetched(connection_of(dataset.source), wanted):
            parts.add(table)
            _check_rows(parts.row_count)
        copy = parts.joined(
            services.new_file(),
            by=extract.incremental_by,
            old=extract.file if start.watermark else "",
            watermark=start.watermark,
        )
    try:
        _check_rows(copy.row_count)
        _register(start, copy)
    except BaseException:
        (settings.UPLOADS / copy.file).unlink(missing_ok=True)
        raise


def source_definition(dataset: Dataset) -> Definition:
    """The dataset as its source has it, whatever copy there is."""
    return replace(
        definition.__wrapped__(dataset.pk, dataset.version),  # as it is now, not as it was kept
        source_kind=dataset.source.kind,
        relation=dataset.relation,
        sql=dataset.sql,
        options=orjson.dumps(dataset.options, option=orjson.OPT_SORT_KEYS).decode(),
    )


@transaction.atomic
def _register(start: _Start, copy: Copy) -> None:
    """Let the new copy take the old one's place."""
    extract = Extract.objects.select_for_update().filter(pk=start.extract.pk).first()
    if extract is None:
        raise UserError(_("The extract was ended meanwhile."), code="ended")
    names = set(start.dataset.columns.values_list("name", "type"))
    if names != {(column.name, column.type) for column in start.shape.columns}:
        Extract.objects.filter(pk=extract.pk).update(started_at=None)
        raise UserError(_("The columns changed meanwhile. It is copied again."), code="changed")
    if extract.file:
        transaction.on_commit(partial(services.forget_file, extract.file))
    extract.file, extract.row_count = copy.file, copy.row_count
    if extract.incremental_by == start.extract.incremental_by:
        extract.watermark = copy.watermark
    extract.save(update_fields=["file", "row_count", "watermark"])
    Dataset.objects.filter(pk=start.dataset.pk).update(
        row_count=copy.row_count, data_from=copy.data_from, data_to=copy.data_to
    )
    services.touch_dataset(start.dataset)


def _check_rows(count: int) -> None:
    most = settings.EXTRACT_MAX_ROWS
    if count > most:
        message = _("There are more than %(n)s rows. Copy fewer: narrow the dataset by SQL.")
        raise TooLarge(message % {"n": f"{most:,}"}, field="dataset")
