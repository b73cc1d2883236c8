"""Every connector has what the rest of Sightline asks of one."""

import inspect

import pytest
from django.conf import settings as django_settings

from apps.core.errors import UserError
from apps.datasources.connectors import BUILT_IN, CONNECTORS, connector
from apps.datasources.models import Source
from apps.datasources.sources import checked, settings_of

KINDS = sorted(set(CONNECTORS) - set(BUILT_IN))
GIVEN = {  # what is required, beside what has a default
    "mysql": {"host": "127.0.0.1", "dbname": "shop", "user": "reader"},
    "clickhouse": {"host": "127.0.0.1"},
    "trino": {"host": "127.0.0.1", "catalog": "shop", "user": "reader"},
}
OWN = (*GIVEN, "sqlite", "duckdb_file", "snowflake", "bigquery", "databricks")


@pytest.mark.parametrize("kind", KINDS)
def test_a_connector_has_the_functions_and_a_table_of_settings(kind):
    module = connector(kind)
    assert kind in Source.Kind.values
    for name, count in {"run": 4, "check": 1, "relations": 1, "columns": 2}.items():
        parameters = inspect.signature(getattr(module, name)).parameters.values()
        needed = [each for each in parameters if each.default is each.empty]
        assert len(needed) == count, name
    table = settings_of(kind)
    assert len({each.name for each in table}) == len(table)
    assert sum(each.kind == "secret" for each in table) <= 1
    assert any(each.is_address for each in table)
    for each in table:
        assert each.kind != "choice" or each.default in each.choices


@pytest.mark.parametrize("kind", OWN)
def test_a_kind_is_documented_with_its_settings(kind):
    text = (django_settings.ROOT / "docs" / "sources.md").read_text().lower()
    for part in str(Source.Kind(kind).label).replace(" or ", ",").split(","):
        assert part.strip().lower().removesuffix(" file") in text


@pytest.mark.parametrize("kind", GIVEN)
def test_settings_are_checked_and_defaults_filled_in(kind, settings):
    settings.SOURCE_NETWORKS = []
    with pytest.raises(UserError) as caught:
        checked(kind, GIVEN[kind])
    assert caught.value.field == "settings.host"
    settings.SOURCE_NETWORKS = ["127.0.0.0/8"]
    found = checked(kind, GIVEN[kind])
    assert found["port"] == connector(kind).PORT
    assert "password" not in found
    for name in ("service", "unix_socket", "read_default_file", "http_session", "options"):
        with pytest.raises(UserError):
            checked(kind, GIVEN[kind] | {name: "x"})
