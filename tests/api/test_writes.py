"""What partners change: dashboards, widgets, rules, reports, metrics, sources."""

import pytest

from apps.accounts import services as accounts
from apps.alerts.models import Rule
from apps.dashboards.models import Dashboard
from apps.datasources import services as datasources
from apps.datasources.models import Metric, Source
from apps.reports.models import Report
from apps.widgets.models import Widget
from tests.api.rows import one_of_each
from tests.conftest import person

BAR = {"title": "By region", "kind": "bar"}
QUERY = {"measures": ["revenue"], "dimensions": ["region"]}


@pytest.fixture
def rows(workspace, analyst, orders, stream):
    return one_of_each(workspace, analyst, orders, stream)


@pytest.fixture
def foreign(stranger, db):
    """A dataset with the same columns in the stranger's workspace."""
    import pyarrow as pa

    table = pa.table({"region": ["x"], "amount": [1.0]})
    measures = [{"name": "revenue", "label": "R", "aggregate": "sum", "column": "amount"}]
    home = stranger.memberships.get().workspace
    return datasources.register_upload(
        home, name="Theirs", slug="theirs", table=table, measures=measures
    )


def test_a_dashboard_is_made_changed_and_deleted(caller, editor, workspace):
    client = caller(editor)
    made = client.ask("POST", "dashboards/", {"workspace": workspace.pk, "title": "Sales"})
    assert made.status_code == 201, made.content
    path, etag = f"dashboards/{made.json()['id']}/", made["ETag"]
    assert client.ask("GET", path)["ETag"] == etag
    changed = client.ask("PATCH", path, {"title": "Sales 2", "time_from": "now-7d"}, If_Match=etag)
    assert changed.status_code == 200, changed.content
    assert (changed.json()["title"], changed.json()["time_from"]) == ("Sales 2", "now-7d")
    assert changed["ETag"] != etag
    assert client.ask("DELETE", path, If_Match=changed["ETag"]).status_code == 204
    assert client.ask("GET", path).status_code == 404


def test_api_6_a_second_editor_does_not_overwrite_the_first(caller, editor, analyst, rows):
    path = f"dashboards/{rows['dashboards'].pk}/"
    etag = caller(editor).ask("GET", path)["ETag"]
    assert caller(editor).ask("PATCH", path, {"title": "A"}, If_Match=etag).status_code == 200
    late = caller(analyst).ask("PATCH", path, {"title": "B"}, If_Match=etag)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    blind = caller(analyst).ask("PATCH", path, {"title": "B"})
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition_required")
    assert Dashboard.objects.get(pk=rows["dashboards"].pk).title == "A"


def test_a_dashboard_that_is_read_only_for_me_stays_as_it_is(caller, viewer, rows):
    path = f"dashboards/{rows['dashboards'].pk}/"
    placements = [{"widget": rows["widgets"].pk, "x": 4, "y": 0, "w": 4, "h": 4}]
    response = caller(viewer).ask("PATCH", path, {"placements": placements}, If_Match="*")
    assert response.status_code == 403
    assert rows["widgets"].placement.x == 0


def test_a_private_dashboard_of_a_colleague_does_not_exist_for_me(caller, editor, viewer, rows):
    board = rows["dashboards"]
    Dashboard.objects.filter(pk=board.pk).update(is_private=True)
    for user in (editor, viewer):
        assert caller(user).ask("GET", f"dashboards/{board.pk}/").status_code == 404
        assert caller(user).ask("GET", f"widgets/{rows['widgets'].pk}/").status_code == 404
        assert caller(user).ask("GET", f"widgets/{rows['widgets'].pk}/data/").status_code == 404


def test_a_widget_is_added_moved_and_draws_its_data(caller, editor, rows, orders):
    client = caller(editor)
    board = rows["dashboards"].pk
    new = {**BAR, "dashboard": board, "dataset": orders.pk, "query": QUERY}
    made = client.ask("POST", "widgets/", new)
    assert made.status_code == 201, made.content
    path, data = f"widgets/{made.json()['id']}/", made.json()
    assert data["dashboard"] == board
    assert data["place"]["w"] > 0
    moved = client.ask("PATCH", path, {"place": {"w": 5}, "title": "West"}, If_Match=made["ETag"])
    assert moved.status_code == 200, moved.content
    assert (moved.json()["place"]["w"], moved.json()["title"]) == (5, "West")
    span = "?from=2024-01-01T00:00&to=2024-05-01T00:00"
    drawn = client.ask("GET", f"{path}data/{span}")
    assert drawn.status_code == 200, drawn.content
    assert drawn.json()["frames"]["main"]["data"][0] == ["West", "East"]
    same = client.ask("GET", f"{path}data/{span}", If_None_Match=drawn["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    narrowed = client.ask("GET", f"{path}data/{span}&var-region=East")
    assert narrowed.json()["frames"]["main"]["data"][0] == ["East"]
    assert client.ask("GET", f"{path}data/?nonsense=1").status_code == 400
    assert client.ask("DELETE", path, If_Match=moved["ETag"]).status_code == 204
    assert client.ask("GET", path).status_code == 404


def test_ten_2_a_widget_cannot_point_into_another_workspace(caller, editor, rows, foreign):
    client, widget = caller(editor), rows["widgets"]
    path = f"widgets/{widget.pk}/"
    for change in ({"dataset": foreign.pk}, {"dataset": 10**12}, {"dashboard": 10**12}):
        response = client.ask("PATCH", path, change, If_Match="*")
        assert response.status_code == 400, response.content
    both = person("both@example.com", rows["workspaces"], "editor")
    accounts.set_role(both, foreign.workspace, "editor")
    response = caller(both).ask("PATCH", path, {"dataset": foreign.pk}, If_Match="*")
    assert response.status_code == 400, response.content
    widget.refresh_from_db()
    assert widget.dataset_id == rows["datasets"].pk


def test_ten_13_who_may_not_query_the_dataset_does_not_see_the_question(
    caller, viewer, rows, orders
):
    orders.is_restricted = True
    orders.save()
    accounts.touch_access([viewer.pk])
    data = caller(viewer).ask("GET", f"widgets/{rows['widgets'].pk}/").json()
    assert (data["dataset"], data["query"], data["options"]) == (None, {}, {})
    assert caller(viewer).ask("GET", f"widgets/{rows['widgets'].pk}/data/").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "no_such"}, "kind"),
        ({"query": {"measures": ["no_such"], "dimensions": ["region"]}}, "measures"),
        ({"query": {"measures": ["revenue"], "sql": "x"}}, "query"),
        ({"dataset": True}, "dataset"),
        ({"dataset": 10**30}, "dataset"),
        ({"title": ""}, "title"),
        ({"place": {"x": 99}}, "place.x"),
        ({"query": [1]}, "query"),
    ],
)
def test_a_wrong_widget_names_its_field_and_changes_nothing(caller, editor, rows, change, field):
    widget = rows["widgets"]
    response = caller(editor).ask("PATCH", f"widgets/{widget.pk}/", change, If_Match="*")
    assert response.status_code == 400, response.content
    assert response.json()["field"] == field
    assert Widget.objects.get(pk=widget.pk).version == widget.version


def test_a_rule_is_made_for_the_caller_and_changes_hands_with_its_question(
    caller, editor, viewer, analyst, rows, orders
):
    client = caller(editor)
    new = {"dataset": orders.pk, "name": "High", "query": {"measures": ["revenue"]}}
    new |= {"threshold": 100, "comparison": "above", "notify": [viewer.pk]}
    made = client.ask("POST", "rules/", new)
    assert made.status_code == 201, made.content
    assert (made.json()["owner"], made.json()["notify"]) == (editor.pk, [viewer.pk])
    theirs = f"rules/{rows['rules'].pk}/"
    assert client.ask("PATCH", theirs, {"threshold": 5}).json()["owner"] == analyst.pk
    changed = client.ask("PATCH", theirs, {"query": {"measures": ["orders"]}})
    assert changed.json()["owner"] == editor.pk
    assert client.ask("DELETE", theirs).status_code == 204


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"query": {"measures": ["no_such"]}}, "measures"),
        ({"query": {"measures": ["revenue", "orders"]}}, "query"),
        ({"query": {"measures": ["revenue"], "dimensions": ["region"]}}, "query"),
        ({"query": {"measures": ["revenue"], "dataset": 1}}, "query"),
        ({"threshold": "much"}, "threshold"),
        ({"notify": ["STRANGER"]}, "notify.0"),
        ({"window_s": 0}, "window_s"),
    ],
)
def test_ten_11_a_wrong_rule_is_refused(caller, editor, stranger, rows, change, field):
    if "notify" in change:
        change = {"notify": [stranger.pk]}
    rule = rows["rules"]
    response = caller(editor).ask("PATCH", f"rules/{rule.pk}/", change)
    assert response.status_code == 400, response.content
    assert response.json()["field"].startswith(field.split(".")[0])
    assert Rule.objects.get(pk=rule.pk).query == rule.query


def test_a_rule_on_a_foreign_dataset_is_refused(caller, editor, foreign):
    new = {"dataset": foreign.pk, "name": "X", "query": {"measures": ["revenue"]}, "threshold": 1}
    response = caller(editor).ask("POST", "rules/", new)
    assert (response.status_code, response.json()["field"]) == (400, "dataset")


def test_silences_belong_to_rules_that_one_may_change(caller, editor, viewer, rows):
    span = {"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"}
    new = {"rule": rows["rules"].pk, **span}
    assert caller(viewer).ask("POST", "silences/", new).status_code == 403
    made = caller(editor).ask("POST", "silences/", new)
    assert made.status_code == 201, made.content
    wrong = caller(editor).ask(
        "PATCH", f"silences/{made.json()['id']}/", {"ends_at": "2025-01-01T00:00:00Z"}
    )
    assert (wrong.status_code, wrong.json()["field"]) == (400, "ends_at")


def test_a_report_goes_to_members_only_and_knows_its_next_slot(
    caller, editor, viewer, stranger, rows
):
    client = caller(editor)
    new = {"dashboard": rows["dashboards"].pk, "name": "Daily", "every": "day", "at": "07:00"}
    made = client.ask("POST", "reports/", new | {"recipients": [viewer.pk]})
    assert made.status_code == 201, made.content
    assert made.json()["recipients"] == [viewer.pk]
    assert made.json()["next_at"]
    path = f"reports/{made.json()['id']}/"
    assert client.ask("PATCH", path, {"recipients": [stranger.pk]}).status_code == 400
    assert client.ask("PATCH", path, {"timezone": "Mars/X"}).json()["field"] == "timezone"
    assert client.ask("PATCH", path, {"time_from": "soon"}).status_code == 400
    assert Report.objects.get(pk=made.json()["id"]).timezone == "UTC"
    changed = client.ask("PATCH", path, {"at": "08:30"})
    assert changed.json()["next_at"] != made.json()["next_at"]


def test_analysts_define_metrics_that_their_dataset_can_answer(caller, analyst, editor, orders):
    measure = orders.measures.get(name="revenue").pk
    new = {"dataset": orders.pk, "name": "Revenue", "slug": "revenue", "measure": measure}
    assert caller(editor).ask("POST", "metrics/", new).status_code == 403
    made = caller(analyst).ask("POST", "metrics/", new)
    assert made.status_code == 201, made.content
    assert made.json()["workspace"] == orders.workspace_id
    path = f"metrics/{made.json()['id']}/"
    for change in ({"grain": "eon"}, {"filters": [{"column": "x"}]}):
        assert caller(analyst).ask("PATCH", path, change).status_code == 400
    assert caller(analyst).ask("POST", "metrics/", new).status_code == 409
    assert Metric.objects.get().grain == "day"


def test_words_of_a_dataset_and_its_measures_reach_the_next_answer(caller, analyst, orders):
    question = {"dataset": orders.pk, "measures": ["revenue"]}
    client = caller(analyst)
    client.ask("POST", "query/", question)
    path = f"measures/{orders.measures.get(name='revenue').pk}/"
    assert client.ask("PATCH", path, {"label": "Turnover"}).status_code == 200
    answer = client.ask("POST", "query/", question)
    assert answer.json()["columns"][0]["label"] == "Turnover"
    changed = client.ask("PATCH", f"datasets/{orders.pk}/", {"description": "All orders"})
    assert changed.json()["description"] == "All orders"
    assert (
        client.ask("PATCH", f"datasets/{orders.pk}/", {"kind": "table"}).json()["kind"] == "upload"
    )


def test_feedback_on_an_anomaly_is_given_by_editors(caller, editor, rows):
    path = f"anomalies/{rows['anomalies'].pk}/"
    assert caller(editor).ask("PATCH", path, {"feedback": "noise"}).json()["feedback"] == "noise"
    assert caller(editor).ask("PATCH", path, {"feedback": "x"}).status_code == 400
    assert caller(editor).ask("PATCH", path, {"value": 5}).json()["value"] == 1


def test_sql_10_a_password_is_sealed_and_never_read_back(caller, analyst, admin_user, rows):
    client, source = caller(analyst), rows["sources"]
    path = f"sources/{source.pk}/"
    client.ask("PATCH", path, {"password": "canary-2"})
    source.refresh_from_db()
    assert source.password() == "canary-2"
    source.settings["password"] = "canary-3"  # however it came there
    source.save()
    for user in (analyst, admin_user):
        for answer in (caller(user).ask("GET", path), caller(user).ask("GET", "sources/")):
            assert b"canary" not in answer.content
            assert b'"has_password":true' in answer.content


def test_a_source_that_moves_needs_its_password_again(caller, analyst, rows, settings):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8"]
    source, client = rows["sources"], caller(analyst)
    details = {"host": "127.0.0.1", "port": 5999, "dbname": "d", "user": "u"}
    moved = client.ask("PATCH", f"sources/{source.pk}/", {"settings": details})
    assert (moved.status_code, moved.json()["field"]) == (400, "password")
    both = {"settings": details, "password": "new"}
    assert client.ask("PATCH", f"sources/{source.pk}/", both).status_code == 200
    source.refresh_from_db()
    assert (source.settings["host"], source.password()) == ("127.0.0.1", "new")


@pytest.mark.parametrize(
    "change",
    [
        *({"host": host} for host in ("127.0.0.1", "localhost", "127.1", "0x7f000001", "0.0.0.0")),
        *({"host": host} for host in ("::1", "::ffff:127.0.0.1", "10.0.0.1", "192.168.1.1")),
        *({"host": host} for host in ("169.254.169.254", "224.0.0.1", "2002:7f00:1::", "fe80::1")),
        *({"host": host} for host in ("/var/run/postgresql", "", "a\nb", "64:ff9b::7f00:1")),
        {"service": "x"},
        {"passfile": "/etc/passwd"},
        {"options": "-c x"},
        {"sslrootcert": "/etc/passwd"},
        {"sslmode": "verify-full"},
        {"port": 0},
        {"port": "5432"},
        {"hostaddr": "127.0.0.1"},
    ],
)
def test_sql_8_only_known_settings_and_allowed_addresses(caller, analyst, workspace, change):
    details = {"host": "192.0.2.1", "dbname": "d", "user": "u", **change}
    new = {"workspace": workspace.pk, "name": "S", "kind": "postgresql", "settings": details}
    response = caller(analyst).ask("POST", "sources/", new)
    assert response.status_code == 400, response.content
    assert response.json()["field"].partition(".")[0] == "settings"
    assert not Source.objects.filter(name="S").exists()


def test_sql_5_our_own_database_is_no_source(caller, analyst, workspace, settings):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    own = settings.DATABASES["default"]
    details = {"host": own["HOST"], "port": int(own["PORT"]), "dbname": "x", "user": "u"}
    new = {"workspace": workspace.pk, "name": "S", "kind": "postgresql", "settings": details}
    assert caller(analyst).ask("POST", "sources/", new).status_code == 400
    details["port"] += 1
    assert caller(analyst).ask("POST", "sources/", new).status_code == 201
