"""Explore: a question that somebody puts together by hand, its answers, and its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import orjson
from django.db.models import QuerySet
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.core.errors import NotFound, UserError
from apps.core.window import to_ms
from apps.dashboards.models import Dashboard
from apps.datasources import engine
from apps.datasources.access import Scope, scope_of
from apps.datasources.definition import Definition
from apps.datasources.hiding import check_question, shape_of
from apps.datasources.models import Dataset
from apps.datasources.query import Query
from apps.widgets.cards import card_body, drilled
from apps.widgets.kinds import KINDS
from apps.widgets.kinds.base import build
from apps.widgets.models import Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View

FIELDS = ("dataset", "kind", "query", "options", "pivot", "totals", "view", "title")
TIME = "@time"  # stands for the time axis where a dimension is named
RECENT = timedelta(days=30)
# of a question, what a sum over all its groups does not have
GROUPED = ("dimensions", "grain", "top", "order", "limit")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page asks. `query` is a Query without dataset and window, as a widget keeps it.

    `pivot` names the dimension (or TIME) whose values are the columns of the table.
    """

    dataset_id: int
    kind: str
    query: dict[str, Any]
    options: dict[str, Any]
    pivot: str
    totals: bool
    view: View
    title: str = ""

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        """Read what the page sent. Raises UserError with the field."""
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise UserError(_("This must be a JSON object."), field="query") from error
        for field in ("query", "options", "view"):
            if not isinstance(data, Mapping) or not isinstance(data.get(field, {}), Mapping):
                raise UserError(_("This must be a JSON object."), field=field)
        if unknown := sorted(set(data) - set(FIELDS)):
            raise UserError(_("Unknown: %(name)s.") % {"name": unknown[0][:40]}, field="query")
        if not isinstance(data.get("dataset"), int) or data.get("kind", "table") not in KINDS:
            field = "kind" if isinstance(data.get("dataset"), int) else "dataset"
            raise UserError(_("Name the dataset and a kind of chart."), field=field)
        return cls(
            dataset_id=data["dataset"],
            kind=data.get("kind", "table"),
            query=dict(data.get("query", {})),
            options=dict(data.get("options", {})),
            pivot=str(data.get("pivot") or "")[:120],
            totals=data.get("totals") is True,
            view=View.from_json(data.get("view", {})),
            title=str(data.get("title") or "")[:120],
        )

    def spec(self) -> WidgetSpec:
        """The same as a card."""
        return WidgetSpec(
            title=self.title,
            kind=self.kind,
            dataset_id=self.dataset_id,
            query=self.query,
            options=self.options,
        )


def datasets_for(user: Visitor) -> QuerySet[Dataset]:
    """What the user may explore."""
    seen = Dataset.objects.visible_to(user).select_related("workspace", "source")
    return seen.order_by("name", "pk")


def dataset_of(user: Visitor, slug: str, workspace: str = "") -> Dataset:
    """The dataset of an address. Raises NotFound. workspace: needed where two have the slug."""
    found = datasets_for(user).filter(slug=slug)
    if workspace:
        found = found.filter(workspace__slug=workspace)
    dataset = found.first()
    if dataset is None:
        raise NotFound(_("There is no such dataset."), field="dataset")
    return dataset


def boards_for(user: Visitor, dataset: Dataset) -> QuerySet[Dashboard]:
    """Dashboards on which the user may place a card about this dataset."""
    return Dashboard.objects.editable_by(user).filter(workspace=dataset.workspace_id)


def may_make_boards(user: Visitor, dataset: Dataset) -> bool:
    """Whether the user may make a new dashboard beside the dataset."""
    return workspaces_where(user, EDIT).filter(pk=dataset.workspace_id).exists()


def opens_with(dataset: Dataset, now: datetime | None = None) -> tuple[str, str]:
    """The range that shows something: the last 30 days, or all there is if that is older."""
    now = now or datetime.now(UTC)
    whole = whole_span(dataset)
    if whole is None or dataset.is_live or whole[1] > to_ms(now - RECENT):
        return "now-30d", "now"
    return str(whole[0]), str(whole[1])


def whole_span(dataset: Dataset) -> tuple[int, int] | None:
    """From the first to the last row, in ms, where that is known."""
    if dataset.data_from is None or dataset.data_to is None:
        return None
    return to_ms(dataset.data_from), to_ms(dataset.data_to) + 1


def questions(asked: Asked, scope: Scope) -> dict[str, Query]:
    """The questions by name: "main", "trend" of a big number, "total" and the edges of a pivot."""
    shape = shape_of(scope)
    template, view = asked.query, asked.view
    if template.get("grain") and not shape.time_column:
        raise UserError(_("This dataset has no time column."), field="grain")
    found = {"main": _built(template, shape, view)}
    if asked.kind == "big_number" and found["main"].window and not template.get("dimensions"):
        course = {**template, "grain": "auto", "compare": None, "top": None}
        found["trend"] = _built(course, shape, view.with_width(160))
    if asked.totals and template.get("measures"):
        found |= _totals(asked, shape)
    return found


def _totals(asked: Asked, shape: Definition) -> dict[str, Query]:
    """Totals are asked for, not added up: averages and distinct counts do not add."""
    template, view = asked.query, asked.view
    bare = {key: value for key, value in template.items() if key not in GROUPED}
    found = {"total": _built(bare, shape, view)}
    dimensions = list(template.get("dimensions") or [])
    names = [TIME] if template.get("grain") else []
    names += [_name_of(each) for each in dimensions]
    if asked.pivot not in names:
        return found
    for name, keep in (("by_column", {asked.pivot}), ("by_row", set(names) - {asked.pivot})):
        part = dict(bare)
        part["dimensions"] = [each for each in dimensions if _name_of(each) in keep]
        if TIME in keep:
            part["grain"] = template["grain"]
        if dimensions and _name_of(dimensions[0]) in keep:
            part["top"] = template.get("top")
        found[name] = _built(part, shape, view)
    return found


def _built(template: dict[str, Any], shape: Definition, view: View) -> Query:
    return build(template, shape, view, over_time=bool(template.get("grain")))


def _name_of(dimension: Any) -> str:
    """As the page writes it: "column", or "column:part". It knows no bins."""
    if not isinstance(dimension, Mapping):
        return str(dimension)
    column, part = dimension.get("column"), dimension.get("part")
    return f"{column}:{part}" if part else str(column)


def answer(asked: Asked, user: Visitor) -> bytes:
    """{"frames", "window", "answer": {"cache", "computed_at"}}: kept bytes are sent as they are.

    "problem" in the answer is why there is no newer one: the source is down, for example.
    """
    scope = scope_of(user, asked.dataset_id)
    asks = questions(asked, scope)
    answers = {name: engine.encoded(query, scope) for name, query in asks.items()}
    main = answers["main"]
    head = orjson.dumps(
        {
            "cache": "stale" if main.stale else "kept" if main.hit else "fresh",
            "computed_at": int(main.computed_at * 1000),
            **({"problem": main.problem} if main.problem else {}),
        }
    )
    body = card_body({n: each.body for n, each in answers.items()}, asked.view.window(), b"{}")
    return body[:-1] + b',"answer":' + head + b"}"


def facts_of(dataset: Dataset, scope: Scope) -> dict[str, Any]:
    """The dataset as the page's scripts know it: only what this reader may name."""
    shape = shape_of(scope)
    return {
        "id": dataset.pk,
        "slug": dataset.slug,
        "name": dataset.name,
        "time": shape.time_column,
        "live": dataset.is_live,
        "has_rows": dataset.row_count != 0,
        "from": to_ms(dataset.data_from) if dataset.data_from else None,
        "to": to_ms(dataset.data_to) if dataset.data_to else None,
        "columns": [
            {"name": c.name, "label": c.label, "type": c.type, "parent": c.parent}
            for c in shape.columns
        ],
        "measures": [
            {"name": m.name, "label": m.label, "unit": m.unit, "format": m.format}
            for m in shape.measures
        ],
    }


def address_of(widget: Widget, view: View, user: Visitor) -> str:
    """What a card asks, under a view, as the query of the page's address (state.js reads it)."""
    assert widget.dataset is not None  # noqa: S101 - the caller has looked
    scope = scope_of(user, widget.dataset.pk)
    check_question(widget.query, scope)
    shape = shape_of(scope)
    query = drilled(widget.query, view.drill, shape)
    params: list[tuple[str, str]] = [
        ("dataset", widget.dataset.slug),
        ("workspace", widget.dataset.workspace.slug),
        ("from", view.time_from),
        ("to", view.time_to),
    ]
    params += [("m", name) for name in query.get("measures", [])]
    params += [("d", _name_of(each)) for each in query.get("dimensions", [])]
    grain = query.get("grain") or ("auto" if KINDS[widget.kind].over_time else "")
    where = [
        *query.get("filters", []),
        *(each.as_json() for each in view.filters_on(shape.columns)),
    ]
    top = query.get("top") or {"limit": query.get("limit"), "by": "", "other": False}
    order = next(iter(query.get("order", [])), None)
    params += [
        ("grain", grain),
        ("where", orjson.dumps({"all": where}).decode() if where else ""),
        ("top", str(top.get("limit") or "")),
        ("by", top.get("by") or ""),
        ("other", "1" if top.get("other") else ""),
        ("compare", query.get("compare") or view.compare or widget.options.get("compare") or ""),
        ("pivot", widget.options.get("pivot") or ""),
        ("stacked", "1" if widget.options.get("stacked") else ""),
        ("sort", f"{'-' if order.get('descending') else ''}{order['by']}" if order else ""),
        ("kind", widget.kind),
    ]
    return urlencode([(name, value) for name, value in params if value])
