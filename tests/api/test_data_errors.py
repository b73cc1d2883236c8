"""The data API as a stranger types it: each refusal is a problem that names field and remedy."""

import pytest

from apps.datasources import services
from apps.datasources.models import Measure, RowPolicy
from tests.api.rows import one_of_each

WEST = [{"column": "region", "op": "in", "values": ["West"]}]
NUMBER = [{"column": "amount", "op": "gt", "values": ["much"]}]
DEEP = {"column": "region", "op": "in", "values": ["West"]}
for _level in range(5):
    DEEP = {"all": [DEEP]}


def refused(response, status=400):
    """The problem, which is one whatever was asked for."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["detail"]
    return problem


TIME = {"time": "ordered_at"}
QUESTIONS = [
    ({"measures": []}, "measures"),
    ({"measures": ["revenue", "revenue"]}, "measures"),
    ({"measures": "revenue"}, "measures"),
    ({"columns": ["region"]}, "measures"),
    ({"dimensions": ["region", "region"]}, "dimensions"),
    ({"dimensions": [{"column": "region", "part": "hour"}]}, "dimensions"),
    ({"dimensions": [{"col": "region"}]}, "dimensions"),
    ({"time": "region", "grain": "day"}, "time"),
    ({"grain": "day"}, "time"),
    ({**TIME, "grain": "eon"}, "grain"),
    ({"filters": {"column": "region"}}, "filters"),
    ({"filters": NUMBER}, "filters"),
    ({"filters": [{"column": "nothing", "op": "is_null"}]}, "filters"),
    ({"filters": [{"column": "region", "op": "in", "values": []}]}, "filters"),
    ({"filters": [{"column": "region", "op": "in", "values": ["x"] * 1001}]}, "filters"),
    ({"filters": [{"column": "amount", "op": "contains", "values": ["1"]}]}, "filters"),
    ({"filters": [DEEP]}, "filters"),
    ({"filters": [{"any": []}]}, "filters"),
    ({"order": [{"by": "nothing"}]}, "order"),
    ({"order": [{"by": "revenue", "descending": "yes"}]}, "order"),
    ({"limit": True}, "limit"),
    ({"limit": "5"}, "limit"),
    ({"compare": "previous"}, "compare"),
    ({"compare": "week"}, "compare"),
    ({"top": {"limit": 5, "by": "revenue"}}, "top"),
    ({"dimensions": ["region"], "top": {"limit": 5, "by": "nothing"}}, "top"),
    ({**TIME, "window": {"from": "now-30d", "to": "now-60d"}}, "to"),
    ({**TIME, "window": {"from": "2024-13-01", "to": "now"}}, "from"),
    ({**TIME, "window": "now-7d"}, "window"),
    ({"window": {"from": "now-7d", "to": "now"}}, "time"),
    ({"timezone": "../../etc/passwd"}, "timezone"),
    ({"timezone": 5}, "timezone"),
    ({"nothing": 1}, "query"),
]


@pytest.mark.parametrize(("change", "field"), QUESTIONS)
def test_a_wrong_question_is_told_at_its_field(caller, viewer, orders, change, field):
    asked = {"dataset": orders.pk, "measures": ["revenue"], **change}
    assert refused(caller(viewer).ask("POST", "query/", asked))["field"] == field


@pytest.mark.parametrize("accept", ["text/csv", "application/vnd.apache.arrow.stream"])
def test_an_error_is_json_whatever_form_was_asked_for(caller, viewer, orders, accept):
    asked = {"dataset": orders.pk, "measures": ["nothing"]}
    response = caller(viewer).ask("POST", "query/", asked, Accept=accept)
    assert refused(response)["field"] == "measures"
    none = caller(viewer).ask("POST", "query/", asked | {"dataset": 10**9}, Accept=accept)
    assert refused(none, 404)["field"] == "dataset"
    assert refused(caller().ask("POST", "query/", asked, Accept=accept), 401)
    sql = {"source": orders.source_id, "sql": "SELECT 1"}
    assert refused(caller(viewer).ask("POST", "sql/", sql, Accept="text/csv"), 404)


@pytest.mark.parametrize(
    ("window", "grain", "hours"),
    [
        (("2024-03-31", "2024-04-01"), "hour", 23),  # the clock goes forward
        (("2024-10-27", "2024-10-28"), "hour", 25),  # and back
        (("2024-03-30", "2024-04-01"), "day", 2),
    ],
)
def test_days_on_which_clocks_change_have_all_their_hours(
    caller, analyst, workspace, window, grain, hours
):
    import pyarrow as pa

    from tests.conftest import ORDERS_START

    moments = [ORDERS_START.replace(hour=0).timestamp() + 3600 * n for n in range(366 * 24)]
    at = pa.array([int(each * 1000) for each in moments], pa.timestamp("ms", "UTC"))
    made = services.register_upload(
        workspace,
        name="Hours",
        slug="hours",
        table=pa.table({"at": at, "one": [1.0] * len(moments)}),
        time_column="at",
        measures=[{"name": "rows", "label": "Rows", "aggregate": "count"}],
    )
    asked = {"dataset": made.pk, "measures": ["rows"], "time": "at", "grain": grain}
    asked |= {"window": dict(zip(("from", "to"), window, strict=True))}
    found = caller(analyst).ask("POST", "query/", asked | {"timezone": "Europe/Berlin"}).json()
    times, counts = found["data"]
    assert len(times) == hours
    assert sum(counts) == (hours if grain == "hour" else 24 + 23)


# -- measures, policies, metrics, datasets


MEASURES = [
    ({"name": "1x"}, "name"),
    ({"label": ""}, "label"),
    ({"aggregate": "nothing"}, "aggregate"),
    ({"column": "nothing"}, "column"),
    ({"column": "region"}, "column"),
    ({"aggregate": "percentile"}, "percentile"),
    ({"aggregate": "ratio"}, "numerator"),
    ({"aggregate": "share"}, "base"),
    ({"filters": NUMBER}, "filters"),
    ({"filters": [{"column": "nothing", "op": "is_null"}]}, "filters"),
    ({"filters": [5]}, "filters.0"),
    ({"dataset": 10**9}, "dataset"),
    ({"colour": "red"}, "colour"),
]


@pytest.mark.parametrize(("change", "field"), MEASURES)
def test_a_wrong_measure_is_told_at_its_field(caller, analyst, orders, change, field):
    asked = {
        "dataset": orders.pk,
        "name": "m",
        "label": "M",
        "aggregate": "sum",
        "column": "amount",
    }
    response = caller(analyst).ask("POST", "measures/", asked | change)
    assert refused(response)["field"] == field
    assert not Measure.objects.filter(name="m").exists()


POLICIES = [
    ({"role": "boss"}, "role"),
    ({"group": 10**9}, "group"),
    ({"attribute_value": "x"}, "attribute"),
    ({"filters": NUMBER}, "filters"),
    ({"filters": [{"column": "nothing", "op": "is_null"}]}, "filters"),
    ({"filters": [{"column": "amount", "op": "contains", "values": ["$x"]}]}, "filters"),
    ({"hidden_columns": ["nothing"]}, "hidden_columns"),
    ({"hidden": ["cost"]}, "hidden"),
]


@pytest.mark.parametrize(("change", "field"), POLICIES)
def test_a_wrong_policy_is_told_at_its_field(caller, admin_user, orders, change, field):
    asked = {"dataset": orders.pk, "name": "P", "filters": WEST}
    assert refused(caller(admin_user).ask("POST", "policies/", asked | change))["field"] == field
    assert not RowPolicy.objects.exists()


@pytest.mark.parametrize(
    "filters",
    [
        [{"column": "amount", "op": "gt", "values": ["$least"]}],
        [{"column": "ordered_at", "op": "ge", "values": ["$since"]}],
        [{"any": [{"column": "region", "op": "starts_with", "values": ["$region"]}]}],
    ],
)
def test_a_policy_may_wait_for_attributes_of_each_person(caller, admin_user, orders, filters):
    asked = {"dataset": orders.pk, "name": "P", "filters": filters}
    assert caller(admin_user).ask("POST", "policies/", asked).status_code == 201


def test_what_is_there_already_is_a_conflict_that_names_its_field(caller, analyst, orders):
    client = caller(analyst)
    measure = {"dataset": orders.pk, "name": "revenue", "label": "R", "aggregate": "count"}
    assert refused(client.ask("POST", "measures/", measure), 409)["field"] == "name"
    revenue = orders.measures.get(name="revenue").pk
    metric = {"dataset": orders.pk, "measure": revenue, "name": "M", "slug": "m"}
    assert client.ask("POST", "metrics/", metric).status_code == 201
    assert refused(client.ask("POST", "metrics/", metric), 409)["field"] == "slug"


def test_a_column_that_is_changed_is_named(caller, analyst, orders):
    path = f"datasets/{orders.pk}/"
    sent = {"columns": [{"label": "Area"}]}
    assert refused(caller(analyst).ask("PATCH", path, sent))["field"] == "columns"
    for change in ({"is_restricted": True}, {"labels": {}}):
        problem = refused(caller(analyst).ask("PATCH", path, change))
        assert problem["field"] in change
        assert "description" in problem["detail"]


def test_pages_hold_everything_once_though_rows_are_added(caller, analyst, orders):
    for number in range(7):
        fields = {"label": f"M{number}", "aggregate": "count"}
        Measure.objects.create(dataset=orders, name=f"m{number}", **fields)
    client, names, cursor = caller(analyst), [], ""
    while cursor is not None:
        page = client.ask("GET", f"measures/?page_size=2{cursor}").json()
        names += [each["name"] for each in page["results"]]
        Measure.objects.get_or_create(dataset=orders, name="late", defaults=fields)
        following = page["next"]
        cursor = "&" + following.partition("?")[2].replace("page_size=2", "") if following else None
    assert len(names) == len(set(names)) == orders.measures.count() - 1


# -- who may what

BODIES = {
    "datasets": {"description": "New words"},
    "measures": {"label": "New words"},
    "metrics": {"name": "New words"},
    "policies": {"role": "viewer"},
    "sources": {"name": "New words"},
}
SEES = {
    "viewer": {"datasets", "measures", "metrics"},
    "editor": {"datasets", "measures", "metrics"},
    "analyst": {"datasets", "measures", "metrics", "policies", "sources"},
    "admin_user": {"datasets", "measures", "metrics", "policies", "sources"},
}
CHANGES = {
    "viewer": set(),
    "editor": set(),
    "analyst": {"datasets", "measures", "metrics", "sources"},
    "admin_user": set(BODIES),
}


@pytest.mark.parametrize("who", SEES)
def test_each_role_sees_and_changes_what_it_may(
    caller, request, workspace, admin_user, orders, stream, who
):
    rows = one_of_each(workspace, admin_user, orders, stream)
    client = caller(request.getfixturevalue(who))
    for name, body in BODIES.items():
        path = f"{name}/{rows[name].pk}/"
        listed = client.ask("GET", f"{name}/").json()["results"]
        is_seen = name in SEES[who]
        assert (rows[name].pk in [each["id"] for each in listed]) is is_seen, name
        assert client.ask("GET", path).status_code == (200 if is_seen else 404), name
        if name in CHANGES[who]:
            assert client.ask("PATCH", path, body).status_code == 200, name
        else:
            refused(client.ask("PATCH", path, body), 403 if is_seen else 404)
            refused(client.ask("DELETE", path), 403 if is_seen else 404)


def test_sql_takes_no_field_that_it_does_not_know(caller, analyst, orders):
    asked = {"source": orders.source_id, "sql": "SELECT 1", "limit": 5}
    assert "limit" in refused(caller(analyst).ask("POST", "sql/", asked))["detail"]
