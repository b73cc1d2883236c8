"""Roll-ups come and go: made of what is asked often, dropped, made again, switched off."""

import logging
from dataclasses import replace
from functools import partial
from typing import Any

import duckdb
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import LockError

from apps.core import redis
from apps.core.errors import UserError
from apps.datasources.conditions import Condition
from apps.datasources.definition import Definition, definition
from apps.datasources.models import Dataset
from apps.datasources.plans import Plan
from apps.datasources.query import Query
from apps.datasources.rollups import asked, building, continuous, kept, matching
from apps.datasources.rollups.kept import Kept
from apps.datasources.rollups.shapes import Rollup, Wanted

logger = logging.getLogger(__name__)
SMALLER = 10  # times smaller than the rows, or it is not worth it
MOST_JOINED = 20  # what is asked most often of one dataset is looked at, at one time
MOST_KEPT = 12  # roll-ups of one dataset
LEFT_STREAM = 200  # times that the rows answer before a stream is looked at again for the same
LEFT_FAILED = 20  # the same, for what could not be made
FAILURES = (UserError, duckdb.Error, DatabaseError)


def offered(shape: Definition) -> Definition:
    """The dataset with the roll-ups that may be asked in place of its rows."""
    found = rollups_of(shape)
    return replace(shape, rollups=found) if found else shape


def rollups_of(shape: Definition) -> tuple[Rollup, ...]:
    """All that there are; those of a stream only as far as some of them is up to date."""
    if kept.has_file(shape):
        return kept.kept(shape.relation).rollups
    return continuous.kept(shape.relation) if can_have(shape) else ()


def can_have(shape: Definition) -> bool:
    """Whether its rows lie here, in a file or in a hypertable."""
    return kept.has_file(shape) or (bool(settings.ROLLUP_MIN_ROWS) and continuous.has_table(shape))


def note(query: Query, shape: Definition, policies: tuple[Condition, ...], plan: Plan) -> None:
    """Count a question that the rows have answered, if they are many and a roll-up could have."""
    if plan.main.rollup or not can_have(shape):
        return
    if kept.has_file(shape) and kept.rows_in(shape.relation) < settings.ROLLUP_MIN_ROWS:
        return
    wanted = matching.wanted(query, shape, policies)
    if (
        wanted is None
        or wanted in _refused(shape)
        or (shape.is_stream and not _is_over_time(wanted, query, shape))
    ):
        return
    asked.note(shape.dataset_id, wanted)


def due() -> list[int]:
    """The datasets of which something is asked often that no roll-up answers yet."""
    return asked.datasets()


def keep_up(dataset_id: int, again: bool = False) -> None:
    """Make the roll-ups that are wanted; again: all that there are anew. Safe to run twice."""
    lock = redis.client().lock(
        f"sightline:rollups:{dataset_id}:made", timeout=settings.ROLLUP_TIMEOUT_S + 120
    )
    if not lock.acquire(blocking=False):
        return
    try:
        _keep_up(dataset_id, again)
    finally:
        try:
            lock.release()
        except LockError:  # it has run out
            logger.warning("roll-ups of dataset %s took longer than their lock", dataset_id)


def drop(dataset: Dataset, name: str) -> None:
    """Let one go. It comes back if charts go on asking for it."""
    shape = shape_of(dataset)
    _without(shape, [each for each in rollups_of(shape) if each.file == name])
    asked.forget(dataset.pk)


def switch(dataset: Dataset, has_rollups: bool) -> None:
    """Keep roll-ups of this dataset, or none. Not within a transaction."""
    dataset.has_rollups = has_rollups
    dataset.save(update_fields=["has_rollups"])
    if not has_rollups:  # one that is being made looks at the switch once it is done
        shape = shape_of(dataset)
        _without(shape, list(rollups_of(shape)))
        asked.forget(dataset.pk)


def shape_of(dataset: Dataset) -> Definition:
    """The dataset as it is now, not as it was kept."""
    found: Definition = definition.__wrapped__(dataset.pk, dataset.version)
    return found


def _keep_up(dataset_id: int, again: bool) -> None:
    dataset = Dataset.objects.filter(pk=dataset_id).first()
    if dataset is None:
        asked.forget(dataset_id)
        return
    shape, wishes = shape_of(dataset), asked.often(dataset_id)
    failed: list[Wanted] = []
    if dataset.has_rollups and (count := _row_count(shape)) >= settings.ROLLUP_MIN_ROWS:
        old = Kept(rollups_of(shape), _refused(shape))
        if again:
            wishes = [*(each.holds for each in old.rollups), *old.refused, *wishes]
            old = Kept()
        known = {column.name for column in shape.columns}
        wishes = [each for each in wishes if {each.time, *each.columns} - {""} <= known]
        open_ = [each for each in wishes if not _is_settled(each, old)]
        try:
            for each in _chosen(shape, open_[:MOST_JOINED], count // SMALLER):
                _make(shape, each, count // SMALLER)
        except FAILURES as error:  # which may pass: it is tried again, though not at once
            logger.warning("roll-ups of dataset %s not made: %s", dataset_id, _kind(error))
            failed = open_
    asked.done(dataset_id, failed, left=LEFT_FAILED)
    done = [each for each in wishes if each not in failed]
    asked.done(dataset_id, done, left=LEFT_STREAM if shape.is_stream else 1)


def _refused(shape: Definition) -> tuple[Wanted, ...]:
    return () if shape.is_stream else kept.kept(shape.relation).refused


def _is_over_time(wanted: Wanted, query: Query, shape: Definition) -> bool:
    return bool(query.window) and wanted.time == query.time == shape.time_column


def _row_count(shape: Definition) -> int:
    if kept.has_file(shape):
        return kept.rows_in(shape.relation)
    return continuous.row_count(shape.relation) if can_have(shape) else 0


def _is_settled(wish: Wanted, old: Kept) -> bool:
    """Whether there is one that holds it, or it has been found not to be worth it."""
    return wish in old.refused or any(matching.holds(each.holds, wish) for each in old.rollups)


def _chosen(shape: Definition, wishes: list[Wanted], most: int) -> list[Wanted]:
    """The wishes, put together as long as what comes of it stays small. The others are refused."""
    found: list[Wanted] = []
    for wish in wishes:
        if any(matching.holds(each, wish) for each in found):
            continue
        for at, each in enumerate(found):
            both = matching.joined(each, wish)
            if both and _is_small(shape, both, most):
                found[at] = both
                break
        else:
            if _is_small(shape, wish, most):
                found.append(wish)
            else:
                _refuse(shape, wish)
    return found


def _is_small(shape: Definition, wish: Wanted, most: int) -> bool:
    size: int = _maker(shape).size_of(shape, wish)
    return size <= most


def _make(shape: Definition, wish: Wanted, most: int) -> None:
    made = _maker(shape).build(shape, wish, most)
    if made is None:
        _refuse(shape, wish)
        return
    old = [each for each in rollups_of(shape) if each.file != made.file]
    gone = [each for each in old if matching.holds(wish, each.holds)]
    gone += [each for each in old if each not in gone][: -MOST_KEPT + 1]  # the oldest
    if not shape.is_stream:
        kept.change(shape.relation, lambda now: replace(now, rollups=(*now.rollups, made)))
    if not Dataset.objects.filter(pk=shape.dataset_id, has_rollups=True).exists():
        gone.append(made)  # switched off meanwhile
    _without(shape, gone)
    logger.info("roll-up of dataset %s: %s rows", shape.dataset_id, made.row_count)


def _maker(shape: Definition) -> Any:
    return continuous if shape.is_stream else building


def _refuse(shape: Definition, wish: Wanted) -> None:
    if not shape.is_stream:
        kept.change(shape.relation, partial(_kept_refusing, wish))


def _without(shape: Definition, gone: list[Rollup]) -> None:
    names = {each.file for each in gone}
    if shape.is_stream:
        continuous.drop(names)
    elif names:
        kept.change(shape.relation, partial(_kept_without, names))
        kept.remove(names)


def _kept_refusing(wish: Wanted, now: Kept) -> Kept:
    return replace(now, refused=(*(each for each in now.refused if each != wish), wish))


def _kept_without(names: set[str], now: Kept) -> Kept:
    return replace(now, rollups=tuple(each for each in now.rollups if each.file not in names))


def _kind(error: Exception) -> str:
    return error.code if isinstance(error, UserError) else type(error).__name__
