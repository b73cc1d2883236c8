"""Somebody else's Elasticsearch (7.16 or later) or OpenSearch, by its `_search`.

What is asked is compiled by compiler_opensearch.py. Here it is paged through, and every sign of an
answer that is not whole (a time-out inside, a failed shard) becomes an error. The fields of a
question are looked up first, for at most a minute old: an index answers questions about a field
that it does not have, or that is full text, with nothing instead of an error.
"""

import base64
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.connectors import web, zeros
from apps.datasources.connectors.base import Connection, FoundColumn, Limits, Relation
from apps.datasources.connectors.errors import (
    SourceError,
    SourceRefused,
    SourceSlow,
    SourceTimeout,
    SourceTooLarge,
)
from apps.datasources.connectors.folds import folded
from apps.datasources.connectors.rows import ordered, table_of_rows
from apps.datasources.connectors.tops import topped
from apps.datasources.connectors.web_settings import check_settings, settings_for

logger = logging.getLogger(__name__)
__all__ = ["SETTINGS", "check", "check_settings", "columns", "relations", "run"]
SETTINGS = settings_for(
    gettext_lazy("Such as https://search.example.com:9200"),
    ("password", "api_key", "none"),
    "password",
    gettext_lazy("Password or API key"),
)
CHECK_LIMITS = Limits(timeout_s=10, rows=1, bytes=1_000_000)
LIST_LIMITS = Limits(timeout_s=20, rows=20_000, bytes=20_000_000)
PAGE = 5000  # groups or documents; index.max_result_window and search.max_buckets allow more
MOST_GROUPS = 200_000  # that are gone through to find the largest
FRESH_S = 60
TYPES = {
    **dict.fromkeys(("date", "date_nanos"), "time"),
    **dict.fromkeys(("long", "integer", "short", "byte", "unsigned_long"), "number"),
    **dict.fromkeys(("double", "float", "half_float", "scaled_float"), "number"),
    **dict.fromkeys(("keyword", "constant_keyword", "wildcard", "ip", "version"), "text"),
    **dict.fromkeys(("text", "match_only_text"), "text"),
    "boolean": "boolean",
}
FULL_TEXT = ("text", "match_only_text")
LATE = ("time_exceeded_exception", "search_timeout_exception", "task_cancelled_exception")
LONGEST_NAME = 63  # of a column that can be kept
_known: dict[tuple[Any, ...], tuple[float, dict[str, Any]]] = {}  # what fields there are


def run(source: Connection, statement: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """Post a compiled statement, as often as its answer has pages."""
    asked, budget = orjson.loads(statement), web.Budget(limits)
    if "top" in asked:
        return topped(asked, lambda each: _answer(source, each, budget, limits), _narrowed)
    return _answer(source, asked, budget, limits)


def _answer(
    source: Connection, asked: dict[str, Any], budget: web.Budget, limits: Limits
) -> pa.Table:
    _check_fields(source, asked, budget)
    most = min(asked["limit"], limits.rows)
    if "columns" in asked:
        rows = list(_documents(source, asked, budget, most + 1))
        return table_of_rows(rows, asked["columns"]).slice(0, most + 1)
    groups = _groups(source, asked, budget, most + 2)  # two that are zero may become one
    names = [(key["name"], key["type"]) for key in asked["groups"]]
    names += [(measure["name"], "number") for measure in asked["measures"]]
    table = table_of_rows(folded(groups, asked), names)
    return ordered(table, asked["order"], most)


def check(source: Connection) -> None:
    """Sign in, and see that it is what it should be. Who may only read is not answered at "/", so
    that names are asked for, of which there need be none.
    """
    try:
        found = _call(source, "/_resolve/index/sightline-*", web.Budget(CHECK_LIMITS))
    except SourceRefused as error:
        if error.field not in (None, "relation"):
            raise
        found = None
    if not isinstance(found, dict) or "indices" not in found:
        message = _("There is no Elasticsearch or OpenSearch at this address.")
        raise SourceRefused(message, field="url")


def relations(source: Connection) -> list[Relation]:
    """Indices, aliases and data streams that are not the system's own."""
    found = _call(source, "/_resolve/index/*", web.Budget(LIST_LIMITS))
    kinds = {"aliases": "alias", "data_streams": "stream", "indices": "index"}
    names = [
        Relation(each["name"], kind)
        for key, kind in kinds.items()
        for each in found.get(key, [])
        if not each["name"].startswith(".") and "data_stream" not in each
    ]
    return sorted(names, key=lambda each: each.name)[: LIST_LIMITS.rows]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """Fields by their full path; a text that has a keyword beside it goes by that.

    Objects inside lists (nested) are rows of their own kind, and left out.
    """
    fields = _fields(
        source, f"/{quote(name, safe='*,')}/_field_caps", ["*"], web.Budget(LIST_LIMITS)
    )
    nested = [path for path, kinds in fields.items() if "nested" in kinds]
    found = []
    for path, kinds in sorted(fields.items()):
        kind = next(iter(kinds))
        if path.startswith("_") or len(path) > LONGEST_NAME or len(kinds) > 1 or kind not in TYPES:
            continue
        if any(path.startswith(f"{each}.") for each in nested):
            continue
        if kind in FULL_TEXT and f"{path}.keyword" in fields:
            continue
        native = _("full text") if kind in FULL_TEXT else kind
        found.append(FoundColumn(path, TYPES[kind], native))
    return found


def _narrowed(
    asked: dict[str, Any], name: str, values: Sequence[Any], is_in: bool
) -> dict[str, Any]:
    """The same statement about documents that have one of the values, or none of them."""
    there = [value for value in values if value is not None]
    chosen: list[Any] = [zeros.any_of(name, there)] if there else []
    if len(there) < len(values):
        chosen.append({"bool": {"must_not": [{"exists": {"field": name}}]}})
    clause: dict[str, Any] = {"bool": {"should": chosen, "minimum_should_match": 1}}
    if not is_in:
        clause = {"bool": {"must_not": chosen}}
    elif not chosen:
        clause = {"match_none": {}}
    matching = asked["body"]["query"]["bool"]["filter"]
    query = {"bool": {"filter": [*matching, clause]}}
    return {**asked, "body": {**asked["body"], "query": query}}


# -- pages of an answer


def _groups(
    source: Connection, asked: dict[str, Any], budget: web.Budget, most: int
) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """(keys, what was computed) of every group; without keys the one group of all."""
    body = asked["body"] | {"timeout": f"{max(int(budget.left_s()), 1)}s"}
    path = f"{asked['search']}?allow_partial_search_results=false"
    if not asked["groups"]:
        answer = _call(source, path, budget, body)
        yield (
            [],
            (answer.get("aggregations") or {}) | {"doc_count": answer["hits"]["total"]["value"]},
        )
        return
    composite = body["aggs"]["groups"]["composite"]
    inner = body["aggs"]["groups"].get("aggs", {})
    composite["size"] = (
        min(PAGE // (1 + len(inner)), most) if asked["is_in_order"] else (PAGE // (1 + len(inner)))
    )
    body["track_total_hits"] = False
    names = [key["name"] for key in asked["groups"]]
    count = 0
    while True:
        answer = _call(source, path, budget, body)
        found = answer["aggregations"]["groups"]
        for bucket in found["buckets"]:
            yield [bucket["key"].get(name) for name in names], bucket
        count += len(found["buckets"])
        is_enough = asked["is_in_order"] and count >= most
        if is_enough or not found["buckets"] or "after_key" not in found:
            return
        if count > MOST_GROUPS:
            message = _(
                "There are more than %(n)s groups. Choose fewer, or narrow them by filters."
            )
            raise SourceTooLarge(message % {"n": MOST_GROUPS})
        composite["after"] = found["after_key"]


def _documents(
    source: Connection, asked: dict[str, Any], budget: web.Budget, most: int
) -> Iterator[list[Any]]:
    """Documents in the order asked for. More than a page are read by a scroll, which stands still
    while the index moves.
    """
    body = asked["body"] | {"size": min(most, PAGE), "timeout": f"{max(int(budget.left_s()), 1)}s"}
    path = f"{asked['search']}?allow_partial_search_results=false"
    is_long = most > PAGE
    answer = _call(source, f"{path}&scroll={_kept(budget)}" if is_long else path, budget, body)
    count = 0
    try:
        while hits := answer["hits"]["hits"]:
            for hit in hits:
                yield [_value(hit, name, type_) for name, type_ in asked["columns"]]
            count += len(hits)
            if not is_long or count >= most:
                return
            again = {"scroll": _kept(budget), "scroll_id": answer["_scroll_id"]}
            answer = _call(source, "/_search/scroll", budget, again)
    finally:
        if is_long:
            _forget(source, answer.get("_scroll_id", ""), budget)


def _kept(budget: web.Budget) -> str:
    """How long the index keeps a scroll whose answer was too large to learn its name from."""
    return f"{int(budget.left_s()) + 5}s"


def _forget(source: Connection, scroll_id: str, budget: web.Budget) -> None:
    """Give a scroll back; it ends by itself where that fails."""
    try:
        _call(source, "/_search/scroll", budget, {"scroll_id": [scroll_id]}, method="DELETE")
    except UserError:
        logger.info("source %s: a scroll was left to end by itself", source.source_id)


def _value(hit: dict[str, Any], name: str, type_: str) -> Any:
    """One column of a document. Of several times the first; several texts stand in one."""
    if type_ == "time":
        stamps = (hit.get("fields") or {}).get(name)
        return int(stamps[0]) if stamps else None
    found = _at_path(hit.get("_source") or {}, name)
    if found is None and "." in name:  # title.keyword is indexed, title is what was sent
        found = _at_path(hit.get("_source") or {}, name.rpartition(".")[0])
    if type_ == "text":
        if isinstance(found, list):
            return ", ".join(str(each) for each in found)
        return None if isinstance(found, dict) else found
    values = found if isinstance(found, list) else [found]
    if len(values) > 1 or isinstance(found, dict):
        message = _("“%(name)s” holds lists. Leave it out of the rows.") % {"name": name}
        raise SourceRefused(message, field="columns")
    value = values[0] if values else None
    if type_ == "boolean":
        return {"true": True, "false": False, "": False}.get(str(value).lower())
    try:
        return value if value is None or type(value) in (int, float) else float(value)
    except (TypeError, ValueError):
        return None


def _at_path(document: dict[str, Any], path: str) -> Any:
    """The value at a dotted path, whether it was sent as objects or with dots in its name."""
    if path in document:
        return document[path]
    head, _dot, rest = path.partition(".")
    while rest:
        inner = document.get(head)
        if isinstance(inner, dict) and (found := _at_path(inner, rest)) is not None:
            return found
        more, _dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


# -- fields


def _check_fields(source: Connection, asked: dict[str, Any], budget: web.Budget) -> None:
    """Whether all fields of the question can be asked about. Raises SourceRefused."""
    wanted = asked["fields"]
    if not wanted:
        return
    parents = {
        ".".join(parts[:at])
        for name in wanted
        if (parts := name.split("."))
        for at in range(1, len(parts))
    }
    path = asked["search"].removesuffix("_search") + "_field_caps"
    found = _fields(source, path, sorted({*wanted, *parents}), budget)
    for name in wanted:
        kinds = found.get(name, {})
        if not kinds:
            message = _("The index has no “%(name)s” any more.") % {"name": name}
            raise SourceRefused(message, field="columns")
        head = name
        while head := head.rpartition(".")[0]:
            if "nested" in found.get(head, {}):
                message = _("“%(name)s” is inside a list of objects, and cannot be asked about.")
                raise SourceRefused(message % {"name": name}, field="columns")
        if any(kind in FULL_TEXT for kind in kinds) or not all(
            each.get("aggregatable") and each.get("searchable") for each in kinds.values()
        ):
            message = _(
                "“%(name)s” is full text: it can be shown, but not grouped, sorted or filtered. "
                "Index it as keyword too."
            )
            raise SourceRefused(message % {"name": name}, field="columns")


def _fields(
    source: Connection, path: str, names: list[str], budget: web.Budget
) -> dict[str, dict[str, Any]]:
    """Field -> what types it has in the indices. Kept for a minute."""
    key = (source.source_id, source.stamp, source.settings["url"], path, *names)
    kept = _known.get(key)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    query = "&".join(f"fields={quote(name, safe='*')}" for name in [",".join(names)])
    found: dict[str, dict[str, Any]] = _call(source, f"{path}?{query}", budget)["fields"]
    if len(_known) > 1000:
        _known.clear()
    if names != ["*"]:
        _known[key] = (time.monotonic() + FRESH_S, found)
    return found


# -- requests


def _call(
    source: Connection,
    path: str,
    budget: web.Budget,
    body: dict[str, Any] | None = None,
    method: str = "POST",
) -> Any:
    """One request and its JSON. Raises what connectors raise."""
    details = source.settings
    base = httpx.URL(str(details["url"]))
    url = base.copy_with(raw_path=base.raw_path.rstrip(b"/") + path.encode())
    headers = {"Accept": "application/json", **_credentials(source)}
    if body is not None:
        headers["Content-Type"] = "application/json"
    answer = web.ask(
        url,
        budget,
        method=method if body is not None else "GET",
        headers=headers,
        content=orjson.dumps(body) if body is not None else b"",
        is_checked=bool(details.get("check_certificate", True)),
    )
    if answer.status >= 400:
        _refuse(source, answer, path)
    found = answer.json()
    if isinstance(found, dict):
        if found.get("timed_out"):
            raise SourceTimeout(_("The source took too long. Choose a shorter range."))
        if (found.get("_shards") or {}).get("failed"):
            message = _("A part of the index does not answer, so that the answer is not whole.")
            raise SourceError(message)
    return found


def _credentials(source: Connection) -> dict[str, str]:
    way = source.settings.get("auth", "password")
    if way == "api_key":
        return {"Authorization": f"ApiKey {source.secret}"}
    if way == "password" and source.settings.get("user"):
        pair = f"{source.settings['user']}:{source.secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return {}


def _refuse(source: Connection, answer: web.Answer, path: str) -> None:
    """Say what an error means; its details go to the log."""
    try:
        error = orjson.loads(answer.body).get("error") or {}
        kind = str(error.get("type", "")) if isinstance(error, dict) else ""
        cause = (error.get("root_cause") or [{}])[0] if isinstance(error, dict) else {}
        kind = str(cause.get("type", "")) or kind
        is_late = kind in LATE or "Time exceeded" in str(cause.get("reason", ""))
    except (orjson.JSONDecodeError, AttributeError, IndexError, TypeError):
        kind, is_late = "", False
    logger.warning("source %s refused a query: %s %s", source.source_id, answer.status, kind[:80])
    if is_late:  # its own timer, since we want no part of an answer
        raise SourceSlow(_("The source took too long. Choose a shorter range."))
    if kind in ("index_not_found_exception", "index_closed_exception"):
        message = _("The index of this dataset is gone or closed.")
        raise SourceRefused(message, field="relation")
    if kind in ("too_many_buckets_exception", "circuit_breaking_exception"):
        raise SourceTooLarge(_("The source refuses so many groups. Choose fewer, or filter them."))
    if answer.status == 403:
        message = _("The source's user may not read this. Give it the right to read the index.")
        raise SourceRefused(message, field="user")
    web.refuse(answer, what=path.split("/")[1])
