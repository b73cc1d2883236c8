"""Connections go to the address that was checked, and can be cut."""

import contextlib
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors import dial
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.connectors.errors import SourceRefused, SourceTooLarge

from . import certificates

HOST = "db.example"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.hosts.append(self.headers["Host"])
        self.send_response(200)
        self.end_headers()
        if self.path == "/drip":
            for _second in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        if self.path == "/flood":
            for _part in range(200):
                self.wfile.write(b"x" * 100_000)
        self.wfile.write(b"hello")

    def log_message(self, *_words):
        pass


@pytest.fixture
def server(tmp_path):
    """An HTTPS server with a certificate for HOST."""
    certificates.write(tmp_path, HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_request: None
    server.daemon_threads = True
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.hosts, server.port = [], server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def names(monkeypatch):
    """What each host resolves to, if it is allowed; a list is used up look-up by look-up."""
    found = {HOST: ["127.0.0.1"], "other.example": ["127.0.0.1"]}

    def reachable(host, port):
        address = found[host].pop(0) if len(found[host]) > 1 else found[host][0]
        if address.startswith("10."):
            raise UserError("Sources may not be at this address.", field="settings.host")
        return [address]

    monkeypatch.setattr(addresses, "reachable", reachable)
    return found


def pool_of(line, tmp_path):
    pool = dial.http_pool(line)
    pool.connection_pool_kw["ca_certs"] = str(tmp_path / "cert.pem")
    return pool


def test_ssrf_2_name_and_certificate_are_those_of_the_host(server, names, tmp_path):
    pool = pool_of(dial.Line(HOST, server.port), tmp_path)
    answer = pool.request("GET", f"https://{HOST}:{server.port}/", retries=False)
    assert answer.data == b"hello"
    assert server.hosts == [f"{HOST}:{server.port}"]
    pool = pool_of(dial.Line("other.example", server.port), tmp_path)
    with pytest.raises(urllib3.exceptions.SSLError):
        pool.request("GET", f"https://other.example:{server.port}/", retries=False)


def test_ssrf_2_a_name_that_moves_is_caught_when_the_next_socket_opens(server, names, tmp_path):
    names[HOST] = ["127.0.0.1", "10.0.0.5"]
    pool = pool_of(dial.Line(HOST, server.port), tmp_path)
    url = f"https://{HOST}:{server.port}/"
    assert pool.request("GET", url, retries=False).status == 200
    pool.clear()
    with pytest.raises(SourceRefused) as caught:
        pool.request("GET", url, retries=False)
    assert caught.value.field == "host"


@pytest.mark.parametrize("url", ["https://other.example:{}/", "https://db.example:1/"])
def test_ssrf_3_another_host_or_port_is_refused(server, names, tmp_path, url):
    pool = pool_of(dial.Line(HOST, server.port), tmp_path)
    with pytest.raises(SourceRefused):
        pool.request("GET", url.format(server.port), retries=False)
    assert server.hosts == []


def test_ssrf_5_a_dripping_answer_is_cut(server, names, tmp_path):
    line = dial.Line(HOST, server.port)
    pool = pool_of(line, tmp_path)
    threading.Timer(0.4, line.cut).start()
    began = time.monotonic()
    answer = None
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        answer = pool.request("GET", f"https://{HOST}:{server.port}/drip", retries=False)
    assert time.monotonic() - began < 2
    assert answer is None or len(answer.data) < 50


def test_ssrf_5_no_more_is_read_than_was_asked_for(server, names, tmp_path):
    line = dial.Line(HOST, server.port)
    line.begin(Limits(timeout_s=5, rows=1, bytes=1_000_000))
    with pytest.raises(SourceTooLarge):
        pool_of(line, tmp_path).request("GET", f"https://{HOST}:{server.port}/flood", retries=False)
    assert line.came < 4_000_000


def test_a_line_that_was_cut_opens_no_more(server, names):
    line = dial.Line(HOST, server.port)
    line.cut()
    with pytest.raises(OSError, match="cut"):
        line.open()


def test_a_closed_line_holds_no_connection(server, names):
    line = dial.Line(HOST, server.port)
    for _time in range(9):
        line.open().close()
    assert len(line._handles) <= dial.KEPT_HANDLES
    line.close()
    assert line._handles == []


def test_what_is_idle_is_kept_for_its_settings_and_a_while():
    closed = []
    idle = dial.Idle(closed.append, per_source=1, keep_s=0.2)
    kept = Connection("x", {}, source_id=1, stamp="a")
    idle.give(kept, "one")
    idle.give(kept, "two")
    idle.give(Connection("x", {}), "tried")
    assert closed == ["two", "tried"]
    assert idle.take(Connection("x", {}, source_id=1, stamp="b")) is None
    assert idle.take(kept) == "one"
    assert idle.take(kept) is None
    idle.give(kept, "three")
    time.sleep(0.3)
    assert idle.take(kept) is None
    assert closed[-1] == "three"


def test_the_environments_proxy_is_not_used(server, names, tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        pool = pool_of(dial.Line(HOST, server.port), tmp_path)
        assert pool.request("GET", f"https://{HOST}:{server.port}/", retries=False).status == 200
