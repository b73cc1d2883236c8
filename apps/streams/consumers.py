"""The socket over which a source sends rows."""

from channels.generic.websocket import AsyncWebsocketConsumer


class StreamConsumer(AsyncWebsocketConsumer):
    """One sender's connection."""
