"""Sealed secrets under a new FIELD_KEY: how many are under which key, and sealing them anew."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from apps.datasources import secrets
from apps.datasources.models import Source

BATCH = 200


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed field of a model. about: what a row's secret is bound to, as a format of its pk."""

    model: type[models.Model]
    field: str
    about: str


# Every sealed field that there is; a test looks for binary fields that are not here.
SEALED = (Sealed(Source, "secret", "source:{pk}"),)


@dataclass(slots=True)
class Counts:
    """What became of them. closed: names of what cannot be opened with any of the keys."""

    newest: int = 0
    old: int = 0
    closed: list[str] = field(default_factory=list)


def counted() -> Counts:
    """How many secrets are under the newest key, and how many under old ones. Nothing changes."""
    found = Counts()
    for sealed, row in _rows():
        _count(found, sealed, row)
    return found


def reseal() -> Counts:
    """Seal what is under an old key with the newest. `old` counts those that were sealed anew.

    Each row is written by itself, and only if it still holds what was read: a run that is broken
    off has lost nothing, the next one goes on, and a password that is set meanwhile stays.
    """
    found = Counts()
    for sealed, row in _rows():
        text = _count(found, sealed, row)
        if text is not None:
            about, kept = sealed.about.format(pk=row.pk), getattr(row, sealed.field)
            same = sealed.model._default_manager.filter(pk=row.pk, **{sealed.field: kept})
            same.update(**{sealed.field: secrets.seal(text, about=about)})
    return found


def _count(found: Counts, sealed: Sealed, row: Any) -> str | None:
    """Put one secret into its count; its text if it is under an old key."""
    kept = bytes(getattr(row, sealed.field))
    try:
        text, age = secrets.opened(kept, about=sealed.about.format(pk=row.pk))
    except secrets.Tampered:
        name = sealed.model._meta.verbose_name
        found.closed.append(f"{name} {row.pk} ({row})")
        return None
    if age == 0:
        found.newest += 1
        return None
    found.old += 1
    return text


def _rows() -> Iterator[tuple[Sealed, Any]]:
    """Every row that holds a secret, by number and in batches, so that memory is bounded."""
    for sealed in SEALED:
        rows = sealed.model._default_manager.exclude(**{sealed.field: None}).order_by("pk")
        after = 0
        while batch := list(rows.filter(pk__gt=after)[:BATCH]):
            for row in batch:
                if getattr(row, sealed.field):
                    yield sealed, row
            after = batch[-1].pk
