"""Query + row policies -> one `_search` of Elasticsearch or OpenSearch.

The statement is JSON: what is posted where (`search`, `body`), and how its answer is read
(`groups`, `measures`, `order`, `limit`); the connector adds nothing but paging and time-outs.

- Groups are a composite aggregation, which is paged through to its end: a terms aggregation gives
  the largest groups of each shard, which are not the largest of all.
- Sum, average, lowest and highest come from `stats`, whose count tells a sum of nothing (null)
  from a sum that is 0.
- Steps and parts of time that a histogram does not know (fiscal years, weeks from Sunday, hours of
  the day) are folded from a finer histogram. Counts, sums, averages, lowest and highest fold
  exactly; the number of different values and percentiles do not, and are refused.
- Different values are counted by HyperLogLog++, exactly up to about 40,000; percentiles are
  t-digest estimates.
- The filters of policies stand first, in `filter`, where nothing can undo them.
"""

from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import quote

import orjson
from django.utils.translation import gettext as _

from apps.core.window import Window
from apps.datasources.asked import Asked, Condition, Joined, Key, Node, parts_of, take_apart, wrong
from apps.datasources.asked import conditions as tree
from apps.datasources.compiler import Compiled
from apps.datasources.connectors import zeros
from apps.datasources.definition import Definition, MeasureDef
from apps.datasources.query import Query
from apps.datasources.tops import compile_top

FIXED = {
    "second": "1s",
    "5second": "5s",
    "15second": "15s",
    "minute": "1m",
    "5minute": "5m",
    "15minute": "15m",
    "hour": "1h",
}
CALENDAR = ("day", "week", "month", "quarter", "year")
# What has no histogram of its own -> the finer one it is folded from.
FOLDED = {"week": "day", "fiscal_quarter": "month", "fiscal_year": "month"}
# part of a time -> what folds it, and the histogram it is folded from
PARTS = {
    "hour": ("hour", "hour"),
    "weekday": ("weekday", "day"),
    "month": ("month_of_year", "month"),
}
STATS = ("sum", "avg", "min", "max")
EXACT_DISTINCT = 40_000  # the highest precision_threshold there is
_REFUSED = str.maketrans({"%": "%25", "[": "%5B", "]": "%5D", ">": "%3E"})  # in names there
RANGES = {"lt": "lt", "le": "lte", "gt": "gt", "ge": "gte"}


def compile_opensearch(
    query: Query,
    definition: Definition,
    policies: tuple[Any, ...],
    hidden: frozenset[str] = frozenset(),
    most: int | None = None,
    top_of: Window | None = None,
) -> Compiled:
    """One statement for connectors/opensearch.py. Raises UserError with the wrong field."""
    if top := getattr(query, "top", None):

        def compile_one(each: Query) -> Compiled:
            return compile_opensearch(each, definition, policies, hidden, most)

        return compile_top(query, definition.without(hidden), top, top_of, compile_one)
    asked = take_apart(query, definition, policies, hidden, most)
    statement: dict[str, Any] = {"search": _path(definition.relation)}
    fields: set[str] = set()
    matching = [_matching(node, fields) for node in (*asked.policies, *asked.filters)]
    if query.window and asked.time:
        fields.add(asked.time.name)
        edges = {"gte": _ms(query.window.start), "lt": _ms(query.window.end)}
        matching.append({"range": {asked.time.name: edges | {"format": "epoch_millis"}}})
    body = {"query": {"bool": {"filter": matching}}}
    if asked.raw:
        statement |= _rows(asked, body, fields)
    else:
        statement |= _groups(asked, query, definition, body, fields)
    statement |= {"order": asked.order, "limit": asked.limit, "fields": sorted(fields)}
    text = orjson.dumps(statement, option=orjson.OPT_INDENT_2).decode()
    return Compiled(text, (), asked.columns, asked.limit)


def _path(index: str) -> str:
    """The path of an index, an alias or a pattern of them."""
    if not index or index.startswith(("_", ".", "-")) or not index.isprintable() or "/" in index:
        raise wrong("dataset", _("“%(name)s” is not the name of an index.") % {"name": index[:60]})
    return f"/{quote(index, safe='*,')}/_search"


# -- plain rows


def _rows(asked: Asked, body: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    """Documents: times by their stored value, everything else as it was sent."""
    times = [column.name for column in asked.raw if column.type == "time"]
    fields.update(times)
    fields.update(name for name, _descending in asked.order)
    sorting: list[Any] = [
        {name: {"order": "desc" if descending else "asc", "missing": "_last"}}
        for name, descending in asked.order
    ]
    others = [column.name for column in asked.raw if column.type != "time"]
    body |= {
        "_source": sorted({path for name in others for path in (name, name.rpartition(".")[0])})
        if others
        else False,
        "docvalue_fields": [{"field": name, "format": "epoch_millis"} for name in times],
        "sort": sorting or ["_doc"],
    }
    if isinstance(body["_source"], list):
        body["_source"] = [path for path in body["_source"] if path]
    return {"body": body, "columns": [(column.name, column.type) for column in asked.raw]}


# -- groups and measures


def _groups(
    asked: Asked, query: Query, definition: Definition, body: dict[str, Any], fields: set[str]
) -> dict[str, Any]:
    keys, sources = [], {}
    for key in asked.keys:
        histogram, fold = _histogram(key, query, definition)
        fields.add(key.column.name)
        sources[key.name] = histogram
        keys.append({"name": key.name, "type": _key_type(key), "fold": fold})
    is_folded = any(key["fold"] not in ("", "zero") for key in keys)
    aggregations: dict[str, Any] = {}
    for measure in asked.measures:
        for part in parts_of(measure, definition):
            if is_folded and part.aggregate not in (*STATS, "count"):
                message = _("“%(label)s” cannot be computed by this step or part of time here.")
                raise wrong("measures", message % {"label": part.label})
            if found := _aggregation(part, definition, query.timezone, fields):
                aggregations[_place(part)] = found
    body |= {"size": 0, "track_total_hits": True}
    by_keys = all(name in sources for name, _descending in asked.order)
    if sources:
        descending = dict(asked.order)
        names = [name for name, _down in asked.order if name in sources] if by_keys else sources
        listed = [
            {name: _directed(sources[name], by_keys and descending.get(name, False))}
            for name in names
        ]
        groups = {"composite": {"sources": listed}, "aggs": aggregations}
        body["aggs"] = {"groups": groups if aggregations else {"composite": {"sources": listed}}}
    elif aggregations:
        body["aggs"] = aggregations
    return {
        "body": body,
        "groups": keys,
        "measures": [_reading(measure, definition) for measure in asked.measures],
        # Groups come in the order that is asked for, so that the first ones are enough.
        "is_in_order": by_keys and not is_folded,
        "timezone": query.timezone,
        "week_start": definition.week_start,
        "fiscal_year_start": definition.fiscal_year_start,
    }


def _key_type(key: Key) -> str:
    return "number" if key.part else key.column.type


def _histogram(key: Key, query: Query, definition: Definition) -> tuple[dict[str, Any], str]:
    """A composite's source, and what its keys are folded to afterwards."""
    source: dict[str, Any] = {"field": key.column.name, "missing_bucket": True}
    if key.grain in FIXED:  # counted in UTC: a doubled hour stays two hours
        return {"date_histogram": source | {"fixed_interval": FIXED[key.grain]}}, ""
    fold = ""
    step = key.grain
    if key.part:
        fold, step = PARTS[key.part]
    elif key.grain in FOLDED and not (key.grain == "week" and definition.week_start == 0):
        fold, step = key.grain, FOLDED[key.grain]
    elif key.grain and key.grain not in CALENDAR:
        raise wrong("grain", _("“%(grain)s” is not a grain.") % {"grain": key.grain[:40]})
    if not step:
        return {"terms": source}, "zero" if key.column.type == "number" else ""
    source |= {"calendar_interval": step, "time_zone": query.timezone}
    return {"date_histogram": source}, fold


def _directed(source: dict[str, Any], descending: bool) -> dict[str, Any]:
    ((kind, inner),) = source.items()
    order = "desc" if descending else "asc"
    return {kind: inner | {"order": order, "missing_order": "last"}}


def _aggregation(
    measure: MeasureDef, definition: Definition, timezone: str, fields: set[str]
) -> dict[str, Any] | None:
    """None for a number of rows, which every group has."""
    found: dict[str, Any] | None = None
    beside: dict[str, Any] = {}
    if measure.aggregate != "count":
        found_in = definition.column(measure.column, "measures")
        column = found_in.name
        fields.add(column)
        if measure.aggregate in STATS:
            found = {"stats": {"field": column}}
        elif measure.aggregate == "count_distinct":
            found = {"cardinality": {"field": column, "precision_threshold": EXACT_DISTINCT}}
            if found_in.type == "number":
                beside = {"zeros": zeros.counted(column)}
        elif measure.aggregate in ("median", "percentile"):
            found = {"percentiles": {"field": column, "percents": [_percent(measure)]}}
        else:
            message = _("“%(label)s” cannot be computed by this source.")
            raise wrong("measures", message % {"label": measure.label})
    if not measure.filters and not beside:
        return found
    nodes = tree(measure.filters, definition, timezone)
    narrowed: dict[str, Any] = {
        "filter": {"bool": {"filter": [_matching(node, fields) for node in nodes]}}
    }
    return narrowed | ({"aggs": {"value": found} | beside} if found else {})


def _place(measure: MeasureDef) -> str:
    """Where it stands in the answer, beside words of the index such as "key" and "doc_count"."""
    return "=" + measure.name.translate(_REFUSED)


def _percent(measure: MeasureDef) -> float:
    return 50.0 if measure.aggregate == "median" else float(measure.percentile or 0)


def _reading(measure: MeasureDef, definition: Definition) -> dict[str, Any]:
    """How a measure is read from what was computed."""
    found: dict[str, Any] = {"name": measure.name, "is": measure.aggregate}
    if measure.aggregate == "ratio":
        above, below = parts_of(measure, definition)
        return found | {"of": [_reading(above, definition), _reading(below, definition)]}
    if measure.aggregate in ("median", "percentile"):
        found["percent"] = _percent(measure)
    found["filtered"] = bool(measure.filters)
    if measure.aggregate == "count_distinct":
        found["filtered"] |= definition.column(measure.column, "measures").type == "number"
    return found | {"at": _place(measure)}


# -- conditions


def _matching(node: Node, fields: set[str]) -> dict[str, Any]:
    """A condition as a query clause. Like in SQL, a missing value meets none but is_null."""
    if isinstance(node, Joined):
        inner = [_matching(part, fields) for part in node.parts]
        if node.is_any:
            return {"bool": {"should": inner, "minimum_should_match": 1}}
        return {"bool": {"filter": inner}}
    fields.add(node.column.name)
    exists = {"exists": {"field": node.column.name}}
    if node.op == "is_null":
        return {"bool": {"must_not": [exists]}}
    if node.op == "not_null":
        return exists
    opposite = {"ne": "eq", "not_in": "in", "not_contains": "contains"}.get(node.op)
    if opposite:
        positive = _positive(node, opposite)
        return {"bool": {"filter": [exists], "must_not": [positive]}}
    return _positive(node, node.op)


def _positive(node: Condition, op: str) -> dict[str, Any]:
    name, values = node.column.name, node.values
    if op in ("eq", "in") and node.column.type == "time":
        moments = [_range(node, gte=value, lte=value) for value in values]
        return {"bool": {"should": moments, "minimum_should_match": 1}}
    if op == "eq" and not zeros.is_zero(values[0]):
        return {"term": {name: {"value": values[0]}}}
    if op in ("eq", "in"):
        return zeros.any_of(name, values)
    if op == "between":
        return _range(node, gte=values[0], lte=values[1])
    if op in RANGES:
        return _range(node, **{RANGES[op]: values[0]})
    return _like(name, op, str(values[0]))


def _like(name: str, op: str, text: str) -> dict[str, Any]:
    """A text within the value, whatever its case. An index folds ASCII only, the rest is spelt."""
    before = "" if op == "starts_with" else "*"
    after = "" if op == "ends_with" else "*"
    if text.isascii():
        plain = "".join(f"\\{letter}" if letter in "*?\\" else letter for letter in text)
        value = {"value": f"{before}{plain}{after}", "case_insensitive": True}
        return {"wildcard": {name: value}}
    letters = "".join(_any_case(letter) for letter in text)
    before, after = (each.replace("*", ".*") for each in (before, after))
    return {"regexp": {name: {"value": f"{before}{letters}{after}", "flags": "NONE"}}}


def _any_case(letter: str) -> str:
    forms = {each for each in (letter, letter.lower(), letter.upper()) if len(each) == 1}
    if len(forms) == 1:
        return f"\\{letter}" if letter.isascii() and not letter.isalnum() else letter
    return f"[{''.join(sorted(forms))}]"


def _range(node: Condition, **edges: Any) -> dict[str, Any]:
    if node.column.type == "number":
        return {"range": {node.column.name: zeros.edges(edges)}}
    if node.column.type != "time":
        return {"range": {node.column.name: edges}}
    stamps: dict[str, Any] = {edge: _ms(value, edge) for edge, value in edges.items()}
    return {"range": {node.column.name: stamps | {"format": "epoch_millis"}}}


def _ms(moment: datetime, edge: str = "gte") -> int:
    """Whole milliseconds, which is what an index holds; rounded so that the edge stays true."""
    exact = round(moment.timestamp() * 1_000_000)
    return exact // 1000 if edge in ("lte", "gt") else ceil(exact / 1000)
