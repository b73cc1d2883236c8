"""Query + row policies -> PromQL. What is a row, what is a sum?

The dataset's `relation` is a selector (`http_requests_total{job="api"}`) or any expression that
gives an instant vector (`rate(http_requests_total[5m])`). Its columns are `time`, `value` and the
labels.

- Plain rows are samples: those that were scraped for a selector; for an expression, what it gives
  at evenly spaced moments. Without a range they are what it gives now.
- A measure aggregates over time within a step (or within the whole range, without a grain), and
  then over the series of a group: sum is the sum of the series' averages, average the average of
  them, lowest and highest are of all samples, the number of rows is the number of series that had
  a sample, different values are those of a label. So the sum of `rate(...)` by hour is the total
  rate, whatever the interval of scraping; it is not a sum of samples.
- Without a range it is the present value.
- An expression is evaluated about 20,000 times for a question at most: over long ranges a short
  peak of it may be missed. A selector's samples are all read.
- Filters and row policies are matchers inside of every selector of the expression. What matchers
  cannot say (conditions on values, "any" over several labels) is refused, never left out.
- Percentiles over series and time cannot be composed in PromQL and are refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.core.window import Window, to_ms, zone_of
from apps.datasources.asked import Asked, Condition, Joined, Node, parts_of, take_apart, wrong
from apps.datasources.asked import conditions as tree
from apps.datasources.compiler import Compiled
from apps.datasources.connectors.steps import next_start, start_of
from apps.datasources.definition import Definition, MeasureDef
from apps.datasources.promql import Expression, label_of, matchers_of, read
from apps.datasources.query import BIN_SECONDS, Query
from apps.datasources.tops import compile_top

# aggregate -> over the series of a group, over the samples of each series
AGGREGATES = {
    "sum": ("sum", "avg_over_time"),
    "avg": ("avg", "avg_over_time"),
    "min": ("min", "min_over_time"),
    "max": ("max", "max_over_time"),
    "count": ("count", "count_over_time"),
}
MOST_EVALUATIONS = 20_000
FINEST_MS = 15_000
MOST_STEPS = 50_000
MOST_POINTS = 11_000  # that Prometheus gives in one answer
MOST_REQUESTS = 300


@dataclass(frozen=True, slots=True)
class Span:
    """Equally long steps one after the other: where they begin, and what they are called."""

    label: int
    start: int
    length: int
    count: int


def compile_promql(
    query: Query,
    definition: Definition,
    policies: tuple[Any, ...],
    hidden: frozenset[str] = frozenset(),
    most: int | None = None,
    top_of: Window | None = None,
) -> Compiled:
    """One statement for connectors/prometheus.py. Raises UserError with the wrong field."""
    if top := getattr(query, "top", None):

        def compile_one(each: Query) -> Compiled:
            return compile_promql(each, definition, policies, hidden, most)

        return compile_top(query, definition.without(hidden), top, top_of, compile_one)
    asked = take_apart(query, definition, policies, hidden, most)
    window, nodes = _narrowed(query.window, (*asked.policies, *asked.filters))
    expression = read(definition.relation).narrowed(matchers_of(nodes))
    statement: dict[str, Any] = {"order": asked.order, "limit": asked.limit}
    if window and window[0] >= window[1]:
        requests: list[dict[str, Any]] = []
        window = None
    elif asked.raw:
        requests = [_rows(expression, window)]
    else:
        requests = list(_series(asked, query, definition, expression, window))
    if len(requests) > MOST_REQUESTS:
        message = _("This range has too many steps of different length. Choose a shorter one.")
        raise wrong("grain", message)
    if asked.raw:
        statement |= {"columns": [_raw_column(column) for column in asked.raw]}
    else:
        statement |= {
            "keys": [_raw_column(key.column) for key in asked.keys],
            "measures": [_reading(measure, definition) for measure in asked.measures],
        }
    statement["requests"] = requests
    text = orjson.dumps(statement, option=orjson.OPT_INDENT_2).decode()
    return Compiled(text, (), asked.columns, asked.limit)


def _raw_column(column: Any) -> tuple[str, str]:
    return (column.name if column.type != "text" else label_of(column.name), column.type)


# -- ranges of time, in milliseconds


def _narrowed(
    window: Window | None, nodes: tuple[Node, ...]
) -> tuple[tuple[int, int] | None, list[Node]]:
    """The window after what conditions on time leave of it, and the other conditions."""
    edges = [_up(window.start), _up(window.end)] if window else None
    others: list[Node] = []
    for node in _flat(nodes):
        if not isinstance(node, Condition) or node.column.type != "time":
            others.append(node)
            continue
        if edges is None:
            raise wrong("window", _("Choose a range of time for this question."))
        values = [_up(value) for value in node.values]
        if node.op in ("ge", "between"):
            edges[0] = max(edges[0], values[0])
        if node.op == "gt":
            edges[0] = max(edges[0], values[0] + 1)
        if node.op == "lt":
            edges[1] = min(edges[1], values[0])
        if node.op in ("le", "between"):
            edges[1] = min(edges[1], values[-1] + 1)
        if node.op not in ("ge", "gt", "lt", "le", "between", "not_null"):
            message = _("“%(op)s” does not work on the time of Prometheus.") % {"op": node.op}
            raise wrong("filters", message)
    return ((edges[0], edges[1]) if edges else None), others


def _flat(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Joined) and not node.is_any:
            yield from _flat(node.parts)
        else:
            yield node


def _up(moment: datetime) -> int:
    return -(-round(moment.timestamp() * 1_000_000) // 1000)


def _spans(query: Query, definition: Definition, window: tuple[int, int]) -> list[Span]:
    """The steps of a window; the first and the last are as long as what the window has of them."""
    found: list[Span] = []
    for label, start, end in _steps(query, definition, window):
        last = found[-1] if found else None
        if (
            last
            and last.count < MOST_POINTS
            and last.length == end - start
            and last.start + last.count * last.length == start
            and last.label + last.count * last.length == label
        ):
            found[-1] = Span(last.label, last.start, last.length, last.count + 1)
        else:
            found.append(Span(label, start, end - start, 1))
    if sum(span.count for span in found) > MOST_STEPS:
        raise wrong("grain", _("There are too many steps in this range. Choose longer ones."))
    return found


def _steps(
    query: Query, definition: Definition, window: tuple[int, int]
) -> Iterator[tuple[int, int, int]]:
    """(what a step is called, where it begins and ends within the window)."""
    start, end = window
    if seconds := BIN_SECONDS.get(query.grain or ""):
        length = seconds * 1000
        if (end - start) // length > MOST_STEPS:
            raise wrong("grain", _("There are too many steps in this range. Choose longer ones."))
        for label in range(start // length * length, end, length):
            yield label, max(label, start), min(label + length, end)
        return
    zone = zone_of(query.timezone)
    local = start_of(
        datetime.fromtimestamp(start / 1000, UTC).astimezone(zone),
        query.grain or "",
        definition.week_start,
        definition.fiscal_year_start,
    )
    while (label := to_ms(local)) < end:
        local = next_start(local, query.grain or "")
        yield label, max(label, start), min(to_ms(local), end)


def _resolution(window: tuple[int, int], length: int) -> int:
    """Every how many milliseconds an expression is evaluated within a step."""
    fine = max(FINEST_MS, -(-(window[1] - window[0]) // MOST_EVALUATIONS // 1000) * 1000)
    return max(min(fine, length), 1)


# -- requests


def _rows(expression: Expression, window: tuple[int, int] | None) -> dict[str, Any]:
    if window is None:
        return {"query": expression.text()}
    start, end = window
    if expression.is_selector:
        return {"query": f"{expression.text()}[{end - start}ms]", "at": end - 1, "from": start}
    resolution = _resolution(window, end - start)
    return {
        "query": f"({expression.text()})[{end - start}ms:{resolution}ms]",
        "at": end - 1,
        "from": start,
    }


def _series(
    asked: Asked,
    query: Query,
    definition: Definition,
    expression: Expression,
    window: tuple[int, int] | None,
) -> Iterator[dict[str, Any]]:
    """One request for each measure and each run of equal steps."""
    by = []
    for key in asked.keys:
        if key.part or (key.column.type != "text" and not key.grain):
            message = _("Prometheus can group by labels only, not by “%(name)s”.")
            raise wrong("dimensions", message % {"name": key.name})
        if not key.grain:
            by.append(label_of(key.column.name))
    if query.grain and not window:
        raise wrong("window", _("Choose a range of time for this question."))
    parts = {p.name: p for m in asked.measures for p in parts_of(m, definition)}
    for part in parts.values():
        # Different values are counted from what comes: an empty label is none.
        counted = {"distinct": part.column} if part.aggregate == "count_distinct" else {}
        own = expression.narrowed(matchers_of(_labels_only(part, definition, query)))
        if window is None:
            now = _measure(part, definition, by, own.text(), None)
            yield {"part": part.name, "query": now} | counted
            continue
        spans = [Span(window[0], window[0], window[1] - window[0], 1)]
        for span in _spans(query, definition, window) if query.grain else spans:
            ranged = f"{own.text()}[{span.length}ms]"
            if not own.is_selector:
                resolution = _resolution(window, span.length)
                ranged = f"({own.text()})[{span.length}ms:{resolution}ms]"
            # A range is open on the left since Prometheus 3, and closed on the right: so that
            # ending a millisecond early makes [start, end).
            yield {
                "part": part.name,
                "query": _measure(part, definition, by, own.text(), ranged),
                "label": span.label,
                "at": span.start + span.length - 1,
                "step": span.length,
                "count": span.count,
            } | counted


def _labels_only(part: MeasureDef, definition: Definition, query: Query) -> tuple[Node, ...]:
    return tree(part.filters, definition, query.timezone)


def _measure(
    part: MeasureDef, definition: Definition, by: list[str], now: str, ranged: str | None
) -> str:
    """The PromQL of one measure; `ranged` is what it reads over time."""
    clause = f" by ({', '.join(by)})" if by else ""
    if part.aggregate == "count_distinct":
        label = label_of(definition.column(part.column, "measures").name)
        inner = f"count_over_time({ranged})" if ranged else now
        each = ", ".join(dict.fromkeys((*by, label)))
        return f"group by ({each}) ({inner})"
    if part.aggregate not in AGGREGATES:
        message = _("“%(label)s” cannot be computed by Prometheus.") % {"label": part.label}
        raise wrong("measures", message)
    if part.aggregate != "count" and definition.column(part.column, "measures").type != "number":
        message = _("“%(label)s” needs the column of the values.") % {"label": part.label}
        raise wrong("measures", message)
    over_series, over_time = AGGREGATES[part.aggregate]
    inner = f"{over_time}({ranged})" if ranged else now
    return f"{over_series}{clause} ({inner})"


def _reading(measure: MeasureDef, definition: Definition) -> dict[str, Any]:
    found: dict[str, Any] = {"name": measure.name, "is": measure.aggregate}
    if measure.aggregate == "ratio":
        found["of"] = [_reading(part, definition) for part in parts_of(measure, definition)]
    return found
