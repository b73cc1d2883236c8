"""The least a server can do: answer bytes that lie in Redis, over HTTP and over a socket."""

import os
from typing import Any

import redis.asyncio

client = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
KEY = os.environ["BARE_KEY"]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI without a framework."""
    if scope["type"] == "http":
        body = await client.get(KEY)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            body = await client.get(KEY)
            await send({"type": "websocket.send", "text": body.decode()})
            del message
