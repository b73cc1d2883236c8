"""A dashboard or a card as a PDF: the same pictures as on the screen, set for paper.

Asked for and drawn here, as the reader; the pages are set in a process of its own (presses.py).
"""

import math
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.window import Window, zone_of
from apps.dashboards import own
from apps.dashboards.models import Dashboard
from apps.dashboards.queries import filters_text
from apps.reports.cards import CHARTS, FRESH_WAIT_S, Content, content, picture, svg_address
from apps.reports.errors import ReportError
from apps.reports.layout import Band, Box, Place, arrange
from apps.reports.presses import Bounds, Pdf, typeset
from apps.widgets.view import View

MM_PX: Final = 96 / 25.4
MARGINS_MM: Final = (17.0, 12.0, 15.0, 12.0)  # top, right, bottom, left
PAPERS_MM: Final = {"A4": (210.0, 297.0), "letter": (215.9, 279.4)}
SCREEN_PX: Final = {False: 900, True: 1240}  # how wide a screen the paper stands for
PAD_PX: Final = 10  # inside a card, as in paper.css
TITLE_PX: Final = 22
LINE_PX: Final = 12  # a line of a chart's sentence
LETTER_PX: Final = 4.3  # of that sentence, on average
ROW_PX: Final = 19  # a row of a table
CELL_PX: Final = 5.6  # a letter of a table, on average
WORD_PX: Final = 6.4  # a letter of an insight, which is larger
FIGURE_PX: Final = 6.8  # a digit of a table
GAP_PX: Final = 14  # between columns
MOST_LETTERS: Final = 48  # of a text before it may as well wrap
SAID_LINES: Final = 3
FONTS: Final = (("Inter-Regular.ttf", 400), ("Inter-SemiBold.ttf", 600))


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet. Sizes of its printed area in CSS pixels."""

    size: str = "A4"
    is_landscape: bool = False

    @property
    def sheet_mm(self) -> tuple[float, float]:
        """Width and height as it lies."""
        short, long = PAPERS_MM[self.size]
        return (long, short) if self.is_landscape else (short, long)

    @property
    def width(self) -> float:
        """Of the printed area."""
        return (self.sheet_mm[0] - MARGINS_MM[1] - MARGINS_MM[3]) * MM_PX

    @property
    def height(self) -> float:
        """Of the printed area."""
        return (self.sheet_mm[1] - MARGINS_MM[0] - MARGINS_MM[2]) * MM_PX

    @property
    def scale(self) -> float:
        """Paper pixels per screen pixel."""
        return self.width / SCREEN_PX[self.is_landscape]


@dataclass(frozen=True, slots=True)
class Printed:
    """A card in its place, as the template sets it. Lengths in paper pixels."""

    card: Content
    place: Place
    image: str = ""
    image_width: float = 0.0
    image_height: float = 0.0
    said: str = ""
    shares: tuple[float, ...] = ()  # of a table's columns, in per cent


def dashboard_pdf(
    dashboard: Dashboard,
    view: View,
    user: User,
    paper: Paper,
    *,
    title: str = "",
    bounds: Bounds | None = None,
    cards: own.Own | None = None,
) -> Pdf:
    """The dashboard as `user` sees it. Raises ReportError; never a page with an empty picture.

    cards: what single cards show otherwise than `view`. Raises UserError where that is too much.
    """
    bounds = bounds or Bounds.within()
    now = datetime.now(UTC)
    locale = translation.get_language() or "en"
    placements = dashboard.placements.select_related("widget").order_by("y", "x")
    until = time.monotonic() + FRESH_WAIT_S
    contents = {}
    for each in placements:
        bounds.check()
        mine = own.view_of(view, cards or {}, each.widget_id)
        shown = content(each.widget, mine, user, locale, until)
        notes = filter(None, (own.words(cards or {}, each.widget_id), shown.note))
        contents[each.pk] = replace(shown, note=" · ".join(notes))
    boxes = [_box(each, contents[each.pk], paper) for each in placements]
    bands = arrange(boxes, width=paper.width, page=paper.height, scale=paper.scale)
    context = {
        "title": title or dashboard.title,
        "dashboard": dashboard,
        "facts": _facts(dashboard, view, user, list(contents.values()), now),
        "run_at": _moment(now, view.timezone),
        "bands": [(band, _printed(band, contents, view, paper, locale, bounds)) for band in bands],
        "address": f"{settings.BASE_URL}{dashboard.get_absolute_url()}",
        "language": locale,
        "paper": paper,
    }
    styles = (_tokens(), _font_faces(), _stylesheet(), _sheet(paper))
    return typeset(render_to_string("reports/paper.html", context), styles, bounds)


def picture_pdf(
    svg: str,
    size: tuple[float, float],
    paper: Paper | None,
    *,
    title: str,
    language: str,
    bounds: Bounds | None = None,
) -> Pdf:
    """A picture of that size (CSS pixels) on a page of its own size, or as large as fits on paper.

    Its text stays text. Raises ReportError.
    """
    width, height = size
    if paper is not None:
        shrink = min(paper.width / width, (paper.height - 1) / height)
        width, height = width * shrink, height * shrink
    page = _sheet(paper) if paper else f"@page {{ size: {width}px {height}px; margin: 0; }}"
    shown = f"img {{ display: block; width: {width:.2f}px; height: {height:.2f}px; }}"
    context = {"title": title, "language": language, "image": svg_address(svg)}
    html = render_to_string("reports/picture.html", context)
    return typeset(html, (_font_faces(), page, f"body {{ margin: 0; }} {shown}"), bounds)


def _box(placement: Any, card: Content, paper: Paper) -> Box:
    box = Box(placement.pk, placement.x, placement.y, placement.w, placement.h)
    step = paper.scale * 52
    room = box.w / 24 * paper.width - 2 * PAD_PX - 10
    need = _need(card, room) + TITLE_PX + 2 * PAD_PX + (16 if card.note else 0)
    return replace(box, is_long=need > box.h * step - 10)


def _need(card: Content, room: float) -> float:
    """How high a card's words or rows would be in that width; 0 for a picture, which fits."""
    if card.kind == "table" and card.columns:
        lines = (
            1 if sum(_letters(card, i) * CELL_PX + GAP_PX for i in _columns(card)) <= room else 99
        )
        return (len(card.rows) + 1) * ROW_PX * lines
    letters = max(1.0, room / WORD_PX)
    return sum(math.ceil(len(text) / letters) * 17 + 6 for text in card.sentences)


def _columns(card: Content) -> range:
    return range(len(card.columns))


def _letters(card: Content, at: int) -> int:
    """How long the longest text of a column is."""
    return max([len(card.columns[at]["label"]), *(len(row[at]) for row in card.rows)])


def shares(card: Content, room: float) -> tuple[float, ...]:
    """How much of a table's width each column gets, in per cent.

    Given to the press, since it would lay out every cell several times to find out. Figures do not
    wrap, so texts give way to them.
    """
    is_figure = [bool(column["numeric"]) for column in card.columns]
    need = [
        _letters(card, i) * FIGURE_PX + GAP_PX
        if is_figure[i]
        else min(_letters(card, i), MOST_LETTERS) * CELL_PX + GAP_PX
        for i in _columns(card)
    ]
    figures = sum(px for px, figure in zip(need, is_figure, strict=True) if figure)
    texts = sum(need) - figures
    if sum(need) > room and figures < room * 0.8 and texts:
        shrink = (room - figures) / texts
        need = [px if figure else px * shrink for px, figure in zip(need, is_figure, strict=True)]
    return tuple(px / sum(need) * 100 for px in need)


def _printed(
    band: Band,
    contents: dict[int, Content],
    view: View,
    paper: Paper,
    locale: str,
    bounds: Bounds,
) -> list[Printed]:
    printed = []
    for place in band.places:
        bounds.check()
        printed.append(_one(contents[place.key], place, view, paper, locale))
    return printed


def _one(card: Content, place: Place, view: View, paper: Paper, locale: str) -> Printed:
    if card.data is None or card.is_empty or card.kind in ("table", "insight", "section"):
        room = place.width - 2 * PAD_PX
        return Printed(card, place, shares=shares(card, room) if card.columns else ())
    if card.kind == "big_number":  # drawn for a card without padding, its course up to the edge
        size = (place.width, place.height - PAD_PX - TITLE_PX)
        image = picture(card, view, *_screen(size, paper), locale)
        return Printed(card, place, image, *size)
    said = card.said if card.kind in CHARTS else ""
    width = place.width - 2 * PAD_PX
    lines = min(SAID_LINES, math.ceil(len(said) * LETTER_PX / width))
    height = place.height - 2 * PAD_PX - TITLE_PX - lines * LINE_PX - (4 if lines else 0)
    height -= 14 if card.note else 0
    height = max(height, 20.0)
    image = picture(card, view, *_screen((width, height), paper), locale)
    return Printed(card, place, image, width, height, said)


def _screen(size: tuple[float, float], paper: Paper) -> tuple[int, int]:
    """The size on the screen that the paper stands for."""
    return round(size[0] / paper.scale), round(size[1] / paper.scale)


def _facts(
    dashboard: Dashboard, view: View, user: User, cards: list[Content], now: datetime
) -> list[tuple[str, str]]:
    """What a reader must know to trust the figures, as (term, value)."""
    asked = [card.data.computed_at for card in cards if card.data and card.data.computed_at]
    as_of = datetime.fromtimestamp(min(asked), UTC) if asked else now
    return [
        (_("Period"), period(view.window(now), view.timezone)),
        (_("Filters"), filters_text(dashboard, view, user) or _("none")),
        (_("Time zone"), view.timezone.replace("_", " ")),
        (_("Made"), _moment(now, view.timezone)),
        (_("Figures as of"), _moment(as_of, view.timezone)),
        (_("For"), str(user)),
    ]


def period(window: Window, zone: str) -> str:
    """The span in words; whole days without their midnights, the last one included."""
    start, end = (edge.astimezone(zone_of(zone)) for edge in (window.start, window.end))
    if (start.hour, start.minute, end.hour, end.minute) == (0, 0, 0, 0):
        last = end - timedelta(days=1)
        first_text, last_text = (formats.date_format(day, "j M Y") for day in (start, last))
        return first_text if start.date() == last.date() else f"{first_text} – {last_text}"
    return " – ".join(formats.date_format(edge, "j M Y H:i") for edge in (start, end))


def _moment(at: datetime, zone: str) -> str:
    return formats.date_format(timezone.localtime(at, zone_of(zone)), "j M Y H:i")


@cache
def _stylesheet() -> str:
    return (settings.ROOT / "static" / "css" / "paper.css").read_text()


@cache
def _tokens() -> str:
    return (settings.ROOT / "static" / "css" / "tokens.css").read_text()


def _font_faces() -> str:
    """The shipped font, by addresses that press/typesetting.py knows."""
    folder = settings.ROOT / "static" / "vendor"
    if not all((folder / name).is_file() for name, _weight in FONTS):
        raise ReportError(_("The fonts are missing: run `make static` first."))
    return "\n".join(
        f"@font-face {{ font-family: Inter; font-weight: {weight}; src: url(font:{name}); }}"
        for name, weight in FONTS
    )


def _sheet(paper: Paper) -> str:
    width, height = paper.sheet_mm
    margins = " ".join(f"{side}mm" for side in MARGINS_MM)
    return f"@page {{ size: {width}mm {height}mm; margin: {margins}; }}"
