"""A card or a whole dashboard as one picture, without a browser: laid out like the page.

`of_card` and `of_dashboard` ask for the data, as the reader; svg() and png() then draw. What is
asked for and what is drawn are apart, so that an ETag is known before anything is drawn.
"""

import hashlib
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import TooMany, Unavailable, UserError
from apps.dashboards import queries, ranges
from apps.dashboards.models import COLUMNS, Dashboard
from apps.widgets import pictures
from apps.widgets.cards import CardData, card_data, kind_of
from apps.widgets.look import Look
from apps.widgets.models import Widget
from apps.widgets.view import View

MEDIA: Final = {"svg": "image/svg+xml; charset=utf-8", "png": "image/png"}
WIDTH_PX: Final = 1384  # a page 1440 pixels wide, without its rail
LEAST_PX: Final = 640
EDGE_PX, HEAD_PX, LINE_PX, FOOT_PX = 16, 49, 17, 24  # of a dashboard, as in charts/board.js
MOST_PIXELS: Final = 24_000_000  # of a PNG: 96 MB while it is made
MOST_S: Final = 30.0
AT_ONCE: Final = 2  # V8 draws one at a time; the rest of a process' threads answer pages
WAIT_S: Final = 5.0
_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Part:
    """A card in the picture. `data` is None where `message` says why there is no drawing."""

    kind: str
    place: dict[str, Any]  # as charts/board.js takes it, without its picture
    data: CardData | None
    options: dict[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is needed to draw. `width` and `height` in CSS pixels."""

    board: dict[str, Any]
    parts: tuple[Part, ...]
    look: Look
    timezone: str

    @property
    def width(self) -> float:
        """Of the picture."""
        return float(self.board["width"])

    @property
    def height(self) -> float:
        """Of the picture."""
        return float(self.board["height"])

    @property
    def computed_at(self) -> float:
        """When the oldest of its answers was computed, in seconds since 1970; 0 without any."""
        asked = [part.data.computed_at for part in self.parts if part.data]
        return min((at for at in asked if at), default=0.0)

    @property
    def age(self) -> str:
        """Seconds since then, for a header."""
        return str(max(0, int(time.time() - self.computed_at)))

    def etag(self, form: str) -> str:
        """Differs where another picture would be drawn."""
        cards = [
            [part.kind, part.place, part.data and part.data.key, part.options, part.version]
            for part in self.parts
        ]
        stamp = [form, self.board, cards, self.look.as_json(), self.timezone, get_language()]
        return f'"{hashlib.sha256(orjson.dumps(stamp)).hexdigest()[:32]}"'

    def svg(self) -> str:
        """The picture. Raises Unavailable for one that cannot be drawn, TooMany when many are."""
        from apps.widgets import render  # V8: only where pictures are drawn

        if not _slots.acquire(timeout=WAIT_S):
            raise TooMany(_("Many pictures are being drawn. Try again soon."), retry_after_s=5)
        try:
            deadline = time.monotonic() + MOST_S
            cards = [self._drawn(part, deadline) for part in self.parts]
            return render.compose({**self.board, "cards": cards}, self.look.theme)
        except render.RenderError as error:
            raise Unavailable(_("This picture could not be drawn: %s") % error) from error
        finally:
            _slots.release()

    def png(self) -> bytes:
        """The same in pixels. Raises UserError if they were too many."""
        from apps.widgets import render

        check_pixels(self.width, self.height, self.look.scale)
        try:
            return render.png(self.svg(), self.look.scale)
        except render.RenderError as error:
            raise Unavailable(_("This picture could not be drawn: %s") % error) from error

    def _drawn(self, part: Part, deadline: float) -> dict[str, Any]:
        """The card with its picture; on a dashboard, one that fails says so and stops no other."""
        from apps.widgets import render

        if part.data is None:
            return part.place
        if time.monotonic() > deadline:
            raise Unavailable(_("This picture took too long to draw. Ask for fewer cards."))
        size = (int(part.place["body"]["width"]), int(part.place["body"]["height"]))
        try:
            svg = render.svg(
                part.kind,
                part.data.body,
                part.options,
                self.look.theme,
                *size,
                locale=self.look.language,
                timezone=self.timezone,
            )
        except render.RenderError:
            if len(self.parts) == 1:
                raise
            return {**part.place, "message": _("This card could not be drawn.")}
        return {**part.place, "picture": svg}


def check_pixels(width: float, height: float, scale: float) -> None:
    """Raises UserError for a PNG of more pixels than we make."""
    if width * height * scale**2 <= MOST_PIXELS:
        return
    message = _("This would be %(w)d x %(h)d pixels. Ask for a smaller scale or width, or for SVG.")
    values = {"w": width * scale, "h": height * scale}
    raise UserError(message % values, field="scale", code="too_large")


def of_card(widget: Widget, view: View, user: User, look: Look) -> Drawing:
    """One card with its title, or its drawing alone. Raises UserError; denied data is NotFound."""
    natural = pictures.card_px(widget.placement.w, widget.placement.h)
    width, height = look.width or round(natural[0]), look.height or round(natural[1])
    body = pictures.body_of(widget.kind, width, height, has_title=look.has_title)
    data = card_data(widget, view.with_width(body.width), user)
    card = queries.card_of(widget.placement, user, view.with_width(body.width), ())
    place = _place(0, 0, width, height, body)
    if look.has_title:
        place |= {"title": widget.title, "sub": card.subtitle}
    options = kind_of(widget).options.cleaned(widget.options)
    part = Part(widget.kind, place, data, options, widget.version)
    return Drawing({"width": width, "height": height}, (part,), look, view.timezone)


def of_dashboard(dashboard: Dashboard, view: View, user: User, look: Look) -> Drawing:
    """The grid with all cards, each as the reader sees it; one without access says so."""
    width = max(look.width or WIDTH_PX, LEAST_PX)
    column = (width - 2 * EDGE_PX + pictures.GAP_PX) / COLUMNS - pictures.GAP_PX
    lines = lines_of(dashboard, view, user) if look.has_title else []
    top = HEAD_PX + LINE_PX * len(lines) if look.has_title else EDGE_PX
    cards = queries.cards_of(dashboard, user, view)
    parts = _coloured([_part(card, view, user, column, top) for card in cards])
    bottom = max((p.place["y"] + p.place["height"] for p in parts), default=top)
    height = max(look.height, round(bottom + FOOT_PX))
    board = {"width": width, "height": height, "lines": lines, "has_desk": True}
    board["title"] = dashboard.title if look.has_title else ""
    return Drawing(board, tuple(parts), look, view.timezone)


def lines_of(dashboard: Dashboard, view: View, user: User) -> list[str]:
    """What stands under the title: its words, then the period, comparison, zone and filters."""
    facts = [ranges.span_of(view.window(), view.timezone)]
    if view.compare:
        facts.append(str(queries.COMPARE_WORDS[view.compare]))
    facts.append(view.timezone.replace("_", " "))
    if filters := queries.filters_text(dashboard, view, user):
        facts.append(filters)
    return [text for text in (dashboard.description, " · ".join(facts)) if text]


def _part(card: queries.Card, view: View, user: User, column: float, top: float) -> Part:
    spot, widget = card.placement, card.widget
    x = EDGE_PX + spot.x * (column + pictures.GAP_PX)
    y = top + spot.y * (pictures.ROW_PX + pictures.GAP_PX)
    width, height = pictures.card_px(spot.w, spot.h, column)
    body = pictures.body_of(widget.kind, width, height)
    place = _place(x, y, width, height, body)
    place |= {"title": widget.title, "sub": card.subtitle, "message": card.message}
    data, options = None, card.info.get("options", {})
    if not card.message:
        try:
            data = card_data(widget, view.with_width(body.width), user)
        except UserError as error:
            place["message"] = error.message
    return Part(widget.kind, place, data, options, widget.version)


def _coloured(parts: list[Part]) -> list[Part]:
    """With the values of all cards in the options of each: one value, one colour on the page."""
    keys: dict[str, list[str]] = {}
    for part in parts:
        frame = (orjson.loads(part.data.body)["frames"].get("main") or {}) if part.data else {}
        for column, values in zip(frame.get("columns", ()), frame.get("data", ()), strict=False):
            if column["role"] == "dimension" and column["type"] == "text":
                met = keys.setdefault(column["name"], [])
                met += sorted({str(v) for v in values if v is not None} - set(met))[:100]
    return [
        Part(p.kind, p.place, p.data, {**p.options, "keys": keys} if keys else p.options, p.version)
        for p in parts
    ]


def _place(x: float, y: float, width: float, height: float, body: pictures.Body) -> dict[str, Any]:
    inner = {"x": body.x, "y": body.y, "width": body.width, "height": body.height}
    return {"x": x, "y": y, "width": width, "height": height, "body": inner}
