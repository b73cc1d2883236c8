"""A metric with a past that has something in it, and a model that is a real HTTP server."""

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest

from apps.datasources import services as datasources
from apps.datasources.models import Metric

START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 140
SPIKE = START + timedelta(days=100)


def daily(day):
    """A week's shape, a little noise that is the same every time, one spike, a rise at the end."""
    value = 100 + 10 * (day % 7) + (day * 7919) % 13
    if day == 100:
        value += 400
    return value + (120 if day >= DAYS - 7 else 0)


@pytest.fixture
def sales(workspace):
    """140 days, two regions: West carries the rise of the last week, East is always 40."""
    days = [START + timedelta(days=day) for day in range(DAYS)]
    table = pa.table(
        {
            "sold_at": pa.array([d for d in days for _ in "WE"], pa.timestamp("ms", "UTC")),
            "region": ["West", "East"] * DAYS,
            "customer": ["Canary Ltd", "Canary Inc"] * DAYS,
            "amount": [float(v) for day in range(DAYS) for v in (daily(day) - 40, 40)],
        }
    )
    return datasources.register_upload(
        workspace,
        name="Sales",
        slug="sales",
        table=table,
        time_column="sold_at",
        columns={"customer": {"is_private": True}},
        measures=[
            {"name": "revenue", "label": "Revenue", "aggregate": "sum", "column": "amount"}
            | {"unit": "€", "format": "currency", "good": "up"},
        ],
    )


@pytest.fixture
def metric(workspace, sales, analyst):
    return Metric.objects.create(
        workspace=workspace,
        dataset=sales,
        name="Revenue",
        slug="revenue",
        measure=sales.measures.get(name="revenue"),
        grain="day",
        owner=analyst,
    )


class Model(ThreadingHTTPServer):
    """Speaks the chat completions protocol; `reply` is what its next answers are made of."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.reply = {"sentences": []}
        self.status = 200
        self.raw = None
        self.hang = threading.Event()
        self.hangs = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(json.loads(body))
        if self.server.hangs:
            self.server.hang.wait(30)
        raw = self.server.raw
        if raw is None:
            reply = self.server.reply
            if callable(reply):
                reply = reply(json.loads(self.server.requests[-1]["messages"][1]["content"]))
            content = reply if isinstance(reply, str) else json.dumps(reply)
            raw = json.dumps(
                {
                    "id": "1",
                    "object": "chat.completion",
                    "created": 1,
                    "model": "test",
                    "choices": [
                        {
                            "index": 0,
                            "finish_reason": "stop",
                            "message": {"role": "assistant", "content": content},
                        }
                    ],
                    "usage": {"prompt_tokens": 70, "completion_tokens": 30, "total_tokens": 100},
                }
            ).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # the product may hang up
            self.wfile.write(raw)

    def log_message(self, *_args):
        pass


@pytest.fixture
def model(settings):
    server = Model()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.OPENAI_API_KEY = "sk-canary-key"
    settings.OPENAI_BASE_URL = server.url
    settings.OPENAI_TIMEOUT_S = 3.0
    yield server
    server.hang.set()
    server.shutdown()
    server.server_close()
