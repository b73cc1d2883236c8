"""What Explore made of a card and its form cannot show stays when the form saves it."""

from dataclasses import replace

import orjson
import pytest
from django.http import QueryDict

from apps.core.errors import UserError
from apps.datasources.definition import definition
from apps.widgets.draft import Draft
from apps.widgets.kinds import KINDS
from apps.widgets.models import Widget
from apps.widgets.view import View

VIEW = View("2024-01-01", "2024-04-30")
GROUP = {"any": [{"column": "region", "op": "in", "values": ["West"]}]}
QUERY = {
    "measures": ["revenue"],
    "dimensions": ["region"],
    "filters": [GROUP, {"column": "region", "op": "eq", "values": ["East"]}],
    "compare": "previous",
    "top": {"limit": 3, "by": "revenue", "other": True},
    "order": [{"by": "revenue", "descending": True}],
}


def draft_of(dataset, query, kind="bar"):
    return Draft.from_widget(Widget(title="Mine", kind=kind, dataset=dataset, query=query))


def posted(draft, **change):
    """As the form sends it back."""
    data = QueryDict(mutable=True)
    data.update({"title": draft.title, "kind": draft.kind, "dataset": draft.dataset})
    data["kept"] = draft.kept
    data.setlist("measures", list(draft.measures))
    data.setlist("dimensions", list(draft.dimensions))
    for row in draft.filters:
        data.appendlist("filter_column", row.column)
        data.appendlist("filter_op", row.op)
        data.appendlist("filter_values", row.values)
    data.update(change)
    return Draft.from_post(data)


def test_comparison_top_order_and_groups_survive_the_form(orders):
    draft = draft_of(orders, QUERY)
    assert [row.column for row in draft.filters] == ["region"]
    query = posted(draft).spec().query
    assert {**query, "filters": query["filters"][::-1]} == QUERY


def test_what_no_longer_speaks_of_the_question_goes(orders):
    draft = posted(draft_of(orders, QUERY))
    other = Draft(**{**{f: getattr(draft, f) for f in draft.__slots__}, "measures": ("cost",)})
    query = other.spec().query
    assert "top" not in query
    assert "order" not in query
    assert query["compare"] == "previous"
    shape = definition(orders.pk, orders.version)
    assert draft.fitted(shape).kept
    assert draft.fitted(replace(shape, dataset_id=orders.pk + 1)).kept == ""


def test_a_grain_that_the_kind_takes_survives(orders):
    draft = draft_of(orders, {"measures": ["revenue"], "grain": "month"}, kind="table")
    assert posted(draft).spec().query["grain"] == "month"
    assert "grain" not in posted(draft, kind="pie").spec().query


def test_nonsense_in_the_hidden_field_is_nothing(orders):
    draft = draft_of(orders, QUERY)
    for kept in ("{", "[]", '{"top": 3, "order": ["x"]}'):
        assert "top" not in posted(draft, kept=kept).spec().query


@pytest.mark.parametrize("slug", ["table", "bar", "heatmap"])
def test_time_may_stand_in_for_a_dimension(orders, slug):
    kind, shape = KINDS[slug], definition(orders.pk, orders.version)
    template = {"measures": ["revenue"], "dimensions": ["region"], "grain": "month"}
    main = kind.queries(template, kind.options.cleaned({}), shape, VIEW)["main"]
    assert main.grain == "month"
    kind.check(main)


def test_time_counts_as_a_dimension_where_it_stands_in_for_one(orders):
    shape = definition(orders.pk, orders.version)
    template = {"measures": ["revenue"], "grain": "month"}
    main = KINDS["heatmap"].queries(template, {}, shape, VIEW)["main"]
    with pytest.raises(UserError) as refused:
        KINDS["heatmap"].check(main)
    assert refused.value.field == "dimensions"
    assert orjson.loads(main.canonical())["grain"] == "month"
