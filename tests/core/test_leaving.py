"""Whether a reader has left, through the real bridge from ASGI to WSGI."""

import asyncio
import threading

from a2wsgi import WSGIMiddleware
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from apps.core.leaving import Leaving, watched

WAIT_S = 10


def asked(*, leaves, method="GET"):
    """What a view hears of a reader who leaves, or does not, while it works."""
    works, heard = threading.Event(), []

    def view(environ, start_response):
        with watched(WSGIRequest(environ)) as has_left:
            heard.append(has_left())
            works.set()
            deadline = threading.Event()
            for _look in range(WAIT_S * 20):
                if has_left() or not leaves:
                    break
                deadline.wait(0.05)
            heard.append(has_left())
        start_response("200 OK", [])
        return [b"done"]

    async def run():
        began = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive():
            if began:
                return began.pop()
            while not (leaves and works.is_set()):
                await asyncio.sleep(0.01)
            return {"type": "http.disconnect"}

        async def send(_message):
            pass

        scope = {"type": "http", "method": method, "path": "/", "query_string": b""}
        scope |= {"http_version": "1.1", "headers": [], "scheme": "http"}
        await Leaving(WSGIMiddleware(view))(scope, receive, send)

    asyncio.run(run())
    return heard


def test_a_reader_who_leaves_is_missed_and_one_who_stays_is_not():
    assert asked(leaves=True) == [False, True]
    assert asked(leaves=False) == [False, False]


def test_without_our_door_everybody_stays():
    with watched(RequestFactory().get("/")) as has_left:
        assert has_left() is False
