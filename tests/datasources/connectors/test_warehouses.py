"""Snowflake, BigQuery and Databricks, with modules in place of their drivers.

This shows how settings, parameters and errors are handed over and nothing more: none of the three
was ever run against its service.
"""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import ModuleType, SimpleNamespace

import pyarrow as pa
import pytest

from apps.core.errors import UserError
from apps.datasources import addresses
from apps.datasources.connectors import bigquery, databricks, snowflake
from apps.datasources.connectors.base import Connection, FoundColumn
from apps.datasources.connectors.errors import (
    QueryRefused,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)

SECRET = "s3cret-of-the-reader"
MOMENT = datetime(2024, 3, 1, 10, tzinfo=UTC)
ANSWER = pa.table(
    {"n": pa.array([1, 2], pa.int32()), "d": pa.array([Decimal("1.5"), None], pa.decimal128(9, 2))}
)
WRITES = ("DELETE FROM t", "PUT file:///etc/passwd @~", "/**/ GET @~/x file:///tmp", "CALL p()", "")
SOURCES = {
    snowflake: {"account": "org-one", "user": "reader", "warehouse": "wh", "dbname": "SHOP"},
    bigquery: {"project": "shop-12345", "dataset": "sales", "gigabytes": 2},
    databricks: {"host": "dbc-1.cloud.databricks.com", "http_path": "/sql/1.0/warehouses/1"},
}


class Driver:
    """What a test sees of a driver: calls that were made, and what is to happen."""

    def __init__(self):
        self.calls, self.error, self.answer, self.kind = [], None, ANSWER, "SELECT"

    def asked(self, *call):
        self.calls.append(call)
        if self.error and call[0] in ("execute", "query"):
            raise self.error


@pytest.fixture
def driver(monkeypatch):
    """All three drivers, and a network where every host is."""
    found = Driver()
    monkeypatch.setattr(addresses, "reachable", lambda host, port: ["203.0.113.1"])
    for name, module in modules(found).items():
        monkeypatch.setitem(sys.modules, name, module)
    return found


def modules(driver):
    def module(name, **members):
        made = ModuleType(name)
        vars(made).update(members)
        return made

    def connect(**options):
        driver.asked("connect", options)
        return SimpleNamespace(cursor=lambda: Cursor(driver), close=lambda: driver.asked("close"))

    class Query(SimpleNamespace):
        def __init__(self, *values, **named):
            super().__init__(values=values, **named)

    class Client:
        def __init__(self, **options):
            driver.asked("connect", options)

        def query(self, sql, job_config, timeout):
            driver.asked("query", sql, job_config)
            answer = SimpleNamespace(
                to_arrow_iterable=driver.answer.to_batches, schema=driver.answer.schema
            )
            return SimpleNamespace(
                result=lambda **options: answer,
                statement_type=driver.kind,
                schema=[
                    SimpleNamespace(name="at", field_type="TIMESTAMP", mode="NULLABLE"),
                    SimpleNamespace(name="tags", field_type="INTEGER", mode="REPEATED"),
                ],
            )

    class Credentials:
        @staticmethod
        def from_service_account_info(info, scopes):
            driver.asked("key", info, scopes)
            return "signed"

    return {
        "snowflake.connector": module("snowflake.connector", connect=connect),
        "snowflake.connector.constants": module(
            "constants", FIELD_ID_TO_NAME={0: "FIXED", 6: "TIMESTAMP_LTZ", 2: "TEXT"}
        ),
        "databricks.sql": module("databricks.sql", connect=connect),
        "google.cloud.bigquery": module(
            "bigquery", Client=Client, QueryJobConfig=Query, ScalarQueryParameter=Query
        ),
        "google.oauth2.service_account": module("account", Credentials=Credentials),
    }


class Cursor:
    sfqid = "query-1"

    def __init__(self, driver):
        self.driver, self.left = driver, [driver.answer, driver.answer.slice(0, 0)]

    @property
    def description(self):
        return [Description(name) for name in self.driver.answer.column_names]

    def execute(self, sql, parameters=None, timeout=None):
        self.driver.asked("execute", sql, parameters)

    def describe(self, sql):
        self.driver.asked("describe", sql)
        return [Description("AT", 6), Description("N", 0)]

    def fetch_arrow_batches(self):
        yield self.driver.answer

    def fetchmany_arrow(self, size):
        return self.left.pop(0)


class Description(tuple):
    def __new__(cls, name, type_code=2):
        made = super().__new__(cls, (name, type_code))
        made.name, made.type_code = name, type_code
        return made


def source(module, secret=SECRET, **changes):
    if module is bigquery and secret == SECRET:
        secret = json.dumps(
            {"client_email": "a@b", "private_key": "k", "token_uri": "http://127.0.0.1/steal"}
        )
    return Connection(module.__name__, SOURCES[module] | changes, secret, source_id=4)


@pytest.fixture(params=SOURCES, ids=lambda module: module.__name__.rpartition(".")[2])
def kind(request):
    return request.param


def test_without_the_driver_the_remedy_is_told(kind, monkeypatch, limits):
    monkeypatch.setattr(addresses, "reachable", lambda host, port: ["203.0.113.1"])
    for name in modules(Driver()):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SourceRefused, match=r"requirements/warehouses\.txt") as caught:
        kind.run(source(kind), "SELECT 1", [], limits)
    assert caught.value.field == "kind"


def test_rows_come_out_as_the_rest_of_sightline_has_them(kind, driver, limits):
    table = kind.run(source(kind), "SELECT n, d FROM t", [], limits)
    assert table.schema.types == [pa.int64(), pa.float64()]
    assert table.to_pylist() == [{"n": 1, "d": 1.5}, {"n": 2, "d": None}]


def test_the_answer_is_cut_at_its_rows_and_refused_at_its_bytes(kind, driver, limits):
    assert kind.run(source(kind), "SELECT 1", [], replace(limits, rows=1)).num_rows == 1
    driver.answer = pa.table({"x": ["x" * 2_000_000]})
    with pytest.raises(SourceTooLarge):
        kind.run(source(kind), "SELECT 1", [], limits)


@pytest.mark.parametrize("sql", WRITES)
def test_sql_1_and_3_what_does_not_begin_as_a_question_is_not_sent(kind, driver, persons, sql):
    with pytest.raises(QueryRefused):
        kind.run(source(kind), sql, [], persons)
    assert driver.calls == []


def test_an_unknown_error_tells_nothing(kind, driver, limits, caplog):
    driver.error = RuntimeError(f"{SECRET} at 10.0.0.5")
    with pytest.raises(SourceError) as caught:
        kind.run(source(kind), "SELECT 1", [], limits)
    told = caught.value.message + caplog.text
    assert SECRET not in told
    assert "10.0.0.5" not in told


@pytest.mark.parametrize("module", [snowflake, databricks])
@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example", "evil.example/x", "a@127.0.0.1#"])
def test_ssrf_2_only_hosts_of_the_vendor(driver, limits, module, host):
    field = "account" if module is snowflake else "host"
    name = host if module is databricks else f"{host}/"
    with pytest.raises(UserError) as caught:
        module.check_settings({field: name})
    assert caught.value.field == f"settings.{field}"
    with pytest.raises(SourceRefused):
        module.run(source(module, **{field: name}), "SELECT 1", [], limits)
    assert driver.calls == []


def test_snowflake_gets_its_session(driver, limits):
    snowflake.run(source(snowflake), "SELECT n FROM t WHERE n > ?", [1], limits)
    options = driver.calls[0][1]
    assert options["token"] == SECRET
    assert options["paramstyle"] == "qmark"
    assert options["session_parameters"]["STATEMENT_TIMEOUT_IN_SECONDS"] == 10
    assert options["session_parameters"]["MULTI_STATEMENT_COUNT"] == 1
    assert driver.calls[1] == ("execute", "SELECT n FROM t WHERE n > ?", (1,))
    assert driver.calls[-1] == ("close",)
    found = snowflake.columns_of_sql(source(snowflake), "SELECT at, n FROM t", limits)
    expected = [FoundColumn("AT", "time", "TIMESTAMP_LTZ"), FoundColumn("N", "number", "FIXED")]
    assert found == expected


@pytest.mark.parametrize(
    ("number", "expected", "field"),
    [
        (250001, SourceRefused, "password"),
        (2043, SourceRefused, "dbname"),
        (606, SourceRefused, "warehouse"),
        (3001, SourceRefused, "role"),
        (630, SourceTimeout, None),
    ],
)
def test_snowflakes_errors_name_the_setting(driver, limits, number, expected, field):
    driver.error = RuntimeError("x")
    driver.error.errno = number
    with pytest.raises(expected) as caught:
        snowflake.run(source(snowflake), "SELECT 1", [], limits)
    assert caught.value.field == field


def test_snowflake_refuses_a_key_that_is_none(driver, limits):
    with pytest.raises(SourceRefused) as caught:
        snowflake.run(source(snowflake, auth="key"), "SELECT 1", [], limits)
    assert caught.value.field == "password"


def test_bigquery_gets_typed_parameters_a_price_limit_and_only_the_key(driver, limits):
    values = [True, 1, 1.5, MOMENT, "x", Decimal("1.5")]
    bigquery.run(source(bigquery), "SELECT ?", values, limits)
    info = driver.calls[0][1]
    assert info["token_uri"] == "https://oauth2.googleapis.com/token"
    config = driver.calls[-1][2]
    types = [parameter.values[1] for parameter in config.query_parameters]
    assert types == ["BOOL", "INT64", "FLOAT64", "TIMESTAMP", "STRING", "NUMERIC"]
    assert config.maximum_bytes_billed == 2 * 10**9
    assert config.default_dataset == "shop-12345.sales"
    found = bigquery.columns_of_sql(source(bigquery), "SELECT 1", limits)
    assert [(each.name, each.type) for each in found] == [("at", "time"), ("tags", "text")]


def test_bigquery_tries_a_persons_statement_dry_first(driver, persons):
    driver.kind = "SCRIPT"
    with pytest.raises(QueryRefused):
        bigquery.run(source(bigquery), "SELECT 1; DROP TABLE t", [], persons)
    assert [call[2].dry_run for call in driver.calls if call[0] == "query"] == [True]


@pytest.mark.parametrize(
    ("name", "expected", "field"),
    [
        ("RefreshError", SourceRefused, "password"),
        ("Forbidden", SourceRefused, "project"),
        ("NotFound", SourceRefused, "dataset"),
        ("BadRequest", SourceRefused, None),
        ("DeadlineExceeded", SourceTimeout, None),
    ],
)
def test_bigquerys_errors_name_the_setting(driver, limits, name, expected, field):
    driver.error = type(name, (Exception,), {})("x")
    with pytest.raises(expected) as caught:
        bigquery.run(source(bigquery), "SELECT 1", [], limits)
    assert caught.value.field == field


@pytest.mark.parametrize("secret", ["", "{}", "[]", "no json"])
def test_bigquery_refuses_what_is_no_key(driver, limits, secret):
    with pytest.raises(SourceRefused) as caught:
        bigquery.run(source(bigquery, secret), "SELECT 1", [], limits)
    assert caught.value.field == "password"


def test_databricks_gets_its_session(driver, limits):
    databricks.run(source(databricks), "SELECT n FROM t WHERE n > ?", [1], limits)
    options = driver.calls[0][1]
    assert options["access_token"] == SECRET
    assert options["use_cloud_fetch"] is False
    assert options["session_configuration"] == {"TIMEZONE": "UTC", "STATEMENT_TIMEOUT": "10"}
    assert driver.calls[1] == ("execute", "SELECT n FROM t WHERE n > ?", [1])
    found = databricks.columns_of_sql(source(databricks), "SELECT n, d FROM t", limits)
    assert [each.type for each in found] == ["number", "number"]


@pytest.mark.parametrize(("status", "field"), [(403, "password"), (404, "http_path")])
def test_databricks_errors_name_the_setting(driver, limits, status, field):
    driver.error = RuntimeError("x")
    driver.error.context = {"http-code": status}
    with pytest.raises(SourceRefused) as caught:
        databricks.run(source(databricks), "SELECT 1", [], limits)
    assert caught.value.field == field
