"""As much of Trino's client protocol as one source needs, with answers to be set by a test.

Answers have the shapes that a Trino coordinator sends: a POST gives an id and a nextUri, each GET
there a page, until there is no nextUri; a DELETE there cancels.
"""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

QUERY = "20240301_100000_00001_abcde"
STATS = {"state": "RUNNING", "queued": False, "scheduled": True, "nodes": 1, "elapsedTimeMillis": 5}
ARGUMENTS = {"timestamp": [3], "timestamp with time zone": [3], "decimal": [12, 2], "varchar": [9]}


def column(name, native):
    """A column as Trino describes it, with its type taken apart."""
    raw = native.partition("(")[0]
    rest = native.rpartition(")")[2] if ")" in native else ""
    raw += rest
    signature = {"rawType": raw, "arguments": []}
    if raw == "array":
        inner = native[len("array(") : -1]
        signature["arguments"] = [{"kind": "TYPE", "value": column("", inner)["typeSignature"]}]
    else:
        numbers = ARGUMENTS.get(raw, [])
        signature["arguments"] = [{"kind": "LONG", "value": number} for number in numbers]
    return {"name": name, "type": native, "typeSignature": signature}


def failure(name, message, kind="USER_ERROR"):
    """An error as Trino tells it."""
    return {
        "message": message,
        "errorCode": 1,
        "errorName": name,
        "errorType": kind,
        "failureInfo": {"type": "io.trino.spi.TrinoException", "message": message, "stack": []},
    }


class Server(ThreadingHTTPServer):
    """Listens on a free port. `pages` are answered one after the other."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.columns = [column("n", "integer")]
        self.pages = [[[1]]]
        self.error = None
        self.update = None
        self.wait_s = 0
        self.origin = None
        self.extra = {}  # of a page, in place of its rows
        self.status = 200
        self.statements, self.headers, self.cancelled = [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, *_request):
        """Whoever asked has gone."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server = self.server
        sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
        server.statements.append(sql)
        server.headers.append(dict(self.headers))
        if self.path != "/v1/statement":
            return self.answer({}, 404)
        if server.status != 200:
            return self.answer({}, server.status)
        if sql.startswith("START TRANSACTION"):
            body = self.page(None) | {"updateType": "START TRANSACTION"}
            return self.answer(body, more={"X-Trino-Started-Transaction-Id": "tx-1"})
        return self.answer(self.page(0, stats={"state": "QUEUED", "queued": True}))

    def do_GET(self):
        server = self.server
        number = int(self.path.rpartition("/")[2])
        server.headers.append(dict(self.headers))
        time.sleep(server.wait_s)
        if server.error:
            return self.answer(self.page(None) | {"error": server.error})
        body = self.page(number + 1 if number < len(server.pages) else None)
        if number < len(server.pages):
            body |= {"columns": server.columns, "data": server.pages[number]}
        if server.update:
            body |= {"updateType": server.update, "updateCount": 1}
        return self.answer(body | server.extra)

    def do_DELETE(self):
        self.server.cancelled.append(self.path)
        self.send_response(204)
        self.end_headers()

    def page(self, number, stats=None):
        origin = self.server.origin or f"http://{self.headers['Host']}"
        body = {"id": QUERY, "infoUri": f"{origin}/ui/query.html?{QUERY}", "warnings": []}
        body["stats"] = STATS | (stats or {})
        if number is not None:
            body["nextUri"] = f"{origin}/v1/statement/executing/{QUERY}/y/{number}"
        return body

    def answer(self, body, status=200, more=None):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_words):
        pass


def basic(user, password):
    """The header of a sign-in by password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
