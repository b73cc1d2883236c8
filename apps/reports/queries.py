"""Reports as pages and mails show them: reads only."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Prefetch

from apps.accounts.models import User
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import EDIT
from apps.dashboards.queries import columns_on, hidden_on, label_of
from apps.reports.models import Delivery, Report
from apps.widgets import chosen
from apps.widgets.view import View


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list. `last`: the newest run that this person may know of."""

    report: Report
    last: Delivery | None
    may_edit: bool


def listed(user: User) -> list[Line]:
    """All reports the user may see, with their last run."""
    deliveries = (
        Delivery.objects.visible_to(user)
        .filter(is_preview=False)
        .order_by("report_id", "-due_at", "-pk")
        .distinct("report_id")
    )
    reports = (
        Report.objects.visible_to(user)
        .select_related("dashboard", "workspace", "owner")
        .prefetch_related("recipients", Prefetch("deliveries", deliveries, to_attr="last_runs"))
    )
    editable = set(Report.objects.editable_by(user).values_list("pk", flat=True))
    return [
        Line(report, next(iter(getattr(report, "last_runs", [])), None), report.pk in editable)
        for report in reports
    ]


def view_of(report: Report) -> View:
    """The range and filters that the report keeps; the dashboard's own range if it keeps none."""
    return View.from_json(
        {
            "from": report.time_from or report.dashboard.time_from,
            "to": report.time_to or report.dashboard.time_to,
            "filters": report.filters,
            "timezone": report.timezone,
        }
    )


def filters_of(report: Report, user: User) -> list[tuple[str, str]]:
    """The kept filters as (label, values), in the dashboard's words, as far as the user may read
    the names of their columns.
    """
    labels = {each.get("column"): each.get("label") for each in report.dashboard.filters}
    columns = columns_on(report.dashboard, user)
    return [
        (
            labels.get(name) or label_of(name, columns),
            chosen.words(texts, columns.get(name), report.timezone),
        )
        for name, texts in _named(report, user)
    ]


def is_kept_from(report: Report, user: User) -> bool:
    """Whether it filters by a column that is hidden from the user."""
    return bool(report.filters.keys() & hidden_on(report.dashboard, user))


def address_of(report: Report, user: User) -> str:
    """The dashboard's path with the same range and filters."""
    view = view_of(report)
    params = [("from", view.time_from), ("to", view.time_to), ("tz", view.timezone)]
    params += [(f"var-{column}", v) for column, values in _named(report, user) for v in values]
    return f"{report.dashboard.get_absolute_url()}?{urlencode(params)}"


def _named(report: Report, user: User) -> list[tuple[str, tuple[str, ...]]]:
    hidden = hidden_on(report.dashboard, user)
    return [each for each in view_of(report).filters if each[0] not in hidden]


def one_line(text: str) -> str:
    """Without line breaks, control and direction characters: fit for a header or a file name."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text)
    return " ".join("".join(kept).split())[:150]


def may_add(user: User) -> bool:
    """Whether the user may make reports anywhere."""
    return workspaces_where(user, EDIT).exists()
