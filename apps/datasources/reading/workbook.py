"""XLSX -> a draft of its own types, or of texts where a column holds several.

Formulas count as their values, a merged cell as its value in each of its places.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import python_calamine as calamine

from apps.datasources.reading.columns import Taken
from apps.datasources.reading.delimited import NUMBER
from apps.datasources.reading.engine import PASSING, ROW_GROUP
from apps.datasources.reading.refusal import Refused, check_rows, check_width, row_limit
from apps.datasources.reading.values import WHOLE, text_of

LOOKED_AT = 50  # rows among which the head is
AT_ONCE = 20_000
NUMBERS = {int, float}

Row = list[Any]


def take_workbook(raw: Path, draft: Path, job: dict[str, Any]) -> Taken:
    """Write the draft of one sheet: the one that job["options"] names, or the first with rows."""
    options = job.get("options", {})
    try:
        book = calamine.CalamineWorkbook.from_path(raw)
        names = _sheets(book)
        sheet = _chosen(book, names, options.get("sheet", ""))
    except calamine.PasswordError:
        raise Refused("locked") from None
    except calamine.CalamineError:
        raise Refused("broken_workbook") from None
    head, heads = _head(sheet, str(options.get("head", "")))
    check_width(len(heads), job)
    rows = islice(_rows(sheet), head, None)
    columns, has_points = _columns(rows, len(heads), job)
    table = pa.table({f"c{number}": column for number, column in enumerate(columns)})
    pq.write_table(table, draft, compression=PASSING, row_group_size=ROW_GROUP)
    found = {"sheets": names, "sheet": sheet.name, "head": str(head)}
    return Taken(heads, has_points=has_points, found=found)


def _sheets(book: calamine.CalamineWorkbook) -> list[str]:
    """The sheets that hold cells; hidden ones only where there is no other."""
    sheets = [s for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
    seen = [s.name for s in sheets if s.visible == calamine.SheetVisibleEnum.Visible]
    return seen or [sheet.name for sheet in sheets]


def _chosen(book: calamine.CalamineWorkbook, names: list[str], wish: str) -> calamine.CalamineSheet:
    if wish and wish not in names:
        raise Refused("no_sheet", name=wish[:80])
    for name in [wish] if wish else names:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is not None and (sheet.height > 1 or wish):
            return sheet
    raise Refused("empty_sheet" if wish else "empty")


def _rows(sheet: calamine.CalamineSheet) -> Iterator[Row]:
    """The sheet's rows from its top, from the first used column on; merged cells are filled."""
    left = (sheet.start or (0, 0))[1]
    merged = sorted(sheet.merged_cell_ranges or [])
    values: dict[tuple[int, int], Any] = {}
    open_: list[tuple[tuple[int, int], tuple[int, int]]] = []
    at = 0
    for number, row in enumerate(sheet.iter_rows()):
        while at < len(merged) and merged[at][0][0] <= number:
            (_top, first), _end = merged[at]
            values[merged[at][0]] = row[first - left] if first - left < len(row) else ""
            open_.append(merged[at])
            at += 1
        open_ = [each for each in open_ if each[1][0] >= number]
        for start, end in open_:
            for column in range(start[1] - left, min(end[1] - left + 1, len(row))):
                row[column] = values[start]
        yield row


def _head(sheet: calamine.CalamineSheet, wish: str) -> tuple[int, list[str]]:
    """The number of the head's row (0: none), and the heads.

    A title stands above the head in a cell or two; the head is the first row that is filled by
    more than half.
    """
    rows = list(islice(sheet.iter_rows(), (sheet.start or (0, 0))[0] + LOOKED_AT))
    width = len(rows[0])
    if wish:
        number = int(wish)
        if number > (sheet.end or (0, 0))[0] + 1:
            raise Refused("empty_sheet")
    else:
        filled = [sum(cell != "" for cell in row) for row in rows]
        number = next(n for n, count in enumerate(filled, start=1) if 2 * count > max(filled))
    if not number:
        return 0, [""] * width
    row = next(islice(_rows(sheet), number - 1, None))
    heads = ["" if cell == "" else text_of(cell) for cell in row]
    is_data = not wish and all(not head or NUMBER.fullmatch(head) for head in heads)
    return (number - 1, [""] * width) if is_data else (number, heads)


def _columns(
    rows: Iterable[Row], width: int, job: dict[str, Any]
) -> tuple[list[pa.ChunkedArray], frozenset[int]]:
    """The columns, and the numbers of those that hold numbers beside texts. Empty rows are left."""
    parts: list[list[pa.Array]] = [[] for _column in range(width)]
    kinds: list[set[type]] = [set() for _column in range(width)]
    most, count, size = row_limit(width, job), 0, 0
    filled = (row for row in rows if any(cell != "" for cell in row))
    while batch := list(islice(filled, AT_ONCE)):
        count += len(batch)
        check_rows(count, most)
        for number, column in enumerate(zip(*batch, strict=True)):
            cells = [None if cell == "" else cell for cell in column]
            found = set(map(type, cells)) - {type(None)}
            part = _array(cells, found)
            parts[number].append(part)
            kinds[number] |= found
            size += part.nbytes
        if size > job["memory_bytes"] // 3:
            raise Refused("too_large")
    mixed = {n for n, found in enumerate(kinds) if NUMBERS & found and found - NUMBERS}
    return [_joined(part) for part in parts], frozenset(mixed)


def _array(cells: list[Any], kinds: set[type]) -> pa.Array:
    """Cells of one kind as that, others as texts."""
    if not kinds:
        return pa.nulls(len(cells))
    if kinds <= NUMBERS:
        return pa.array(map(_float, cells), pa.float64())
    if kinds == {bool}:
        return pa.array(cells, pa.bool_())
    if kinds <= {dt.datetime, dt.date}:
        return pa.array(map(_moment, cells), pa.timestamp("us"))
    return pa.array([None if cell is None else text_of(cell) for cell in cells], pa.string())


def _joined(parts: list[pa.Array]) -> pa.ChunkedArray:
    """One column: of the kind of all its parts, or of texts. Numbers that are whole become so."""
    types = {part.type for part in parts if not pa.types.is_null(part.type)}
    if len(types) > 1 or not types:
        return pa.chunked_array([_as_text(part) for part in parts], pa.string())
    (type_,) = types
    column = pa.chunked_array([part.cast(type_) for part in parts], type_)
    return _whole(column) if pa.types.is_floating(type_) else column


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    ends = pc.min_max(column)
    is_small = ends["min"].as_py() > -WHOLE and ends["max"].as_py() < WHOLE
    is_whole = is_small and pc.all(pc.equal(column, pc.trunc(column))).as_py()
    return column.cast(pa.int64()) if is_whole else column


def _as_text(part: pa.Array) -> pa.Array:
    if pa.types.is_string(part.type):
        return part
    return pa.array(
        [None if cell is None else text_of(cell) for cell in part.to_pylist()], pa.string()
    )


def _float(cell: Any) -> float | None:
    return None if cell is None else float(cell)


def _moment(cell: Any) -> dt.datetime | None:
    """Without the noise of a day's fraction."""
    if cell is None or not isinstance(cell, dt.datetime):
        return cell and dt.datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 it has no zone
    return (cell + dt.timedelta(microseconds=500)).replace(
        microsecond=(cell.microsecond + 500) // 1000 % 1000 * 1000
    )
