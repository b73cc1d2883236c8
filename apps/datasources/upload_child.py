"""Runs the reader of files, apps/datasources/reading, and says its refusals in words.

The process gets no secret of ours and is ended at its limit.
"""

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources import children

TIMEOUT_S = 120.0
MEMORY_BYTES = 3 * 1024**3
DISK_BYTES = 2 * 1024**3
MESSAGES: dict[str, str | Promise] = {
    # what it is
    "empty": gettext_lazy("This file is empty. Choose one with a head line and rows."),
    "no_rows": gettext_lazy("This file has a head line but no rows. Add rows and upload it again."),
    "pdf": gettext_lazy(
        "This is a PDF. Copy its table into a sheet, and save that as XLSX or CSV."
    ),
    "image": gettext_lazy("This is a picture. Upload the table that it shows, as CSV or XLSX."),
    "page": gettext_lazy(
        "This is a web page, whatever its name. Open it in a spreadsheet and save it as XLSX."
    ),
    "xml": gettext_lazy("This is XML. Export the rows as CSV or JSON."),
    "document": gettext_lazy(
        "This is a text document. Copy its table into a sheet, as XLSX or CSV."
    ),
    "open_document": gettext_lazy("This is an OpenDocument file. Save the sheet as XLSX or CSV."),
    "old_workbook": gettext_lazy(
        "This is a workbook in an old or binary format (XLS, XLSB). Save it as XLSX."
    ),
    "locked": gettext_lazy("This workbook has a password. Save it without one."),
    "archive": gettext_lazy("This is an archive. Unpack it, and upload the table that it holds."),
    "database": gettext_lazy("This is a database. Export one of its tables as CSV or Parquet."),
    "exchange": gettext_lazy("This is an Arrow, ORC or Avro file. Write it as Parquet."),
    "program": gettext_lazy("This is a program. Upload CSV, TSV, XLSX, JSON or Parquet."),
    "binary": gettext_lazy(
        "This is not a text file, whatever its name. Upload CSV, TSV, XLSX, JSON or Parquet."
    ),
    # what is wrong with it
    "encoding": gettext_lazy("The letters of this file cannot be read so. Save it as UTF-8."),
    "broken_archive": gettext_lazy("This packed file is damaged. Write it again and retry."),
    "broken_parquet": gettext_lazy("This Parquet file is damaged. Write it again and retry."),
    "broken_workbook": gettext_lazy(
        "This workbook is damaged. Open it in a spreadsheet and save it as XLSX again."
    ),
    "no_sheet": gettext_lazy("There is no sheet “%(name)s” in this workbook. Choose another."),
    "empty_sheet": gettext_lazy("There are no rows in this sheet below the head. Choose another."),
    "long_line": gettext_lazy(
        "A line is longer than %(limit)s KB. Check that rows end with a line break."
    ),
    "quote": gettext_lazy("A quotation mark in line %(line)s is never closed. Close or remove it."),
    "ragged": gettext_lazy(
        "Line %(line)s has %(found)s values where %(expected)s are expected. "
        "Put values that hold the separator in quotation marks."
    ),
    "unreadable": gettext_lazy(
        "This file cannot be read as a table near line %(line)s. Save it again as CSV in UTF-8."
    ),
    "failed": gettext_lazy("This file cannot be read. Write it again, or save it as CSV."),
    "json_line": gettext_lazy(
        "Line %(line)s is no right JSON. Check what stands there, or whether the file is cut off."
    ),
    "json_row": gettext_lazy("Row %(row)s is no JSON object. Every row is one, with plain values."),
    "json_lists": gettext_lazy(
        "This JSON holds several lists of rows: %(names)s. Upload each in a file of its own."
    ),
    "json_deep": gettext_lazy("This JSON is nested too deeply. Leave out the inner objects."),
    "nested": gettext_lazy(
        "“%(column)s” holds lists, objects or bytes, which cannot be charted. Leave it out."
    ),
    # what is too much
    "columns": gettext_lazy(
        "There are %(count)s columns; at most %(most)s are taken. Leave out those not needed."
    ),
    "rows": gettext_lazy(
        "There are more rows than %(most)s, the limit for this many columns. Split the file."
    ),
    "unpacked": gettext_lazy("Unpacked, this file is larger than %(limit)s MB. Split it."),
    "too_large": gettext_lazy(
        "This file takes too much memory to read. Split it into parts; "
        "in a workbook, delete cells far from the table."
    ),
    "slow": gettext_lazy("Reading this file took longer than %(limit)s seconds. Split it."),
    # what was chosen
    "no_such_type": gettext_lazy("“%(column)s” cannot be read as this type."),
    "values": gettext_lazy(
        "%(count)s values of “%(column)s” do not fit this type, such as “%(example)s”."
    ),
}


def run(task: str, folder: Path, **more: Any) -> dict[str, Any]:
    """One job of the reader. Raises UserError on "file", or on "type-<key>" of a column."""
    job = {
        "task": task,
        "folder": str(folder),
        "memory_bytes": MEMORY_BYTES,
        "disk_bytes": DISK_BYTES,
        "timeout_s": TIMEOUT_S,
        "max_rows": settings.UPLOAD_MAX_ROWS,
        "max_columns": settings.UPLOAD_MAX_COLUMNS,
        "max_cells": settings.UPLOAD_MAX_CELLS,
        **more,
    }
    child = children.start(
        "apps.datasources.reading", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        told, _log = child.communicate(orjson.dumps(job), timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise _refusal("slow", {"limit": int(TIMEOUT_S)}) from None
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    if child.returncode:
        raise _refusal("too_large" if child.returncode < 0 else "failed", {})
    result: dict[str, Any] = orjson.loads(told)
    if code := result.get("refused"):
        raise _refusal(code, result["values"], more.get("columns", ()))
    return result


def _refusal(
    code: str, values: Mapping[str, Any], columns: Iterable[Mapping[str, Any]] = ()
) -> UserError:
    """The refusal as a sentence, on the field that it is about."""
    keys = {column["name"]: column["key"] for column in columns if column.get("key")}
    field = f"type-{keys[values['column']]}" if values.get("column") in keys else "file"
    return UserError(str(MESSAGES[code]) % values, field=field, code=f"upload_{code}")
