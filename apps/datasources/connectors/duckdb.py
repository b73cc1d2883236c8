"""Uploaded files, kept as Parquet and asked by DuckDB in a child of this process.

Its engine can read the upload folder and nothing else (apps/datasources/sandbox/uploads.py).
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from apps.datasources.connectors import child
from apps.datasources.connectors.arrow import too_large
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.connectors.errors import SourceRefused, SourceTooLarge
from apps.datasources.sandbox.wire import Refused


def run(source: Connection, sql: str, parameters: Sequence[Any], limits: Limits) -> pa.Table:
    """Run on the engine that all uploads share; a watchdog interrupts it at the limit."""
    try:
        return child.ask("uploads", settings.UPLOADS, sql, parameters, limits)
    except Refused as refusal:
        raise failure(refusal, limits) from refusal


def failure(refusal: Refused, limits: Limits) -> SourceRefused | SourceTooLarge | Exception:
    """What the engine refuses, in words."""
    if refusal.code == "memory":
        message = _("The answer takes too much memory. Ask for fewer columns, rows or groups.")
        return SourceTooLarge(message)
    if refusal.code == "large":
        return too_large(limits)
    if refusal.code in ("gone", "broken"):
        return SourceRefused(_("The uploaded file is gone. Upload it again."))
    message = _("The uploaded file does not fit its dataset any more. Upload it again.")
    return SourceRefused(message)
