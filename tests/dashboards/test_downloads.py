"""A card as a file: its picture, or its rows with types, zone and the word that there are more."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.core.errors import TooLarge
from apps.dashboards.card_views import FORMS
from apps.datasources import services as datasources
from apps.widgets import files

MIDNIGHT_MS = 1_704_063_600_000  # 2024-01-01 in Berlin
EVIL = ["=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "plain", None]


def column(name, role, type_, **more):
    empty = {"unit": None, "format": None, "good": None}
    return {"name": name, "label": name.capitalize(), "role": role, "type": type_, **empty, **more}


def frame(columns, *data, **more):
    known = {"timezone": "Europe/Berlin", "truncated": False}
    return {"columns": columns, "data": list(data), **known, **more}


MIXED = frame(
    [
        column("day", "time", "time"),
        column("region", "dimension", "text", other=True),
        column("region__other", "flag", "boolean"),
        column("revenue", "measure", "number", unit="€", format="currency"),
        column("share", "measure", "number", format="percent"),
        column("latency", "measure", "number", unit="ms"),
        column("open", "dimension", "boolean"),
    ],
    [MIDNIGHT_MS + at * 86_400_000 for at in range(7)],
    EVIL,
    [False] * 6 + [True],
    [1.5, None, 3, 4, 5, 6, 7],
    [0.25] * 7,
    [1] * 7,
    [True, False, None, True, True, True, True],
)


def sheet_of(body):
    book = openpyxl.load_workbook(io.BytesIO(body))
    return book.worksheets[0], dict(book.worksheets[1].iter_rows(max_col=2, values_only=True))


def test_a_workbook_has_typed_cells_with_their_formats_in_the_readers_zone():
    sheet, about = sheet_of(files.to_xlsx(files.content(MIXED, "Card", (("Period", "January"),))))
    head = [cell.value for cell in sheet[1]]
    assert head == ["Day", "Region", "Revenue", "Share", "Latency (ms)", "Open"]
    day, region, revenue, share, _latency, is_open = sheet[2]
    assert (str(day.value), day.number_format) == ("2024-01-01 00:00:00", "yyyy-mm-dd")
    assert (revenue.value, revenue.number_format) == (1.5, '"€" #,##0.00')
    assert (share.value, share.number_format) == (0.25, "0.0%")
    assert is_open.value is True
    assert sheet[3][2].value is None
    assert sheet[8][1].value == "Other"
    assert (region.value, region.data_type) == ("=1+1", "s")
    assert about["Time zone"] == "Europe/Berlin"
    assert about["Period"] == "January"
    assert "Note" not in about


@pytest.mark.parametrize("text", EVIL[:5])
def test_no_text_is_a_formula(text):
    sheet, _about = sheet_of(files.to_xlsx(files.content(MIXED, "=HYPERLINK(1)")))
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    rows = list(csv.reader(io.StringIO(files.to_csv(files.content(MIXED, "Card")).decode())))
    assert f"'{text}" in [row[1] for row in rows]


def test_times_in_csv_carry_their_offset():
    rows = list(csv.reader(io.StringIO(files.to_csv(files.content(MIXED, "Card")).decode())))
    assert rows[1][0] == "2024-01-01T00:00:00+01:00"
    assert rows[7][1] == "Other"


def test_parquet_has_types_zone_and_words():
    table = pq.read_table(io.BytesIO(files.to_parquet(files.content(MIXED, "Card"))))
    assert table.schema.field("day").type == pa.timestamp("ms", tz="Europe/Berlin")
    assert table.column("day").to_pylist()[0] == datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert table.schema.field("latency").type == pa.int64()
    assert table.schema.field("revenue").type == pa.float64()
    assert table.schema.field("revenue").metadata[b"unit"] == "€".encode()
    assert table.schema.metadata[b"title"] == b"Card"
    assert "region__other" not in table.schema.names


def test_what_has_no_place_in_a_spreadsheet_is_kept_as_text():
    old = frame([column("t", "time", "time"), column("n", "measure", "number")], [-3e12], [2**60])
    sheet, _about = sheet_of(files.to_xlsx(files.content(old, "Old")))
    assert str(sheet[2][0].value).startswith("1874-")
    assert sheet[2][1].value == str(2**60)
    assert not isinstance(sheet[2][0].value, date)


@pytest.mark.parametrize("form", files.WRITERS)
def test_no_rows_and_no_values_are_files_too(form):
    empty = frame([column("n", "measure", "number")], [])
    nulls = frame([column("t", "time", "time"), column("n", "measure", "number")], [None], [None])
    for each in (empty, nulls, frame([])):
        assert files.WRITERS[form](files.content(each, "Empty"))


def test_more_rows_than_a_sheet_holds_are_refused_in_words(monkeypatch):
    monkeypatch.setattr(files, "MOST_SHEET_ROWS", 3)
    with pytest.raises(TooLarge, match="holds 3 rows"):
        files.to_xlsx(files.content(MIXED, "Card"))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_a_file_named_like_the_card(client, viewer, widget, form):
    client.force_login(viewer)
    answer = client.get(f"/w/{widget.pk}/download.{form}?from=2024-01-01&to=2024-02-01")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Disposition"] == f'attachment; filename="revenue-per-day.{form}"'
    assert answer["Cache-Control"] == "private, no-store"
    if form in files.MEDIA:
        assert (answer["X-Rows"], answer["X-Truncated"]) == ("31", "false")


def test_a_file_of_the_first_rows_says_so(client, viewer, widget):
    widget.query = {"measures": ["revenue"], "grain": "day", "limit": 5}
    widget.save()
    client.force_login(viewer)
    answer = client.get(f"/w/{widget.pk}/download.xlsx")
    assert (answer["X-Rows"], answer["X-Truncated"]) == ("5", "true")
    assert "revenue-per-day-first-5-rows.xlsx" in answer["Content-Disposition"]
    _sheet, about = sheet_of(answer.content)
    assert "more rows" in about["Note"]


def test_a_policy_narrows_every_file(client, viewer, board, orders):
    pk = board.placements.get(widget__kind="bar").widget_id
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    datasources.set_policy(orders, "East only", "viewer", rows)
    client.force_login(viewer)
    for form in ("csv", "svg"):
        body = client.get(f"/w/{pk}/download.{form}").content
        assert b"East" in body
        assert b"West" not in body
    sheet, _about = sheet_of(client.get(f"/w/{pk}/download.xlsx").content)
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["East"]


@pytest.mark.parametrize("form", [*FORMS, "exe"])
def test_strangers_and_unknown_forms_get_nothing(client, stranger, viewer, widget, orders, form):
    assert client.get(f"/w/{widget.pk}/download.{form}").status_code == 401
    client.force_login(stranger)
    assert client.get(f"/w/{widget.pk}/download.{form}").status_code == 404
    if form == "exe":
        client.force_login(viewer)
        assert client.get(f"/w/{widget.pk}/download.exe").status_code == 404


def test_the_head_of_bins_says_that_a_cell_is_where_its_bin_begins():
    bins = column("delay", "dimension", "number", unit="min", bin=10)
    written = files.content(
        frame([bins, column("rows", "measure", "number")], [0, 10], [5, 3]), "x"
    )
    assert files.to_csv(written).decode().splitlines()[0].endswith("Delay from (min),Rows")
    head = openpyxl.load_workbook(io.BytesIO(files.to_xlsx(written)))["Data"]["A1"].value
    assert head == "Delay from (min)"


def test_heads_of_csv_carry_the_unit_once():
    head = files.to_csv(files.content(MIXED, "Card")).decode().splitlines()[0]
    assert head == "Day,Region,Revenue (€),Share,Latency (ms),Open"
    said = frame([column("a", "measure", "number", unit="€", label="Revenue (€)")], [1])
    assert files.to_csv(files.content(said, "Card")).decode().splitlines()[0] == "Revenue (€)"


def _table_with_courses(**trend):
    region = column("region", "dimension", "text")
    revenue = column("revenue", "measure", "number", unit="€")
    day = column("day", "time", "time")
    main = frame([region, revenue], ["East", None, "West"], [7, 4, 1])
    names, moments = ["East", "East", None, "Gone"], [2, 1, 2, 3]
    lines = frame(
        [day, region, revenue], moments, names, [4.25, 3, 4, 9], **{"grain": "day"} | trend
    )
    return files.content(main, "Card", (), lines)


def test_small_lines_of_a_table_are_a_column_of_their_values():
    made = _table_with_courses()
    rows = list(csv.reader(io.StringIO(files.to_csv(made).decode())))
    assert rows[0][2] == "Revenue by day (€)"
    assert [row[2] for row in rows[1:]] == ["3; 4.25; ", "; 4; ", "; ; "]
    sheet, _about = sheet_of(files.to_xlsx(made))
    assert [cell.value for cell in sheet["C"]] == [
        "Revenue by day (€)",
        "3; 4.25; ",
        "; 4; ",
        "; ; ",
    ]
    table = pq.read_table(io.BytesIO(files.to_parquet(made)))
    assert table.column("revenue__course").to_pylist()[0] == [3.0, 4.25, None]
    assert table.schema.field("revenue__course").metadata[b"unit"] == "€".encode()


def test_lines_that_are_cut_are_left_out_of_the_file():
    assert len(_table_with_courses(truncated=True).columns) == 2
