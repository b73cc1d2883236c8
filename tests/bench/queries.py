"""A cached question over HTTP and over the page's socket, beside a bare server's answer.

Run alone: `python -m tests.bench.queries`, for HTTP.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import redis
from websockets.sync.client import connect

from tests.product import ROOT, Product, cpu_of, running

ASKED = 600
PAUSE_S = 0.012  # a socket may say 100 things a second


@contextmanager
def bare(product: Product, body: bytes) -> Iterator[tuple[str, int]]:
    """A bare ASGI server that answers `body` from the same Redis. Gives (host:port, pid)."""
    environment = {**os.environ, **product.environment, "BARE_KEY": "bench:bare"}
    store = redis.Redis.from_url(environment["REDIS_URL"])
    store.set("bench:bare", body, ex=600)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "tests.bench.bare:application", "--no-access-log"]
    command += ["--port", str(port), "--log-level", "warning", "--lifespan", "off"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        for _try in range(100):
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(10)


def http(product: Product) -> dict[str, float]:
    """Milliseconds of processor time per cached answer and answers a second; bare beside it."""
    headers = {"Authorization": f"Bearer {product.token('admin')}"}
    datasets = httpx.get(f"{product.url}/api/v1/datasets/", headers=headers).json()["results"]
    sales = next(item for item in datasets if item["slug"] == "sales")
    window = {"from": "2014-01-01T00:00:00Z", "to": "2018-01-01T00:00:00Z"}
    question = {"dataset": sales["id"], "measures": ["sales"], "time": "order_date"}
    body = json.dumps({**question, "grain": "day", "window": window}).encode()
    headers |= {"Content-Type": "application/json", "Accept": "application/json"}
    first = httpx.post(f"{product.url}/api/v1/query/", content=body, headers=headers)
    first.raise_for_status()
    host = urlsplit(product.url).netloc

    def ask(connection: HTTPConnection) -> None:
        connection.request("POST", "/api/v1/query/", body, headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"the query answered {response.status}")

    def ask_bare(connection: HTTPConnection) -> None:
        connection.request("GET", "/")
        connection.getresponse().read()

    found: dict[str, float] = {"bytes": float(len(first.content))}
    found |= _rate("product", host, ask, lambda: product.cpu_s())
    with bare(product, first.content) as (bare_host, pid):
        found |= _rate("bare", bare_host, ask_bare, lambda: cpu_of(pid))
    return found


def _rate(
    name: str, host: str, ask: Callable[[HTTPConnection], None], cpu: Callable[[], float]
) -> dict[str, float]:
    def some(count: int) -> None:
        connection = HTTPConnection(host)
        for _each in range(count):
            ask(connection)
        connection.close()

    some(100)  # warm
    cpu_before, began = cpu(), time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(some, [ASKED // 2] * 2))
    took, used = time.perf_counter() - began, cpu() - cpu_before
    return {f"{name}_cpu_ms": used / ASKED * 1000, f"{name}_per_s": ASKED / took}


def over_socket(product: Product) -> dict[str, float]:
    """Milliseconds of processor time per kept card sent on a subscribe; bare beside it."""
    session = product.session("admin")
    page = session.get("/d/sales/")
    widgets = [part.split('"')[0] for part in page.text.split('data-widget="')[1:]]
    view = {"from": "2017-01-01", "to": "2018-01-01", "filters": {}, "width": 640, "compare": ""}
    cookie = "; ".join(f"{c.name}={c.value}" for c in session.cookies.jar)
    url = product.url.replace("http", "ws") + "/ws/dashboards/sales/"
    headers = {"Cookie": cookie, "Origin": product.url}
    widget = int(widgets[6])
    subscribe = json.dumps({"type": "subscribe", "widget": widget, "view": view})
    size = 0
    with connect(url, additional_headers=headers, max_size=None) as peer:

        def ask() -> int:
            peer.send(subscribe)  # takes the place of the one before
            return len(_until(peer, "snapshot"))

        for _warm in range(50):
            size = ask()
            time.sleep(PAUSE_S)
        cpu_before = product.cpu_s()
        for _each in range(ASKED):
            ask()
            time.sleep(PAUSE_S)
        used = product.cpu_s() - cpu_before
    found = {"socket_cpu_ms": used / ASKED * 1000, "socket_bytes": float(size)}
    with bare(product, b"x" * size) as (host, pid), connect(f"ws://{host}/") as peer:
        before = cpu_of(pid)
        for _each in range(ASKED):
            peer.send("ask")
            peer.recv()
            time.sleep(PAUSE_S)  # as above: a server that wakes up for each is dearer
        found["socket_bare_cpu_ms"] = (cpu_of(pid) - before) / ASKED * 1000
    return found


def _until(peer: Any, kind: str) -> str:
    while True:
        text = str(peer.recv(timeout=10))
        if f'"type":"{kind}"' in text[:200]:
            return text
        if '"type":"error"' in text[:200]:
            raise SystemExit(f"the socket answered {text[:300]}")


def main() -> None:
    """Print the processor time of a cached answer over HTTP, and answers a second."""
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        Path(folder).chmod(0o711)
        with running(feeder=False, var=Path(folder) / "var") as product:
            time.sleep(45)  # the first forecasts and pictures are made; then nothing else runs
            for name, value in http(product).items():
                sys.stdout.write(f"  {name:<20} {value:10.2f}\n")


if __name__ == "__main__":
    main()
