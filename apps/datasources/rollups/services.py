"""Roll-ups come and go: made of what is asked often, dropped, made again, switched off."""

import logging
from dataclasses import replace

import duckdb
from django.conf import settings
from django.db import transaction
from redis.exceptions import LockError

from apps.core import redis
from apps.core.errors import UserError
from apps.datasources.conditions import Condition
from apps.datasources.definition import Definition, definition
from apps.datasources.models import Dataset
from apps.datasources.plans import Plan
from apps.datasources.query import Query
from apps.datasources.rollups import asked, building, kept, matching
from apps.datasources.rollups.kept import Kept
from apps.datasources.rollups.shapes import Rollup, Wanted

logger = logging.getLogger(__name__)
SMALLER = 10  # times smaller than the rows, or it is not worth it
MOST_JOINED = 20  # what is asked most often of one dataset is looked at, at one time
MOST_KEPT = 12  # roll-ups of one file


def note(query: Query, shape: Definition, policies: tuple[Condition, ...], plan: Plan) -> None:
    """Count a question that the rows have answered, if they are many and a roll-up could have."""
    if plan.main.rollup or not kept.has_file(shape):
        return
    if kept.rows_in(shape.relation) < settings.ROLLUP_MIN_ROWS:
        return
    if wanted := matching.wanted(query, shape, policies):
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
    gone = [each for each in kept.kept(shape.relation).rollups if each.file == name]
    _without(shape.relation, gone)
    asked.forget(dataset.pk)


@transaction.atomic
def switch(dataset: Dataset, has_rollups: bool) -> None:
    """Keep roll-ups of this dataset, or none."""
    dataset.has_rollups = has_rollups
    dataset.save(update_fields=["has_rollups"])
    if not has_rollups:
        shape = shape_of(dataset)
        _without(shape.relation, list(kept.kept(shape.relation).rollups))
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
    count = kept.rows_in(shape.relation) if kept.has_file(shape) else 0
    if dataset.has_rollups and count:
        old = kept.kept(shape.relation)
        if again:
            kept.change(shape.relation, lambda now: replace(now, refused=()))
            wishes = [*(each.holds for each in old.rollups), *wishes]
            old = Kept()
        known = {column.name for column in shape.columns}
        wishes = [each for each in wishes if {each.time, *each.columns} - {""} <= known]
        open_ = [each for each in wishes if not _is_settled(each, old)]
        for each in _chosen(shape, open_[:MOST_JOINED], count // SMALLER):
            _make(shape, each, count // SMALLER)
    asked.done(dataset_id, wishes)


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
    try:
        return building.size_of(shape, wish) <= most
    except (UserError, duckdb.Error) as error:
        logger.warning("roll-up of dataset %s not counted: %s", shape.dataset_id, _kind(error))
        return False


def _make(shape: Definition, wish: Wanted, most: int) -> None:
    try:
        made = building.build(shape, wish, most)
    except (UserError, duckdb.Error) as error:
        logger.warning("roll-up of dataset %s not made: %s", shape.dataset_id, _kind(error))
        made = None
    if made is None:
        _refuse(shape, wish)
        return
    gone: list[Rollup] = []

    def with_it(now: Kept) -> Kept:
        gone.extend(each for each in now.rollups if matching.holds(wish, each.holds))
        left = [each for each in now.rollups if each not in gone]
        gone.extend(left[: -MOST_KEPT + 1])  # the oldest
        return replace(now, rollups=(*left[-MOST_KEPT + 1 :], made))

    kept.change(shape.relation, with_it)
    kept.remove(each.file for each in gone)
    logger.info("roll-up of dataset %s: %s rows", shape.dataset_id, made.row_count)


def _refuse(shape: Definition, wish: Wanted) -> None:
    kept.change(shape.relation, lambda now: replace(now, refused=(*now.refused, wish)))


def _without(file: str, gone: list[Rollup]) -> None:
    if not gone:
        return

    def without_them(now: Kept) -> Kept:
        return replace(now, rollups=tuple(each for each in now.rollups if each not in gone))

    kept.change(file, without_them)
    kept.remove(each.file for each in gone)


def _kind(error: Exception) -> str:
    return error.code if isinstance(error, UserError) else type(error).__name__
