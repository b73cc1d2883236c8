"""A caller with a token, and a stream to send to."""

import pytest
from django.test import Client

from apps.api.tokens import Refresh
from apps.streams.services import create_stream


class Caller(Client):
    """A client that sends JSON with a bearer token. `path` is below /api/v1/."""

    def __init__(self, user=None):
        token = {"Authorization": f"Bearer {Refresh.issue(user).access_token}"} if user else {}
        super().__init__(headers=token)

    def ask(self, method, path, data=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = names.pop("Content-Type", "application/json")
        if data is None:
            return self.generic(method, f"/api/v1/{path}", headers=names)
        if not isinstance(data, str | bytes):
            data = self._encode_json(data, "application/json")
        return self.generic(method, f"/api/v1/{path}", data, kind, headers=names)


@pytest.fixture
def caller():
    return Caller


@pytest.fixture
def stream(workspace):
    return create_stream(
        workspace,
        name="Rides",
        slug="rides",
        time_column="at",
        columns=[
            {"name": "at", "type": "time"},
            {"name": "zone", "type": "text"},
            {"name": "fare", "type": "number", "unit": "€"},
        ],
        measures=[
            {"name": "rides", "label": "Rides", "aggregate": "count", "format": "integer"},
            {"name": "fares", "label": "Fares", "aggregate": "sum", "column": "fare"},
        ],
    )
