"""Whether the reader of an answer is still there, for work that is worth ending when not."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.http import HttpRequest

KEY: Final = "sightline.receive"


class Leaving:
    """ASGI: lets what lies below hear of a reader who leaves. Costs nothing until it is asked."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Any) -> None:
        """One request."""
        heard = {KEY: (asyncio.get_running_loop(), receive)}
        await self.application({**scope, **heard}, receive, send)


@contextmanager
def watched(request: HttpRequest) -> Iterator[Callable[[], bool]]:
    """Tells, whenever it is called, whether the reader of this GET has left.

    A server without our door (`runserver`, tests) does not tell: then they stay.
    """
    loop, receive = request.META.get("asgi.scope", {}).get(KEY, (None, None))
    if loop is None or request.method != "GET":  # of others, the body is still to be read
        yield lambda: False
        return
    gone = asyncio.run_coroutine_threadsafe(_gone(receive), loop)
    try:
        yield gone.done
    finally:
        gone.cancel()


async def _gone(receive: Callable[[], Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
