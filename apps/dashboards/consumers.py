"""The socket of one open dashboard: reads rights, subscribes, forwards. Computes nothing.

docs/live-protocol.md describes the frames. Frames of the client are looked up in ACTIONS, never
dispatched by name to a method.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import orjson
from channels.exceptions import DenyConnection
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.queries import Stamp
from apps.accounts.sessions import is_signed_in
from apps.core.errors import TooLarge, UserError
from apps.dashboards.live import Rights, live_view, rights_of
from apps.streams.hub import hub
from apps.streams.limits import Pace
from apps.streams.outbox import Outbox
from apps.streams.watched import Member
from apps.widgets.view import View

BAD_FRAME, SIGNED_OUT, NOT_ALLOWED, TOO_SLOW, TOO_MANY = 4400, 4401, 4403, 4408, 4429
RESTART, TOO_BIG = 1012, 1009
MOST_WIDGETS = 200
RIGHTS_AGE_S = 2.0  # a subscription looks at rights and widgets that are no older


class DashboardConsumer(AsyncWebsocketConsumer):
    """One browser tab that has one dashboard open."""

    channel_layer_alias = ""  # none: the hub is the bus, and nobody can send to a handler's name
    name: str | None = None

    async def connect(self) -> None:
        """Answer 403 to whoever may not see the dashboard; a missing one is no different."""
        self.user_id = self.scope["user"].pk
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.hub = hub()
        self.keys: dict[int, str] = {}
        self.pace = Pace()
        rights = await self._read_rights() if self.user_id else None
        if rights is None:
            raise DenyConnection
        self.rights = rights
        await self.accept()
        self.name = await self.hub.sockets.admit(self.user_id)
        if self.name is None:
            await self.close(TOO_MANY)
            return
        self.outbox = Outbox(self._send_text, self.hub.on_missed)
        self.writer = self.hub.spawn(self._write())
        self.member = Member(self.user_id, self.name, self._stamp(), self._recheck, self._drop)
        await self.hub.enter(self.outbox, self.member)
        self._say({"type": "hello", "heartbeat_s": settings.WS_HEARTBEAT_INTERVAL})

    async def disconnect(self, code: int) -> None:
        """Leave nothing behind. May come twice."""
        if self.name is None:
            return
        name, self.name = self.name, None
        self.hub.leave(self.outbox)
        self.writer.cancel()
        await self.hub.sockets.release(self.user_id, name)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without Channels' trip to a thread for every message: nothing here holds a connection."""
        handlers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "websocket.connect": self.websocket_connect,
            "websocket.receive": self.websocket_receive,
            "websocket.disconnect": self.websocket_disconnect,
        }
        await handlers[message["type"]](message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame of the client. A broken one ends the socket, a wrong wish gets an error."""
        if self.name is None:
            return
        if not self.pace.is_kept():
            await self.close(TOO_MANY)
        elif text_data is not None and len(text_data) > settings.WS_MAX_MESSAGE_BYTES:
            await self.close(TOO_BIG)
        elif (content := _object(text_data)) is None:
            await self.close(BAD_FRAME)
        else:
            await self._act(content)

    async def _act(self, content: dict[str, Any]) -> None:
        action = ACTIONS.get(str(content.get("type")))
        try:
            if action is None:
                raise UserError(_("There is no such frame."), field="type", code="unknown_type")
            await action(self, content)
        except UserError as error:
            widget = content.get("widget")
            self._say(
                {
                    "type": "error",
                    "widget": widget if type(widget) is int else None,
                    "code": error.code,
                    "message": error.message,
                }
            )

    async def _subscribe(self, content: dict[str, Any]) -> None:
        widget = _whole(content, "widget")
        given = content.get("view") or {}
        if not isinstance(given, Mapping):
            raise UserError(_("A view is an object."), field="view")
        since = _whole(content, "since") if content.get("since") is not None else None
        epoch = content.get("epoch") if isinstance(content.get("epoch"), str) else None
        rights = await self._fresh_rights()
        if rights is None:
            return
        view = View.from_json(given, timezone=rights.user.timezone)
        live = live_view(rights, widget, view)
        self._forget(widget)
        if len(self.keys) >= MOST_WIDGETS:
            message = _("At most %(most)s cards of a page can be live.") % {"most": MOST_WIDGETS}
            raise TooLarge(message, field="widget")
        self.keys[widget] = live.key
        is_live = live.dataset_id is not None
        self._say({"type": "subscribed", "widget": widget, "key": live.key, "live": is_live})
        self.hub.subscribe(self.outbox, live, since, epoch)

    async def _unsubscribe(self, content: dict[str, Any]) -> None:
        self._forget(_whole(content, "widget"))

    async def _ping(self, content: dict[str, Any]) -> None:
        self._say({"type": "pong"})

    def _forget(self, widget: int) -> None:
        if key := self.keys.pop(widget, None):
            self.hub.unsubscribe(self.outbox, key)

    # -- rights

    async def _read_rights(self) -> Rights | None:
        return await self.hub.run(partial(rights_of, self.user_id, self.slug))

    async def _fresh_rights(self) -> Rights | None:
        """At most two seconds old; None after the socket was closed for the lack of them."""
        if time.monotonic() - self.rights.read_at > RIGHTS_AGE_S:
            await self._recheck()
        return None if self.name is None else self.rights

    async def _recheck(self) -> None:
        """Close if the person signed out or may no longer; start over if other rows are theirs."""
        session = self.scope["session"]
        if not await self.hub.run(partial(is_signed_in, session.session_key, self.user_id)):
            await self._end(SIGNED_OUT)
            return
        rights = await self._read_rights()
        if rights is None:
            await self._end(NOT_ALLOWED)
        elif _sees_other_rows(self.rights, rights):
            await self._end(RESTART)
        else:
            self.rights = rights
            self.member.stamp = self._stamp()

    def _stamp(self) -> Stamp:
        return (self.rights.user.access_version, self.rights.user.password)

    # -- frames out

    def _say(self, frame: dict[str, Any]) -> None:
        self.outbox.put(orjson.dumps(frame).decode())

    async def _send_text(self, frame: str) -> None:
        await self.base_send({"type": "websocket.send", "text": frame})

    async def _write(self) -> None:
        try:
            await self.outbox.run()
        except (OSError, RuntimeError):  # the peer is gone; disconnect() follows
            return

    def _drop(self) -> None:
        self.hub.spawn(self._end(TOO_SLOW))

    async def _end(self, code: int) -> None:
        """Close, unless another reason was quicker."""
        if self.name is not None:
            await self.disconnect(code)
            await self.close(code)


ACTIONS: dict[str, Callable[[DashboardConsumer, dict[str, Any]], Awaitable[None]]] = {
    "subscribe": DashboardConsumer._subscribe,
    "unsubscribe": DashboardConsumer._unsubscribe,
    "ping": DashboardConsumer._ping,
}


def _object(text: str | None) -> dict[str, Any] | None:
    try:
        content = orjson.loads(text) if text is not None else None
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


def _whole(content: dict[str, Any], field: str) -> int:
    value = content.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UserError(_("This must be a whole number."), field=field)
    return value


def _sees_other_rows(old: Rights, new: Rights) -> bool:
    """Whether a scope moved for another reason than its dataset's version."""
    if old.metrics != new.metrics or old.scopes.keys() != new.scopes.keys():
        return True
    now = new.scopes
    return any(
        (scope.policies, scope.hidden) != (now[pk].policies, now[pk].hidden)
        for pk, scope in old.scopes.items()
    )
