"""Writes of sources: tried, kept, changed and ended; and how they fare."""

import secrets as random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import Conflict, UserError
from apps.datasources import breaker, services, sources, twins
from apps.datasources.connectors import connector
from apps.datasources.connectors.base import Connection
from apps.datasources.models import Dataset, Source


@dataclass(frozen=True, slots=True)
class Tried:
    """A connection that worked: how long it took to sign in, and what there is to read."""

    took_ms: int
    relations: int


def try_connection(connection: Connection) -> Tried:
    """Reach the source, sign in and look around. Raises UserError; its field names a setting."""
    module = connector(connection.kind)
    started = time.perf_counter()
    module.check(connection)
    took_ms = round((time.perf_counter() - started) * 1000)
    return Tried(took_ms, len(module.relations(connection)))


def try_source(source: Source) -> Tried:
    """The same for a kept source; how it fares is kept. Raises UserError."""
    try:  # as a source that is not kept yet, so that no connection of before is used
        tried = try_connection(
            sources.connection_to(source.kind, source.settings, source.password())
        )
    except UserError as error:
        breaker.note_failure(source.pk, error.message)
        raise
    breaker.note_answer(source.pk)
    return tried


@transaction.atomic
def save_source(
    source: Source, *, name: str, details: Mapping[str, Any], secret: str | None = None
) -> Source:
    """Keep a new or changed source, whose settings were checked. secret: None keeps the old one.

    Raises UserError for a name that is taken, and for a kept secret that was given for another
    address.
    """
    is_new = source._state.adding
    twins = Source.objects.filter(workspace=source.workspace_id, name=name).exclude(pk=source.pk)
    if twins.exists():
        message = _("There is a source of this name already.")
        raise UserError(message, field="name", code="exists")
    keeps = not is_new and secret is None and source.secret
    if keeps and sources.has_moved(source.kind, source.settings, details):
        message = _("Type the secret again: it was given for another address.")
        raise UserError(message, field="password", code="invalid_source")
    gone = set() if is_new else _files(source.kind, source.settings) - _files(source.kind, details)
    source.name, source.settings = name, dict(details)
    source.save()
    if secret is not None:
        source.set_password(secret)
        source.save(update_fields=["secret"])
    transaction.on_commit(partial(breaker.close, source.pk))  # what failed may be mended now
    for dataset in source.datasets.all():
        services.touch_dataset(dataset)
    for file in gone:
        services.forget_file(file)
    return source


def _using(source: Source) -> QuerySet[Dataset]:
    rows = source.datasets.select_related("workspace", "source")
    return rows.order_by("name", "relation", "pk")[:20]


@transaction.atomic
def delete_source(source: Source) -> None:
    """End a source that nothing is made of. Raises Conflict with the datasets that are."""
    names = twins.names(list(_using(source)))
    if names:
        message = _("“%(source)s” is used by %(names)s. Delete these datasets first.")
        words = {"source": source.name, "names": ", ".join(names)}
        raise Conflict(message % words, code="in_use")
    for file in _files(source.kind, source.settings):
        services.forget_file(file)
    source.delete()


def keep_file(kind: str, file: UploadedFile[bytes]) -> str:
    """Put the file of a source among our uploads, under a name that nobody can guess."""
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    name = f"{random.token_hex(16)}{getattr(connector(kind), 'ENDING', '.source')}"
    with (settings.UPLOADS / name).open("wb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    return name


def drop_file(name: str) -> None:
    """Remove a file that became no source."""
    with suppress(FileNotFoundError):
        (settings.UPLOADS / name).unlink()


def _files(kind: str, details: Mapping[str, Any]) -> set[str]:
    """The names of a source's own files."""
    names = [each.name for each in sources.settings_of(kind) if sources.is_file(each)]
    return {str(details[name]) for name in names if details.get(name)}
