"""The one way to a web server that a person named: checked address, no detours, hard limits.

The address that is checked is the one that is connected to, under the name that was given, so
that certificates are checked too. A redirect is followed only to the same host. The time and the
bytes of all requests of a statement are counted together, so that neither a server that drips nor
one that never ends holds a worker.
"""

import os
import ssl
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore
import httpx
import orjson
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors.base import Limits
from apps.datasources.connectors.errors import (
    QueryCancelled,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

CONNECT_S = 5.0
POLL_S = 0.25
MAX_REDIRECTS = 5
MAX_CONNECTIONS = 32  # a process; who waits for one waits within the statement's own time
AGENT = "Sightline"


class Budget:
    """What a statement may still cost, over all of its requests."""

    def __init__(self, limits: Limits) -> None:
        self.deadline = time.monotonic() + limits.timeout_s
        self.bytes = limits.bytes
        self.cancelled = limits.cancelled

    def left_s(self) -> float:
        """Seconds until the limit. Raises SourceTimeout and QueryCancelled."""
        if self.cancelled and self.cancelled():
            raise QueryCancelled(_("The query was cancelled."))
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise SourceTimeout(_("The source took too long. Choose a shorter range."))
        return left

    def take(self, count: int) -> None:
        """Count bytes that came. Raises SourceTooLarge."""
        self.bytes -= count
        if self.bytes < 0:
            raise _too_large()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body. Raises SourceRefused where it is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            if self.body.lstrip()[:1] == b"<":
                message = _("The address answers with a web page, not with data. Check it.")
            else:
                message = _("The address answers with something that is not JSON.")
            raise SourceRefused(message, field="url") from error


def checked_url(url: str, field: str = "settings.url") -> httpx.URL:
    """An address that a source may have. Raises UserError."""
    try:
        found = httpx.URL(url)
        port = port_of(found)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _wrong(_("This is not an address."), field) from error
    if found.scheme not in ("http", "https") or not found.host:
        raise _wrong(_("Write an address that begins with https:// or http://."), field)
    if found.userinfo:
        message = _("Leave user and password out of the address; there are fields for them.")
        raise _wrong(message, field)
    if found.fragment or found.query:
        raise _wrong(_("Leave out what follows “?” or “#”."), field)
    try:
        addresses.reachable(found.host, port)
    except UserError as error:
        raise _wrong(error.message, field) from error
    return found


def port_of(url: httpx.URL) -> int:
    """The port, said or not."""
    return url.port or (443 if url.scheme == "https" else 80)


def is_same_host(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether both lead to the same server."""
    return (one.scheme, one.host, port_of(one)) == (other.scheme, other.host, port_of(other))


def ask(
    url: httpx.URL,
    budget: Budget,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    is_checked: bool = True,
    most: int | None = None,
) -> Answer:
    """Send one request and read the whole answer, whatever its status.

    is_checked: whether the certificate must be good. most: bytes of this answer, where that is
    less than what is left of the budget. Raises what connectors raise.
    """
    most = min(most or budget.bytes, budget.bytes)
    for _hop in range(MAX_REDIRECTS + 1):
        answer = _send(url, budget, method, dict(headers or {}), content, is_checked, most)
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        try:
            target = url.join(answer.headers.get("location", ""))
        except (httpx.InvalidURL, UnicodeError) as error:
            raise SourceRefused(_("The source redirects to nowhere."), field="url") from error
        if not is_same_host(url, target) or method != "GET":
            message = _("The source sends us to another address. Give that address itself.")
            raise SourceRefused(message, field="url")
        url = target
    raise SourceRefused(_("The source redirects in a circle."), field="url")


def refuse(answer: Answer, what: str = "") -> None:
    """Raise what an answer's status says, unless it is a good one."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status in (401, 403):
        message = _("The source refuses our credentials. Check the user, the password or the key.")
        raise SourceRefused(message, field="password")
    if status in (404, 410):
        message = _("The source knows no “%(what)s”.") % {"what": what[:80]}
        raise SourceRefused(message, field="relation")
    if status == 429:
        raise SourceError(_("The source says that we ask too often. Try again later."))
    if status >= 500:
        message = _("The source has a problem of its own (%(status)s).") % {"status": status}
        raise SourceError(message)
    message = _("The source refused the query (%(status)s).") % {"status": status}
    raise SourceRefused(message)


def _send(
    url: httpx.URL,
    budget: Budget,
    method: str,
    headers: dict[str, str],
    content: bytes,
    is_checked: bool,
    most: int,
) -> Answer:
    left = budget.left_s()
    sent = {"User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
    target = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    timeout = {"connect": min(CONNECT_S, left), "read": left, "write": left, "pool": left}
    token = _budget.set(budget)
    try:
        with _pool(os.getpid(), is_checked).stream(
            method,
            target,
            headers=[(name.encode(), value.encode()) for name, value in sent.items()],
            content=content or None,
            extensions={"timeout": timeout},
        ) as response:
            got = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            if got.get("content-encoding", "identity").lower() != "identity":
                # a small body may unfold to a big one
                raise SourceRefused(_("The source answers compressed, though asked not to."))
            told = got.get("content-length", "")
            if told.isdecimal() and int(told) > most:
                raise _too_large()
            body = b"".join(_measured(response.iter_stream(), budget, most))
            return Answer(response.status, got, body)
    except UserError as error:
        if error.field and error.field.startswith("settings."):
            raise SourceRefused(error.message, field="url") from error
        raise
    except httpcore.TimeoutException as error:
        budget.left_s()  # says so where it was the statement's time that ended
        raise SourceError(
            _("The source does not answer. Check its address."), field="url"
        ) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        if _is_bad_certificate(error):
            message = _("The source's certificate is not one that we can trust.")
            raise SourceRefused(message, field="url") from error
        message = _("The source does not answer. Check its address, and that it runs.")
        raise SourceError(message, field="url") from error
    finally:
        _budget.reset(token)


def _measured(chunks: Iterable[bytes], budget: Budget, most: int) -> Iterable[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise _too_large()
        budget.take(len(chunk))
        yield chunk


def _is_bad_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


_budget: ContextVar[Budget] = ContextVar("budget")  # of the statement this thread works on


class _Network(httpcore.NetworkBackend):
    """Connects to an address that was checked just before."""

    def __init__(self) -> None:
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """The first of the host's addresses that answers."""
        failure: Exception | None = None
        for address in dict.fromkeys(addresses.reachable(host, port)):
            try:
                return _Stream(self.inner.connect_tcp(address, port, timeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(host)


class _Stream(httpcore.NetworkStream):
    """A connection on which waiting ends with the statement's time, and with its person."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes."""
        budget = _budget.get()
        while True:
            left = budget.left_s()
            try:
                return self.inner.read(max_bytes, min(left, POLL_S) if budget.cancelled else left)
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of them."""
        self.inner.write(buffer, _budget.get().left_s())

    def close(self) -> None:
        """End it."""
        self.inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, sealed."""
        return _Stream(self.inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """What httpcore wants to know of the socket."""
        return self.inner.get_extra_info(info)


@cache
def _pool(pid: int, is_checked: bool) -> httpcore.ConnectionPool:
    """One per process; the process id keeps a forked child from using its parent's."""
    context = ssl.create_default_context()
    if not is_checked:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=MAX_CONNECTIONS,
        max_keepalive_connections=8,
        keepalive_expiry=30,
        network_backend=_Network(),
    )


def _too_large() -> SourceTooLarge:
    return SourceTooLarge(_("The source answers with more than may be fetched. Ask for less."))


def _wrong(message: str, field: str) -> UserError:
    return UserError(message, field=field, code="invalid_source")
