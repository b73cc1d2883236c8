"""The socket of one open dashboard."""

from channels.generic.websocket import AsyncWebsocketConsumer


class DashboardConsumer(AsyncWebsocketConsumer):
    """One browser tab that has one dashboard open."""
