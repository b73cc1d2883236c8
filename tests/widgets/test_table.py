"""Tables: what they ask, how columns are styled, and rows beyond the first ones."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import Denied, UserError
from apps.dashboards import services as dashboards
from apps.datasources import services as datasources
from apps.datasources.definition import definition
from apps.widgets import rows
from apps.widgets.cards import card_data
from apps.widgets.draft import Draft
from apps.widgets.kinds import KINDS
from apps.widgets.kinds.table import TableOptions
from apps.widgets.models import Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View

VIEW = View("2024-01-01", "2024-05-01")
TABLE = KINDS["table"]
START = datetime(2024, 1, 1, tzinfo=UTC)


def asked(dataset, template, options=None):
    shape = definition(dataset.pk, dataset.version)
    return TABLE.queries(template, TABLE.options.cleaned(options or {}), shape, VIEW)


def test_totals_are_asked_of_the_database_over_everything(orders, editor):
    template = {"measures": ["cost_share"], "dimensions": ["region"], "limit": 1}
    widget = Widget(kind="table", dataset=orders, query=template, options={"totals": True})
    frames = json.loads(card_data(widget, VIEW, editor).body)["frames"]
    assert len(frames["main"]["data"][0]) == 1
    by_name = dict(
        zip([c["name"] for c in frames["total"]["columns"]], frames["total"]["data"], strict=True)
    )
    revenue = sum(10 + day % 7 + 5 for day in range(120))
    assert by_name["cost_share"] == [pytest.approx(120 * 10 / revenue)]


def test_a_course_is_asked_by_row_and_step(orders):
    found = asked(orders, {"measures": ["revenue"], "dimensions": ["region"]}, {"course": "cost"})
    assert found["trend"].measures == ("cost",)
    assert found["trend"].grain
    assert found["trend"].dimensions == found["main"].dimensions


@pytest.mark.parametrize(
    "template",
    [
        {"columns": ["region"]},
        {"measures": ["revenue"]},
        {"measures": ["revenue"], "dimensions": ["region"], "grain": "day"},
    ],
)
def test_rows_without_a_course_say_why(orders, template):
    with pytest.raises(UserError, match="rows by a dimension") as error:
        asked(orders, template, {"course": "cost"})
    assert error.value.field == "options.course"


def test_raw_rows_come_in_an_order_that_can_be_continued(orders):
    main = asked(orders, {"columns": ["region", "ordered_at", "amount"]})["main"]
    assert [(o.by, o.descending) for o in main.order] == [
        ("ordered_at", True),
        ("region", False),
        ("amount", False),
    ]
    assert main.limit == 1000


# -- how columns look


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"column": "revenue", "show": "glitter"}, "scale, bar, tone, icon"),
        ({"column": "revenue", "format": "roman"}, "one of"),
        ({"column": "revenue", "colour": "red"}, "colour is unknown"),
        ({"column": "revenue", "show": "tone"}, "at least one threshold"),
        ({"column": "revenue", "good": "much"}, "a threshold is a number"),
        ({"column": "revenue", "good": float("nan")}, "a threshold is a number"),
        ({"column": "revenue", "good": True}, "a threshold is a number"),
        ({"column": "region", "link": "javascript:alert(1)"}, "begins with https"),
        ({"column": "region", "link": "https://{value}/x"}, "begins with https"),
        ({"column": "region", "link": "https://shop.example@{value}"}, "begins with https"),
        ({"column": "region", "link": "//evil.example/{value}"}, "begins with https"),
        ({"column": "region", "link": "/\\evil.example"}, "begins with https"),
        ({"column": "region", "link": "/x/{}"}, "names no column"),
        ({"column": "region", "hide": "yes"}, "true or false"),
        ({"column": ""}, "Name the column"),
        ("revenue", "an object"),
    ],
)
def test_a_wrong_setting_is_refused_with_column_and_remedy(setting, says):
    with pytest.raises(UserError, match=says) as error:
        TableOptions.cleaned({"columns": [setting]})
    assert error.value.field == "options.columns"


def test_two_settings_of_one_column_are_one_too_many():
    with pytest.raises(UserError, match="two settings"):
        TableOptions.cleaned({"columns": [{"column": "a"}, {"column": "a"}]})


def test_what_says_nothing_is_left_out():
    setting = {"column": "a", "label": "", "hide": False, "good": None, "link": "/d/{value}/"}
    assert TableOptions.cleaned({"columns": [setting]})["columns"] == [
        {"column": "a", "link": "/d/{value}/"}
    ]
    assert TableOptions.cleaned({})["columns"] == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_sent_is_cleaned_or_refused(value):
    try:
        found = TableOptions.cleaned({"columns": value})["columns"]
    except UserError:
        return
    assert TableOptions.cleaned({"columns": found})["columns"] == found


def test_the_rows_of_the_form_are_the_json_of_the_api(orders):
    data = QueryDict(mutable=True)
    data.update(
        {
            "kind": "table",
            "options_of": "table",
            "dataset": str(orders.pk),
            "o-rows": "50",
            "title": "T",
        }
    )
    data.setlist("measures", ["revenue"])
    for key, values in {
        "column": ["revenue", "", "region"],
        "show": ["tone", "", ""],
        "good": ["12,5", "", ""],
        "warn": ["10", "", ""],
        "link": ["", "", "/d/{value}/"],
        "hide": ["", "", "1"],
        "label": ["Sales", "", ""],
        "format": ["integer", "", ""],
    }.items():
        data.setlist(f"o-columns.{key}", values)
    assert Draft.from_post(data).spec().options["columns"] == [
        {
            "column": "revenue",
            "label": "Sales",
            "format": "integer",
            "show": "tone",
            "good": 12.5,
            "warn": 10.0,
        },
        {"column": "region", "hide": True, "link": "/d/{value}/"},
    ]
    data.setlist("o-columns.good", ["lots", "", ""])
    with pytest.raises(UserError, match="threshold"):
        Draft.from_post(data).spec()


def test_the_form_shows_what_is_kept_and_offers_what_there_is(orders):
    options = {
        "columns": [{"column": "revenue", "good": 2.5, "show": "tone"}, {"column": "<gone>"}]
    }
    form = Draft(kind="table", options=options).options_form(definition(orders.pk, orders.version))
    html = str(form["columns"])
    assert html.count("data-row>") == 3
    assert 'value="2.5"' in html
    assert "&lt;gone&gt;" in html
    assert "Cost share" in html


def test_settings_that_name_a_hidden_column_hide_the_card(orders, viewer):
    datasources.set_policy(orders, "no cost", "viewer", [], hidden_columns=["cost"])
    viewer.refresh_from_db()
    template = {"measures": ["revenue"], "dimensions": ["region"]}
    for setting in ({"column": "cost"}, {"column": "region", "link": "/x/{cost}"}):
        widget = Widget(
            kind="table", dataset=orders, query=template, options={"columns": [setting]}
        )
        with pytest.raises(Denied):
            card_data(widget, VIEW, viewer)


# -- more rows


@pytest.fixture
def events(workspace):
    """300 rows with ties, holes and whole duplicates."""
    count = 300
    table = pa.table(
        {
            "at": pa.array(
                [START + timedelta(days=i // 7) for i in range(count)], pa.timestamp("ms", "UTC")
            ),
            "who": [None if i % 11 == 0 else f"Client {i % 5}" for i in range(count)],
            "amount": [None if i % 13 == 0 else float(i % 3) for i in range(count)],
        }
    )
    measures = [{"name": "n", "label": "N", "aggregate": "count"}]
    return datasources.register_upload(
        workspace, name="Events", slug="events", table=table, time_column="at", measures=measures
    )


def everything(widget, user, sort="", search=""):
    """All pages one after the other."""
    found, after, have = [], None, 0
    for _page in range(100):
        params = QueryDict(mutable=True)
        params.update(
            {"sort": sort, "q": search, "have": str(have)} | ({"after": after} if after else {})
        )
        body = json.loads(rows.page(widget, VIEW, user, rows.Wish.from_params(params)))
        page = list(zip(*body["frame"]["data"], strict=True))
        found = page if body["replaces"] else [*found, *page]
        have, after = len(found), body["next"]
        if not body["more"]:
            return found
    raise AssertionError("it never ends")


@pytest.mark.parametrize(
    "sort", ["", "amount", "-amount", "who,-amount", "-who", "at", "-amount,-at,who"]
)
@pytest.mark.parametrize("size", [7, 64])
def test_pages_by_key_are_the_whole_once_in_order(events, editor, monkeypatch, sort, size):
    monkeypatch.setattr(rows, "PAGE", size)
    widget = Widget(kind="table", dataset=events, query={"columns": ["at", "who", "amount"]})
    paged = everything(widget, editor, sort)
    monkeypatch.setattr(rows, "PAGE", 1000)
    assert len(paged) == 300
    assert paged == everything(widget, editor, sort)


def test_the_authors_own_limit_holds(events, editor, monkeypatch):
    monkeypatch.setattr(rows, "PAGE", 20)
    widget = Widget(kind="table", dataset=events, query={"columns": ["at", "who"], "limit": 50})
    assert len(everything(widget, editor)) == 50
    grouped = Widget(
        kind="table", dataset=events, query={"measures": ["n"], "dimensions": ["who"], "limit": 3}
    )
    assert len(everything(grouped, editor, "-n")) == 3


def test_groups_are_sorted_and_searched_by_the_database(events, editor):
    widget = Widget(kind="table", dataset=events, query={"measures": ["n"], "dimensions": ["who"]})
    found = everything(widget, editor, "-n", search="client 3")
    assert [who for who, _n in found] == ["Client 3"]
    assert [n for _who, n in everything(widget, editor, "n")] == sorted(
        n for _w, n in everything(widget, editor)
    )


def test_a_page_shows_only_the_readers_own_rows(events, viewer):
    datasources.set_policy(
        events, "mine", "viewer", [{"column": "who", "op": "in", "values": ["Client 1"]}]
    )
    viewer.refresh_from_db()
    widget = Widget(kind="table", dataset=events, query={"columns": ["who"]})
    assert {who for (who,) in everything(widget, viewer, "-who")} == {"Client 1"}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"after": "no"}, "after"),
        ({"after": '[["x"], -1]'}, "after"),
        ({"after": '[[{"a": 1}], 0]'}, "after"),
        ({"after": '[["x"], 1]', "sort": "who,amount"}, "after"),
        ({"after": '[["yesterday"], 0]', "sort": "at"}, "after"),
        ({"after": "[[5], 0]", "sort": "at"}, "after"),
        ({"after": '[["9999-12-31T23:59:59.9999+00:00"], 0]', "sort": "at"}, "after"),
        ({"have": "-4"}, "have"),
        ({"have": "²"}, "have"),
        ({"have": "9" * 5000}, "have"),
        ({"sort": "gone"}, "order"),
    ],
)
def test_a_wrong_page_is_refused_with_its_field(events, editor, params, field):
    given = QueryDict(mutable=True)
    given.update(params)
    columns = ["at", "who"] if params.get("sort") == "at" else ["who", "amount"]
    widget = Widget(kind="table", dataset=events, query={"columns": columns})
    with pytest.raises(UserError) as error:
        rows.page(widget, VIEW, editor, rows.Wish.from_params(given))
    assert error.value.field == field


def test_only_who_sees_the_card_reads_its_rows(client, orders, editor, stranger, workspace):
    dashboard = dashboards.create_dashboard(editor, workspace, title="Sales")
    spec = WidgetSpec("Rows", "table", orders.pk, query={"columns": ["region", "amount"]})
    widget = dashboards.add_widget(dashboard, editor, spec).widget
    url = f"/w/{widget.pk}/rows/?from=2024-01-01&to=2024-05-01&sort=-amount"
    assert client.get(url).status_code == 401
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    client.force_login(editor)
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.json()["frame"]["data"][1][:3] == [16.0, 16.0, 16.0]
