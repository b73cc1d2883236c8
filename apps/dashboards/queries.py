"""Reads: whose widget it is, what home shows, what the cards of one page say before their data."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.accounts.models import User
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.alerts.models import Incident, Rule
from apps.core.errors import UserError
from apps.core.window import to_ms
from apps.dashboards.models import Dashboard, Placement
from apps.datasources.access import Scope, scope_of
from apps.datasources.definition import ColumnDef, Definition
from apps.datasources.hiding import columns_hidden_in, scopes_that_hide, shape_of
from apps.datasources.models import Dataset
from apps.datasources.query import Query
from apps.insights import queries as insights
from apps.widgets import chosen
from apps.widgets.cards import card_queries, kind_of
from apps.widgets.kinds import KINDS
from apps.widgets.models import Widget
from apps.widgets.view import View

GRAIN_WORDS: dict[str, str | Promise] = {
    "second": pgettext_lazy("grain", "per second"),
    "5second": pgettext_lazy("grain", "per 5 seconds"),
    "15second": pgettext_lazy("grain", "per 15 seconds"),
    "minute": pgettext_lazy("grain", "per minute"),
    "5minute": pgettext_lazy("grain", "per 5 minutes"),
    "15minute": pgettext_lazy("grain", "per quarter of an hour"),
    "hour": pgettext_lazy("grain", "per hour"),
    "day": pgettext_lazy("grain", "per day"),
    "week": pgettext_lazy("grain", "per week"),
    "month": pgettext_lazy("grain", "per month"),
    "quarter": pgettext_lazy("grain", "per quarter"),
    "year": pgettext_lazy("grain", "per year"),
    "fiscal_quarter": pgettext_lazy("grain", "per fiscal quarter"),
    "fiscal_year": pgettext_lazy("grain", "per fiscal year"),
}
COMPARE_WORDS: dict[str, str | Promise] = {
    "previous": gettext_lazy("vs previous period"),
    "year": gettext_lazy("vs last year"),
}
NEWEST = 6


@dataclass(frozen=True, slots=True)
class Card:
    """One card as the page first shows it. `scope` is None if the reader may not query its data.

    `info` is what scripts need to know: kind, options, columns, the dataset's span. `may_alert`:
    the reader may make an alert on what it shows.
    """

    placement: Placement
    widget: Widget
    subtitle: str
    info: dict[str, Any]
    scope: Scope | None
    may_alert: bool
    message: str = ""

    @property
    def family(self) -> str:
        """Of its kind: what stands there while it loads has its shape."""
        kind = KINDS.get(self.widget.kind)
        return kind.family if kind else ""

    @property
    def is_tab(self) -> bool:
        """Whether it stands in the page's bar of tabs and not on its grid."""
        return (
            self.widget.kind == "section" and self.info.get("options", {}).get("shown_as") == "tab"
        )

    @property
    def compares(self) -> bool:
        """Whether the period before can be drawn beside what it shows."""
        kind = KINDS.get(self.widget.kind)
        has_time = self.widget.dataset and self.widget.dataset.time_column
        return bool(kind and kind.compares and has_time)

    @property
    def comparisons(self) -> list[tuple[str, str]]:
        """What this card alone can be compared with: value, words."""
        return [("off", _("Off")), ("previous", _("Previous period")), ("year", _("Last year"))]

    @property
    def info_json(self) -> str:
        """`info`, for a data- attribute."""
        return orjson.dumps(self.info).decode()


def widgets_seen(user: Visitor) -> QuerySet[Widget]:
    """Widgets on dashboards that the user sees. Their data asks for more: see engine."""
    boards = Dashboard.objects.visible_to(user)
    return _placed().filter(placement__dashboard__in=boards)


def widgets_edited(user: Visitor) -> QuerySet[Widget]:
    """Widgets on dashboards that the user may change."""
    boards = Dashboard.objects.editable_by(user)
    return _placed().filter(placement__dashboard__in=boards)


def _placed() -> QuerySet[Widget]:
    return Widget.objects.select_related("dataset", "placement__dashboard__workspace")


def listed(user: Visitor) -> QuerySet[Dashboard]:
    """Dashboards as lists and tiles show them: counted, with their placements at hand."""
    streams = Placement.objects.filter(
        dashboard=OuterRef("pk"), widget__dataset__kind=Dataset.Kind.STREAM
    )
    return (
        Dashboard.objects.visible_to(user)
        .select_related("workspace")
        .prefetch_related("placements__widget")
        .annotate(widget_count=Count("placements", distinct=True), is_live=Exists(streams))
    )


def home(user: User) -> dict[str, Any]:
    """What home shows: templates/dashboards/home.html says how."""
    boards = listed(user)
    return {
        "dashboards": list(boards),
        "favourites": list(boards.filter(favourite_of=user)),
        "recent": list(boards.filter(visits__user=user).order_by("-visits__at")[:NEWEST]),
        "incidents": list(open_incidents(user)[:NEWEST]),
        "insights": insights.latest(user, NEWEST),
        "may_edit": workspaces_where(user, EDIT).exists(),
    }


def open_incidents(user: Visitor) -> QuerySet[Incident]:
    """Incidents that burn now, of rules that the user sees."""
    rules = Rule.objects.visible_to(user)
    return Incident.objects.filter(rule__in=rules, closed_at=None).select_related("rule")


def cards_of(dashboard: Dashboard, user: User, view: View) -> list[Card]:
    """The cards of a page in reading order."""
    rows = dashboard.placements.select_related("widget__dataset", "widget__metric")
    edited = set(workspaces_where(user, EDIT).values_list("pk", flat=True))
    return [card_of(placement, user, view, edited) for placement in rows]


def card_of(placement: Placement, user: User, view: View, edited: Collection[int]) -> Card:
    """One card; data that the reader may not query makes it say so, not disappear.

    edited: numbers of the workspaces where the reader may edit.
    """
    widget = placement.widget
    scope, message, subtitle = None, "", ""
    info: dict[str, Any] = {"id": widget.pk, "kind": widget.kind, "title": widget.title}
    try:
        if widget.dataset_id:
            scope = scope_of(user, widget.dataset_id)
        kind = kind_of(widget)
        options = kind.options.cleaned(widget.options)
        if scope:
            shape = shape_of(scope)
            # a filter that is wrong is told by the card's answer, and can be taken away there
            unfiltered = replace(view, filters=())
            subtitle = subtitle_of(card_queries(widget, unfiltered, scope), shape)
            info["columns"] = [column.name for column in shape.columns]
            info["drills"] = drills_of(shape)
        if kind.refresh_s:
            info["refresh"] = kind.refresh_s
        info["options"] = options  # they may name a column: not to whom it is hidden
    except UserError as error:
        lost = scope is None and widget.dataset_id is not None
        message = _("You have no access to the data of this card.") if lost else error.message
    if widget.dataset and scope:
        info |= _span(widget.dataset)
    dataset = widget.dataset
    is_asked = scope is not None and not message
    may_alert = bool(
        is_asked and dataset and dataset.time_column and dataset.workspace_id in edited
    )
    return Card(placement, widget, subtitle, info, scope, may_alert, message)


def drills_of(shape: Definition) -> dict[str, list[tuple[str, str]]]:
    """Column -> [(name, label)] of the columns one level below it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for column in shape.columns:
        if column.parent:
            found.setdefault(column.parent, []).append((column.name, column.label))
    return found


def subtitle_of(queries: dict[str, Query], shape: Definition) -> str:
    """How it is counted: unit, grain, comparison. What stands there before the data came."""
    main = queries.get("main")
    if main is None:
        return ""
    units = {measure.unit for measure in shape.measures if measure.name in main.measures}
    parts = [next(iter(units))] if len(units) == 1 and "" not in units else []
    if main.grain:
        parts.append(str(GRAIN_WORDS[main.grain]))
    return " · ".join(parts)


def _span(dataset: Dataset) -> dict[str, Any]:
    return {
        "live": dataset.is_live,
        "dataset": dataset.name,
        "data_from": _ms(dataset.data_from),
        "data_to": _ms(dataset.data_to),
        "has_rows": dataset.row_count != 0,
    }


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment else None


def whole_span(cards: list[Card]) -> tuple[int, int] | None:
    """From the first to the last row of all uploads on the page, in ms; for "all the data"."""
    starts = [card.info["data_from"] for card in cards if card.info.get("data_from")]
    ends = [card.info["data_to"] for card in cards if card.info.get("data_to")]
    return (min(starts), max(ends) + 1) if starts and ends else None


def filters_of(dashboard: Dashboard, user: Visitor) -> list[dict[str, str]]:
    """The filters above the cards, without those by a column that is hidden from the reader."""
    if not dashboard.filters:
        return []
    hidden = hidden_on(dashboard, user)
    return [each for each in dashboard.filters if each["column"] not in hidden]


def columns_of(shapes: Iterable[Definition]) -> dict[str, ColumnDef]:
    """The columns of some datasets by name; of one name, rather the one that has ranges."""
    found: dict[str, ColumnDef] = {}
    for shape in shapes:
        for column in shape.columns:
            if column.name not in found or column.type in chosen.RANGED:
                found[column.name] = column
    return found


def columns_on(dashboard: Dashboard, user: Visitor) -> dict[str, ColumnDef]:
    """The columns of the page's datasets that the reader may name."""
    datasets = Dataset.objects.visible_to(user).filter(widgets__placement__dashboard=dashboard)
    return columns_of(shape_of(scope_of(user, each.pk)) for each in datasets.distinct())


def filters_text(dashboard: Dashboard, view: View, user: Visitor) -> str:
    """The filters that are on, in the dashboard's own words; "" for none. One by a column that is
    hidden from the reader is not.
    """
    if not view.filters:
        return ""
    labels = {each.get("column"): each.get("label") for each in dashboard.filters}
    hidden = hidden_on(dashboard, user)
    columns = columns_on(dashboard, user)
    return " · ".join(
        f"{labels.get(name) or label_of(name, columns)}: "
        f"{chosen.words(texts, columns.get(name), view.timezone)}"
        for name, texts in view.filters
        if name not in hidden
    )


def label_of(name: str, columns: Mapping[str, ColumnDef]) -> str:
    """What a column is called."""
    return columns[name].label if name in columns else name


def hidden_on(dashboard: Dashboard, user: Visitor) -> set[str]:
    """Columns that are hidden from the reader in all datasets of the page that have them."""
    asked = Dataset.objects.filter(widgets__placement__dashboard=dashboard)
    return columns_hidden_in(user, asked)


def filter_dataset(dashboard: Dashboard, user: Visitor, column: str) -> Dataset | None:
    """The first dataset on the page that has this column and that the user may query."""
    hiding = [
        pk
        for pk, scope in scopes_that_hide(user).items()
        if scope is None or column in scope.hidden
    ]
    return (
        Dataset.objects.visible_to(user)
        .filter(widgets__placement__dashboard=dashboard, columns__name=column)
        .exclude(pk__in=hiding)
        .order_by("widgets__placement__y", "widgets__placement__x")
        .first()
    )
