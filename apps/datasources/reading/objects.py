"""JSON -> a draft of texts: one object a line, an array of them, or an object that holds one.

An object within a row becomes columns named with dots; a list has no place in a table.
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import orjson

from apps.datasources.reading.columns import NAME_LENGTH, Taken
from apps.datasources.reading.engine import Engine, copy, every, quoted, refuse
from apps.datasources.reading.refusal import Refused, check_width, row_limit
from apps.datasources.reading.text import MAX_LINE

LINES, ARRAY = "newline_delimited", "array"


def take_json(engine: Engine, text: Path, draft: Path, job: dict[str, Any], first: str) -> Taken:
    """Write the draft. Every row is looked at, for its keys and shape."""
    shape = ARRAY if first.lstrip().startswith("[") else LINES
    if shape == LINES and not _is_object_a_line(first):
        _unwrap(text)
    rows = (
        f"read_json_objects({quoted(text)}, format='{shape}', maximum_object_size={4 * MAX_LINE})"
    )
    paths = _paths(engine, rows, job)
    pointers = ", ".join(quoted(pointer) for pointer in paths)
    cells = ", ".join(f"cells[{number + 1}] AS c{number}" for number in range(len(paths)))
    if paths:
        row = f"SELECT json_extract_string(json, [{pointers}]) AS cells FROM {rows}"
        copy(engine, f"SELECT {cells} FROM ({row})", draft, len(paths), row_limit(len(paths), job))
    return Taken(list(paths.values()), has_points=frozenset(range(len(paths))))


def _is_object_a_line(first: str) -> bool:
    """Whether the first line is a whole object, and not the last one."""
    line, _end, more = first.lstrip().partition("\n")
    try:
        return isinstance(json.loads(line), dict) and bool(more.strip())
    except (ValueError, RecursionError):
        return False


def _unwrap(text: Path) -> None:
    """Put the rows of the one list within an object in its place, a row a line."""
    try:
        document = orjson.loads(text.read_bytes())
    except orjson.JSONDecodeError as error:
        raise Refused("json_line", line=error.lineno) from None
    lists = dict(_lists(document))
    if len(lists) > 1:
        raise Refused("json_lists", names=", ".join(name[:NAME_LENGTH] for name in lists)[:300])
    rows = next(iter(lists.values()), [document])
    with text.open("wb") as file:
        for row in rows:
            file.write(orjson.dumps(row) + b"\n")


def _lists(value: Any, path: str = "") -> list[tuple[str, list[Any]]]:
    """The lists of objects within objects, by name."""
    found: list[tuple[str, list[Any]]] = []
    for key, each in value.items():
        name = f"{path}.{key}" if path else key
        if isinstance(each, dict):
            found += _lists(each, name)
        elif isinstance(each, list) and each and all(isinstance(row, dict) for row in each):
            found.append((name, each))
    return found


def _paths(engine: Engine, rows: str, job: dict[str, Any]) -> dict[str, str]:
    """JSON pointer -> head, of every value that a row may have, in the order of the rows."""
    found: dict[str, str] = {}
    inner: set[str] = set()  # pointers that are objects
    for structure, row in _structures(engine, rows):
        if not isinstance(structure, dict):
            raise Refused("json_row", row=row)
        _flatten(structure, "", "", found, inner)
        check_width(len(found), job)
    for pointer in inner & found.keys():
        raise Refused("nested", column=found[pointer][:NAME_LENGTH])
    return found


def _structures(engine: Engine, rows: str) -> list[tuple[Any, int]]:
    """Every shape of a row, whatever its plain types are, and the first row that has it."""
    shapes = f"""SELECT json_structure(json)::VARCHAR AS shape, min(n) AS first
        FROM (SELECT json, row_number() OVER () AS n FROM {rows}) GROUP BY ALL"""
    plain = """regexp_replace(shape, ':"[A-Z0-9]+"', ':""', 'g')"""
    try:
        told = every(
            engine,
            f"SELECT {plain} AS shape, min(first) AS n FROM ({shapes}) GROUP BY ALL ORDER BY n",
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        refuse(str(error))
    return [(json.loads(shape), row) for shape, row in told]


def _flatten(value: Any, pointer: str, head: str, found: dict[str, str], inner: set[str]) -> None:
    for key, each in value.items():
        at = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        name = f"{head}.{key}" if head else key
        if isinstance(each, dict):
            inner.add(at)
            _flatten(each, at, name, found, inner)
        elif isinstance(each, list):
            raise Refused("nested", column=name[:NAME_LENGTH])
        else:
            found[at] = name
