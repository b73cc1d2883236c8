"""JSON and CSV from a web server of the test's own, which also misbehaves."""

import socket
import threading
import time

import pytest

from apps.core.errors import UserError
from apps.datasources import addresses, sources
from apps.datasources.connectors import http, opensearch, prometheus
from apps.datasources.connectors.base import Limits
from apps.datasources.connectors.errors import (
    QueryCancelled,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)
from apps.datasources.connectors.options import options_of

from .webserver import serving

TYPES = [("id", "number"), ("name", "text")]
ALL = [{"id": number, "name": f"n{number}"} for number in range(25)]
LIMITS = Limits(timeout_s=5, rows=1000, bytes=5_000_000)


@pytest.fixture
def site(settings):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    with serving() as found:
        yield found


def connected(site, secret="", **details):
    kept = sources.checked("http", {"url": site.url, **details})
    return sources.connection_to("http", kept, secret)


def rows(site, options=None, types=TYPES, limits=LIMITS, since="", **details):
    source = connected(site, **details)
    asked = {"path": "/rows", **(options or {})}
    return http.run(source, http.statement(asked, types, since), [], limits).to_pylist()


def page(request):
    at, size = int(request.params.get("page", 1)), 10
    return {"items": ALL[(at - 1) * size : at * size]}


def offset(request):
    at, size = int(request.params.get("offset", 0)), int(request.params.get("limit", 4))
    return {"items": ALL[at : at + size]}


def cursor(request):
    at = int(request.params.get("cursor", 0))
    return {"items": ALL[at : at + 10], "next": at + 10 if at + 10 < len(ALL) else None}


def link(request):
    at = int(request.params.get("at", 0))
    body = b"[" + b",".join(
        b'{"id": %d, "name": "n%d"}' % (n, n) for n in range(at, min(at + 10, 25))
    )
    head = {"Link": f'<?at={at + 10}>; rel="next", <?at=0>; rel="first"'} if at + 10 < 25 else {}
    return 200, head, body + b"]"


def linked_inside(request):
    at = int(request.params.get("at", 0))
    address = f"http://{request.headers['Host']}/rows?at={at + 10}"
    return {"items": ALL[at : at + 10], "links": {"next": address if at < 15 else None}}


ITEMS = {"records": "$.items[*]"}
PAGINGS = [
    (page, {**ITEMS, "paging": {"kind": "page"}}),
    (offset, {**ITEMS, "paging": {"kind": "offset", "size_param": "limit", "size": 7}}),
    (offset, {**ITEMS, "paging": {"kind": "offset"}}),
    (cursor, {**ITEMS, "paging": {"kind": "cursor", "next": "$.next"}}),
    (link, {"paging": {"kind": "link"}}),
    (linked_inside, {**ITEMS, "paging": {"kind": "link", "next": "$.links.next"}}),
]


@pytest.mark.parametrize(("answer", "options"), PAGINGS)
def test_every_page_is_fetched_once(site, answer, options):
    site.pages["/rows"] = answer
    assert rows(site, options) == ALL


def test_columns_are_read_from_the_first_page(site):
    first = {
        "id": 7, "at": "2024-03-01T10:00:00+01:00", "day": "2024-03-01", "price": "12.50",
        "code": "007", "paid": True, "buyer": {"city": "Ulm", "tags": ["a", {"b": 1}]},
        "nothing": None,
    }  # fmt: skip
    site.pages["/rows"] = {"data": {"list": [first, {"id": 1.5, "extra": "x"}]}}
    found = http.columns(connected(site), "/rows", {"records": "$.data.list"})
    assert {each.name: each.type for each in found} == {
        "id": "number",
        "at": "time",
        "day": "time",
        "price": "number",
        "code": "text",
        "paid": "boolean",
        "buyer.city": "text",
        "buyer.tags": "text",
        "nothing": "text",
        "extra": "text",
    }
    types = [(each.name, each.type) for each in found]
    one, two = rows(site, {"records": "$.data.list[*]"}, types)
    assert one["at"].isoformat() == "2024-03-01T09:00:00+00:00"
    assert (one["price"], one["buyer.tags"], two["price"]) == (12.5, '["a",{"b":1}]', None)


def test_csv_is_read_with_its_separator(site):
    text = '\ufeffid;name\r\n1;"a;b"\r\n2;\r\n'
    site.pages["/rows"] = lambda request: (200, {}, text.encode())
    found = rows(site, {"format": "csv", "delimiter": ";"})
    assert found == [{"id": 1, "name": "a;b"}, {"id": 2, "name": None}]


@pytest.mark.parametrize(
    ("details", "header", "value"),
    [
        ({"auth": "token"}, "Authorization", "Bearer s3cret"),
        ({"auth": "header", "header": "X-Api-Key"}, "X-Api-Key", "s3cret"),
        ({"auth": "password", "user": "me"}, "Authorization", "Basic bWU6czNjcmV0"),
    ],
)
def test_it_signs_in(site, details, header, value):
    site.pages["/rows"] = ALL
    rows(site, {"since": "after", "params": {"a": 1}}, since="2024", secret="s3cret", **details)
    ((path, params, headers),) = site.asked
    assert (path, params, headers[header]) == ("/rows", {"a": "1", "after": "2024"}, value)


def refused(site, kind, words, field=None, **more):
    with pytest.raises(kind, match=words) as caught:
        rows(site, **more)
    assert "127.0.0.1" not in caught.value.message
    if field:
        assert caught.value.field == field
    return caught.value


def test_a_wrong_key_and_a_wrong_path_say_so(site):
    site.pages["/rows"] = lambda request: (401, {}, b"no")
    refused(site, SourceRefused, "credentials", "password")
    del site.pages["/rows"]
    refused(site, SourceRefused, "knows no", "relation")
    site.pages["/rows"] = lambda request: (503, {}, b"down")
    assert refused(site, SourceError, "problem of its own").is_outage
    site.pages["/rows"] = lambda request: (429, {}, b"slowly")
    refused(site, SourceError, "too often")


def test_what_is_no_data_is_refused(site):
    for body, words in ((b"<!doctype html><p>Sign in", "web page"), (b"{oops", "not JSON")):
        site.pages["/rows"] = lambda request, body=body: (200, {}, body)
        refused(site, SourceRefused, words, "url")
    site.pages["/rows"] = lambda request: (200, {}, b"<html>")
    refused(site, SourceRefused, "web page", "url", options={"format": "csv"})
    site.pages["/rows"] = lambda request: (200, {}, b"a,b\n1,2,3\n")
    refused(site, SourceRefused, "other columns", options={"format": "csv"})
    site.pages["/rows"] = lambda request: (200, {}, b"\xff\xfe")
    refused(site, SourceRefused, "UTF-8", options={"format": "csv"})


def test_a_jsonpath_that_finds_nothing_is_told_from_an_empty_list(site):
    site.pages["/rows"] = {"items": []}
    assert rows(site, ITEMS) == []
    refused(site, SourceRefused, "Nothing", "options.records", options={"records": "$.rows[*]"})


def test_a_value_that_does_not_fit_names_its_column_and_not_itself(site):
    site.pages["/rows"] = [{"id": "secret", "name": "a"}]
    error = refused(site, SourceRefused, "“id”", "columns")
    assert "secret" not in error.message


def test_pages_that_never_end_are_noticed(site):
    site.pages["/rows"] = {"items": ALL, "next": "again"}
    for paging in ({"kind": "page"}, {"kind": "cursor", "next": "$.next"}):
        options = {**ITEMS, "paging": paging}
        refused(site, SourceRefused, "again and again", "options.paging", options=options)


def test_a_page_elsewhere_is_not_followed(site):
    site.pages["/rows"] = {"items": ALL, "next": "http://169.254.169.254/latest"}
    options = {**ITEMS, "paging": {"kind": "link", "next": "$.next"}}
    refused(site, SourceRefused, "another host", options=options)
    site.pages["/rows"] = lambda request: (302, {"Location": "http://169.254.169.254/"}, b"")
    refused(site, SourceRefused, "another address", "url")
    site.pages["/rows"] = lambda request: (302, {"Location": "/rows"}, b"")
    refused(site, SourceRefused, "circle", "url")
    site.pages["/other"] = ALL
    site.pages["/rows"] = lambda request: (302, {"Location": "/other"}, b"")
    assert rows(site) == ALL


def endless(request):
    request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n[")
    try:
        while True:
            request.wfile.write(b'{"id": 1, "name": "a"},' * 4000)
    except OSError:
        return 200, {}, None


def test_an_answer_without_end_is_cut_off(site):
    site.pages["/rows"] = endless
    started = time.monotonic()
    refused(site, SourceTooLarge, "more than may")
    assert time.monotonic() - started < 4
    site.pages["/rows"] = lambda request: (200, {"Content-Length": str(10**9)}, b"[")
    refused(site, SourceTooLarge, "more than may")


def test_a_compressed_answer_is_not_unfolded(site):
    site.pages["/rows"] = lambda request: (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")
    refused(site, SourceRefused, "compressed")


def dripping(request):
    try:
        for letter in b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 1000:
            request.wfile.write(bytes([letter]))
            time.sleep(0.02)
    except OSError:
        pass
    return 200, {}, None


def test_a_server_that_hangs_or_drips_is_left(site):
    short = Limits(timeout_s=0.6, rows=10, bytes=1000)
    for answer in (dripping, lambda request: time.sleep(2)):
        site.pages["/rows"] = answer
        started = time.monotonic()
        refused(site, SourceTimeout, "too long", limits=short)
        assert time.monotonic() - started < 1.5


def test_a_person_who_cancels_does_not_wait(site):
    site.pages["/rows"] = lambda request: time.sleep(3)
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    limits = Limits(timeout_s=10, rows=10, bytes=1000, cancelled=cancelled.is_set)
    started = time.monotonic()
    with pytest.raises(QueryCancelled):
        rows(site, limits=limits)
    assert time.monotonic() - started < 1.5


def test_ssrf_the_address_is_checked_when_it_connects(site, settings, monkeypatch):
    source = connected(site)
    settings.SOURCE_NETWORKS = []
    asked = http.statement({"path": "/rows"}, TYPES, "")
    with pytest.raises(SourceRefused, match="address") as caught:
        http.run(source, asked, [], LIMITS)
    assert caught.value.field == "url"
    assert site.asked == []


def test_ssrf_a_name_is_connected_to_where_it_was_checked(site, settings, monkeypatch):
    """A name that resolves elsewhere the second time gains nothing."""
    port = int(site.url.rpartition(":")[2])
    real = socket.getaddrinfo
    asked = []

    def resolve(host, *args, **more):
        if host != "rebinding.test":
            return real(host, *args, **more)
        asked.append(host)
        return real("127.0.0.1", *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    site.pages["/rows"] = ALL
    kept = sources.checked("http", {"url": f"http://rebinding.test:{port}"})
    source = sources.connection_to("http", kept, "")
    before = len(asked)
    found = http.run(source, http.statement({"path": "/rows"}, TYPES, ""), [], LIMITS)
    assert found.num_rows == 25
    assert len(asked) == before + 1
    assert site.asked[0][2]["Host"] == f"rebinding.test:{port}"


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"url": "file:///etc/passwd"}, "settings.url"),
        ({"url": "http://[::1"}, "settings.url"),
        ({"url": "http://10.0.0.1"}, "settings.url"),
        ({"url": "http://u:p@example.com"}, "settings.url"),
        ({"url": "http://127.0.0.1?a=1"}, "settings.url"),
        ({"auth": "password"}, "settings.user"),
        ({"auth": "header", "header": "Host"}, "settings.header"),
        ({"auth": "header", "header": "A\r\nB: c"}, "settings.header"),
    ],
)
def test_what_there_is_to_fill_in_is_checked(site, details, field):
    with pytest.raises(UserError) as caught:
        sources.checked("http", {"url": site.url, **details})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"path": "orders"}, "options.path"),
        ({"path": "//elsewhere/x"}, "options.path"),
        ({"records": "items"}, "options.records"),
        ({"records": "$..a..b"}, "options.records"),
        ({"records": "$[?match(@.a, '(a+)+$')]"}, "options.records"),
        ({"format": "xml"}, "options.format"),
        ({"format": "csv", "delimiter": "x"}, "options.delimiter"),
        ({"params": ["a"]}, "options.params"),
        ({"paging": {"kind": "guess"}}, "options.paging"),
        ({"paging": {"kind": "cursor"}}, "options.paging"),
        ({"paging": {"kind": "page", "start": "x"}}, "options.paging"),
        ({"pages": 3}, "options"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, field):
    with pytest.raises(UserError) as caught:
        options_of(options)
    assert caught.value.field == field


def test_the_other_services_fail_in_the_same_words(site):
    search = sources.connection_to("opensearch", {"url": site.url, "auth": "none"}, "")
    metrics = sources.connection_to("prometheus", {"url": site.url, "auth": "none"}, "")
    for connector, source, path in (
        (opensearch, search, "/"),
        (prometheus, metrics, "/api/v1/query"),
    ):
        for answer, kind in (
            (lambda request: (200, {}, b"<html>"), SourceRefused),
            (lambda request: (401, {}, b"{}"), SourceRefused),
            (lambda request: (200, {}, b'{"hello": 1}'), SourceRefused),
            (lambda request: (502, {}, b"bad gateway"), SourceError),
        ):
            site.pages[path] = answer
            with pytest.raises(kind):
                connector.check(source)


def test_a_server_that_is_not_there_says_so(settings):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8"]
    source = sources.connection_to("http", {"url": "http://127.0.0.1:9", "auth": "none"}, "")
    with pytest.raises(SourceError, match="does not answer") as caught:
        http.check(source)
    assert caught.value.is_outage
    assert addresses.reachable("127.0.0.1", 9) == ["127.0.0.1"]
