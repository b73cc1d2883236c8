"""A PDF that somebody waits for: asked for on a page, made by a worker, kept for a short while."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from django.utils.translation import gettext as _

from apps.core import redis
from apps.core.errors import UserError
from apps.reports import printing
from apps.reports.errors import ReportError

KEEP_S: Final = 900
AT_ONCE: Final = 3  # per person


class TooMany(UserError):
    """The person has exports waiting already."""

    status = 429
    code = "too_many"


@dataclass(frozen=True, slots=True)
class Export:
    """How far it is. state: waiting, ready or failed."""

    token: str
    name: str
    state: str
    error: str = ""
    pages: int = 0


def start(job: printing.Job, name: str) -> str:
    """Note the wish and return its token; the caller enqueues. Raises TooMany."""
    token = _take(job.user_id)
    _write(token, {"job": asdict(job), "name": name, "state": "waiting"})
    return token


@contextmanager
def place(user_id: int) -> Iterator[None]:
    """For a PDF that is made while its reader waits: counted among the wishes. Raises TooMany."""
    token = _take(user_id)
    try:
        yield
    finally:
        redis.client().zrem(_waiting(user_id), token)


def _take(user_id: int) -> str:
    connection, waiting = redis.client(), _waiting(user_id)
    connection.zremrangebyscore(waiting, 0, time.time() - KEEP_S)  # of workers that were killed
    token = secrets.token_urlsafe(18)
    connection.zadd(waiting, {token: time.time()})
    if int(connection.zcard(waiting)) > AT_ONCE:  # type: ignore[arg-type]
        connection.zrem(waiting, token)
        message = _("%(n)d PDFs of yours are being made. Wait until one is ready.")
        raise TooMany(message % {"n": AT_ONCE})
    connection.expire(waiting, KEEP_S)
    return token


def work(token: str) -> None:
    """Make it. A wish that was forgotten meanwhile, or is done, is left alone."""
    kept = _read(token)
    if kept is None or kept["state"] != "waiting":
        return
    job = printing.Job(**kept["job"])
    try:
        made = printing.make(job)
    except ReportError as error:
        _write(token, {**kept, "state": "failed", "error": error.message})
    else:
        redis.client().set(f"{_key(token)}:pdf", made.body, ex=KEEP_S)
        _write(token, {**kept, "state": "ready", "pages": made.pages})
    finally:
        redis.client().zrem(_waiting(job.user_id), token)


def find(token: str, user_id: int) -> Export | None:
    """The person's own export; None for another's, as for one that is gone."""
    kept = _read(token)
    if kept is None or kept["job"]["user_id"] != user_id:
        return None
    shown = {name: kept[name] for name in ("name", "state", "error", "pages") if name in kept}
    return Export(token, **shown)


def body(token: str) -> bytes | None:
    """The finished PDF."""
    return redis.client().get(f"{_key(token)}:pdf")  # type: ignore[return-value]


def _read(token: str) -> dict[str, Any] | None:
    kept = redis.client().get(_key(token))
    return orjson.loads(kept) if kept else None  # type: ignore[arg-type]


def _write(token: str, kept: dict[str, Any]) -> None:
    redis.client().set(_key(token), orjson.dumps(kept), ex=KEEP_S)


def _key(token: str) -> str:
    return f"sightline:export:{token}"


def _waiting(user_id: int) -> str:
    return f"sightline:exports:{user_id}"
