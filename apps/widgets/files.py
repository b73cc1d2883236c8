"""What a card shows as a file: CSV, a workbook or Parquet, from its frame as charts get it.

Times are in the zone of the question. What a spreadsheet would run as a formula is text. A frame
that holds only the first rows says so: in the name of the file, and inside where there is room.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from django.utils.translation import gettext as _

from apps.core.errors import TooLarge
from apps.core.window import zone_of
from apps.datasources.frame import harmless

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
    "parquet": "application/vnd.apache.parquet",
}
MOST_SHEET_ROWS: Final = 1_048_575  # of a worksheet, below its head
EXACT: Final = 2**53  # a spreadsheet holds whole numbers up to here
FIRST_DAY: Final = date(1900, 3, 1)  # before, calendars of spreadsheets differ
ARROW: Final = {
    "course": pa.list_(pa.float64()),
    "number": pa.float64(),
    "text": pa.string(),
    "boolean": pa.bool_(),
}
Course = list[float | None]
Cell = str | int | float | bool | datetime | Course | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column with its cells; times are aware, in the reader's zone.

    type: that of a FrameColumn, or "course": of each row, values by steps of time, oldest first.
    """

    name: str
    label: str
    type: str
    unit: str
    format: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Content:
    """What is written. `about`: (term, value), for who opens the file later."""

    title: str
    columns: tuple[Column, ...]
    timezone: str
    is_truncated: bool
    about: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.columns[0].cells) if self.columns else 0


def content(
    frame: dict[str, Any],
    title: str,
    about: tuple[tuple[str, str], ...] = (),
    trend: dict[str, Any] | None = None,
) -> Content:
    """A frame's JSON, ready to be written: flags gone, the group of all others by its name.

    trend: the frame of small lines that stand in its rows; each becomes one cell.
    """
    zone = zone_of(frame["timezone"])
    data = dict(zip([each["name"] for each in frame["columns"]], frame["data"], strict=True))
    columns = tuple(
        Column(
            each["name"],
            _label(each),
            each["type"],
            each["unit"] or "",
            each["format"] or "",
            _cells(each, data, zone),
        )
        for each in frame["columns"]
        if each["role"] != "flag"
    )
    columns += tuple(_courses(frame, trend)) if trend else ()
    return Content(title, columns, frame["timezone"], bool(frame["truncated"]), about)


def _courses(frame: dict[str, Any], trend: dict[str, Any]) -> Iterator[Column]:
    """The measures of a trend by the rows of a frame; none where lines of some rows are missing."""
    keys = [each["name"] for each in frame["columns"] if each["role"] in ("dimension", "flag")]
    data = dict(zip([each["name"] for each in trend["columns"]], trend["data"], strict=True))
    time = next((each["name"] for each in trend["columns"] if each["role"] == "time"), None)
    if not keys or not time or trend["truncated"] or any(key not in data for key in keys):
        return
    own = dict(zip([each["name"] for each in frame["columns"]], frame["data"], strict=True))
    rows = list(zip(*(own[key] for key in keys), strict=True))
    places = {moment: at for at, moment in enumerate(sorted(set(data[time])))}
    for measure in (each for each in trend["columns"] if each["role"] == "measure"):
        lines: dict[tuple[Any, ...], Course] = {row: [None] * len(places) for row in rows}
        moments = zip(*(data[key] for key in keys), strict=True)
        for key, moment, value in zip(moments, data[time], data[measure["name"]], strict=True):
            if key in lines:
                lines[key][places[moment]] = value
        words = {"name": measure["label"] or measure["name"], "step": trend["grain"] or ""}
        label = _("%(name)s by %(step)s") % words
        name, unit = f"{measure['name']}__course", measure["unit"] or ""
        yield Column(name, label, "course", unit, "", [lines[row] for row in rows])


def _cells(column: dict[str, Any], data: dict[str, list[Any]], zone: tzinfo) -> list[Cell]:
    values = data[column["name"]]
    if column["type"] == "time":
        return [
            datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone) if _is_ms(ms) else ms
            for ms in values
        ]
    if column.get("other"):
        flags = data[f"{column['name']}__other"]
        return [_("Other") if flag else v for v, flag in zip(values, flags, strict=True)]
    return values


def _is_ms(value: Any) -> bool:
    """Whether Python's calendar holds it."""
    return isinstance(value, int | float) and -62_135_596_800_000 < value < 253_402_214_400_000


def to_csv(asked: Content) -> bytes:
    """RFC 4180 in UTF-8; times in ISO 8601 with their offset; units in the heads."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(_with_unit(column)) for column in asked.columns])
    cells = [[_plain(cell) for cell in column.cells] for column in asked.columns]
    writer.writerows(zip(*cells, strict=True))
    return out.getvalue().encode()


def _plain(cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, list):
        return _joined(cell)
    return harmless(cell) if isinstance(cell, str) else cell


def _joined(course: Course) -> str:
    """A course as text: "3; 4.5; ; 5", with nothing for a gap."""
    return "; ".join("" if value is None else f"{value:.15g}" for value in course)


def to_parquet(asked: Content) -> bytes:
    """Typed columns by their names; labels and units are metadata, times carry their zone."""
    fields, arrays = [], []
    for column in asked.columns:
        array = _array(column, asked.timezone)
        words = {"label": column.label, "unit": column.unit, "format": column.format}
        fields.append(pa.field(column.name, array.type, metadata=words))
        arrays.append(array)
    told = {"title": asked.title, "timezone": asked.timezone}
    told |= {"truncated": str(asked.is_truncated).lower(), **dict(asked.about)}
    table = pa.table(arrays, schema=pa.schema(fields, metadata=told))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _array(column: Column, timezone: str) -> pa.Array:
    wanted = pa.timestamp("ms", tz=timezone) if column.type == "time" else ARROW.get(column.type)
    if column.type == "number" and all(
        each is None or (isinstance(each, int) and not isinstance(each, bool))
        for each in column.cells
    ):
        wanted = pa.int64() if any(each is not None for each in column.cells) else wanted
    try:
        return pa.array(column.cells, wanted)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # a source that mixes types
        return pa.array([None if each is None else str(each) for each in column.cells])


def to_xlsx(asked: Content) -> bytes:
    """A workbook: the rows with formats and a filter, and a sheet that says what they are."""
    if asked.rows > MOST_SHEET_ROWS:
        message = _("A worksheet holds %(most)s rows. Download CSV or Parquet, or narrow it.")
        raise TooLarge(message % {"most": f"{MOST_SHEET_ROWS:,}"})
    sink = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(sink, {"in_memory": True, **safe})
    sheet = book.add_worksheet(_("Data"))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
    for at, column in enumerate(asked.columns):
        sheet.write_string(0, at, _headed(column), head)
        _write_column(book, sheet, at, column)
    sheet.freeze_panes(1, 0)
    if asked.columns:
        sheet.autofilter(0, 0, max(asked.rows, 1), len(asked.columns) - 1)
    _write_about(book, asked)
    book.close()
    return sink.getvalue()


def _label(column: dict[str, Any]) -> str:
    """Its words; of bins, that a cell is where its bin begins."""
    label = str(column["label"] or column["name"])
    return _("%(column)s from") % {"column": label} if column.get("bin") is not None else label


def _headed(column: Column) -> str:
    """The label, with a unit that no number format writes."""
    is_written = column.format in ("currency", "percent") or column.type not in ("number", "course")
    return column.label if is_written else _with_unit(column)


def _with_unit(column: Column) -> str:
    """The label with the unit, unless it says that itself: "Revenue (€)"."""
    is_said = not column.unit or f"({column.unit})" in column.label
    return column.label if is_said else f"{column.label} ({column.unit})"


def _write_column(book: Any, sheet: Any, at: int, column: Column) -> None:
    has_hours = any(isinstance(each, datetime) and each.time().isoformat() != "00:00:00"
                    for each in column.cells)  # fmt: skip
    style = book.add_format({"num_format": number_format(column, has_hours=has_hours)})
    widest = len(_headed(column)) + 3
    for row, cell in enumerate(column.cells, 1):
        widest = max(widest, _write(sheet, row, at, cell, style))
    sheet.set_column(at, at, min(max(widest, 8), 60))


def _write(sheet: Any, row: int, at: int, cell: Cell, style: Any) -> int:
    """One typed cell. Returns about how many letters wide it is."""
    if cell is None:
        return 0
    if isinstance(cell, bool):
        sheet.write_boolean(row, at, cell)
        return 6
    if isinstance(cell, datetime) and cell.date() >= FIRST_DAY:
        sheet.write_datetime(row, at, cell.replace(tzinfo=None), style)
        return 20
    if isinstance(cell, int | float) and abs(cell) <= EXACT:
        sheet.write_number(row, at, cell, style)
        return len(f"{cell:,.2f}")
    text = (
        cell.isoformat()
        if isinstance(cell, datetime)
        else str(_joined(cell) if isinstance(cell, list) else cell)
    )
    sheet.write_string(row, at, text[:32_767])
    return len(text)


def number_format(column: Column, *, has_hours: bool = True) -> str:
    """How a spreadsheet writes a column."""
    if column.type == "time":
        return "yyyy-mm-dd hh:mm:ss" if has_hours else "yyyy-mm-dd"
    if column.format == "currency":
        unit = "".join(c for c in column.unit if c not in '"\\[]')
        return f'"{unit}" #,##0.00' if unit else "#,##0.00"
    known = {"percent": "0.0%", "integer": "#,##0", "decimal": "#,##0.00", "compact": "#,##0"}
    return known.get(column.format, "General")


def _write_about(book: Any, asked: Content) -> None:
    sheet, bold = book.add_worksheet(_("About")), book.add_format({"bold": True})
    lines = [(_("Card"), asked.title), *asked.about]
    lines += [(_("Time zone"), asked.timezone), (_("Rows"), f"{asked.rows:,}")]
    if asked.is_truncated:
        lines.append((_("Note"), _("There are more rows than one answer holds; these come first.")))
    for row, (term, value) in enumerate(lines):
        sheet.write_string(row, 0, term, bold)
        sheet.write_string(row, 1, value)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 70)


WRITERS: Final[dict[str, Callable[[Content], bytes]]] = {
    "csv": to_csv,
    "xlsx": to_xlsx,
    "parquet": to_parquet,
}
