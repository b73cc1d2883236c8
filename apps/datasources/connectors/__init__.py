"""One file per kind of system. A connector runs SQL and knows no permissions.

Each module has `run(source_id, sql, parameters, timeout_s) -> pyarrow.Table` and raises
SourceError with a message for people; details go to the log.
"""

from types import ModuleType

from apps.datasources.connectors import duckdb, postgresql, store

CONNECTORS: dict[str, ModuleType] = {
    "store": store,
    "postgresql": postgresql,
    "duckdb": duckdb,
}
