"""A card or a dashboard as SVG, PNG or PDF: one way for the API, for people and for the shell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Unavailable, UserError
from apps.dashboards import drawing
from apps.dashboards.models import Dashboard
from apps.reports import exports, printing
from apps.reports.errors import ReportError
from apps.reports.pdf import PAPERS_MM
from apps.widgets.look import Look
from apps.widgets.models import Widget
from apps.widgets.view import View

MEDIA: Final = {**drawing.MEDIA, "pdf": "application/pdf"}
TIMEOUT_S: Final = 60.0  # somebody waits
PAPER_NAMES: Final = ("paper", "landscape")
OWN: Final = "picture"  # a page of the picture's own size


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a PDF is set on. `paper`: one of PAPERS_MM, or "" for a page of the picture's size."""

    paper: str = ""
    is_landscape: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any], absent: str = "") -> Self:
        """Read PAPER_NAMES. absent: the paper if none is named. Raises UserError with the field."""
        paper, landscape = params.get("paper") or absent or OWN, params.get("landscape") or "no"
        if paper not in (OWN, *PAPERS_MM):
            message = _("The paper is one of %(known)s.")
            values = {"known": ", ".join((*PAPERS_MM, OWN))}
            raise UserError(message % values, field="paper", code="invalid")
        if landscape not in ("yes", "no"):
            raise UserError(_("Landscape is “yes” or “no”."), field="landscape", code="invalid")
        return cls("" if paper == OWN else paper, landscape == "yes")

    @classmethod
    def of(cls, thing: Widget | Dashboard, params: Mapping[str, Any]) -> Self:
        """from_params; a dashboard is set on A4 unless told otherwise, a card on its own page."""
        return cls.from_params(params, "" if isinstance(thing, Widget) else "A4")


def drawing_of(thing: Widget | Dashboard, view: View, user: User, look: Look) -> drawing.Drawing:
    """What is to be drawn; its ETag is known before it is. Raises UserError."""
    if isinstance(thing, Widget):
        return drawing.of_card(thing, view, user, look)
    return drawing.of_dashboard(thing, view, user, look)


def body_of(
    made: drawing.Drawing,
    thing: Widget | Dashboard,
    view: View,
    user: User,
    form: str,
    sheet: Sheet,
    has_left: Callable[[], bool] = lambda: False,
) -> bytes:
    """The file. form: one of MEDIA; has_left: whether its reader has gone. Raises UserError."""
    if form == "svg":
        return made.svg().encode()
    if form == "png":
        return made.png()
    return pdf(thing, view, user, made.look, sheet, has_left)


def pdf(
    thing: Widget | Dashboard,
    view: View,
    user: User,
    look: Look,
    sheet: Sheet,
    has_left: Callable[[], bool] = lambda: False,
) -> bytes:
    """Of which a person has a few at once. Raises UserError.

    A dashboard on paper is laid out anew for its pages, in the print colours, as reports are.
    """
    is_card = isinstance(thing, Widget)
    is_report = not is_card and bool(sheet.paper)
    job = printing.Job(
        dashboard_id=0 if is_card else thing.pk,
        user_id=user.pk,
        view=view.as_json(),
        widget_id=thing.pk if is_card else 0,
        look=None if is_report else look.as_json(),
        paper=sheet.paper,
        is_landscape=sheet.is_landscape,
        language=look.language,
        timeout_s=TIMEOUT_S,
    )
    with exports.place(user.pk):
        try:
            return printing.make(job, has_left).body
        except ReportError as error:
            raise Unavailable(error.message) from error
