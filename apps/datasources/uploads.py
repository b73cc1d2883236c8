"""Uploads: a file becomes a draft, a draft that was confirmed becomes a dataset.

Drafts lie apart from the rows of datasets, so that no query reaches them, under generated names.
What reads a file is apps/datasources/reading, in a process of its own (upload_child.py).
"""

import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.db import transaction
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext as _
from redis.exceptions import LockError

from apps.accounts.models import User, Workspace
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE
from apps.core import redis
from apps.core.errors import Conflict, NotFound, TooLarge
from apps.datasources import services, upload_child, upload_shape
from apps.datasources.models import Dataset
from apps.datasources.rollups import kept as rollups
from apps.datasources.upload_measures import first_measures

DRAFT_KEEP_S = 24 * 3600
HEAD_BYTES = 1024**2  # of a request, beside its file
RESERVED = ("upload", "sources", "sql", "explore", "calendar")  # slugs that are paths of our own
TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that was read and waits to be confirmed.

    columns: [{"key", "name", "label", "type", "kind", "examples", "filled", ...}] as the reader
    described them; sample: the first rows, as texts. kind: "table", "json", "workbook", "parquet";
    found: how it was read, options: how that was wished. into: the dataset that it was uploaded
    for.
    """

    token: str
    user_id: int
    workspace_id: int
    file_name: str
    size: int
    rows: int
    columns: list[dict[str, Any]]
    sample: list[list[str]]
    kind: str
    found: dict[str, Any]
    options: dict[str, str] = field(default_factory=dict)
    into: int | None = None

    @property
    def title(self) -> str:
        """A name for a dataset, from the file's."""
        stem = re.sub(r"[\W_]+", " ", Path(self.file_name).stem).strip()
        return (stem[:1].upper() + stem[1:])[:120] or str(_("Upload"))

    def typed(self, types: Mapping[str, str]) -> list[dict[str, Any]]:
        """The columns with the types that were chosen, by key."""
        return [each | {"type": types.get(each["key"]) or each["type"]} for each in self.columns]

    @property
    def folder(self) -> Path:
        """Where its rows lie."""
        return Path(settings.UPLOAD_DRAFTS) / self.token


@dataclass(frozen=True, slots=True)
class Choice:
    """What was confirmed. types and aggregates are by column key; aggregate "" makes no measure."""

    name: str
    types: Mapping[str, str]
    time_column: str = ""
    aggregates: Mapping[str, str] | None = None
    target: Dataset | None = None
    is_append: bool = False


class UploadLimit(FileUploadHandler):
    """Stops a request whose files are larger than the limit, while it arrives."""

    taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count, and stop beyond the limit."""
        self.taken += len(raw_data)
        if self.taken > settings.UPLOAD_MAX_BYTES:
            self.request.upload_too_large = True  # type: ignore[union-attr]
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one make the file."""


def limit_upload(request: HttpRequest) -> None:
    """Bound what the request may send; before anything of it is read. Raises TooLarge."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > settings.UPLOAD_MAX_BYTES + HEAD_BYTES:
        raise too_large()
    request.upload_handlers.insert(0, UploadLimit(request))


def too_large() -> TooLarge:
    """The file is larger than the limit."""
    most = settings.UPLOAD_MAX_BYTES // 1024**2
    message = _("This file is larger than %(most)s MB. Split it, or leave out columns.")
    return TooLarge(message % {"most": most}, field="file")


def receive(
    user: User, workspace: Workspace, file: UploadedFile[bytes], into: Dataset | None = None
) -> Draft:
    """Read a file into a draft. Raises UserError on "file"; then nothing of it is left."""
    sweep()
    token = secrets.token_hex(16)
    folder = Path(settings.UPLOAD_DRAFTS) / token
    with _one_at_a_time(user):
        folder.mkdir(parents=True, mode=0o700)
        try:
            with (folder / "raw").open("wb") as raw:
                for chunk in file.chunks():
                    raw.write(chunk)
            draft = Draft(
                token=token,
                user_id=user.pk,
                workspace_id=workspace.pk,
                file_name=_plain(file.name or ""),
                size=file.size or 0,
                into=into.pk if into else None,
                **upload_child.run("inspect", folder),
            )
            _write(draft)
            if draft.kind == "parquet":
                (folder / "raw").unlink()  # there is no other way to read it
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return draft


def read_again(draft: Draft, user: User, options: dict[str, str]) -> Draft:
    """Read the draft's file in another way: sheet, head, encoding, delimiter, decimals, dates.

    Raises UserError on "file"; then the draft is as it was.
    """
    with _one_at_a_time(user):
        found = upload_child.run("inspect", draft.folder, options=options)
        again = replace(draft, options=options, **found)
        _write(again)
    return again


def _write(draft: Draft) -> None:
    (draft.folder / "draft.json").write_bytes(orjson.dumps(asdict(draft)))


def draft_of(user: User, token: str) -> Draft:
    """The user's own draft, in a workspace where they still define data.

    Raises NotFound alike for a missing one and somebody else's.
    """
    file = Path(settings.UPLOAD_DRAFTS) / token / "draft.json"
    if TOKEN.fullmatch(token) and file.is_file():
        draft = Draft(**orjson.loads(file.read_bytes()))
        is_open = workspaces_where(user, DEFINE).filter(pk=draft.workspace_id).exists()
        if draft.user_id == user.pk and is_open:
            return draft
    raise NotFound(_("This upload is no longer here. Upload the file again."), field="file")


def discard(draft: Draft) -> None:
    """Forget a draft."""
    shutil.rmtree(draft.folder, ignore_errors=True)


def keep(draft: Draft, user: User, choice: Choice) -> Dataset:
    """Make a draft a dataset, or more rows or other rows of one. The draft is gone then.

    Raises UserError on "type-<key>" for a type that does not fit, on "into" for a dataset that
    cannot take it, on "file" otherwise; the old dataset is untouched in that case. The caller has
    checked that the user may edit the target.
    """
    target, columns = choice.target, draft.typed(choice.types)
    extra: dict[str, Any] = {"columns": columns, "time_column": choice.time_column}
    if target and choice.is_append:
        upload_shape.refuse(upload_shape.appending(columns, target))
        extra = {
            "columns": upload_shape.joined(columns, target),
            "time_column": target.time_column,
            "before": str(settings.UPLOADS / target.relation),
            "known": [column.name for column in target.columns.all()],
        }
    file = services.new_file()
    path = settings.UPLOADS / file
    with _one_at_a_time(user):
        try:
            done = upload_child.run("keep", draft.folder, target=str(path), **extra)
            kept = services.Kept(
                file,
                {column["name"]: column["type"] for column in extra["columns"]},
                done["rows"],
                _moment(done["from"]),
                _moment(done["to"]),
            )
            dataset = _registered(draft, user, choice, kept, extra["time_column"])
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    if target:
        services.forget_file(target.relation)  # swept in a day, when nobody reads it
    discard(draft)
    return dataset


def free_slug(workspace: Workspace, name: str) -> str:
    """A slug for a new dataset that no other of the workspace has."""
    base = (slugify(name) or "dataset")[:50].strip("-")
    taken = set(
        Dataset.objects.filter(workspace=workspace, slug__startswith=base).values_list(
            "slug", flat=True
        )
    )
    slug, twin = base, 1
    while slug in taken or slug in RESERVED:
        twin += 1
        slug = f"{base}-{twin}"
    return slug


def sweep(now: float | None = None) -> int:
    """Remove drafts that nobody confirmed for a day, and files that were replaced a day ago.

    Returns how many. A replaced file is marked by an empty one of its name among the drafts.
    """
    removed = 0
    for path in Path(settings.UPLOAD_DRAFTS).glob("*"):
        try:
            age = (now or time.time()) - path.stat().st_mtime
        except FileNotFoundError:  # another request sweeps as well
            continue
        if age <= DRAFT_KEEP_S:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            if not Dataset.objects.filter(relation=path.name).exists():
                (Path(settings.UPLOADS) / path.name).unlink(missing_ok=True)
                rollups.remove_all(path.name)
            path.unlink(missing_ok=True)
        removed += 1
    return removed


@transaction.atomic
def _registered(
    draft: Draft, user: User, choice: Choice, kept: services.Kept, time_column: str
) -> Dataset:
    target = choice.target
    labels = {each["name"]: {"label": each["label"]} for each in draft.columns}
    if target is None:
        workspace = Workspace.objects.get(pk=draft.workspace_id)
        return services.register_file(
            workspace,
            name=choice.name,
            slug=free_slug(workspace, choice.name),
            kept=kept,
            time_column=time_column,
            columns=labels,
            measures=first_measures(draft.columns, kept.types, choice.aggregates or {}),
        )
    locked = Dataset.objects.select_for_update().filter(pk=target.pk).first()
    if locked is None or locked.relation != target.relation:
        message = _("Somebody else changed the rows of this dataset meanwhile. Look, and confirm.")
        raise Conflict(message, field="into")
    if not choice.is_append:
        columns = draft.typed(choice.types)
        upload_shape.refuse(upload_shape.replacing(columns, locked, user))
    for column in locked.columns.all():
        words = {"label": column.label, "unit": column.unit, "format": column.format}
        labels[column.name] = words
    return services.register_file(
        locked.workspace,
        name=locked.name,
        slug=locked.slug,
        description=locked.description,
        kept=kept,
        time_column=time_column,
        columns=labels,
    )


class _one_at_a_time:  # noqa: N801 reads as a sentence after `with`
    """One file of a person is read at a time; raises Conflict for a second one."""

    def __init__(self, user: User) -> None:
        self.lock = redis.client().lock(
            f"sightline:upload:{user.pk}", timeout=upload_child.TIMEOUT_S * 2
        )

    def __enter__(self) -> None:
        if not self.lock.acquire(blocking=False):
            message = _("Another file of yours is still being read. Wait for it to end.")
            raise Conflict(message, field="file")

    def __exit__(self, *exc: object) -> None:
        try:
            self.lock.release()
        except LockError:  # it has run out
            return


def _plain(name: str) -> str:
    """A file's name as it may be shown: one line, no controls, no change of direction."""
    return "".join(letter for letter in name if letter.isprintable())[-200:]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
