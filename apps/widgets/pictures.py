"""The last known picture of a card, so that a page shows charts before any script has run.

Kept in Redis, drawn by a job: a page never waits for one. A picture shows rows, so it is kept
under the row-policy scope of the reader it was drawn for, and asked for again as a reader.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import get_language

from apps.accounts.queries import Visitor
from apps.core import redis
from apps.core.errors import UserError
from apps.datasources.access import Scope, scope_of
from apps.widgets.cards import card_data, kind_of
from apps.widgets.models import Widget
from apps.widgets.view import View

THEMES = ("light", "dark")
FRESH_S = 60
KEEP_S = 7 * 86_400
COLUMN_PX, ROW_PX, GAP_PX = 44.8, 40, 12  # of a page 1440 pixels wide
HEAD_PX, SIDE_PX, FOOT_PX = 37, 17, 13  # what a card keeps around its body


@dataclass(frozen=True, slots=True)
class Size:
    """Of a card's body, in CSS pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Body:
    """Where a card's picture stands within the card, and its size, in CSS pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Which picture there is: `digest` names its bytes, `at` is seconds since 1970."""

    digest: str
    at: float

    @property
    def is_old(self) -> bool:
        """Whether a newer one is due."""
        return time.time() - self.at > FRESH_S


def nominal(kind: str, w: int, h: int) -> Size:
    """The body of a card of w x h cells on a page 1440 pixels wide."""
    body = body_of(kind, *card_px(w, h))
    return Size(body.width, body.height)


def card_px(w: int, h: int, column: float = COLUMN_PX) -> tuple[float, float]:
    """Width and height of a card of w x h cells whose columns are so wide."""
    return w * column + (w - 1) * GAP_PX, h * ROW_PX + (h - 1) * GAP_PX


def body_of(kind: str, width: float, height: float, *, has_title: bool = True) -> Body:
    """What a card of that size leaves for its picture."""
    side, foot = SIDE_PX, FOOT_PX
    if kind == "big_number":  # its figure reaches the card's edges
        side, foot = 0, 0
    top = HEAD_PX if has_title else foot
    return Body(side, top, max(int(width - 2 * side), 80), max(int(height - top - foot), 40))


def name_of(widget: Widget, view: View, size: Size, scope: Scope | None, theme: str) -> str:
    """What a picture is kept under: everything that changes what it shows."""
    parts = [
        [widget.pk, widget.version, theme, get_language()],
        view.with_width(size.width).identity,
        [size.width, size.height, scope.key if scope else "", widget.dataset_id],
    ]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


def kept(names: Sequence[str]) -> dict[str, Kept]:
    """Those of these pictures that are there; one trip, however many."""
    with redis.client().pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hmget(_key(name), ["digest", "at"])
        rows = pipe.execute()
    found = zip(names, rows, strict=True)
    return {name: Kept(row[0].decode(), float(row[1])) for name, row in found if row[0]}


def read(name: str) -> tuple[bytes, str] | None:
    """The picture and its digest."""
    found: Any = redis.client().hmget(_key(name), ["svg", "digest"])
    svg, digest = found
    return (svg, digest.decode()) if svg and digest else None


def draw(widget: Widget, view: View, size: Size, user: Visitor) -> None:
    """Draw and keep a widget in both themes as `user` sees it. Raises UserError, RenderError."""
    from apps.widgets import render  # V8: only where pictures are drawn

    scope = scope_of(user, widget.dataset_id) if widget.dataset_id else None
    card = card_data(widget, view.with_width(size.width), user)
    options = kind_of(widget).options.cleaned(widget.options)
    language = get_language() or "en"
    for theme in THEMES:
        name = name_of(widget, view, size, scope, theme)
        svg = render.svg(
            widget.kind,
            card.body,
            options,
            theme,
            size.width,
            size.height,
            locale=language,
            timezone=view.timezone,
        ).encode()
        digest = hashlib.sha256(svg).hexdigest()[:16]
        redis.client().hset(_key(name), mapping={"svg": svg, "digest": digest, "at": time.time()})
        redis.client().expire(_key(name), KEEP_S)


def draw_all(wanted: Sequence[tuple[Widget, Size]], view: View, user: Visitor) -> int:
    """Draw several; one that cannot be drawn keeps no other from it. Returns how many were."""
    from apps.widgets.render import RenderError

    done = 0
    for widget, size in wanted:
        try:
            draw(widget, view, size, user)
            done += 1
        except (UserError, RenderError):
            continue  # the card itself says what is wrong
    return done


def claim(user_id: int, view: View, widget_ids: Sequence[int]) -> bool:
    """Whether the caller is the first of this minute to ask for these pictures."""
    text = orjson.dumps([user_id, view.identity, list(widget_ids)])
    key = f"sightline:picture-claim:{hashlib.sha256(text).hexdigest()[:32]}"
    return bool(redis.client().set(key, b"1", nx=True, ex=FRESH_S))


def _key(name: str) -> str:
    return f"sightline:picture:{name}"
