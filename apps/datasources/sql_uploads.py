"""A person's SQL on uploaded files: an engine of its own for each run, in a child of this process.

See apps/datasources/sandbox/persons.py.
"""

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from django.conf import settings

from apps.datasources.connectors import child, duckdb, failures
from apps.datasources.connectors.base import Limits
from apps.datasources.connectors.errors import QueryRefused
from apps.datasources.sandbox.wire import Refused


def run(sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """As a connector's run, and DuckDB's own words about a person's mistake."""
    try:
        return child.ask("persons", settings.UPLOADS, sql, parameters, limits)
    except Refused as refusal:
        if refusal.code == "refused":
            raise QueryRefused(_told(refusal.words), field="sql") from refusal
        if refusal.code == "writes":
            raise failures.writes(limits) from refusal
        raise duckdb.failure(refusal, limits) from refusal


def _told(text: str) -> str:
    """The first sentence: what follows shows the statement, with our files' names in it."""
    text = text.partition("\n\nLINE ")[0].strip()
    text = re.sub(r"^(Binder|Parser|Catalog|Conversion|Invalid Input) Error: ", "", text)
    return re.sub(r"'?/[^\s']*'?", "…", text.partition("\n\n")[0])[:400]
