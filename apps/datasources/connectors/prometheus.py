"""Somebody else's Prometheus, or what speaks its HTTP API.

What is asked is compiled by compiler_promql.py, which also says what rows and sums are here.
"""

import base64
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pyarrow as pa
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.datasources.connectors import web
from apps.datasources.connectors.base import Connection, FoundColumn, Limits, Relation
from apps.datasources.connectors.errors import (
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)
from apps.datasources.connectors.rows import ordered, table_of_rows
from apps.datasources.connectors.tops import topped
from apps.datasources.connectors.web_settings import check_settings, settings_for
from apps.datasources.promql import one_of, read

logger = logging.getLogger(__name__)
__all__ = ["SETTINGS", "check", "check_settings", "columns", "relations", "run"]
SETTINGS = settings_for(
    gettext_lazy("Such as http://prometheus.example.com:9090"),
    ("none", "password", "token"),
    "none",
    gettext_lazy("Password or token"),
)
CHECK_LIMITS = Limits(timeout_s=10, rows=1, bytes=1_000_000)
LIST_LIMITS = Limits(timeout_s=20, rows=20_000, bytes=20_000_000)
OWN_COLUMNS = (FoundColumn("time", "time", "timestamp"), FoundColumn("value", "number", "float64"))


def run(source: Connection, statement: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """Ask all requests of a compiled statement and join their answers."""
    asked, budget = orjson.loads(statement), web.Budget(limits)
    if "top" in asked:
        return topped(asked, lambda each: _answer(source, each, budget, limits), _narrowed)
    return _answer(source, asked, budget, limits)


def _answer(
    source: Connection, asked: dict[str, Any], budget: web.Budget, limits: Limits
) -> pa.Table:
    most = min(asked["limit"], limits.rows)
    if "columns" in asked:
        columns = asked["columns"]
        rows = [
            [_cell(name, type_, at, value, labels) for name, type_ in columns]
            for request in asked["requests"]
            for labels, at, value in _samples(source, request, budget)
        ]
    else:
        columns = asked["keys"] + [(measure["name"], "number") for measure in asked["measures"]]
        rows = list(_groups(source, asked, budget))
    return ordered(table_of_rows(rows, columns), asked["order"], most)


def check(source: Connection) -> None:
    """Ask for something that every Prometheus knows."""
    _call(source, "query", {"query": "1"}, web.Budget(CHECK_LIMITS))


def relations(source: Connection) -> list[Relation]:
    """The names of all metrics, with their kinds where they are known."""
    budget = web.Budget(LIST_LIMITS)
    names = _call(source, "label/__name__/values", {}, budget, method="GET")
    told = _call(source, "metadata", {}, budget, method="GET")
    kinds = {name: each[0].get("type") for name, each in told.items() if each}
    return [Relation(name, kinds.get(name) or "series") for name in names[: LIST_LIMITS.rows]]


def columns(source: Connection, name: str) -> list[FoundColumn]:
    """Time, value, and the labels that the expression gives now."""
    try:
        found = _call(source, "query", {"query": name}, web.Budget(LIST_LIMITS))
    except _Misread as error:
        message = _("Prometheus refuses this expression: %(problem)s")
        raise QueryRefused(message % {"problem": error.words[:200]}, field="relation") from error
    if found["resultType"] != "vector":
        message = _("This expression gives no series of single values.")
        raise QueryRefused(message, field="relation")
    if not found["result"]:
        message = _("This expression gives nothing now. Check the name and the labels.")
        raise QueryRefused(message, field="relation")
    own = {"__name__", *(each.name for each in OWN_COLUMNS)}
    labels = sorted({label for series in found["result"] for label in series["metric"]} - own)
    return [*OWN_COLUMNS, *(FoundColumn(label, "text", "label") for label in labels)]


def _narrowed(
    asked: dict[str, Any], name: str, values: Sequence[Any], is_in: bool
) -> dict[str, Any]:
    """The same statement about series whose label has one of the values, or none of them."""
    if is_in and not values:
        return {**asked, "requests": []}
    matchers = [one_of(name, values, is_in)] if values else []
    requests = [
        {**request, "query": read(request["query"]).narrowed(matchers).text()}
        for request in asked["requests"]
    ]
    return {**asked, "requests": requests}


class _Misread(SourceRefused):
    """Prometheus refuses an expression. `words` are for who defines it only."""

    def __init__(self, words: str) -> None:
        super().__init__(_("Prometheus refuses this dataset's expression."), field="relation")
        self.words = words


# -- answers


def _groups(source: Connection, asked: dict[str, Any], budget: web.Budget) -> Iterator[list[Any]]:
    """Rows of keys and measures, from one answer per measure and run of steps."""
    labels = [name for name, type_ in asked["keys"] if type_ == "text"]
    groups: dict[tuple[Any, ...], dict[str, float]] = {}
    for request in asked["requests"]:
        part, distinct = request["part"], request.get("distinct")
        for metric, at, value in _points(source, request, budget):
            key = tuple(
                (metric.get(name) or None) if type_ == "text" else at
                for name, type_ in asked["keys"]
            )
            found = groups.setdefault(key, {})
            if not distinct:
                found[part] = value
            elif metric.get(distinct):
                found[part] = found.get(part, 0) + 1
    if not groups and not asked["keys"]:
        groups[()] = {}
    if not labels and not asked["keys"] and len(groups) > 1:
        raise SourceRefused(_("The source answers with more groups than were asked for."))
    for key, found in groups.items():
        yield [*key, *(_measure(measure, found) for measure in asked["measures"])]


def _measure(measure: Mapping[str, Any], found: Mapping[str, float]) -> float | int | None:
    if measure["is"] == "ratio":
        above, below = (_measure(part, found) for part in measure["of"])
        return above / below if above is not None and below else None
    if measure["is"] in ("count", "count_distinct"):
        return int(found.get(measure["name"], 0))
    value = found.get(measure["name"])
    return None if value is None or math.isnan(value) else value


def _points(
    source: Connection, request: dict[str, Any], budget: web.Budget
) -> Iterator[tuple[dict[str, str], int | None, float]]:
    """(labels, what the step is called, value) of each series and step."""
    count = request.get("count", 1)
    if count == 1:
        moment = {"time": _seconds(request["at"])} if "at" in request else {}
        found = _call(source, "query", {"query": request["query"], **moment}, budget)
        for series in found["result"]:
            yield series["metric"], request.get("label"), _number(series)
        return
    first, step = request["at"], request["step"]
    spread = {"start": _seconds(first), "end": _seconds(first + (count - 1) * step)}
    asked = {"query": request["query"], **spread, "step": _seconds(step)}
    found = _call(source, "query_range", asked, budget)
    for series in found["result"]:
        for at, text in _values(series):
            number = round((at - first) / step)
            yield series["metric"], request["label"] + number * step, float(text)


def _samples(
    source: Connection, request: dict[str, Any], budget: web.Budget
) -> Iterator[tuple[dict[str, str], int, float]]:
    """(labels, moment, value) of each sample."""
    moment = {"time": _seconds(request["at"])} if "at" in request else {}
    found = _call(source, "query", {"query": request["query"], **moment}, budget)
    if found["resultType"] == "vector":
        for series in found["result"]:
            yield series["metric"], round(series["value"][0] * 1000), _number(series)
        return
    for series in found["result"]:
        for at, text in _values(series):
            if request["from"] <= at <= request["at"]:
                yield series["metric"], at, float(text)


def _values(series: dict[str, Any]) -> list[tuple[int, str]]:
    if "histograms" in series:
        raise _histogram()
    return [(round(at * 1000), text) for at, text in series["values"]]


def _number(series: dict[str, Any]) -> float:
    if "value" not in series:
        raise _histogram()
    return float(series["value"][1])


def _histogram() -> SourceRefused:
    message = _("These are native histograms. Take a number of them, as by histogram_quantile().")
    return SourceRefused(message, field="relation")


def _cell(name: str, type_: str, at: int, value: float, labels: Mapping[str, str]) -> Any:
    if type_ == "time":
        return at
    return value if type_ == "number" else labels.get(name) or None


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1000}.{milliseconds % 1000:03}"


# -- requests


def _call(
    source: Connection,
    path: str,
    asked: Mapping[str, str],
    budget: web.Budget,
    method: str = "POST",
) -> Any:
    """One request and the data of its answer. Raises what connectors raise."""
    base = httpx.URL(str(source.settings["url"]))
    url = base.copy_with(raw_path=base.raw_path.rstrip(b"/") + f"/api/v1/{path}".encode())
    left = f"{max(int(budget.left_s() * 1000), 1)}ms"
    is_post = method == "POST"
    headers = {"Accept": "application/json", **_credentials(source)}
    if is_post:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    answer = web.ask(
        url,
        budget,
        method=method,
        headers=headers,
        content=urlencode({**asked, "timeout": left}).encode() if is_post else b"",
        is_checked=bool(source.settings.get("check_certificate", True)),
    )
    told: Any = None
    if answer.status < 300 or answer.status in (400, 422, 503):
        told = answer.json()
    if not isinstance(told, dict) or told.get("status") not in ("success", "error"):
        web.refuse(answer, what=path)
        message = _("There is no Prometheus at this address.")
        raise SourceRefused(message, field="url")
    if told["status"] == "error":
        _refuse(source, told)
    if any(not str(each).startswith("PromQL") for each in told.get("warnings") or ()):
        raise SourceError(_("A part of Prometheus does not answer: its answer is not whole."))
    return told["data"]


def _credentials(source: Connection) -> dict[str, str]:
    way = source.settings.get("auth", "none")
    if way == "token":
        return {"Authorization": f"Bearer {source.secret}"}
    if way == "password":
        pair = f"{source.settings.get('user', '')}:{source.secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return {}


def _refuse(source: Connection, told: Mapping[str, Any]) -> None:
    """Say what an error means; its own words may hold labels that not everybody sees."""
    kind, words = str(told.get("errorType")), str(told.get("error"))
    logger.warning("source %s refused a query: %s", source.source_id, kind[:40])
    if kind in ("timeout", "canceled"):
        raise SourceTimeout(_("The source took too long. Choose a shorter range."))
    if "too many samples" in words or "exceeded maximum resolution" in words:
        message = _("This would read more samples than Prometheus allows. Choose a shorter range.")
        raise SourceTooLarge(message)
    if kind in ("bad_data", "execution"):
        raise _Misread(words)
    raise SourceError(_("Prometheus has a problem of its own."))
