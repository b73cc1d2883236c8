"""ClickHouse's own engine, behind as much of its HTTP interface as its driver uses.

chdb has no server. This one hands each request to the engine and its answer back, with errors as
ClickHouse sends them, so that the driver, the pinned connection and the limits meet real SQL.
"""

import base64
import contextlib
import email
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError

TRANSPORT = {
    *("query", "database", "query_id", "wait_end_of_query", "client_protocol_version"),
    *("send_progress_in_http_headers", "http_headers_progress_interval_ms", "compress"),
}


class Server(ThreadingHTTPServer):
    """Listens on a free port; `statements` are those it was sent, `killed` the ids to be killed."""

    daemon_threads = True

    def __init__(self, user, password):
        super().__init__(("127.0.0.1", 0), Handler)
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.sign_in = f"Basic {token}"
        self.statements, self.killed, self.hosts = [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_request):
        """Whoever asked has gone."""

    @property
    def port(self):
        return self.server_address[1]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server, url = self.server, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = dict(parse_qsl(url.query, keep_blank_values=True))
        if "multipart" in self.headers.get("Content-Type", ""):
            asked |= fields(self.headers["Content-Type"], body)
        else:
            asked["query"] = asked.get("query", "") + body.decode()
        server.hosts.append(self.headers["Host"])
        if self.headers.get("Authorization") != server.sign_in:
            return self.fail(516, "Authentication failed: password is incorrect", 403)
        sql = asked["query"]
        server.statements.append(sql)
        if sql.startswith("KILL QUERY"):
            server.killed.append(sql)
            return self.answer(b"")
        return self.run(sql, asked)

    do_GET = do_POST  # noqa: N815 - http.server's name

    def run(self, sql, asked):
        values = {
            name.removeprefix("param_"): re.sub(r"\\(.)", unescaped, value, flags=re.DOTALL)
            for name, value in asked.items()
            if name.startswith("param_")
        }
        settings = {
            name: value
            for name, value in asked.items()
            if name not in TRANSPORT and not name.startswith("param_")
        }
        try:
            # A new one each time: what is once set to read only stays so.
            client = clickhouse_connect.get_client(
                interface="chdb", database=asked.get("database") or "default"
            )
            with contextlib.closing(client):
                found = client.raw_query(sql, values or None, settings=settings)
            self.answer(found)
        except DatabaseError as error:
            self.fail(error.code or 1, str(error), 500)

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Summary", "{}")
        self.end_headers()
        self.wfile.write(body)

    def fail(self, code, message, status):
        body = f"Code: {code}. DB::Exception: {message}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Exception-Code", str(code))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        pass


def unescaped(found):
    """What stands after a backslash in a value, as ClickHouse reads it."""
    return {"t": "\t", "n": "\n", "r": "\r", "0": "\0"}.get(found[1], found[1])


def fields(kind, body):
    """The fields of a multipart form."""
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        found[name] = part.get_payload(decode=True).decode()
    return found
