"""Rectangles on a grid: collide, push, pack. Plain functions on plain values; no Django."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

COLUMNS = 24
MOST_ROWS = 2000
MOST_HEIGHT = 60


@dataclass(frozen=True, slots=True)
class Box:
    """Columns and rows, counted from 0 at the top left."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """The first column beside it."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.h


def collide(one: Box, other: Box) -> bool:
    """Whether the two share a cell."""
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


def fitted(box: Box) -> Box:
    """The nearest box that lies on the grid."""
    w = min(max(box.w, 1), COLUMNS)
    h = min(max(box.h, 1), MOST_HEIGHT)
    return Box(min(max(box.x, 0), COLUMNS - w), min(max(box.y, 0), MOST_ROWS), w, h)


def pushed(boxes: Sequence[Box]) -> list[Box]:
    """The boxes in their order, none over another: who stands lower is moved down, never up."""
    placed: dict[int, Box] = {}
    for index in _by_height(boxes):
        placed[index] = _down(fitted(boxes[index]), placed.values())
    return [placed[index] for index in range(len(boxes))]


def pack(boxes: Sequence[Box]) -> list[Box]:
    """The boxes in their order, each as high as it can rise without passing another."""
    settled = pushed(boxes)
    placed: dict[int, Box] = {}
    for index in _by_height(settled):
        placed[index] = _up(settled[index], list(placed.values()))
    return [placed[index] for index in range(len(boxes))]


def first_free(boxes: Iterable[Box], w: int, h: int) -> Box:
    """The first place of that size, by rows and then columns; below everything in the worst case.

    Only rows where a box begins or ends can be the first free ones.
    """
    taken = list(boxes)
    size = fitted(Box(0, 0, w, h))
    for y in sorted({0, *(box.bottom for box in taken)}):
        for x in sorted({0, *(box.right for box in taken)}):
            place = replace(size, x=x, y=y)
            if place.right <= COLUMNS and not any(collide(place, box) for box in taken):
                return place
    raise AssertionError("the row below everything is free")


def _by_height(boxes: Sequence[Box]) -> list[int]:
    return sorted(range(len(boxes)), key=lambda index: (boxes[index].y, boxes[index].x))


def _down(box: Box, taken: Iterable[Box]) -> Box:
    for other in sorted(taken, key=lambda each: each.y):
        if collide(box, other):
            box = replace(box, y=other.bottom)
    return box


def _up(box: Box, taken: Sequence[Box]) -> Box:
    below = [other.bottom for other in taken if other.x < box.right and box.x < other.right]
    return replace(box, y=max(below, default=0))
