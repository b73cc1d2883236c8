"""A dashboard's grid on paper: plain functions on rectangles, no Django.

A band is a run of rows that nothing crosses, so a page may break before and after it. A card that
needs more room than its place on the grid leaves the band and gets the whole width below it, where
it may run over pages; the others close up.
"""

from dataclasses import dataclass, replace
from typing import Final

COLUMNS: Final = 24
ROW_PX: Final = 52  # a row and a gap of the screen's grid, in its pixels
GAP_PX: Final = 12
LEAST_SHRINK: Final = 0.6  # smaller than this, nothing could be read


@dataclass(frozen=True, slots=True)
class Box:
    """A card's place, in columns and rows; `is_long`: it needs more than that."""

    key: int
    x: float
    y: float
    w: float
    h: float
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A card's place within its band, in paper pixels."""

    key: int
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Band:
    """Cards that stay together on one page; or one alone, which flows on if `is_long`."""

    height: float
    places: tuple[Place, ...]
    is_long: bool = False


def arrange(boxes: list[Box], *, width: float, page: float, scale: float) -> list[Band]:
    """Bands from top to bottom. width, page: of the printed area in paper pixels; scale: paper
    pixels per screen pixel.
    """
    found: list[Band] = []
    for group in groups(boxes):
        short = closed([box for box in group if not box.is_long])
        found += _bands(short, width, page, scale) if short else []
        found += [_alone(box, width, scale, is_long=True) for box in group if box.is_long]
    return found


def groups(boxes: list[Box]) -> list[list[Box]]:
    """Boxes that overlap in rows, directly or through others, each by row and column."""
    made: list[list[Box]] = []
    end = 0.0
    for box in sorted(boxes, key=lambda box: (box.y, box.x)):
        if made and box.y < end:
            made[-1].append(box)
        else:
            made.append([box])
        end = max(end, box.y + box.h)
    return made


def closed(boxes: list[Box]) -> list[Box]:
    """Without the columns and rows in which nothing stands; then as wide as the grid again."""
    if not boxes:
        return []
    columns = {c for box in boxes for c in range(round(box.x), round(box.x + box.w))}
    rows = {r for box in boxes for r in range(round(box.y), round(box.y + box.h))}
    wider = COLUMNS / len(columns)
    return [
        replace(
            box,
            x=sum(c < box.x for c in columns) * wider,
            y=sum(r < box.y for r in rows),
            w=box.w * wider,
        )
        for box in boxes
    ]


def _bands(boxes: list[Box], width: float, page: float, scale: float) -> list[Band]:
    rows = max(box.y + box.h for box in boxes)
    shrink = min(1.0, page / _span(rows, scale))
    if shrink < LEAST_SHRINK:
        return [_alone(box, width, scale) for box in boxes]
    step, gap = scale * ROW_PX * shrink, scale * GAP_PX
    unit = (width + gap) / COLUMNS
    places = tuple(
        Place(box.key, box.x * unit, box.y * step, box.w * unit - gap, box.h * step - gap)
        for box in boxes
    )
    return [Band(rows * step - gap, places)]


def _alone(box: Box, width: float, scale: float, *, is_long: bool = False) -> Band:
    height = _span(box.h, scale)
    return Band(height, (Place(box.key, 0, 0, width, height),), is_long)


def _span(rows: float, scale: float) -> float:
    return scale * (rows * ROW_PX - GAP_PX)
