"""A PDF for one person: what to print, as whom, and within which bounds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import UserError
from apps.dashboards import drawing as drawing_of
from apps.dashboards import own
from apps.dashboards.models import Dashboard
from apps.dashboards.queries import widgets_seen
from apps.reports.errors import ReportError
from apps.reports.pdf import Paper, dashboard_pdf, picture_pdf
from apps.reports.presses import MEMORY_BYTES, TIMEOUT_S, Bounds, Pdf
from apps.widgets.look import Look
from apps.widgets.view import View

AT_ONCE: Final = 3  # of one process; its other threads answer pages,
PATIENCE_S: Final = 2.0  # so none of them waits longer than this for its turn
_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Job:
    """What to print and as whom; `view` as View.as_json, `cards` as dashboards/own.py has them.

    With `look` (Look.as_json) it is one picture, of a card if `widget_id` names one, on paper or,
    where `paper` is "", on a page of its own size.
    """

    dashboard_id: int
    user_id: int
    view: dict[str, Any]
    widget_id: int = 0
    look: dict[str, Any] | None = None
    title: str = ""
    paper: str = "A4"
    is_landscape: bool = False
    cards: own.Own = field(default_factory=dict)
    language: str = "en"
    memory_bytes: int = MEMORY_BYTES
    timeout_s: float = TIMEOUT_S


def make(job: Job, has_left: Callable[[], bool] = lambda: False) -> Pdf:
    """The PDF. Raises ReportError with the reason, its limits included.

    has_left: whether the reader has gone meanwhile; then it is not made.
    """
    bounds = Bounds.within(job.timeout_s, memory_bytes=job.memory_bytes, has_left=has_left)
    if not _slots.acquire(timeout=PATIENCE_S):
        raise ReportError(_("Other PDFs are being made just now. Try again in a minute."))
    try:
        with translation.override(job.language):
            return _printed(job, bounds)
    except UserError as error:
        raise ReportError(error.message) from error
    finally:
        _slots.release()


def _printed(job: Job, bounds: Bounds) -> Pdf:
    user = User.objects.filter(pk=job.user_id, is_active=True).first()
    if user is None:
        raise ReportError(_("This account is no longer active."), is_final=True)
    if job.widget_id:
        return _of_card(job, user, bounds)
    dashboard = Dashboard.objects.visible_to(user).filter(pk=job.dashboard_id).first()
    if dashboard is None:
        message = _("%(who)s has no access to this dashboard.") % {"who": user}
        raise ReportError(message, is_final=True)
    view = View.from_json(job.view)
    if job.look is not None:
        drawing = drawing_of.of_dashboard(dashboard, view, user, Look(**job.look))
        return _as_picture(job, drawing, dashboard.title, bounds)
    paper = Paper(job.paper, job.is_landscape)
    return dashboard_pdf(
        dashboard, view, user, paper, title=job.title, bounds=bounds, cards=job.cards
    )


def _of_card(job: Job, user: User, bounds: Bounds) -> Pdf:
    widget = widgets_seen(user).filter(pk=job.widget_id).first()
    if widget is None:
        raise ReportError(_("There is no such card."), is_final=True)
    drawing = drawing_of.of_card(widget, View.from_json(job.view), user, Look(**job.look or {}))
    return _as_picture(job, drawing, widget.title, bounds)


def _as_picture(job: Job, drawing: drawing_of.Drawing, title: str, bounds: Bounds) -> Pdf:
    paper = Paper(job.paper, job.is_landscape) if job.paper else None
    size = (drawing.width, drawing.height)
    return picture_pdf(
        drawing.svg(),
        size,
        paper,
        title=job.title or title,
        language=job.language,
        bounds=bounds,
    )
