"""The socket over which a source sends rows: the ingest API without a request for each batch.

A batch is answered before the next one is read, so a source cannot run ahead of the disk.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NoReturn

import orjson
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import NotFound, TooLarge, Unavailable, UserError
from apps.streams import services
from apps.streams.hub import hub
from apps.streams.limits import Pace
from apps.streams.models import Stream

BAD_FRAME, SIGNED_OUT, NOT_ALLOWED, TOO_MANY, TOO_BIG = 4400, 4401, 4403, 4429, 1009
FIRST_MESSAGE_S = 10.0
RIGHTS_AGE_S = 2.0
Authenticate = Callable[[str], User | None]


class StreamConsumer(AsyncWebsocketConsumer):
    """One sender's connection. `authenticate` makes a user of a token, or None.

    Frames: {"type": "auth", "token"} first, unless a session signs in; then {"type": "events",
    "key"?, "rows": [...]}, each answered by "recorded" or "error" with the same key.
    """

    channel_layer_alias = ""  # none: nobody can send to a handler's name
    name: str | None = None

    def __init__(self, authenticate: Authenticate) -> None:
        super().__init__()
        self.authenticate = authenticate
        self.user: User | None = None
        self.stream: Stream | None = None
        self.allowed_at = 0.0
        self.pace = Pace()

    async def connect(self) -> None:
        """Anybody may open it; whoever says no more than that is let go."""
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.hub = hub()
        await self.accept()
        self.waiting = self.hub.spawn(self._let_go())
        if self.scope["user"].pk:
            await self._enter(await self.hub.run(partial(_active, self.scope["user"].pk)))

    async def disconnect(self, code: int) -> None:
        """Leave nothing behind."""
        self.waiting.cancel()
        if self.name and self.user:
            name, self.name = self.name, None
            await self.hub.sockets.release(self.user.pk, name)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without Channels' trip to a thread for every message."""
        handlers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "websocket.connect": self.websocket_connect,
            "websocket.receive": self.websocket_receive,
            "websocket.disconnect": self.websocket_disconnect,
        }
        await handlers[message["type"]](message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame of the sender."""
        if text_data is not None and len(text_data) > settings.WS_MAX_MESSAGE_BYTES:
            await self._end(TOO_BIG)
        if not self.pace.is_kept():
            await self._end(TOO_MANY)
        try:
            content = orjson.loads(text_data or "")
        except orjson.JSONDecodeError:
            await self._end(BAD_FRAME)
        if not isinstance(content, dict):
            await self._end(BAD_FRAME)
        if self.user is None:
            token = content.get("token")
            if content.get("type") != "auth" or not isinstance(token, str):
                await self._end(SIGNED_OUT)
            await self._enter(await self.hub.run(partial(self.authenticate, token)))
        else:
            await self._answer(content)

    async def _answer(self, content: dict[str, Any]) -> None:
        key = content.get("key")
        try:
            answer = {"type": "recorded", "key": key, **await self._record(content)}
        except UserError as error:
            answer = {"type": "error", "key": key, "code": error.code, "message": error.message}
        await self._say(answer)

    async def _record(self, content: dict[str, Any]) -> dict[str, Any]:
        rows, key = content.get("rows"), content.get("key")
        if content.get("type") != "events" or not isinstance(rows, list):
            raise UserError(_("Send {type: events, rows: [...]}."), field="type")
        if not all(isinstance(row, dict) for row in rows):
            raise UserError(_("Every row is an object."), field="rows")
        if len(rows) > settings.INGEST_MAX_ROWS:
            message = _("Send at most %(most)s rows at once.")
            raise TooLarge(message % {"most": settings.INGEST_MAX_ROWS}, field="rows")
        if key is not None and not isinstance(key, str):
            raise UserError(_("A key is a text."), field="key")
        stream = await self._allowed()
        try:
            recorded = await self.hub.run(
                partial(services.record_events, stream, rows, idempotency_key=key)
            )
        except DatabaseError as error:
            raise Unavailable(_("The store does not answer. Send it again.")) from error
        return recorded.as_json()

    async def _allowed(self) -> Stream:
        """The stream, with rights that are at most two seconds old."""
        if self.stream is None or time.monotonic() - self.allowed_at > RIGHTS_AGE_S:
            self.allowed_at = time.monotonic()
            user_id = self.user.pk if self.user else 0
            self.stream = await self.hub.run(partial(_writable, user_id, self.slug))
        if self.stream is None:
            raise NotFound(_("There is no such stream."))
        return self.stream

    async def _enter(self, user: User | None) -> None:
        if user is None:
            await self._end(SIGNED_OUT)
        self.user = user
        try:
            await self._allowed()
        except NotFound:
            await self._end(NOT_ALLOWED)
        self.name = await self.hub.sockets.admit(user.pk)
        if self.name is None:
            await self._end(TOO_MANY)
        self.waiting.cancel()
        await self._say({"type": "ready"})

    async def _let_go(self) -> None:
        await asyncio.sleep(FIRST_MESSAGE_S)
        await self.close(SIGNED_OUT)

    async def _end(self, code: int) -> NoReturn:
        """Close, and read nothing more."""
        await self.disconnect(code)
        await self.close(code)
        raise StopConsumer

    async def _say(self, frame: dict[str, Any]) -> None:
        await self.base_send({"type": "websocket.send", "text": orjson.dumps(frame).decode()})


def _active(user_id: int) -> User | None:
    return User.objects.filter(pk=user_id, is_active=True).first()


def _writable(user_id: int, slug: str) -> Stream | None:
    user = _active(user_id)
    return Stream.objects.writable_by(user).filter(slug=slug).first() if user else None
