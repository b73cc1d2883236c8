"""A card as somebody types it, and the spec that comes of it.

What was typed is kept as it is, whatever is wrong with it; so nothing is lost when it is shown
again, for another kind or another dataset.
"""

import csv
from dataclasses import dataclass, field, replace
from typing import Any, Self

import orjson
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.queries import METRIC_GRAINS, OPERATOR_WORDS
from apps.datasources.query import OPERATORS
from apps.widgets.examples import likely_groups, likely_measures
from apps.widgets.groups import groupings
from apps.widgets.kinds import KINDS, Kind
from apps.widgets.kinds.base import Options
from apps.widgets.models import Widget
from apps.widgets.services import WidgetSpec

MOST_ROWS = 1000
KEPT = ("compare", "top", "order")
OPTIONS = "o"  # the prefix of the kind's own fields
GRAIN_CHOICES: dict[str, str | Promise] = {
    "auto": gettext_lazy("Automatic, by range and width"),
    "second": gettext_lazy("Second"),
    "5second": gettext_lazy("5 seconds"),
    "15second": gettext_lazy("15 seconds"),
    **METRIC_GRAINS,
    "fiscal_quarter": gettext_lazy("Fiscal quarter"),
    "fiscal_year": gettext_lazy("Fiscal year"),
}


@dataclass(frozen=True, slots=True)
class FilterRow:
    """One line of the filters as typed; `values` are separated by commas."""

    column: str = ""
    op: str = "in"
    values: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A card as typed so far. Dimensions are `column` or `column:part`; numbers are texts.

    `kept` is the JSON of what the form has no field for: parts of the query made in Explore.
    """

    title: str = ""
    kind: str = "line"
    dataset: str = ""
    metric: str = ""
    measures: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    grain: str = "auto"
    limit: str = ""
    filters: tuple[FilterRow, ...] = ()
    kept: str = ""
    options: dict[str, Any] | QueryDict = field(default_factory=dict)

    @classmethod
    def from_post(cls, data: QueryDict) -> Self:
        """What the form holds."""
        kind = data.get("kind", "")
        rows = zip(
            data.getlist("filter_column"),
            data.getlist("filter_op"),
            data.getlist("filter_values"),
            strict=False,
        )
        return cls(
            title=data.get("title", ""),
            kind=kind if kind in KINDS else "line",
            dataset=data.get("dataset", ""),
            metric=data.get("metric", ""),
            measures=_some(data.getlist("measures")),
            dimensions=_some(data.getlist("dimensions")),
            columns=_some(data.getlist("columns")),
            grain=data.get("grain", "auto"),
            limit=data.get("limit", ""),
            filters=tuple(FilterRow(*row) for row in rows if row[0]),
            kept=data.get("kept", ""),
            # the boxes of another kind say nothing about this one's
            options=data if data.get("options_of") == kind else {},
        )

    @classmethod
    def from_widget(cls, widget: Widget) -> Self:
        """What the card shows now."""
        query = widget.query
        filters = query.get("filters", [])
        return cls(
            title=widget.title,
            kind=widget.kind if widget.kind in KINDS else "line",
            dataset=str(widget.dataset_id or ""),
            metric=str(widget.metric_id or ""),
            measures=tuple(query.get("measures", [])),
            dimensions=tuple(_as_choice(each) for each in query.get("dimensions", [])),
            columns=tuple(query.get("columns", [])),
            grain=query.get("grain") or "auto",
            limit=str(query.get("limit") or ""),
            filters=tuple(_row(each) for each in filters if _has_row(each)),
            kept=_kept(widget, [each for each in filters if not _has_row(each)]),
            options=dict(widget.options),
        )

    @property
    def kind_object(self) -> Kind:
        """The kind chosen."""
        return KINDS[self.kind]

    @property
    def question(self) -> dict[str, Any]:
        """What it asks for so far, for those who look for a kind that suits."""
        grain = _read_kept(self.kept).get("grain")
        asked = {"measures": self.measures, "dimensions": self.dimensions, "columns": self.columns}
        return {**asked, "grain": grain}

    def options_form(self, shape: Definition | None = None) -> Options:
        """The kind's own form: as typed, or as it opens. shape: what its options may name."""
        form = self.kind_object.options
        is_typed = isinstance(self.options, QueryDict)
        made = form(self.options if is_typed else None, prefix=OPTIONS, initial=self.options)
        if shape:
            made.offer(shape)
        return made

    def spec(self) -> WidgetSpec:
        """The spec it describes. Raises UserError with the field that is not well-formed."""
        kind = self.kind_object
        return WidgetSpec(
            title=self.title,
            kind=self.kind,
            dataset_id=_number(self.dataset, "dataset") if kind.needs_query else None,
            metric_id=_number(self.metric, "metric"),
            query=self._query() if kind.needs_query else {},
            options=self._options(),
        )

    def _query(self) -> dict[str, Any]:
        kept = _read_kept(self.kept) if self.dataset else {}
        query: dict[str, Any] = {
            **_fitting(
                kept, {*self.measures, *(each.replace(":", "_") for each in self.dimensions)}
            ),
            "measures": [] if self.columns else list(self.measures),
            "dimensions": [] if self.columns else [_as_query(each) for each in self.dimensions],
            "columns": list(self.columns),
            "filters": [*map(_as_filter, self.filters), *kept.get("filters", [])],
            "limit": self._limit(),
        }
        if self.kind_object.over_time:
            if self.grain not in GRAIN_CHOICES:
                raise UserError(_("Choose a step of time."), field="grain")
            query["grain"] = self.grain
        elif self.kind_object.time_axis and kept.get("grain"):
            query["grain"] = kept["grain"]
        return {key: value for key, value in query.items() if value not in (None, [])}

    def _limit(self) -> int | None:
        limit = _number(self.limit, "limit")
        if limit is not None and not 1 <= limit <= MOST_ROWS:
            message = _("Write a number from 1 to %(most)s.") % {"most": MOST_ROWS}
            raise UserError(message, field="limit")
        return limit

    def _options(self) -> dict[str, Any]:
        if not isinstance(self.options, QueryDict):
            return dict(self.options)
        form = self.options_form()
        if not form.is_valid():
            name, errors = next(iter(form.errors.items()))
            raise UserError(str(errors[0]), field=f"options.{name}")
        return dict(form.cleaned_data)

    def _told(self) -> dict[str, Any]:
        """The options by name, as typed or as kept; never checked."""
        if not isinstance(self.options, QueryDict):
            return self.options
        start = f"{OPTIONS}-"
        return {k[len(start) :]: v for k, v in self.options.items() if k.startswith(start)}

    def fitted(self, shape: Definition | None) -> Self:
        """The draft with what this dataset does not have dropped, and the least the kind needs."""
        if shape is None:
            return self
        kind = self.kind_object
        fewest, least = kind.begins_with(len(self.measures), self._told())
        measures = _known(self.measures, likely_measures(kind, shape), (least, kind.measures[1]))
        named = {column.name for column in shape.columns}
        return replace(
            self,
            dataset=str(shape.dataset_id),
            measures=() if self.columns and kind.lists_rows else measures,
            dimensions=_known(
                self.dimensions, _by_likeness(shape, kind), (fewest, kind.dimensions[1])
            ),
            columns=tuple(each for each in self.columns if each in named and kind.lists_rows),
            filters=tuple(row for row in self.filters if row.column in named),
            kept=self.kept if _read_kept(self.kept).get("dataset") == shape.dataset_id else "",
        )


def _by_likeness(shape: Definition, kind: Kind) -> list[str]:
    """What can be grouped by, the likeliest first: what the kind is for, then few values."""
    return list(dict.fromkeys([*likely_groups(kind, shape), *(g.value for g in groupings(shape))]))


def _known(chosen: tuple[str, ...], known: list[str], bounds: tuple[int, int]) -> tuple[str, ...]:
    """Those chosen that exist, at most as many as fit; filled up to the fewest."""
    fewest, most = bounds
    found = [each for each in dict.fromkeys(chosen) if each in known][:most]
    spare = [each for each in known if each not in found]
    return tuple(found + spare[: max(0, fewest - len(found))])


def _some(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _number(text: str, name: str) -> int | None:
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError as error:
        raise UserError(_("Write a whole number."), field=name) from error


def _as_choice(dimension: Any) -> str:
    if isinstance(dimension, str):
        return dimension
    column, part = dimension["column"], dimension.get("part")
    return f"{column}:{part}" if part else column  # the form has no field for bins


def _as_query(choice: str) -> str | dict[str, str]:
    column, _colon, part = choice.partition(":")
    return {"column": column, "part": part} if part else column


def _row(item: dict[str, Any]) -> FilterRow:
    return FilterRow(item["column"], item["op"], ", ".join(_quoted(v) for v in item["values"]))


def _has_row(item: dict[str, Any]) -> bool:
    """Whether the form can show a condition as a line: no group, no span that moves."""
    return item.get("op", "in") in OPERATOR_WORDS and "column" in item


def _kept(widget: Widget, filters: list[dict[str, Any]]) -> str:
    """What of a card's question the form has no field for, as JSON; nothing if there is none."""
    found = {name: widget.query[name] for name in KEPT if widget.query.get(name)}
    if widget.query.get("grain") and not KINDS[widget.kind].over_time:
        found["grain"] = widget.query["grain"]
    if filters:
        found["filters"] = filters
    return orjson.dumps({"dataset": widget.dataset_id, **found}).decode() if found else ""


def _read_kept(text: str) -> dict[str, Any]:
    """The parts of a question in a hidden field; the question is checked as a whole later."""
    try:
        data = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


def _fitting(kept: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Those of KEPT that still speak of what is asked for."""
    top, order = kept.get("top") or {}, kept.get("order") or []
    return {
        "compare": kept.get("compare"),
        "top": top if isinstance(top, dict) and top.get("by") in names else None,
        "order": [each for each in order if isinstance(each, dict) and each.get("by") in names],
    }


def _quoted(value: Any) -> str:
    text = str(value)
    return '"{}"'.format(text.replace('"', '""')) if "," in text or '"' in text else text


def _as_filter(row: FilterRow) -> dict[str, Any]:
    """A line of the form as a filter. A comma inside a value is written in quotes."""
    if row.op not in OPERATORS:
        raise UserError(_("Choose how the filter compares."), field="filters")
    parsed = next(csv.reader([row.values], skipinitialspace=True), [])
    values = [value.strip() for value in parsed if value.strip()]
    fewest, most = OPERATORS[row.op]
    if not fewest <= len(values) <= most:
        count = str(most) if fewest == most else _("%d to %d") % (fewest, most)
        message = _("“%(column)s %(op)s” takes %(count)s values, with commas between.")
        named = {"column": row.column, "op": OPERATOR_WORDS[row.op], "count": count}
        raise UserError(message % named, field="filters")
    return {"column": row.column, "op": row.op, "values": values}
