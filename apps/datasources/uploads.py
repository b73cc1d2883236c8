"""Uploads: a file becomes a draft, a draft that was confirmed becomes a dataset.

Drafts lie apart from the rows of datasets, so that no query reaches them, under generated names.
What reads a file is apps/datasources/reading.py, in a process of its own.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import LockError

from apps.accounts.models import User, Workspace
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE
from apps.core import redis
from apps.core.errors import Conflict, NotFound, TooLarge, UserError
from apps.datasources import services
from apps.datasources.models import Column, Dataset

TIMEOUT_S = 120.0
MEMORY_BYTES = 3 * 1024**3
DISK_BYTES = 2 * 1024**3
DRAFT_KEEP_S = 24 * 3600
HEAD_BYTES = 1024**2  # of a request, beside its file
RESERVED = ("upload",)  # slugs that are paths of our own
TOKEN = re.compile(r"[0-9a-f]{32}")
MESSAGES: dict[str, str | Promise] = {
    "empty": gettext_lazy("This file is empty. Choose one with a head line and rows."),
    "no_rows": gettext_lazy("This file has a head line but no rows."),
    "packed": gettext_lazy(
        "This is a %(kind)s archive or a workbook. Unpack it, or save the sheet as CSV."
    ),
    "binary": gettext_lazy(
        "This is not a text file, whatever its name. Upload CSV, TSV, Parquet or JSON lines."
    ),
    "encoding": gettext_lazy("The letters of this file cannot be read. Save it as UTF-8."),
    "long_line": gettext_lazy(
        "A line is longer than %(limit)s KB. Check that rows end with a line break."
    ),
    "quote": gettext_lazy("A quotation mark in line %(line)s is never closed. Close or remove it."),
    "ragged": gettext_lazy(
        "Line %(line)s has %(found)s values where %(expected)s are expected. "
        "Put values that hold the separator in quotation marks."
    ),
    "unreadable": gettext_lazy(
        "This file cannot be read as a table near line %(line)s. Save it again as CSV in UTF-8."
    ),
    "failed": gettext_lazy("This file cannot be read. Write it again, or save it as CSV."),
    "json_line": gettext_lazy(
        "Line %(line)s is no JSON object. Put one object with plain values on each line."
    ),
    "nested": gettext_lazy(
        "“%(column)s” holds lists, objects or bytes, which cannot be charted. Leave it out."
    ),
    "broken_parquet": gettext_lazy("This Parquet file is damaged. Write it again and retry."),
    "columns": gettext_lazy(
        "There are %(count)s columns; at most %(most)s are taken. Leave out those not needed."
    ),
    "rows": gettext_lazy(
        "There are more rows than %(most)s, the limit for this many columns. Split the file."
    ),
    "too_large": gettext_lazy("This file takes too much memory to read. Split it into parts."),
    "slow": gettext_lazy("Reading this file took longer than %(limit)s seconds. Split it."),
    "no_such_type": gettext_lazy("“%(column)s” cannot be read as this type."),
    "values": gettext_lazy(
        "%(count)s values of “%(column)s” do not fit this type, such as “%(example)s”."
    ),
}
AVERAGED = ("avg", "average", "mean", "rate", "ratio", "share", "percent", "price", "age", "score")
NOT_ADDED = ("id", "key", "code", "year", "month", "day", "zip", "lat", "lon", "latitude")


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that was read and waits to be confirmed.

    columns: [{"key", "name", "label", "type", "kind", "examples", "filled", ...}] as reading.py
    described them; sample: the first rows, as texts.
    """

    token: str
    user_id: int
    workspace_id: int
    file_name: str
    size: int
    rows: int
    columns: list[dict[str, Any]]
    sample: list[list[str]]

    @property
    def title(self) -> str:
        """A name for a dataset, from the file's."""
        stem = re.sub(r"[\W_]+", " ", Path(self.file_name).stem).strip()
        return (stem[:1].upper() + stem[1:])[:120] or str(_("Upload"))

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


def receive(user: User, workspace: Workspace, file: UploadedFile[bytes]) -> Draft:
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
            found = _run("inspect", folder)
            (folder / "raw").unlink()
            draft = Draft(
                token, user.pk, workspace.pk, _plain(file.name or ""), file.size or 0, **found
            )
            (folder / "draft.json").write_bytes(orjson.dumps(asdict(draft)))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return draft


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

    Raises UserError on "type-<key>" for a type that does not fit, on "file" otherwise; the old
    dataset is untouched in that case. The caller has checked that the user may edit the target.
    """
    columns = [
        each | {"type": choice.types.get(each["key"], each["type"])} for each in draft.columns
    ]
    target, file = choice.target, services.new_file()
    extra: dict[str, Any] = {"columns": columns, "time_column": choice.time_column}
    if target and choice.is_append:
        extra = {"columns": _as_in(target, columns), "time_column": target.time_column}
        extra["before"] = str(settings.UPLOADS / target.relation)
    path = settings.UPLOADS / file
    with _one_at_a_time(user):
        try:
            done = _run("keep", draft.folder, target=str(path), **extra)
            kept = services.Kept(
                file,
                {column["name"]: column["type"] for column in extra["columns"]},
                done["rows"],
                _moment(done["from"]),
                _moment(done["to"]),
            )
            old = target and target.relation
            dataset = _registered(draft, choice, kept, extra)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    if old:
        services.forget_file(old)  # swept in a day, when nobody reads it
    discard(draft)
    return dataset


def differences(draft: Draft, target: Dataset, types: Mapping[str, str] | None = None) -> list[str]:
    """What replacing the target's rows would change of its shape, in sentences."""
    types = types or {}
    new = {each["name"]: types.get(each["key"], each["type"]) for each in draft.columns}
    old = {column.name: column for column in target.columns.all()}
    used = {measure.column for measure in target.measures.all()} | {target.time_column}
    told = []
    for name, column in old.items():
        if name not in new:
            message = _("“%(name)s” is missing in the file.")
            if name in used:
                message = _("“%(name)s” is missing in the file, and measures or the time need it.")
            told.append(message % {"name": column.label})
        elif new[name] != column.type:
            message = _("“%(name)s” was %(old)s and becomes %(new)s.")
            words = {"old": column.get_type_display(), "new": Column.Type(new[name]).label}
            told.append(message % {"name": column.label, **words})
    return told


def suggested_aggregate(column: Mapping[str, Any]) -> str:
    """The first measure of a number column: what its name says that it is."""
    words = column["name"].split("_")
    if any(word in NOT_ADDED for word in words):
        return ""
    return "avg" if any(word in AVERAGED for word in words) else "sum"


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
            path.unlink(missing_ok=True)
        removed += 1
    return removed


def _registered(
    draft: Draft, choice: Choice, kept: services.Kept, extra: Mapping[str, Any]
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
            time_column=choice.time_column,
            columns=labels,
            measures=first_measures(draft.columns, kept.types, choice.aggregates or {}),
        )
    for column in target.columns.all():
        words = {"label": column.label, "unit": column.unit, "format": column.format}
        labels[column.name] = words
    return services.register_file(
        target.workspace,
        name=target.name,
        slug=target.slug,
        description=target.description,
        kept=kept,
        time_column=extra["time_column"],
        columns=labels,
    )


def first_measures(
    columns: Sequence[Mapping[str, Any]],
    types: Mapping[str, str],
    aggregates: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The number of rows, and one measure of each number column that was given an aggregate."""
    measures: list[dict[str, Any]] = [
        {"name": "rows", "label": _("Rows"), "aggregate": "count", "format": "integer"}
    ]
    for number, column in enumerate(columns, start=1):
        aggregate = aggregates.get(column["key"], "")
        if not aggregate or types.get(column["name"]) != Column.Type.NUMBER:
            continue
        name = re.sub(r"\W+", "_", slugify(column["name"]).replace("-", "_")).strip("_")
        name = name if re.match("[a-z]", name) else f"measure_{number}"
        if name in {measure["name"] for measure in measures}:
            name = f"{name[:50]}_{number}"
        measure = {"name": name, "label": column["label"], "aggregate": aggregate}
        measures.append(measure | {"column": column["name"]})
    return measures


def _as_in(target: Dataset, columns: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The draft's columns with the target's names and types. Raises UserError unless all match."""
    found = {each["name"]: each for each in columns}
    wanted = {column.name: column for column in target.columns.all()}
    missing = [column.label for name, column in wanted.items() if name not in found]
    new = [each["label"] for name, each in found.items() if name not in wanted]
    if missing or new:
        message = _(
            "To be appended, a file has the same columns. Missing: %(missing)s. New: %(new)s."
        )
        words = {"missing": ", ".join(missing) or "–", "new": ", ".join(new) or "–"}
        raise UserError(message % words, field="into")
    return [dict(found[name]) | {"type": column.type} for name, column in wanted.items()]


def _run(task: str, folder: Path, **more: Any) -> dict[str, Any]:
    """One job of reading.py. The process gets no secret of ours and is ended at its limit."""
    job = {
        "task": task,
        "folder": str(folder),
        "memory_bytes": MEMORY_BYTES,
        "disk_bytes": DISK_BYTES,
        "timeout_s": TIMEOUT_S,
        "max_rows": settings.UPLOAD_MAX_ROWS,
        "max_columns": settings.UPLOAD_MAX_COLUMNS,
        "max_cells": settings.UPLOAD_MAX_CELLS,
        **more,
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "apps.datasources.reading"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # may hold rows
        cwd=settings.ROOT,
        env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
    )
    try:
        told, _log = child.communicate(orjson.dumps(job), timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise _refusal("slow", {"limit": int(TIMEOUT_S)}) from None
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    if child.returncode:
        raise _refusal("too_large" if child.returncode < 0 else "failed", {})
    result: dict[str, Any] = orjson.loads(told)
    if code := result.get("refused"):
        raise _refusal(code, result["values"], more.get("columns", ()))
    return result


def _refusal(
    code: str, values: Mapping[str, Any], columns: Iterable[Mapping[str, Any]] = ()
) -> UserError:
    """The refusal as a sentence, on the field that it is about."""
    keys = {column["name"]: column["key"] for column in columns}
    field = f"type-{keys[values['column']]}" if values.get("column") in keys else "file"
    return UserError(str(MESSAGES[code]) % values, field=field, code=f"upload_{code}")


class _one_at_a_time:  # noqa: N801 reads as a sentence after `with`
    """One file of a person is read at a time; raises Conflict for a second one."""

    def __init__(self, user: User) -> None:
        self.lock = redis.client().lock(f"sightline:upload:{user.pk}", timeout=TIMEOUT_S * 2)

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
