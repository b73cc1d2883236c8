"""The width of bins: chosen from the lowest and the highest number of the rows that are meant.

That is a question of its own, asked before. What it gives decides on the width alone: bins have
no first and no last, so that every row has one, also a row that came meanwhile.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from apps.datasources.adhoc import Written
from apps.datasources.asked import no_bins
from apps.datasources.compiler import DIALECTS
from apps.datasources.compiler.groups import WHOLE, check_numbers
from apps.datasources.definition import Definition
from apps.datasources.query import Dimension, Query

STEPS = ("1", "2", "2.5", "5")  # times a power of ten
POWERS = range(-280, 290)  # of ten, whose edges are doubles too
Ask = Callable[[Query], Mapping[str, float | None]]


def settled(query: Query, seen: Definition, ask: Ask) -> Query:
    """The question with a width in the place of each number of bins. Raises UserError.

    seen: as who asks sees the dataset. ask: gives the measures of a question without groups.
    """
    open_ = {each.column for each in query.dimensions if each.bins is not None}
    if not open_:
        return query
    if seen.source_kind not in DIALECTS:
        raise no_bins()
    for name in open_:
        check_numbers(seen.column(name, "dimensions").type)
    told = ask(_extent(query, sorted(open_)))
    dimensions = tuple(
        replace(each, bins=None, width=_width(each, told)) if each.bins else each
        for each in query.dimensions
    )
    return replace(query, dimensions=dimensions)


def nice_width(low: float, high: float, count: int, *, is_whole: bool = False) -> float:
    """The smallest round width (1, 2, 2.5 or 5 times a power of ten) of at most `count` bins.

    The highest number may be the edge of one bin more, and on both sides of 0 there is one at
    least. is_whole: there are no
    fractions, and so there is none in the width either.
    """
    width = 1.0
    for width in _round_numbers(low, high, count):
        if is_whole and not width.is_integer():
            continue
        bins = math.ceil(high / width) - math.floor(low / width)
        if bins <= max(count, 2) and max(-low, high) < width * WHOLE:
            break
    return width


def _round_numbers(low: float, high: float, count: int) -> Iterator[float]:
    span = high / count - low / count or max(-low, high) / count or 1.0
    first = max(math.floor(math.log10(span)), POWERS.start)
    for power in range(min(first, POWERS.stop - 1), POWERS.stop):
        yield from (float(f"{step}e{power}") for step in STEPS)


def _width(dimension: Dimension, told: Mapping[str, float | None]) -> float:
    name = dimension.column
    lowest, highest = told[Written("min", name).name], told[Written("max", name).name]
    if lowest is None or highest is None:  # no number at all
        lowest = highest = dimension.low or 0.0
    low = lowest if dimension.low is None else dimension.low
    high = highest if dimension.high is None else dimension.high
    is_whole = told[Written("is_whole", name).name] == 1
    assert dimension.bins is not None  # noqa: S101 - its only caller has looked
    return nice_width(min(low, high), max(low, high), dimension.bins, is_whole=is_whole)


def _extent(query: Query, columns: list[str]) -> Query:
    """What the lowest and highest numbers are, and whether all are whole."""
    return Query(
        dataset=query.dataset,
        measures=tuple(
            Written(aggregate, name).name
            for name in columns
            for aggregate in ("min", "max", "is_whole")
        ),
        time=query.time if query.window else None,
        window=query.window,
        filters=query.filters,
        timezone=query.timezone,
    )
