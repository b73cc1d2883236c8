"""JSON or CSV from a web address. Its rows are always copied first (extracts.py), never asked.

Where the rows are is said by the dataset's options:
`{"path": "/orders", "records": "$.items[*]", "format": "json", "since": "updated_after",
"paging": {"kind": "page"}}`. Records inside records become columns with dots ("buyer.city"), lists
become JSON text. Every page is checked: one that comes twice, one that holds no rows where there
must be some, and one that is no data end the fetch with an error, so that a copy is whole or not
made at all.
"""

import base64
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import httpx
import orjson
import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.connectors import web
from apps.datasources.connectors.base import Connection, FoundColumn, Limits, Relation, Setting
from apps.datasources.connectors.errors import SourceRefused
from apps.datasources.connectors.options import Options, find, options_of
from apps.datasources.connectors.rows import table_of_rows

SETTINGS = (
    Setting(
        "url",
        gettext_lazy("Address"),
        is_required=True,
        is_address=True,
        help=gettext_lazy("What all paths begin with, such as https://api.example.com/v2"),
    ),
    Setting(
        "auth",
        gettext_lazy("Sign in by"),
        "choice",
        default="none",
        choices=("none", "token", "header", "password"),
        is_address=True,
    ),
    Setting("user", gettext_lazy("User"), is_address=True),
    Setting(
        "header",
        gettext_lazy("Name of the header"),
        help=gettext_lazy("Such as X-Api-Key, where that is how to sign in"),
        is_address=True,
    ),
    Setting("password", gettext_lazy("Password, token or key"), "secret"),
    Setting("format", gettext_lazy("Format"), "choice", default="json", choices=("json", "csv")),
    Setting(
        "check_certificate",
        gettext_lazy("Check the certificate"),
        "boolean",
        default=True,
        is_address=True,
    ),
)
CHECK_LIMITS = Limits(timeout_s=10, rows=100, bytes=5_000_000)
MAX_PAGES = 10_000
MAX_COLUMNS = 500
MAX_DEPTH = 8
MAX_JSON = 64_000_000  # bytes of one page; parsed it takes several times as much memory
MAX_CSV = 256_000_000
BATCH = 20_000
LONGEST_NAME = 63  # of a column that can be kept
HEADER = re.compile(r"[A-Za-z0-9-]{1,60}\Z")
OWN_HEADERS = ("host", "content-length", "transfer-encoding", "connection", "cookie")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?(Z|[+-]\d\d:?\d\d)?)?\Z")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
TRUTHS = {"true": True, "false": False, "yes": True, "no": False}


def check_settings(details: dict[str, Any]) -> None:
    """Whether a source may be there. Raises UserError."""
    web.checked_url(details["url"])
    if details["auth"] == "password" and not details["user"]:
        raise _wrong(_("Name the user."), "settings.user")
    header = details["header"]
    if details["auth"] == "header" and (not HEADER.match(header) or header.lower() in OWN_HEADERS):
        raise _wrong(_("Name the header that takes the key, such as X-Api-Key."), "settings.header")


def check(source: Connection) -> None:
    """Ask the address itself, which may well have nothing to say."""
    answer = _fetch(source, _url(source, "", {}), web.Budget(CHECK_LIMITS))
    if answer.status not in (404, 405, 400):
        web.refuse(answer)


def relations(source: Connection) -> list[Relation]:
    """None: an address does not tell what else it has."""
    return []


def columns(
    source: Connection, name: str, options: Mapping[str, Any] | None = None
) -> list[FoundColumn]:
    """The columns of the first page's rows. name: the path, where the options name none."""
    asked = options_of({"path": name, **(options or {})}, str(source.settings.get("format", "")))
    budget = web.Budget(Limits(timeout_s=30, rows=0, bytes=MAX_JSON))
    found: dict[str, list[Any]] = {}
    for row in next(_pages(source, asked, "", budget), []):
        for key, value in row.items():
            found.setdefault(key, []).append(value)
    if not found:
        raise SourceRefused(_("There are no rows at this path."), field="options.records")
    types = {key: _type(values) for key, values in found.items() if len(key) <= LONGEST_NAME}
    return [FoundColumn(key, type_) for key, type_ in list(types.items())[:MAX_COLUMNS]]


def statement(options: Mapping[str, Any], columns: Sequence[tuple[str, str]], since: str) -> str:
    """What run() and batches() take: where the rows are, and the columns that are wanted of them.

    since: the highest value that is copied already, for addresses that can leave out older rows.
    """
    asked = {"options": dict(options), "columns": list(columns), "since": since}
    return orjson.dumps(asked).decode()


def run(source: Connection, statement: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """The first rows, as a table."""
    asked = orjson.loads(statement)
    tables = []
    count = 0
    for table in batches(source, statement, limits):
        tables.append(table)
        count += table.num_rows
        if count >= limits.rows:
            break
    empty = table_of_rows([], asked["columns"])
    tables = tables or [empty]
    return pa.concat_tables(tables, promote_options="permissive").slice(0, limits.rows)


def batches(source: Connection, statement: str, limits: Limits) -> Iterator[pa.Table]:
    """All rows, some at a time. Raises SourceRefused for a value that does not fit its column."""
    asked = orjson.loads(statement)
    options = options_of(asked["options"], str(source.settings.get("format", "")))
    budget = web.Budget(limits)
    for rows in _pages(source, options, asked["since"], budget):
        for at in range(0, len(rows), BATCH):
            part = rows[at : at + BATCH]
            cells = [
                [_cell(row.get(name), name, type_) for name, type_ in asked["columns"]]
                for row in part
            ]
            yield table_of_rows(cells, asked["columns"])


# -- pages


def _pages(
    source: Connection, options: Options, since: str, budget: web.Budget
) -> Iterator[list[dict[str, Any]]]:
    """The rows of each page, until one is empty or names no other."""
    asked = dict(options.params)
    if since and options.since:
        asked[options.since] = since
    paging = options.paging
    if paging.size_param:
        asked[paging.size_param] = str(paging.size)
    at = paging.start
    url = _url(source, options.path, asked)
    seen: set[bytes] = set()
    for number in range(MAX_PAGES):
        if paging.kind in ("page", "offset"):
            url = _url(source, options.path, asked | {paging.param: str(at)})
        answer = _fetch(source, url, budget, options.format)
        if answer.status in (404, 416) and number and paging.kind in ("page", "offset"):
            return  # past the last page
        web.refuse(answer, what=options.path or "/")
        rows, document = _rows(answer, options, is_first=number == 0)
        mark = hashlib.sha256(answer.body).digest()
        if mark in seen and (rows or paging.kind in ("cursor", "link")):
            message = _("The same page comes again and again. Check how the pages are numbered.")
            raise SourceRefused(message, field="options.paging")
        seen.add(mark)
        if rows or paging.kind in ("cursor", "link"):
            yield rows
        if paging.kind == "none" or (not rows and paging.kind in ("page", "offset")):
            return
        at += len(rows) if paging.kind == "offset" else 1
        if paging.kind == "cursor":
            cursor = _next(document, paging.next)
            if cursor in (None, "", False):
                return
            url = _url(source, options.path, asked | {paging.param: str(cursor)})
        if paging.kind == "link":
            link = _next(document, paging.next) if paging.next else _link(answer)
            if not link:
                return
            url = _followed(url, str(link))
    message = _("There are more than %(n)s pages. Ask for larger ones.") % {"n": MAX_PAGES}
    raise SourceRefused(message, field="options.paging")


def _next(document: Any, path: str) -> Any:
    found = find(path, document, "options.paging.next")
    return found[0] if found else None


def _link(answer: web.Answer) -> str:
    """The address that a Link header calls the next one."""
    for part in answer.headers.get("link", "").split(","):
        address, _semicolon, words = part.partition(";")
        if re.search(r'\brel="?next\b', words):
            return address.strip().strip("<>")
    return ""


def _followed(url: httpx.URL, link: str) -> httpx.URL:
    """The next page's address. Raises SourceRefused where that is elsewhere."""
    try:
        target = url.join(link)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise SourceRefused(_("The next page has no good address."), field="url") from error
    if not web.is_same_host(url, target):
        message = _("The next page is at another host. Only the source's own is asked.")
        raise SourceRefused(message, field="options.paging")
    return target


def _url(source: Connection, path: str, asked: Mapping[str, str]) -> httpx.URL:
    base = httpx.URL(str(source.settings["url"]))
    joined = httpx.URL(f"{str(base).rstrip('/')}{path}") if path else base
    if not web.is_same_host(base, joined) or joined.userinfo:
        raise SourceRefused(_("This path leads to another host."), field="options.path")
    return joined.copy_merge_params(dict(asked)) if asked else joined


def _fetch(
    source: Connection, url: httpx.URL, budget: web.Budget, format_: str = "json"
) -> web.Answer:
    way, headers = (
        source.settings.get("auth", "none"),
        {"Accept": "application/json, text/csv, */*"},
    )
    if way == "token":
        headers["Authorization"] = f"Bearer {source.secret}"
    if way == "header":
        headers[str(source.settings["header"])] = source.secret
    if way == "password":
        pair = f"{source.settings.get('user', '')}:{source.secret}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    is_checked = bool(source.settings.get("check_certificate", True))
    most = MAX_JSON if format_ == "json" else MAX_CSV
    return web.ask(url, budget, headers=headers, is_checked=is_checked, most=most)


# -- rows


def _rows(answer: web.Answer, options: Options, is_first: bool) -> tuple[list[dict[str, Any]], Any]:
    """The rows of one page, and the document that they are in."""
    if options.format == "csv":
        return list(_csv(answer.body, options.delimiter)), None
    document = answer.json()
    found = find(options.records, document, "options.records")
    if not found and is_first and not _is_empty_list(options.records, document):
        message = _("Nothing in the answer is at “%(path)s”.") % {"path": options.records}
        raise SourceRefused(message, field="options.records")
    records = [each for item in found for each in (item if isinstance(item, list) else [item])]
    return [_flat(record) for record in records], document


def _is_empty_list(path: str, document: Any) -> bool:
    """Whether a path that finds nothing is that of a list without items."""
    above = path.removesuffix("[*]")
    return above != path and find(above, document, "options.records") == [[]]


def _csv(body: bytes, delimiter: str) -> Iterator[dict[str, Any]]:
    if body.lstrip()[:1] == b"<":
        message = _("The address answers with a web page, not with data. Check it.")
        raise SourceRefused(message, field="url")
    try:
        text = body.decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        names = next(lines, [])
        if len(set(names)) < len(names):
            message = _("Two columns of the file have the same name.")
            raise SourceRefused(message, field="options.format")
        for line in lines:
            if line and len(line) != len(names):
                message = _("Line %(n)s of the file has other columns than the first.")
                raise SourceRefused(message % {"n": lines.line_num}, field="options.format")
            if line:
                yield {k: v if v != "" else None for k, v in zip(names, line, strict=True)}
    except (UnicodeDecodeError, csv.Error) as error:
        message = _("The address answers with something that is not CSV in UTF-8.")
        raise SourceRefused(message, field="options.format") from error


def _flat(record: Any, before: str = "", depth: int = 0) -> dict[str, Any]:
    """One record as a row."""
    if not isinstance(record, dict):
        return {"value": _text_of(record)}
    row: dict[str, Any] = {}
    for key, value in record.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and value and depth < MAX_DEPTH:
            row |= _flat(value, f"{name}.", depth + 1)
        elif name.isprintable():
            row[name] = _text_of(value)
    return row


def _text_of(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def _type(values: Sequence[Any]) -> str:
    """What a column's values are, if all of them are; else text."""
    there = [value for value in values if value is not None]
    if not there:
        return "text"
    if all(isinstance(value, bool) or str(value).lower() in TRUTHS for value in there):
        return "boolean"
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in there):
        return "number"
    texts = [value for value in there if isinstance(value, str)]
    if len(texts) < len(there):
        return "text"
    if all(NUMBER.match(text) and not re.match(r"[+-]?0\d", text) for text in texts):
        return "number"
    return "time" if all(MOMENT.match(text) for text in texts) else "text"


def _cell(value: Any, name: str, type_: str) -> Any:
    """A value in its column's type. Raises SourceRefused."""
    if value is None or (value == "" and type_ != "text"):
        return None
    try:
        if type_ == "number" and not isinstance(value, bool):
            if isinstance(value, str):
                return int(value) if re.fullmatch(r"[+-]?\d{1,18}", value) else float(value)
            return value
        if type_ == "boolean":
            return value if isinstance(value, bool) else TRUTHS[str(value).lower()]
        if type_ == "time":
            return _moment(value)
        if type_ == "text":
            return value if isinstance(value, str) else orjson.dumps(value).decode()
    except (ValueError, KeyError, TypeError, OverflowError):
        pass
    message = _("A value of “%(name)s” does not fit its type, %(type)s. Make it a text column.")
    raise SourceRefused(message % {"name": name, "type": type_}, field="columns")


def _moment(value: Any) -> int:
    """Milliseconds since 1970, of ISO 8601 or of seconds or milliseconds since then."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(value if abs(value) > 1e11 else value * 1000)
    text = str(value).strip().replace(",", ".")
    if len(text) == 10:
        day = date.fromisoformat(text)
        return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    found = datetime.fromisoformat(text)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return round(found.timestamp() * 1000)


def _wrong(message: str, field: str) -> UserError:
    return UserError(message, field=field, code="invalid_source")
