"""SQL by program: the lab's rules at the partners' door."""

import pytest

from apps.datasources import services
from apps.datasources.models import SqlRun

pytestmark = pytest.mark.django_db(transaction=True)
SQL = "SELECT region, sum(amount) AS amount FROM orders GROUP BY 1 ORDER BY 1"


def body(orders, sql=SQL, **more):
    return {"source": orders.source_id, "sql": sql, **more}


def test_rows_come_as_columns_or_csv(caller, analyst, orders):
    response = caller(analyst).ask("POST", "sql/", body(orders))
    found = response.json()
    assert found["columns"] == [
        {"name": "region", "type": "text"},
        {"name": "amount", "type": "number"},
    ]
    assert found["data"] == [["East", "West"], [600.0, 1557.0]]
    assert (found["row_count"], found["truncated"], response["X-Truncated"]) == (2, False, "0")
    response = caller(analyst).ask("POST", "sql/", body(orders), accept="text/csv")
    assert response.content.decode().splitlines() == ["region,amount", "East,600.0", "West,1557.0"]


@pytest.mark.parametrize("who", ["viewer", "editor", "stranger"])
def test_who_defines_no_data_there_finds_no_source(caller, request, orders, who):
    response = caller(request.getfixturevalue(who)).ask("POST", "sql/", body(orders))
    assert response.status_code == 404
    assert not SqlRun.objects.exists()


def test_policies_hold(caller, analyst, orders):
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    services.set_policy(orders, "East only", "analyst", rows)
    analyst.refresh_from_db()
    found = caller(analyst).ask("POST", "sql/", body(orders)).json()
    assert found["data"] == [["East"], [600.0]]


def test_a_cut_answer_says_so(caller, analyst, orders, settings):
    settings.QUERY_MAX_ROWS = 5
    response = caller(analyst).ask("POST", "sql/", body(orders, "SELECT * FROM orders"))
    assert response["X-Truncated"] == "1"
    assert response.json()["row_count"] == 5


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"sql": "DROP TABLE orders"}, "sql"),
        ({"sql": "SELECT nothing FROM orders"}, "sql"),
        ({"sql": 7}, "sql"),
        ({"source": "x"}, "source"),
        ({"source": True}, "source"),
        ({"sql": "SELECT {{ a }}"}, "parameters.a"),
        ({"sql": "SELECT {{ a }}", "parameters": []}, "parameters"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(caller, analyst, orders, asked, field):
    response = caller(analyst).ask("POST", "sql/", body(orders) | asked)
    assert response.status_code == 400
    assert response.json()["field"] == field


def test_a_slow_statement_ends_at_the_limit(caller, analyst, orders, settings):
    settings.QUERY_TIMEOUT_S = 0.5
    sql = "SELECT count(*) FROM range(100000000) a, range(100000) b"
    response = caller(analyst).ask("POST", "sql/", body(orders, sql))
    assert response.status_code == 503
    assert response.json()["code"] == "source_timeout"
