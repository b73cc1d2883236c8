"""A dashboard on a stream, and a browser tab that has it open, for tests of the live path."""

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client
from jsonschema import Draft202012Validator

from apps.dashboards.models import Dashboard, Placement
from apps.streams import services
from apps.widgets.models import Widget

SCHEMA = settings.ROOT / "docs" / "live-protocol.schema.json"
SERVER_FRAME = Draft202012Validator(orjson.loads(SCHEMA.read_bytes()))  # every frame heard here

VIEW = {"from": "now-15m", "to": "now", "width": 640}
LINE = {"measures": ["flights"], "grain": "second"}


def make_board(owner, stream, orders=None):
    """Cards by title: line and number on the stream, and a bar on orders, which stand still."""
    workspace = stream.dataset.workspace
    board = Dashboard.objects.create(
        workspace=workspace, owner=owner, title="Live", slug="live", time_from="now-15m"
    )
    cards = {
        "line": ("line", stream.dataset, LINE, {}),
        "number": ("big_number", stream.dataset, {"measures": ["flights"]}, {"compare": ""}),
    }
    if orders:
        query = {"measures": ["revenue"], "dimensions": ["region"]}
        cards["bar"] = ("bar", orders, query, {})
    found = {}
    for y, (title, (kind, dataset, query, options)) in enumerate(cards.items()):
        widget = Widget.objects.create(
            workspace=workspace,
            title=title,
            kind=kind,
            dataset=dataset,
            query=query,
            options=options,
        )
        Placement.objects.create(dashboard=board, widget=widget, x=0, y=y * 4, w=12, h=4)
        found[title] = widget.pk
    return board, found


def now_row(seconds_ago=0.0, **fields):
    """A row of the stream `departures`."""
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return {"at": at.isoformat(), "carrier": "UA", "delay": 1, **fields}


async def in_thread(work, *args, **kwargs):
    """Run what speaks to the database, and leave no connection behind."""

    def run():
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


async def record(stream, *rows, **options):
    """Ingest, as the API does."""
    return await in_thread(services.record_events, stream, list(rows), **options)


def cookie_of(user):
    """A signed-in browser's session cookie."""
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


class Tab:
    """One socket through the whole of config.asgi."""

    def __init__(self, cookie="", slug="live", origin=None, path=None):
        from config.asgi import application

        headers = [(b"cookie", cookie.encode())] if cookie else []
        origin = settings.BASE_URL if origin is None else origin
        headers += [(b"origin", origin.encode())] if origin else []
        path = path or f"/ws/dashboards/{slug}/"
        self.path = path
        self.socket = WebsocketCommunicator(application, path, headers=headers)

    async def __aenter__(self):
        accepted, code = await self.socket.connect(timeout=10)
        assert accepted, code
        return self

    async def __aexit__(self, *_error):
        await self.socket.disconnect()

    async def say(self, **frame):
        await self.socket.send_to(text_data=orjson.dumps(frame).decode())

    async def hear(self, kind=None, timeout=5.0):
        """The next frame, or the next one of a kind."""
        while True:
            frame = orjson.loads(await self.socket.receive_from(timeout=timeout))
            if self.path.startswith("/ws/dashboards/"):
                SERVER_FRAME.validate(frame)
            if kind in (None, frame["type"]):
                return frame

    async def close_code(self, timeout=6.0):
        """The code with which the server closes; frames before are left out."""
        while True:
            message = await self.socket.receive_output(timeout=timeout)
            if message["type"] == "websocket.close":
                return message["code"]

    async def is_silent(self, seconds=0.4):
        return await self.socket.receive_nothing(timeout=seconds)


def column(data, name, frame="main"):
    """The values of one column of card data."""
    found = data["frames"][frame]
    names = [each["name"] for each in found["columns"]]
    return found["data"][names.index(name)]
