"""The two doors in one process: HTTP goes to WSGI threads, sockets stay native.

Django's own ASGI handler makes a thread, a cache client and a database connection per request;
bridged to WSGI threads that live on, the same page costs about half the CPU.
"""

import os
from typing import Any

from a2wsgi import WSGIMiddleware
from channels.auth import AuthMiddlewareStack
from channels.exceptions import DenyConnection
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

from config.wsgi import application as http  # first: it loads the apps that follow

# isort: split
from django.conf import settings

from apps.api.authentication import user_of
from apps.api.kept import KeptFirst
from apps.core.leaving import Leaving
from apps.dashboards.consumers import DashboardConsumer
from apps.streams.consumers import StreamConsumer


class NoSuchSocket(AsyncWebsocketConsumer):
    """Any other path: HTTP 403, as for a dashboard that is not there."""

    channel_layer_alias = ""

    async def connect(self) -> None:
        """Refuse."""
        raise DenyConnection


websocket_paths = [
    path("ws/dashboards/<slug:slug>/", DashboardConsumer.as_asgi()),
    path("ws/streams/<slug:slug>/", StreamConsumer.as_asgi(authenticate=user_of)),
    re_path("", NoSuchSocket.as_asgi()),
]


class OwnOrigin(OriginValidator):
    """Only our own pages, and senders that are no browser: those have neither origin nor cookie."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Check the handshake."""
        names = {name for name, _value in scope["headers"]}
        if scope["path"].startswith("/ws/streams/") and not names & {b"origin", b"cookie"}:
            return await self.application(scope, receive, send)
        return await super().__call__(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "http": KeptFirst(Leaving(WSGIMiddleware(http, workers=8))),  # type: ignore[arg-type]
        "websocket": OwnOrigin(
            AuthMiddlewareStack(URLRouter(websocket_paths)), settings.ALLOWED_ORIGINS
        ),
    }
)
