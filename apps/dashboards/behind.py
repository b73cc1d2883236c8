"""What is behind a card: the findings about its metric, and the rows behind one of its marks."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.accounts.queries import Visitor
from apps.core.errors import NotFound, UserError
from apps.core.numbers import whole
from apps.datasources import engine
from apps.datasources.access import scope_of
from apps.datasources.definition import Definition
from apps.datasources.hiding import check_question, metrics_seen_whole, shape_of
from apps.datasources.models import Metric
from apps.insights import queries as insights
from apps.insights.models import Anomaly, Insight
from apps.widgets import chosen
from apps.widgets.kinds.base import build
from apps.widgets.models import Widget
from apps.widgets.view import View

STEP = 100  # rows of a page
MOST_ROWS = 2000
MOST_COLUMNS = 50
MOST_KEYS = 8
NEWEST = 10


@dataclass(frozen=True, slots=True)
class Explained:
    """One metric that a card shows, and what was found about it in the card's range."""

    metric: Metric
    told: insights.Told | None
    anomalies: list[Anomaly]


def explained(widget: Widget, view: View, user: Visitor) -> list[Explained]:
    """The findings about the card's metric, or about metrics of its measures; newest first."""
    window = view.window()
    found = []
    for metric in metrics_of(widget, user):
        newest = Insight.objects.filter(metric=metric).order_by("pk").last()
        points = Anomaly.objects.filter(metric=metric, at__gte=window.start, at__lt=window.end)
        points = points.select_related("metric__measure").order_by("-at")[:NEWEST]
        found.append(Explained(metric, insights.told(newest) if newest else None, list(points)))
    return found


def metrics_of(widget: Widget, user: Visitor) -> QuerySet[Metric]:
    """Metrics that the card shows and whose rows the user sees all of."""
    measures = widget.query.get("measures", [])
    mine = Q(pk=widget.metric_id) | Q(dataset=widget.dataset_id, measure__name__in=measures)
    seen = metrics_seen_whole(user).filter(mine)
    return seen.select_related("measure", "dataset", "workspace").distinct()


def rows(widget: Widget, view: View, user: Visitor, params: QueryDict) -> bytes:
    """The raw rows behind a mark as an encoded frame, the newest first. Raises UserError.

    params: `mark` is a JSON list of [column, value] (null: rows without one), `page` counts from 1.
    """
    if not widget.dataset_id:
        raise NotFound(_("This card asks no question of a dataset."))
    scope = scope_of(user, widget.dataset_id)
    shape = shape_of(scope)
    filters = list(widget.query.get("filters", []))
    for key in _mark(params.get("mark", "[]")):
        filters += _conditions(key, shape, view.timezone)
        view = view.without(key[0])  # a histogram shows bars that the page's range leaves out
    check_question({"filters": filters}, scope)
    template: dict[str, Any] = {
        "columns": [column.name for column in shape.columns[:MOST_COLUMNS]],
        "filters": filters,
        "limit": min(_page(params) * STEP, MOST_ROWS),
    }
    if shape.time_column in template["columns"]:
        template["order"] = [{"by": shape.time_column, "descending": True}]
    return engine.encoded(build(template, shape, view, over_time=False), scope).body


def _mark(text: str) -> list[list[Any]]:
    try:
        keys: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        keys = None
    is_list = isinstance(keys, list) and len(keys) <= MOST_KEYS
    if not is_list or not all(isinstance(key, list) and len(key) == 2 for key in keys):
        raise UserError(_("A mark is a list of columns and their values."), field="mark")
    found: list[list[Any]] = keys
    return found


def _conditions(key: list[Any], shape: Definition, timezone: str) -> list[dict[str, Any]]:
    column, value = key
    if not isinstance(column, str) or not isinstance(value, str | int | float | bool | None):
        raise UserError(_("A mark is a list of columns and their values."), field="mark")
    if value is None:
        return [{"column": column, "op": "is_null", "values": []}]
    known = next((each for each in shape.columns if each.name == column), None)
    if known is None:  # check_question says so
        return [{"column": column, "op": "in", "values": [value]}]
    return [each.as_json() for each in chosen.conditions(known, [value], timezone)]


def _page(params: QueryDict) -> int:
    page = whole(params.get("page", "1"))
    if page is None or not 1 <= page <= MOST_ROWS // STEP:
        raise UserError(_("Pages are counted from 1."), field="page")
    return page
