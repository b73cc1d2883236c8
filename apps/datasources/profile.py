"""What a dataset's columns hold, over all rows that the asking user sees.

Every figure comes from the database through the compiler, so row policies and hidden columns
hold; nothing is guessed from a first part of the rows. Answers are kept per scope.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.queries import Visitor
from apps.core import redis
from apps.core.errors import NotFound
from apps.core.window import Window, to_ms
from apps.datasources import engine
from apps.datasources.access import Scope, scope_of
from apps.datasources.definition import ColumnDef, Definition, MeasureDef, definition
from apps.datasources.query import Dimension, Filter, Order, Query, grain_for

KEEP_S = 600
KEEP_STREAM_S = 30
BINS = 24
TIME_BINS_WIDTH = 4 * 40  # grain_for leaves about four pixels a step
TOP = 8
LARGEST = 1.7976931348623157e308  # beyond it, and NaN, is no number that has a place
ROWS = "profile_rows"


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole dataset: rows, and the span of its time column in milliseconds since 1970."""

    rows: int
    first: int | None
    last: int | None
    computed_at: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin or one value. start and end: of a bin of numbers, or of times in milliseconds."""

    count: int
    label: str = ""
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. odd: values that are no finite number. Times are milliseconds since 1970.

    `distinct` is exact. The counts of `bars` sum to `filled - odd`, less `others`.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    odd: int
    low: float | None
    high: float | None
    mean: float | None
    bars: tuple[Bar, ...]
    others: int
    computed_at: float


def overview(user: Visitor, dataset_id: int, afresh: bool = False) -> Overview:
    """Rows and span as the user sees them. Raises UserError."""
    scope = scope_of(user, dataset_id)
    kept = _kept(scope, "", afresh)
    if kept:
        return Overview(**kept)
    shape = definition(dataset_id, scope.version)
    first = last = None
    if time := shape.without(scope.hidden).time_column:
        first, last = _ends(time, shape, scope)
    found = Overview(_rows(shape, scope), first, last, _now())
    _keep(scope, "", asdict(found), shape)
    return found


def column(user: Visitor, dataset_id: int, name: str, afresh: bool = False) -> ColumnProfile:
    """One column as the user sees it. Raises NotFound for one that is hidden, UserError."""
    scope = scope_of(user, dataset_id)
    shape = definition(dataset_id, scope.version)
    seen = shape.without(scope.hidden).columns
    found = next((each for each in seen if each.name == name), None)
    if found is None:
        raise NotFound(_("There is no such column."), field="column")
    kept = _kept(scope, name, afresh)
    if kept:
        return ColumnProfile(**kept | {"bars": tuple(Bar(**each) for each in kept["bars"])})
    lock = redis.client().lock(
        f"{_key(scope, name)}:lock", timeout=settings.QUERY_TIMEOUT_S * 4, sleep=0.05
    )
    with lock:  # who opens the page at the same time waits for the first one's answer
        if not afresh and (kept := _kept(scope, name, afresh)):
            return ColumnProfile(**kept | {"bars": tuple(Bar(**each) for each in kept["bars"])})
        profile = _profile(found, shape, scope)
        _keep(scope, name, asdict(profile), shape)
    return profile


def _profile(of: ColumnDef, shape: Definition, scope: Scope) -> ColumnProfile:
    there = Filter(of.name, "not_null")
    filled, distinct = _numbers(
        shape, scope, (_count(), _measure("distinct", "count_distinct", of.name)), (there,)
    )
    low = high = mean = None
    odd = others = 0
    bars: tuple[Bar, ...] = ()
    if of.type == "number":
        finite = (Filter(of.name, "ge", (-LARGEST,)), Filter(of.name, "le", (LARGEST,)))
        asked = tuple(_measure(each, each, of.name) for each in ("min", "max", "avg"))
        placed, low, high, mean = _numbers(shape, scope, (_count(), *asked), finite)
        odd = max(0, int((filled or 0) - (placed or 0)))  # rows may have come in between
        if low is not None and high is not None:
            bars = _number_bars(of, low, high, int(placed or 0), shape, scope)
    elif of.type == "time":
        first, last = _ends(of.name, shape, scope)
        low, high = first, last
        bars = _time_bars(of, first, last, shape, scope)
    else:
        bars = _value_bars(of, shape, scope)
        others = int(filled or 0) - sum(each.count for each in bars)
    return ColumnProfile(
        name=of.name,
        rows=_rows(shape, scope),
        filled=int(filled or 0),
        distinct=int(distinct or 0),
        odd=odd,
        low=low,
        high=high,
        mean=mean,
        bars=bars,
        others=others,
        computed_at=_now(),
    )


def _number_bars(
    of: ColumnDef, low: float, high: float, placed: int, shape: Definition, scope: Scope
) -> tuple[Bar, ...]:
    """Bins of one width from the lowest to the highest value, counted over all rows."""
    edges = _edges(low, high)
    if len(edges) < 2:
        return (Bar(placed, start=low, end=high),)
    inside = [
        replace(
            _measure(f"bin_{number}", "count", ""),
            filters=(Filter(of.name, "ge", (start,)), Filter(of.name, "lt", (end,))),
        )
        for number, (start, end) in enumerate(pairwise(edges[:-1]))
    ]
    found = _numbers(shape, scope, inside, ()) if inside else []
    counts = [int(count or 0) for count in found]
    # the last bin holds the highest value, and whatever rounding left over
    counts.append(placed - sum(counts))
    bins = zip(pairwise(edges), counts, strict=True)
    return tuple(Bar(count, start=start, end=end) for (start, end), count in bins)


def _edges(low: float, high: float) -> list[float]:
    """The edges of bins; whole numbers of a small range get a bin each."""
    width = high - low
    if width <= 0 or width > LARGEST:
        return [low]
    if float(low).is_integer() and float(high).is_integer() and width < BINS:
        return [low + step for step in range(int(width) + 2)]
    return [low + width * step / BINS for step in range(BINS)] + [high]


def _time_bars(
    of: ColumnDef, first: int | None, last: int | None, shape: Definition, scope: Scope
) -> tuple[Bar, ...]:
    """Rows per step of time; steps without rows are left out."""
    if first is None or last is None:
        return ()
    window = Window(moment(first), moment(last + 1))
    grain = grain_for(window, TIME_BINS_WIDTH)
    query = Query(
        dataset=shape.dataset_id,
        measures=(ROWS,),
        time=of.name,
        grain=grain,
        filters=(Filter(of.name, "not_null"),),
    )
    frame = engine.ask(query, _with(shape, (_count(),)), scope.policies, scope.hidden)
    times, counts = frame.column(of.name), frame.column(ROWS)
    step = min((b - a for a, b in pairwise(times)), default=1)
    ends = [*times[1:], max(last + 1, times[-1] + step)]
    rows = zip(times, ends, counts, strict=True)
    return tuple(Bar(int(count), start=start, end=end) for start, end, count in rows)


def _value_bars(of: ColumnDef, shape: Definition, scope: Scope) -> tuple[Bar, ...]:
    """The most frequent values."""
    query = Query(
        dataset=shape.dataset_id,
        measures=(ROWS,),
        dimensions=(Dimension(of.name),),
        filters=(Filter(of.name, "not_null"),),
        limit=TOP,
    )
    frame = engine.ask(query, _with(shape, (_count(),)), scope.policies, scope.hidden)
    rows = zip(frame.column(of.name), frame.column(ROWS), strict=True)
    return tuple(Bar(int(count), label=_word(value)) for value, count in rows)


def _ends(name: str, shape: Definition, scope: Scope) -> tuple[int | None, int | None]:
    """The first and the last time of a column."""
    found: list[int | None] = []
    for descending in (False, True):
        query = Query(
            dataset=shape.dataset_id,
            columns=(name,),
            filters=(Filter(name, "not_null"),),
            order=(Order(name, descending),),
            limit=1,
        )
        values = engine.ask(query, shape, scope.policies, scope.hidden).column(name)
        found.append(values[0] if values else None)
    return found[0], found[1]


def _rows(shape: Definition, scope: Scope) -> int:
    return int(_numbers(shape, scope, (_count(),), ())[0] or 0)


def _numbers(
    shape: Definition, scope: Scope, measures: Sequence[MeasureDef], filters: tuple[Filter, ...]
) -> list[float | None]:
    """One value per measure, of the rows that meet the filters."""
    names = tuple(each.name for each in measures)
    query = Query(dataset=shape.dataset_id, measures=names, filters=filters)
    frame = engine.ask(query, _with(shape, measures), scope.policies, scope.hidden)
    return [frame.column(name)[0] for name in names]


def _with(shape: Definition, measures: Sequence[MeasureDef]) -> Definition:
    return replace(shape, measures=tuple(measures))


def _count() -> MeasureDef:
    return _measure(ROWS, "count", "")


def _measure(name: str, aggregate: str, column: str) -> MeasureDef:
    return MeasureDef(name, name, aggregate, column, "", "", "", "", "")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)[:80]


def _key(scope: Scope, name: str) -> str:
    return f"sightline:profile:{scope.key}:{name}"


def _kept(scope: Scope, name: str, afresh: bool) -> Any:
    kept: Any = None if afresh else redis.client().get(_key(scope, name))
    return orjson.loads(kept) if kept else None


def _keep(scope: Scope, name: str, found: dict[str, Any], shape: Definition) -> None:
    keep_s = KEEP_STREAM_S if shape.is_stream else KEEP_S
    redis.client().set(_key(scope, name), orjson.dumps(found), ex=keep_s)


def moment(ms: float) -> datetime:
    """Milliseconds since 1970 as a moment."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def _now() -> float:
    return to_ms(datetime.now(UTC))
