"""A small web server for tests: answers are functions by path; it notes what it was asked."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import orjson


class Site:
    """`pages`: path -> function of (request) giving (status, headers, body) or a JSON value."""

    def __init__(self):
        self.pages, self.asked, self.url = {}, [], ""

    def answer(self, request):
        path = urlsplit(request.path)
        request.params = dict(parse_qsl(path.query))
        self.asked.append((path.path, request.params, dict(request.headers)))
        page = self.pages.get(path.path)
        if page is None:
            return 404, {}, b"nothing here"
        found = page(request) if callable(page) else page
        if isinstance(found, tuple):
            return found
        return 200, {"Content-Type": "application/json"}, orjson.dumps(found)


@contextmanager
def serving():
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = site.answer(self)
            if found is None or found[2] is None:  # the page has answered by itself
                self.close_connection = True
                return
            status, headers, body = found
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
