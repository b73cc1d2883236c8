"""The short way for a question that was answered lately: POST /api/v1/query/ with a bearer token.

Django's request path costs more than all that such an answer needs, so the HTTP door asks here
first. Whatever is not simply a kept, fresh answer for a caller in good standing goes Django's way,
which also tells every error. Who may see what is decided by the same code in both.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache, partial
from typing import Any

import redis.exceptions
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import reverse
from rest_framework.exceptions import APIException

from apps.api.authentication import user_of
from apps.api.parsers import loads
from apps.api.throttling import PerCaller
from apps.api.v1.query import headers_of
from apps.core import metrics
from apps.core.errors import UserError
from apps.datasources import engine
from apps.datasources.query import Query

MOST_BYTES = 64 * 1024  # a longer question goes Django's way
THREADS = 4
FORMS = {b"application/json", b"*/*"}
NEEDED = {b"authorization", b"content-length", b"content-type", b"host"}
NOT_HERE = {b"if-none-match", b"content-encoding", b"transfer-encoding", b"expect"}
REFUSED = (UserError, APIException, DisallowedHost, DatabaseError, redis.exceptions.RedisError)
Headers = list[tuple[bytes, bytes]]


class _Request(HttpRequest):
    """As much of a request as Django's own checks look at."""

    scheme_said = "http"

    def _get_scheme(self) -> str:
        return self.scheme_said


class KeptFirst:
    """ASGI: answers what it can, and hands everything else to `application` untouched."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="kept")

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Any) -> None:
        """One request."""
        names = dict(scope["headers"])
        if not _may_be_kept(scope, names):
            await self.application(scope, receive, send)
            return
        heard: list[Any] = []
        body = b""
        while not heard or heard[-1].get("more_body"):
            heard.append(await receive())
            body += heard[-1].get("body", b"")
            if heard[-1]["type"] != "http.request" or len(body) > MOST_BYTES:
                break
        else:
            loop = asyncio.get_running_loop()
            if found := await loop.run_in_executor(self.threads, _in_thread, scope, names, body):
                head, content = found
                await send({"type": "http.response.start", "status": 200, "headers": head})
                await send({"type": "http.response.body", "body": content})
                return
        await self.application(scope, partial(_again, heard, receive), send)


def answer(scope: Any, names: dict[bytes, bytes], body: bytes) -> tuple[Headers, bytes] | None:
    """Headers and bytes of a kept, fresh answer; None for Django to answer."""
    began = time.perf_counter()
    try:
        request = _request(scope, names)
        request.get_host()
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return None
        kind, _space, token = names[b"authorization"].decode("latin-1").partition(" ")
        user = user_of(token) if kind == "Bearer" else None
        if user is None:
            return None
        request.user = user
        found = engine.fresh_kept(Query.from_json(loads(body)), user)
        if found is None or not PerCaller().allow_request(request, None):  # type: ignore[arg-type]
            return None
    except REFUSED:
        return None
    head = {"Content-Type": "application/json", **headers_of(found)}
    head |= {"Content-Length": str(len(found.body)), "X-Request-Id": secrets.token_hex(8)}
    metrics.REQUESTS.labels("api:query", "POST", 200).inc()
    metrics.SECONDS.labels("api:query").observe(time.perf_counter() - began)
    return _encoded((_guards(request.is_secure()) | head).items()), found.body


def _in_thread(*request: Any) -> tuple[Headers, bytes] | None:
    """The thread lives on, and so may its connection, as in Django's own request path."""
    close_old_connections()
    return answer(*request)


def _may_be_kept(scope: Any, names: dict[bytes, bytes]) -> bool:
    """Whether it looks like a plain question; cheap, since every request comes by."""
    if scope["method"] != "POST" or scope["path"] != _path() or scope["query_string"]:
        return False
    if not names.keys() >= NEEDED or names.keys() & NOT_HERE:
        return False
    length, kind = names[b"content-length"], names[b"content-type"].partition(b";")[0].strip()
    is_short = length.isdigit() and len(length) < 9 and int(length) <= MOST_BYTES
    return is_short and kind == b"application/json" and names.get(b"accept", b"*/*") in FORMS


def _request(scope: Any, names: dict[bytes, bytes]) -> _Request:
    request = _Request()
    server = scope.get("server") or ("", 80)
    request.META = {"SERVER_NAME": server[0], "SERVER_PORT": str(server[1])}
    for name, value in names.items():
        request.META["HTTP_" + name.decode().upper().replace("-", "_")] = value.decode("latin-1")
    request.path = request.path_info = scope["path"]
    request.scheme_said = scope.get("scheme", "http")
    return request


async def _again(heard: list[Any], receive: Callable[[], Any]) -> Any:
    """What was heard already, then what comes."""
    return heard.pop(0) if heard else await receive()


@lru_cache(maxsize=2)
def _guards(is_secure: bool) -> dict[str, str]:
    """What the middleware of settings.MIDDLEWARE sets on every answer of this path."""
    request, response = _Request(), HttpResponse()
    request.scheme_said = "https" if is_secure else "http"

    def untouched(request: HttpRequest) -> HttpResponse:
        return response

    for middleware in (XFrameOptionsMiddleware, CSPMiddleware, SecurityMiddleware):
        middleware(untouched).process_response(request, response)
    more = {"Allow": "POST, OPTIONS", "Content-Language": settings.LANGUAGE_CODE}
    return dict(response.items()) | more


def _encoded(headers: Iterable[tuple[str, str]]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]


@cache
def _path() -> str:
    return reverse("api:query")
