"""The two doors in one process: HTTP goes to WSGI threads, sockets stay native.

Django's own ASGI handler makes a thread, a cache client and a database connection per request;
bridged to WSGI threads that live on, the same page costs about half the CPU.
"""

import os

from a2wsgi import WSGIMiddleware
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

from config.wsgi import application as http  # first: it loads the apps that follow

# isort: split
from django.conf import settings

from apps.dashboards.consumers import DashboardConsumer
from apps.streams.consumers import StreamConsumer

websocket_paths = [
    path("ws/dashboards/<slug:slug>/", DashboardConsumer.as_asgi()),
    path("ws/streams/<slug:slug>/", StreamConsumer.as_asgi()),
]

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(http, workers=8),
        "websocket": OriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_paths)), settings.ALLOWED_ORIGINS
        ),
    }
)
