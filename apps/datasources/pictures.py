"""The small pictures and words of a column's profile, ready for a template."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.core.figures import figure
from apps.datasources.models import Column
from apps.datasources.profile import Bar, ColumnProfile, moment

WIDTH, HEIGHT = 240, 56
LEAST = 1.5  # a bin that holds something is seen


@dataclass(frozen=True, slots=True)
class Rect:
    """One bar in the SVG's own units, and what it says."""

    x: str
    y: str
    width: str
    height: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars beside each other with the two ends, or values below each other with their share."""

    rects: tuple[Rect, ...] = ()
    start: str = ""
    end: str = ""
    values: tuple[tuple[str, int, int], ...] = ()  # word, rows, percent of those filled
    width: int = WIDTH
    height: int = HEIGHT


def bars(profile: ColumnProfile, type_: str) -> Picture:
    """A histogram of numbers and times; the most frequent of other values."""
    if type_ not in ("number", "time"):
        whole = max(profile.filled, 1)
        rows = ((bar.label, bar.count, round(100 * bar.count / whole)) for bar in profile.bars)
        return Picture(values=tuple(rows))
    if not profile.bars:
        return Picture()
    low, high = profile.bars[0].start or 0.0, profile.bars[-1].end or 0.0
    most = max(bar.count for bar in profile.bars) or 1
    rects = tuple(_rect(bar, low, high, most, type_) for bar in profile.bars if bar.count)
    return Picture(rects, _edge(profile.low, type_), _edge(profile.high, type_))


def facts(profile: ColumnProfile, column: Column) -> list[tuple[str, str]]:
    """What stands beside the picture: label and figure."""
    missing = profile.rows - profile.filled
    share = f" ({_percent(missing, profile.rows)})" if missing else ""
    found = [
        (_("Missing"), f"{_whole(missing)}{share}"),
        (_("Different"), _whole(profile.distinct)),
    ]
    if column.type == Column.Type.NUMBER:
        names = {_("Lowest"): profile.low, _("Mean"): profile.mean, _("Highest"): profile.high}
        found += [(k, figure(v, column.format, column.unit)) for k, v in names.items()]
        if profile.odd:
            found.append((_("No number"), _whole(profile.odd)))
    elif column.type == Column.Type.TIME:
        found.append((_("First"), _edge(profile.low, "time")))
        found.append((_("Last"), _edge(profile.high, "time")))
    return found


def _rect(bar: Bar, low: float, high: float, most: int, type_: str) -> Rect:
    start, end = bar.start or 0.0, bar.end or 0.0
    span = (high - low) or 1.0
    left = WIDTH * (start - low) / span if high > low else 0.0
    width = WIDTH * (end - start) / span if high > low else WIDTH
    height = max(HEIGHT * bar.count / most, LEAST)
    words = f"{_edge(start, type_)} – {_edge(end, type_)}: {_whole(bar.count)}"
    gap = min(1.0, width / 4)
    sizes = (left, HEIGHT - height, max(width - gap, 0.5), height)
    x, y, wide, tall = (f"{each:.2f}" for each in sizes)
    return Rect(x, y, wide, tall, words)


def _edge(value: Any, type_: str) -> str:
    if value is None:
        return "–"
    if type_ == "time":
        at = moment(value)
        return f"{at:%Y-%m-%d %H:%M}" if (at.hour, at.minute) != (0, 0) else f"{at:%Y-%m-%d}"
    return figure(value)


def _whole(value: int) -> str:
    return str(number_format(value, decimal_pos=0, force_grouping=True))


def _percent(part: int, whole: int) -> str:
    share = 100 * part / max(whole, 1)
    return f"{share:.1f} %" if 0 < share < 10 else f"{share:.0f} %"
