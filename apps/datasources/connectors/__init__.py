"""One file per kind of system. A connector runs statements and knows no permissions.

Each module has
- `SETTINGS`: the table of what there is to fill in to reach such a source;
- `run(connection, statement, parameters, limits) -> pyarrow.Table`, times in UTC;
- `check(connection)`: reach it, sign in and ask for something, or raise with what to mend;
- `relations(connection) -> list[Relation]` and `columns(connection, name) -> list[FoundColumn]`;
- `columns_of_sql(connection, sql, limits) -> list[FoundColumn]`, where the system speaks SQL.
They raise what errors.py has; details go to the log, secrets go nowhere.
A module is loaded when its kind is first asked for, since some drivers are heavy.
"""

from functools import cache
from importlib import import_module
from types import ModuleType

CONNECTORS: dict[str, str] = {
    "store": "apps.datasources.connectors.store",
    "duckdb": "apps.datasources.connectors.duckdb",
    "postgresql": "apps.datasources.connectors.postgresql",
    "mysql": "apps.datasources.connectors.mysql",
    "clickhouse": "apps.datasources.connectors.clickhouse",
    "trino": "apps.datasources.connectors.trino",
    "sqlite": "apps.datasources.connectors.sqlite",
    "duckdb_file": "apps.datasources.connectors.duckdb_file",
    "snowflake": "apps.datasources.connectors.snowflake",
    "bigquery": "apps.datasources.connectors.bigquery",
    "databricks": "apps.datasources.connectors.databricks",
    "opensearch": "apps.datasources.connectors.opensearch",
    "prometheus": "apps.datasources.connectors.prometheus",
    "http": "apps.datasources.connectors.http",
}
BUILT_IN = ("store", "duckdb")  # made by streams and uploads, never by a person


@cache
def connector(kind: str) -> ModuleType:
    """The module for a kind of source."""
    return import_module(CONNECTORS[kind])
