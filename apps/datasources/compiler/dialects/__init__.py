"""The systems that are asked in SQL, each with what it says in its own way.

A kind of source that is not here has a compiler of its own (apps/datasources/plans.py).
"""

from apps.datasources.compiler.dialects.base import Dialect
from apps.datasources.compiler.dialects.clickhouse import ClickHouse
from apps.datasources.compiler.dialects.duckdb import DuckDB, DuckDBFile
from apps.datasources.compiler.dialects.mysql import MySQL
from apps.datasources.compiler.dialects.postgresql import PostgreSQL
from apps.datasources.compiler.dialects.sqlite import SQLite
from apps.datasources.compiler.dialects.warehouses import BigQuery, Databricks, Snowflake, Trino

DIALECTS: dict[str, Dialect] = {  # kind of source -> dialect
    "store": PostgreSQL(),
    "postgresql": PostgreSQL(),
    "duckdb": DuckDB(),
    "duckdb_file": DuckDBFile(),
    "mysql": MySQL(),
    "clickhouse": ClickHouse(),
    "trino": Trino(),
    "sqlite": SQLite(),
    "snowflake": Snowflake(),
    "bigquery": BigQuery(),
    "databricks": Databricks(),
}
