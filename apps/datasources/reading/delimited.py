"""CSV, TSV and their like -> a draft of texts."""

import csv
import io
import re
from itertools import islice
from pathlib import Path
from typing import Any

from apps.datasources.reading.columns import Taken
from apps.datasources.reading.engine import Engine, copy, quoted
from apps.datasources.reading.refusal import check_width, row_limit
from apps.datasources.reading.text import MAX_LINE

# Of two that split equally well the first: a comma may be a decimal comma, the others are rarer.
DELIMITERS = ("\t", ";", "|", ",")
LOOKED_AT = 30  # rows that tell the delimiter
NUMBER = re.compile(r"\s*[-+]?[\d.,]+\s*")


def take_table(engine: Engine, text: Path, draft: Path, job: dict[str, Any], first: str) -> Taken:
    """Write the draft. job["options"] may name the delimiter, and say whether there is a head."""
    options = job.get("options", {})
    csv.field_size_limit(2 * MAX_LINE)
    delimiter = options.get("delimiter") or delimiter_of(first)
    heads, has_head = heads_of(first, delimiter, options.get("head", ""))
    check_width(len(heads), job)
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(heads)))
    copy(
        engine,
        f"""SELECT * FROM read_csv({quoted(text)}, delim={quoted(delimiter)}, quote='"',
        escape='"', header={str(has_head).lower()}, auto_detect=false, strict_mode=true,
        columns={{{columns}}}, max_line_size={4 * MAX_LINE})""",
        draft,
        len(heads),
        row_limit(len(heads), job),
    )
    found = {"delimiter": delimiter, "head": "yes" if has_head else "no"}
    return Taken(heads, found=found, prefers_comma=delimiter == ";")


def delimiter_of(first: str) -> str:
    """The character that splits most of the first rows into as many cells as the first of all."""
    best, score = ",", 0
    for delimiter in DELIMITERS:
        rows = _rows(first, delimiter)
        width = len(rows[0]) if rows else 1
        same = sum(len(row) == width for row in rows)
        if width > 1 and same > score:
            best, score = delimiter, same
    return best


def _rows(first: str, delimiter: str) -> list[list[str]]:
    """The first rows, up to one that is wrong."""
    rows: list[list[str]] = []
    try:
        for row in islice(csv.reader(io.StringIO(first), delimiter=delimiter, strict=True), 99):
            if row:
                rows.append(row)
            if len(rows) == LOOKED_AT:
                break
    except csv.Error:
        pass  # a quotation mark in the middle: another delimiter, or the end of what is looked at
    return rows


def heads_of(first: str, delimiter: str, wish: str = "") -> tuple[list[str], bool]:
    """The first row, if it is heads: not when every cell of it is a number."""
    rows = csv.reader(io.StringIO(first), delimiter=delimiter)
    row = next((row for row in rows if row), [])
    is_data = all(NUMBER.fullmatch(cell) for cell in row)
    has_head = wish == "yes" or (wish != "no" and not is_data)
    return (row if has_head else [""] * len(row)), has_head
