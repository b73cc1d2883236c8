"""Explore through its doors: who may ask, as whom rows are asked for, what is refused and where."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.accounts import services as accounts
from apps.dashboards import explore
from apps.dashboards.models import Dashboard
from apps.datasources import engine
from apps.datasources import services as datasources
from apps.datasources.models import Dataset

JSON = {"HTTP_ACCEPT": "application/json"}
WHOLE = {"from": "2024-01-01", "to": "2024-04-30", "timezone": "UTC", "width": 640}
BY_REGION = {"measures": ["revenue"], "dimensions": ["region"]}


def asked(dataset, query=None, **more):
    asks = {"dataset": dataset.pk, "kind": "table", "query": query or BY_REGION, "view": WHOLE}
    return {**asks, **more}


def post(client, dataset, query=None, path="data/", **more):
    body = json.dumps(asked(dataset, query, **more))
    return client.post(f"/explore/{path}", body, content_type="application/json", **JSON)


@pytest.fixture
def east_only(orders):
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    datasources.set_policy(orders, "East only", "viewer", rows)
    return orders


def test_the_page_opens_with_the_range_that_has_rows(client, viewer, orders):
    client.force_login(viewer)
    page = client.get("/explore/?dataset=orders")
    facts = page.context["page"]
    assert facts["dataset"]["time"] == "ordered_at"
    assert [each["name"] for each in facts["dataset"]["measures"]][:2] == ["revenue", "orders"]
    first = datetime.fromtimestamp(int(facts["opens"]["from"]) / 1000, UTC)
    assert first == datetime(2024, 1, 1, tzinfo=UTC)
    assert "Save as widget" not in page.content.decode()


def test_without_a_dataset_those_of_the_reader_are_offered(client, viewer, stranger, orders):
    client.force_login(viewer)
    assert "dataset=orders" in client.get("/explore/").content.decode()
    client.force_login(stranger)
    assert "dataset=orders" not in client.get("/explore/").content.decode()


def test_to_a_stranger_the_dataset_does_not_exist(client, stranger, orders):
    client.force_login(stranger)
    assert client.get("/explore/?dataset=orders").status_code == 404
    for path in ("data/", "sql/"):
        assert post(client, orders, path=path).status_code == 404
    values = client.get("/explore/values/?dataset=orders&column=region", **JSON)
    assert values.status_code == 404
    csv = client.post("/explore/data.csv", {"asked": json.dumps(asked(orders))}, **JSON)
    assert csv.status_code == 404


def test_a_restricted_dataset_is_not_offered(client, viewer, orders):
    Dataset.objects.update(is_restricted=True)
    accounts.set_role(viewer, orders.workspace, "viewer")
    client.force_login(viewer)
    assert client.get("/explore/?dataset=orders").status_code == 404


def test_without_a_session_data_is_401_in_json(client, orders):
    assert post(client, orders).status_code == 401


def test_an_answer_says_where_it_came_from(client, viewer, orders):
    client.force_login(viewer)
    first = post(client, orders).json()
    assert first["frames"]["main"]["data"] == [["West", "East"], [1557.0, 600.0]]
    assert first["answer"]["cache"] == "fresh"
    again = post(client, orders).json()
    assert again["answer"] == {**first["answer"], "cache": "kept"}


def test_every_door_shows_only_the_rows_of_the_reader(client, viewer, east_only):
    client.force_login(viewer)
    assert post(client, east_only).json()["frames"]["main"]["data"] == [["East"], [600.0]]
    csv = client.post("/explore/data.csv", {"asked": json.dumps(asked(east_only))})
    assert csv["Content-Disposition"] == 'attachment; filename="orders.csv"'
    assert csv.content == b"Region,Revenue\r\nEast,600.0\r\n"
    values = client.get("/explore/values/?dataset=orders&column=region", **JSON).json()
    assert values["values"] == [{"value": "East", "count": 120}]
    totals = post(client, east_only, totals=True).json()["frames"]
    assert totals["total"]["data"] == [[600.0]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"measures": ["gone"]}, "measures"),
        ({"measures": []}, "measures"),
        ({"dimensions": ["gone"]}, "dimensions"),
        ({"grain": "fortnight"}, "grain"),
        ({"filters": [{"column": "gone", "op": "in", "values": ["x"]}]}, "filters"),
        ({"filters": [{"column": "region", "op": "like", "values": ["x"]}]}, "filters"),
        ({"filters": [{"any": [{"column": "gone", "op": "is_null"}]}]}, "filters"),
        ({"order": [{"by": "gone"}]}, "order"),
        ({"top": {"limit": 3, "by": "gone"}}, "top"),
        ({"compare": "century"}, "compare"),
    ],
)
def test_a_wrong_name_is_refused_at_its_control(client, viewer, orders, change, field):
    client.force_login(viewer)
    answer = post(client, orders, {**BY_REGION, **change})
    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"view": {**WHOLE, "from": "yesterday"}}, "from"),
        ({"view": {**WHOLE, "timezone": "Mars/North"}}, "timezone"),
        ({"view": "now"}, "view"),
        ({"query": []}, "query"),
        ({"kind": "spiral"}, "kind"),
        ({"dataset": "orders"}, "dataset"),
        ({"surprise": 1}, "query"),
    ],
)
def test_what_is_no_question_is_a_problem_with_its_field(client, viewer, orders, change, field):
    client.force_login(viewer)
    body = json.dumps({**asked(orders), **change})
    answer = client.post("/explore/data/", body, content_type="application/json", **JSON)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    junk = client.post("/explore/data/", "{", content_type="application/json", **JSON)
    assert junk.status_code == 400


def test_a_pivot_asks_for_the_totals_of_both_edges(client, viewer, orders):
    client.force_login(viewer)
    query = {"measures": ["cost_share"], "dimensions": ["region"], "grain": "month"}
    frames = post(client, orders, query, pivot=explore.TIME, totals=True).json()["frames"]
    assert set(frames) == {"main", "total", "by_row", "by_column"}
    assert len(frames["main"]["data"][0]) == 8
    assert frames["by_row"]["row_count"] == 2
    assert frames["by_column"]["row_count"] == 4
    # a ratio over all rows: its parts were summed, not the ratios
    assert frames["total"]["data"][0][0] == pytest.approx((120 * 6 + 120 * 4) / 2157)


def test_groups_the_largest_and_the_period_before_are_answered_together(client, viewer, orders):
    client.force_login(viewer)
    where = {"column": "ordered_at", "op": "within", "values": ["2024-01-01", "2024-03-01"]}
    west = {"column": "region", "op": "in", "values": ["West"]}
    query = {
        **BY_REGION,
        "filters": [where, {"any": [west, {"column": "amount", "op": "lt", "values": [6]}]}],
        "top": {"limit": 1, "by": "revenue", "other": True},
        "compare": "previous",
    }
    view = {**WHOLE, "from": "2024-02-01", "to": "2024-03-01"}
    frame = post(client, orders, query, view=view).json()["frames"]["main"]
    assert frame["compare"] == "previous"
    names = [column["name"] for column in frame["columns"]]
    columns = dict(zip(names, frame["data"], strict=True))
    assert columns["region"] == ["West", None]
    assert columns["region__other"] == [False, True]
    assert columns["revenue"][1] == 29 * 5
    assert columns["revenue__before"][1] == 31 * 5
    sql = post(client, orders, query, path="sql/", view=view).content.decode()
    assert sql.count("<pre") == 2


def test_raw_rows_are_those_that_a_filter_leaves(client, viewer, orders):
    client.force_login(viewer)
    where = [{"column": "region", "op": "in", "values": ["West"]}]
    query = {"columns": ["region", "amount"], "filters": where, "limit": 5}
    data = post(client, orders, query).json()["frames"]["main"]["data"]
    assert data[0] == ["West"] * 5


def test_the_sql_is_shown_without_the_servers_folders(client, viewer, orders, settings):
    client.force_login(viewer)
    text = post(client, orders, path="sql/").content.decode()
    assert "SELECT" in text
    assert str(settings.UPLOADS) not in text


def save(client, dataset, **form):
    kind, options = form.pop("kind", "bar"), form.pop("options", {})
    asks = asked(dataset, title=form.pop("title", "Mine"), kind=kind, options=options)
    return client.post("/explore/save/", {"asked": json.dumps(asks), **form}, **JSON)


def test_an_editor_saves_a_card_on_a_new_dashboard_that_opens_with_the_range(
    client, editor, orders
):
    client.force_login(editor)
    answer = save(client, orders, new_title="Found")
    assert answer.status_code == 201
    board = Dashboard.objects.get(title="Found")
    assert (board.owner, board.time_from) == (editor, "2024-01-01")
    widget = board.placements.get().widget
    assert (widget.title, widget.kind, widget.query) == ("Mine", "bar", BY_REGION)
    assert answer.json()["url"] == f"/d/{board.slug}/#widget-{widget.pk}"


def test_a_card_is_saved_on_ones_own_dashboard_only(client, editor, viewer, board, orders):
    client.force_login(editor)
    before = board.placements.count()
    assert save(client, orders, dashboard="sales").status_code == 201
    assert board.placements.count() == before + 1
    client.force_login(viewer)
    refused = save(client, orders, dashboard="sales")
    assert (refused.status_code, refused.json()["field"]) == (404, "dashboard")
    assert save(client, orders, new_title="Mine").status_code == 403
    assert not Dashboard.objects.filter(title="Mine").exists()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"title": " ", "new_title": "Found"}, "title"),
        ({"new_title": " "}, "new_title"),
        ({"kind": "heatmap", "new_title": "Found"}, "dimensions"),
    ],
)
def test_a_card_that_cannot_be_is_refused_whole(client, editor, orders, form, field):
    client.force_login(editor)
    answer = save(client, orders, **form)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not Dashboard.objects.exists()


def test_a_card_opens_in_explore_with_what_it_asks_and_the_filters_of_the_page(
    client, viewer, board
):
    client.force_login(viewer)
    pk = board.placements.get(widget__kind="heatmap").widget_id
    answer = client.get(f"/w/{pk}/explore/?from=2024-02-01&to=2024-03-01&var-region=West")
    asks = parse_qs(urlsplit(answer["Location"]).query)
    assert asks["m"] == ["revenue"]
    assert asks["d"] == ["ordered_at:weekday", "region"]
    assert (asks["kind"], asks["from"]) == (["heatmap"], ["2024-02-01"])
    where = {"all": [{"column": "region", "op": "in", "values": ["West"]}]}
    assert json.loads(asks["where"][0]) == where
    assert client.get(answer["Location"]).status_code == 200


def test_an_answer_kept_from_before_the_source_went_down_says_so(
    client, viewer, orders, monkeypatch
):
    client.force_login(viewer)
    answered = engine.encoded

    def kept(*given):
        return replace(answered(*given), stale=True, problem="The source does not answer.")

    monkeypatch.setattr(engine, "encoded", kept)
    told = json.loads(post(client, orders).content)["answer"]
    assert told["cache"] == "stale"
    assert told["problem"] == "The source does not answer."
