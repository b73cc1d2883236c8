"""Makes a PDF in a process of its own, so that no dashboard can take the worker or a page with it.

The process limits itself in memory and processor time and is ended at the time limit; V8 and
WeasyPrint start fresh in it, and what they hold is gone with it.
"""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import UserError
from apps.dashboards import drawing as drawing_of
from apps.dashboards.models import Dashboard
from apps.dashboards.queries import widgets_seen
from apps.reports.errors import ReportError
from apps.reports.pdf import Paper, Pdf, dashboard_pdf, picture_pdf
from apps.widgets.look import Look
from apps.widgets.view import View

TIMEOUT_S: Final = 120.0
MEMORY_BYTES: Final = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Job:
    """What to print and as whom; `view` as View.as_json.

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
    language: str = "en"
    memory_bytes: int = MEMORY_BYTES
    timeout_s: float = TIMEOUT_S


def make(job: Job) -> Pdf:
    """The PDF, made in a child process. Raises ReportError with the reason, its limits included."""
    with tempfile.TemporaryDirectory(prefix="sightline-report-") as folder:
        target = Path(folder) / "report.pdf"
        child = subprocess.Popen(
            [sys.executable, str(settings.ROOT / "manage.py"), "render_report", str(target)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=settings.ROOT,
            start_new_session=True,
        )
        try:
            verdict, log = child.communicate(orjson.dumps(asdict(job)), timeout=job.timeout_s)
        except subprocess.TimeoutExpired as error:
            message = _("Printing took more than %(limit)d seconds and was stopped.")
            raise ReportError(message % {"limit": job.timeout_s}) from error
        finally:
            _end(child)
        told = _told(verdict)
        if child.returncode == 0 and told and target.is_file():
            return Pdf(target.read_bytes(), told["pages"])
        raise _reason(job, child.returncode, told, log)


def work(job: Job, target: Path) -> dict[str, Any]:
    """In the child: write the PDF and return the verdict, {"pages": n} or {"error", "final"}."""
    limit(job)
    try:
        with translation.override(job.language):
            made = _printed(job)
    except (ReportError, UserError) as error:
        return {"error": error.message, "final": getattr(error, "is_final", False)}
    except MemoryError:
        return {"error": _too_big(job.memory_bytes), "final": False}
    target.write_bytes(made.body)
    return {"pages": made.pages}


def limit(job: Job) -> None:
    """Bound this process; the alarm ends it even where its parent is gone."""
    resource.setrlimit(resource.RLIMIT_DATA, (job.memory_bytes, job.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(int(job.timeout_s) + 5)


def _printed(job: Job) -> Pdf:
    user = User.objects.filter(pk=job.user_id, is_active=True).first()
    if user is None:
        raise ReportError(_("This account is no longer active."), is_final=True)
    if job.widget_id:
        return _of_card(job, user)
    dashboard = Dashboard.objects.visible_to(user).filter(pk=job.dashboard_id).first()
    if dashboard is None:
        message = _("%(who)s has no access to this dashboard.") % {"who": user}
        raise ReportError(message, is_final=True)
    view = View.from_json(job.view)
    if job.look is not None:
        drawing = drawing_of.of_dashboard(dashboard, view, user, Look(**job.look))
        return _as_picture(job, drawing, dashboard.title)
    paper = Paper(job.paper, job.is_landscape)
    return dashboard_pdf(dashboard, view, user, paper, title=job.title)


def _of_card(job: Job, user: User) -> Pdf:
    widget = widgets_seen(user).filter(pk=job.widget_id).first()
    if widget is None:
        raise ReportError(_("There is no such card."), is_final=True)
    drawing = drawing_of.of_card(widget, View.from_json(job.view), user, Look(**job.look or {}))
    return _as_picture(job, drawing, widget.title)


def _as_picture(job: Job, drawing: drawing_of.Drawing, title: str) -> Pdf:
    paper = Paper(job.paper, job.is_landscape) if job.paper else None
    size = (drawing.width, drawing.height)
    return picture_pdf(drawing.svg(), size, paper, title=job.title or title, language=job.language)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Its whole group, since it may have started others; harmless once it is gone."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def _told(verdict: bytes) -> dict[str, Any]:
    lines = verdict.splitlines()
    try:
        found = orjson.loads(lines[-1]) if lines else {}
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _reason(job: Job, code: int, told: dict[str, Any], log: bytes) -> ReportError:
    if message := told.get("error"):
        return ReportError(message, is_final=bool(told.get("final")))
    if b"MemoryError" in log or b"std::bad_alloc" in log or code in (-6, -9, -11, -5, -4):
        return ReportError(_too_big(job.memory_bytes))
    last = log.decode(errors="replace").strip().splitlines()[-1:]
    name = last[0].split(":")[0][:80] if last else ""  # the error's name; its text may hold data
    return ReportError(_("Printing failed: %(name)s") % {"name": name or code})


def _too_big(limit_bytes: int) -> str:
    message = _("This dashboard is too large to print: it needs more than %(mb)d MB of memory.")
    return message % {"mb": limit_bytes // 1024**2}
