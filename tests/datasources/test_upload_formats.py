"""Workbooks, JSON and packed files become the same datasets that CSV does."""

import datetime as dt
import gzip
import io
import json
import zipfile

import openpyxl
import pytest

from apps.core.errors import UserError
from apps.datasources import uploads
from apps.datasources.reading import kinds
from tests.datasources.uploading import keep, receive, refusal, types, values

pytestmark = pytest.mark.usefixtures("upload_folders")


def workbook(**sheets):
    """The bytes of a workbook: name of a sheet -> its rows, or what fills it."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        if callable(rows):
            rows(sheet)
        else:
            for row in rows:
                sheet.append(row)
    book.save(out)
    return out.getvalue()


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


NOON = dt.datetime(2024, 3, 1, 12)  # noqa: DTZ001 a workbook knows no zones
TABLE = [
    ["Day", "Region", "Turnover", "Paid", "Code"],
    [dt.date(2024, 3, 2), "East", 7.5, True, "007"],
    [NOON, "West", 1000, False, "008"],
]


def test_a_workbook_keeps_its_types(analyst):
    draft = receive(analyst, workbook(Sales=TABLE), "sales.xlsx")
    assert draft.kind == "workbook"
    assert types(draft) == {
        "day": "time",
        "region": "text",
        "turnover": "number",
        "paid": "boolean",
        "code": "text",
    }
    dataset = keep(analyst, draft, time_column="day")
    assert dataset.data_from.isoformat() == "2024-03-01T12:00:00+00:00"
    found = values(dataset, analyst, "region", "turnover", "paid")
    assert found == [["West", "East"], [1000, 7.5], [False, True]]


def test_of_several_sheets_the_first_with_rows_is_read_and_another_can_be_chosen(analyst):
    other = [["n"], [1], [2], [3]]
    book = workbook(Notes=[["Read me"]], Sales=TABLE, Other=other)
    draft = receive(analyst, book, "sales.xlsx")
    assert (draft.found["sheet"], draft.rows) == ("Sales", 2)
    assert draft.found["sheets"] == ["Notes", "Sales", "Other"]
    again = uploads.read_again(draft, analyst, {"sheet": "Other"})
    assert (again.found["sheet"], again.rows, types(again)) == ("Other", 3, {"n": "number"})
    assert uploads.draft_of(analyst, draft.token) == again


def test_a_sheet_that_cannot_be_read_leaves_the_draft_as_it_was(analyst):
    draft = receive(analyst, workbook(Sales=TABLE, Empty=[]), "sales.xlsx")
    for sheet, code in (("Empty", "empty_sheet"), ("Gone", "no_sheet")):
        with pytest.raises(UserError) as caught:
            uploads.read_again(draft, analyst, {"sheet": sheet})
        assert caught.value.code == f"upload_{code}"
    assert uploads.draft_of(analyst, draft.token) == draft
    assert keep(analyst, draft).row_count == 2


def test_a_title_empty_rows_and_merged_cells_are_understood(analyst):
    def fill(sheet):
        sheet["B2"] = "Sales of the year"
        sheet.merge_cells("B2:D2")
        for column, head in zip("BCD", ("Region", "Shop", "Sales"), strict=True):
            sheet[f"{column}4"] = head
        sheet["B5"], sheet["C5"], sheet["D5"] = "East", "a", 1
        sheet["C6"], sheet["D6"] = "b", 2
        sheet.merge_cells("B5:B6")
        sheet["B8"], sheet["C8"], sheet["D8"] = "West", "c", 3

    draft = receive(analyst, workbook(Sheet=fill), "sales.xlsx")
    assert types(draft) == {"region": "text", "shop": "text", "sales": "number"}
    found = values(keep(analyst, draft), analyst, "region", "shop", "sales")
    assert found == [["East", "East", "West"], ["a", "b", "c"], [1, 2, 3]]


def test_the_row_of_the_names_can_be_told(analyst):
    rows = [["x", "y"], ["Region", "Sales"], ["East", 1], ["West", 2]]
    draft = receive(analyst, workbook(Sheet=rows), "sales.xlsx")
    assert types(draft) == {"x": "text", "y": "text"}
    again = uploads.read_again(draft, analyst, {"head": "2"})
    assert types(again) == {"region": "text", "sales": "number"}
    bare = uploads.read_again(draft, analyst, {"head": "0"})
    assert (types(bare), bare.rows) == ({"column_1": "text", "column_2": "text"}, 4)


def test_columns_of_several_kinds_are_text_and_numbers_in_them_keep_their_points(analyst):
    rows = [["code", "size"], ["A7", 1.234], [12, "1,5"], [dt.date(2024, 1, 2), "2.345"]]
    draft = receive(analyst, workbook(Sheet=rows), "mixed.xlsx")
    assert types(draft) == {"code": "text", "size": "text"}
    found = values(keep(analyst, draft), analyst, "code", "size")
    assert found == [["A7", "12", "2024-01-02"], ["1.234", "1,5", "2.345"]]


def test_numbers_written_as_texts_are_numbers_and_errors_are_gaps(analyst):
    rows = [["n", "e"], ["1,5", "#N/A"], ["2,25", 3], ["-", "#DIV/0!"]]
    draft = receive(analyst, workbook(Sheet=rows), "texts.xlsx")
    assert types(draft) == {"n": "number", "e": "number"}
    assert values(keep(analyst, draft), analyst, "n", "e") == [[1.5, 2.25, None], [None, 3, None]]


NO_WORKBOOK = {
    "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "old_workbook"),
    "locked": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "locked",
    ),
    "damaged": (
        zipped(**{"xl/workbook.xml": b"<x", "[Content_Types].xml": b"<x"}),
        "broken_workbook",
    ),
    "open document": (
        zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
        "open_document",
    ),
    "letter": (zipped(**{"word/document.xml": b"<x/>"}), "document"),
    "archive": (zipped(**{"a.csv": b"a,b\n1,2\n"}), "archive"),
    "binary workbook": (zipped(**{"xl/workbook.bin": b"x"}), "old_workbook"),
}


@pytest.mark.parametrize("name", NO_WORKBOOK)
def test_what_only_looks_like_a_workbook_is_named(analyst, settings, name):
    content, code = NO_WORKBOOK[name]
    assert refusal(analyst, content, "sales.xlsx").code == f"upload_{code}"
    assert list(settings.UPLOAD_DRAFTS.iterdir()) == []


def test_an_empty_workbook_is_refused(analyst):
    assert refusal(analyst, workbook(Sheet=[]), "x.xlsx").code == "upload_empty"
    assert refusal(analyst, workbook(Sheet=[["a", "b"]]), "x.xlsx").code == "upload_empty"


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_from_its_own_word(analyst):
    parts = {"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * 10**6}
    content = zipped(**parts).replace((10**6).to_bytes(4, "little"), b"\xff\xff\xff\x7f")
    error = refusal(analyst, content, "bomb.xlsx")
    assert error.code == "upload_unpacked"


def test_two_cells_at_the_ends_of_a_sheet_do_not_take_the_memory(analyst, settings):
    def fill(sheet):
        sheet["A1"], sheet["XFD1048576"] = "a", 1

    error = refusal(analyst, workbook(Sheet=fill), "far.xlsx")
    assert error.code in ("upload_too_large", "upload_columns")
    assert list(settings.UPLOAD_DRAFTS.iterdir()) == []


def test_a_gzip_is_unpacked_and_bounded(analyst, tmp_path, monkeypatch):
    draft = receive(analyst, gzip.compress(b"a;b\n1;2,5\n"), "x.csv.gz")
    assert types(draft) == {"a": "number", "b": "number"}
    (tmp_path / "raw").write_bytes(gzip.compress(b"a" * 5000))
    monkeypatch.setattr(kinds, "UNPACKED_BYTES", 4999)
    with pytest.raises(kinds.Refused) as caught:
        kinds.unpack(tmp_path / "raw", tmp_path / "text")
    assert caught.value.code == "unpacked"


ROWS = [{"day": "2024-03-01", "n": 1, "shop": {"city": "Rome", "a.b/c~d": None}}, {"n": 2.5}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        "\n".join(map(json.dumps, ROWS)),
        json.dumps({"page": 1, "of": {"rows": ROWS}}),
        json.dumps({"page": 1, "rows": ROWS}, indent=2),
    ],
    ids=["array", "indented", "lines", "within", "within, indented"],
)
def test_json_of_any_form_is_the_same_table(analyst, text):
    draft = receive(analyst, text.encode(), "rows.json")
    assert draft.kind == "json"
    assert [column["label"] for column in draft.columns] == [
        "day",
        "n",
        "shop.city",
        "shop.a.b/c~d",
    ]
    assert draft.sample == [["2024-03-01", "1", "Rome", ""], ["", "2.5", "", ""]]
    assert types(draft) | {"shop_a_b_c_d": ""} == {
        "day": "time",
        "n": "number",
        "shop_city": "text",
        "shop_a_b_c_d": "",
    }


def test_one_object_is_one_row(analyst):
    draft = receive(analyst, json.dumps({"a": 1, "b": {"c": "x"}}, indent=1).encode(), "x.json")
    assert (draft.rows, types(draft)) == (1, {"a": "number", "b_c": "text"})


def test_a_list_in_json_is_refused_with_the_name_of_its_column(analyst):
    rows = [{"a": 1, "shop": {"tags": "x"}}, {"a": 1, "shop": {"tags": ["x", "y"]}}]
    assert "“shop.tags”" in refusal(analyst, json.dumps(rows).encode()).message
    rows = [{"a": 1}, {"a": {"b": 1}}]
    assert "“a”" in refusal(analyst, json.dumps(rows).encode()).message


def test_a_mistake_in_json_is_told_with_its_place(analyst):
    lines = b'{"a":1}\n' * 70_000 + b'{"a":}\n' + b'{"a":1}\n' * 10
    assert "Row 70001" in refusal(analyst, lines).message
    assert "Line 3" in refusal(analyst, b'{\n "a": 1,\n "b" 2\n}\n').message
    assert "Row 2" in refusal(analyst, b'[{"a":1},\n {"a":}]').message


def test_a_head_in_brackets_is_no_json(analyst):
    draft = receive(analyst, b"[id],[name]\n1,x\n")
    assert types(draft) == {"id": "number", "name": "text"}


def test_a_comma_in_a_semicolon_file_is_a_decimal_comma_also_before_three_digits(analyst):
    dataset = keep(analyst, receive(analyst, b"k;v\na;1,234\nb;2,500\n"))
    assert values(dataset, analyst, "v") == [[1.234, 2.5]]


def test_other_columns_decide_what_a_point_or_a_day_means(analyst):
    text = b"a;b;c;d\n1.234;1,5;03/04/2024;12/31/2024\n2.000;2,5;05/06/2024;01/02/2024\n"
    draft = receive(analyst, text)
    assert types(draft) == {"a": "number", "b": "number", "c": "time", "d": "time"}
    dataset = keep(analyst, draft)
    assert values(dataset, analyst, "a", "b") == [[1234, 2000], [1.5, 2.5]]
    assert [v // 86_400_000 for v in values(dataset, analyst, "c")[0]] == [19786, 19849]


def test_how_a_text_is_read_can_be_told(analyst):
    text = "k|v;w|t\nж|1,234|03/04/2024\n".encode("cp1251")
    draft = receive(analyst, text)
    options = {"encoding": "cp1251", "delimiter": "|", "decimals": "comma", "dates": "mdy"}
    again = uploads.read_again(draft, analyst, options)
    assert again.found == {"delimiter": "|", "head": "yes", "encoding": "cp1251"}
    dataset = keep(analyst, again)
    assert values(dataset, analyst, "k", "v_w") == [["ж"], [1.234]]
    assert values(dataset, analyst, "t")[0][0] // 86_400_000 == 19786
    bare = uploads.read_again(receive(analyst, b"a,b\nc,d\n"), analyst, {"head": "no"})
    assert (bare.rows, list(types(bare))) == (2, ["column_1", "column_2"])
