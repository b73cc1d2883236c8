"""One card as paper shows it: its picture or rows, its sentence, and whether it may go out."""

import base64
import re
import time
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.core.errors import Denied, NotFound, UserError
from apps.datasources.definition import brief
from apps.reports.errors import ReportError
from apps.widgets import images, render
from apps.widgets import rows as rows_of
from apps.widgets.cards import CardData, card_data, kind_of
from apps.widgets.models import Widget
from apps.widgets.view import View

# A kept answer that is old is served at once and refreshed behind. So long do all the cards of one
# paper wait together: each on its own could use up the time limit of the whole.
FRESH_WAIT_S: Final = 20.0
CHARTS: Final = frozenset({"line", "bar", "pie", "heatmap", "scatter"})
MARK: Final = re.compile(r"<(?:path|rect|circle|ellipse|polygon|polyline)\b[^>]*>")
PAINT: Final = re.compile(r'\b(?:fill|stroke)="(#[0-9a-fA-F]{3,8}|rgba?\([^"]*\)|url\([^"]*\))"')


@dataclass(frozen=True, slots=True)
class Content:
    """What a card shows, before it has a place. `said`: the one-sentence text equivalent."""

    widget: Widget
    data: CardData | None
    facts: dict[str, Any]
    said: str = ""
    columns: tuple[dict[str, Any], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    sentences: tuple[str, ...] = ()
    note: str = ""
    is_empty: bool = False

    @property
    def kind(self) -> str:
        """The widget's kind."""
        return self.widget.kind

    @property
    def cells(self) -> list[list[tuple[str, bool]]]:
        """Rows of (text, whether it is a figure)."""
        figures = [bool(column["numeric"]) for column in self.columns]
        return [list(zip(row, figures, strict=True)) for row in self.rows]


def content(
    widget: Widget, view: View, user: User, locale: str, deadline: float | None = None
) -> Content:
    """Everything but the picture. Raises ReportError for a card whose data cannot be had.

    Data that the reader may not query makes a note, as it does on the screen.
    deadline: see fresh().
    """
    try:
        data = fresh(widget, view, user, deadline)
    except (NotFound, Denied) as error:
        note = _("You have no access to the data of this card.")
        is_hidden = error.code == "hidden"
        return Content(widget, None, {}, note=error.message if is_hidden else note)
    except UserError as error:
        raise _failed(widget, brief(error)) from error
    facts = orjson.loads(data.body)
    options = kind_of(widget).options.cleaned(widget.options)
    try:
        told = render.describe(widget.kind, data.body, options, locale, view.timezone)
    except render.RenderError as error:
        raise _failed(widget, str(error)) from error
    is_table = widget.kind == "table"
    rows = told["rows"][: options.get("rows") or 100] if is_table else []
    return Content(
        widget,
        data,
        facts,
        said=told["summary"],
        columns=tuple(told["columns"]) if is_table else (),
        rows=tuple(tuple(row) for row in rows),
        sentences=_sentences(facts) if widget.kind == "insight" else (),
        note=_note(data, facts, _left(widget, view, user, facts, len(rows)) if is_table else ""),
        is_empty="main" in facts["frames"] and not has_data(facts),
    )


def picture(card: Content, view: View, width: int, height: int, locale: str) -> str:
    """The card's drawing as a data: address, sizes in screen pixels.

    Raises ReportError if it cannot be drawn, or if data would go out as an empty picture.
    """
    assert card.data is not None  # noqa: S101 - a card without access has no picture
    options = kind_of(card.widget).options.cleaned(card.widget.options)
    uploaded = card.kind == "image" and images.read(card.widget.workspace_id, options["image"])
    if uploaded:
        body, kind = uploaded
        return f"data:{kind};base64," + base64.b64encode(body).decode()
    size = (width, height, locale, view.timezone)
    try:
        drawn = render.svg(card.kind, card.data.body, options, "print", *size)
        if card.kind in CHARTS and not card.is_empty:
            bare = render.svg(card.kind, without_rows(card.facts), options, "print", *size)
            if not marks(drawn) - marks(bare):
                raise _failed(card.widget, _("its picture came out empty although there is data"))
    except render.RenderError as error:
        raise _failed(card.widget, str(error)) from error
    return svg_address(drawn)


def svg_address(svg: str) -> str:
    """A picture as a data: address."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def fresh(widget: Widget, view: View, user: User, deadline: float | None = None) -> CardData:
    """card_data, asked again while the answer is an old one; after a while, the old one.

    deadline: when that while ends, by time.monotonic(); FRESH_WAIT_S from now if None.
    """
    if deadline is None:
        deadline = time.monotonic() + FRESH_WAIT_S
    data = card_data(widget, view, user)
    while data.stale and not data.problem and time.monotonic() < deadline:
        time.sleep(0.1)
        data = card_data(widget, view, user)
    return data


def has_data(facts: dict[str, Any]) -> bool:
    """Whether the main frame holds at least one row, and one value if it has measures."""
    frame = facts.get("frames", {}).get("main")
    if not frame or not frame["data"] or not frame["data"][0]:
        return False
    measures = [
        values
        for column, values in zip(frame["columns"], frame["data"], strict=True)
        if column["role"] == "measure"
    ]
    return not measures or any(value is not None for values in measures for value in values)


def without_rows(facts: dict[str, Any]) -> dict[str, Any]:
    """The same card data with not one row: what a picture of nothing looks like."""
    frames = {
        name: {**frame, "data": [[] for _ in frame["data"]], "row_count": 0}
        for name, frame in facts["frames"].items()
    }
    return {**facts, "frames": frames, "overlays": {}}


def marks(svg: str) -> set[str]:
    """The colours in which a picture draws shapes; words have none here."""
    return {paint for tag in MARK.findall(svg) for paint in PAINT.findall(tag)}


def _sentences(facts: dict[str, Any]) -> tuple[str, ...]:
    insights = facts.get("overlays", {}).get("insights") or []
    return tuple(str(each["text"]) for each in insights if each.get("text"))


def _note(data: CardData, facts: dict[str, Any], left: str) -> str:
    frame = facts.get("frames", {}).get("main") or {}
    notes = []
    if data.stale:
        older = _("These figures are older than the rest: their source was slow to answer.")
        notes.append(f"{older} {data.problem}".strip())
    if left:
        notes.append(left)
    elif frame.get("truncated"):
        notes.append(_("There are more rows than the limit of one answer; these are the first."))
    return " ".join(notes)


def _left(widget: Widget, view: View, user: User, facts: dict[str, Any], shown: int) -> str:
    """How many rows of a table are not on paper, in words; "" if all are."""
    frame = facts.get("frames", {}).get("main") or {}
    here, more = len((frame.get("data") or [[]])[0]), False
    if frame.get("truncated"):
        try:
            here, more = rows_of.count(widget, view, user)
        except UserError:  # a source that is slow to count; the rows themselves are here
            return ""
    left = here - shown
    if left <= 0:
        return ""
    number = number_format(left, force_grouping=True)
    if more:
        message = _("The first rows only: more than %(n)s others are not shown.")
        return message % {"n": number}
    words = ngettext(
        "The first rows only: %(n)s more is not shown.",
        "The first rows only: %(n)s more are not shown.",
        left,
    )
    return words % {"n": number}


def _failed(widget: Widget, reason: str) -> ReportError:
    message = _("The card “%(title)s” could not be printed: %(reason)s")
    return ReportError(message % {"title": widget.title, "reason": reason})
