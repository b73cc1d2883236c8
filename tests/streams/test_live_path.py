"""The whole live path: HTTP ingest -> PostgreSQL -> Redis -> hub -> a WebSocket client."""

import asyncio
import secrets
import threading
import time

import httpx
import orjson
import pytest
import websockets
from django.db import connection

from apps.api.tokens import Refresh
from apps.streams import services
from apps.streams.sender import Sender
from tests.conftest import person
from tests.dashboards.live_board import VIEW, column, cookie_of, make_board, now_row, record
from tests.streams.conftest import make_stream
from tests.streams.live_server import WebPart

PASSWORD = "correct horse battery"  # of every person of tests.conftest
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def web(workspace, tmp_path):
    part = WebPart(tmp_path)
    part.start()
    yield part
    part.stop()


@pytest.fixture
def departures(workspace):
    return make_stream(workspace)


@pytest.fixture
def cards(editor, departures, orders):
    return make_board(editor, departures, orders)[1]


@pytest.fixture
def cookie(viewer, web):
    return cookie_of(viewer)


@pytest.fixture
def token(editor):
    return str(Refresh.issue(editor).access_token)


class Page:
    """A browser's socket."""

    def __init__(self, web, cookie, **options):
        self.dial = websockets.connect(
            web.url.replace("http", "ws") + "/ws/dashboards/live/",
            additional_headers={"Cookie": cookie, "Origin": web.url},
            proxy=None,
            **options,
        )

    async def __aenter__(self):
        self.socket = await self.dial.__aenter__()
        return self

    async def __aexit__(self, *error):
        await self.dial.__aexit__(*error)

    async def watch(self, widget, **more):
        await self.say(type="subscribe", widget=widget, view=VIEW, **more)

    async def say(self, **frame):
        await self.socket.send(orjson.dumps(frame).decode())

    async def hear(self, kind):
        async with asyncio.timeout(10):
            while (frame := orjson.loads(await self.socket.recv()))["type"] != kind:
                pass
            return frame


class Source:
    """A partner who sends by HTTP."""

    def __init__(self, web, token):
        self.http = httpx.AsyncClient(base_url=web.url, trust_env=False, timeout=10)
        self.token = token

    async def send(self, *rows):
        headers = {"Authorization": f"Bearer {self.token}"}
        path = "/api/v1/streams/departures/events/"
        answer = await self.http.post(path, json=list(rows), headers=headers)
        assert answer.status_code == 202, answer.text


async def test_a_row_sent_by_http_moves_the_chart(web, cards, cookie, token, record_property):
    source, took_ms = Source(web, token), []
    async with Page(web, cookie) as page:
        await page.watch(cards["line"])
        snapshot = await page.hear("snapshot")
        for n in range(1, 61):
            began = time.perf_counter()
            await source.send(now_row())
            delta = await page.hear("delta")
            took_ms.append((time.perf_counter() - began) * 1000)
            assert delta["sequence"] == snapshot["sequence"] + n
        await asyncio.sleep(0.05)
    took_ms.sort()
    record_property("ingest_to_socket_ms", {"p50": took_ms[30], "p95": took_ms[56]})
    print(f"ingest to socket: p50 {took_ms[30]:.1f} ms, p95 {took_ms[56]:.1f} ms")


async def test_every_row_is_on_the_chart_in_the_end(web, cards, cookie, token):
    source = Source(web, token)
    async with Page(web, cookie) as page:
        await page.watch(cards["number"])
        await page.hear("snapshot")
        await asyncio.gather(*(source.send(now_row(), now_row()) for _ in range(20)))
        seen = 0
        while seen < 40:
            seen = column((await page.hear("delta"))["data"], "flights")[0]
        assert seen == 40


async def test_an_idle_socket_stays_open(web, cards, cookie):
    async with Page(web, cookie) as page:
        await page.hear("hello")
        await asyncio.sleep(7)
        await page.say(type="ping")
        await page.hear("pong")


async def test_ws_8_a_reader_who_takes_nothing_costs_no_memory(
    web, cards, cookie, token, departures
):
    await record(departures, *[now_row(2 * n) for n in range(9000)])
    source = Source(web, token)
    wide = {**VIEW, "from": "now-6h"}
    async with Page(web, cookie, max_queue=1) as deaf, Page(web, cookie) as page:
        await page.watch(cards["number"])
        await page.hear("snapshot")
        await deaf.say(type="subscribe", widget=cards["line"], view=wide)
        size = len(orjson.dumps(await deaf.hear("snapshot")))
        before = web.memory_kib()
        for _ in range(300):
            await deaf.say(type="subscribe", widget=cards["line"], view=wide)
            await asyncio.sleep(0.015)
        await source.send(now_row())
        await page.hear("delta")
        grown_kib = web.memory_kib() - before
        assert 300 * size > 40 * 2**20
        assert grown_kib < 16 * 1024
        await deaf.say(type="ping")
        await deaf.hear("pong")
        await source.send(now_row())
        await deaf.hear("delta")


async def test_killed_and_started_again_it_loses_no_acknowledged_row(
    web, cards, cookie, workspace, departures
):
    email = await asyncio.to_thread(lambda: person("feeder@example.com", workspace, "editor").email)
    stop, acknowledged = threading.Event(), []

    def feed():
        sender = Sender(web.url, "departures", email, PASSWORD, stop)
        while not stop.is_set():
            name = secrets.token_hex(8)
            if sender.send([now_row(carrier=name)]):
                acknowledged.append(name)
        sender.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    async with Page(web, cookie) as page:
        await page.watch(cards["line"])
        last = await page.hear("delta")
    for _ in range(3):
        await asyncio.sleep(0.7)
        await asyncio.to_thread(web.kill)
        await asyncio.to_thread(web.start)
    async with Page(web, cookie) as page:
        await page.watch(cards["line"], since=last["sequence"], epoch=last["epoch"])
        await page.hear("delta")
    stop.set()
    await asyncio.to_thread(feeder.join)
    stored = await asyncio.to_thread(carriers, departures)
    assert len(acknowledged) > 10
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)


async def test_a_socket_that_was_cut_gets_what_it_missed(web, cards, cookie, token):
    source = Source(web, token)
    async with Page(web, cookie) as stays:
        await stays.watch(cards["line"])
        async with Page(web, cookie) as page:
            await page.watch(cards["line"])
            seen = await page.hear("snapshot")
            page.socket.transport.abort()
        for _ in range(3):
            await source.send(now_row())
            last = await stays.hear("delta")
        async with Page(web, cookie) as page:
            await page.watch(cards["line"], since=seen["sequence"], epoch=seen["epoch"])
            numbers = []
            while not numbers or numbers[-1] < last["sequence"]:
                numbers.append((await page.hear("delta"))["sequence"])
            assert numbers == list(range(seen["sequence"] + 1, last["sequence"] + 1))


def carriers(stream):
    try:
        with connection.cursor() as cursor:
            table = services.table_of(stream).name
            cursor.execute(f'SELECT carrier FROM streams."{table}"')
            return [carrier for (carrier,) in cursor.fetchall()]
    finally:
        connection.close()
