"""Whatever table is written, in whatever way: read and kept, it is the same table."""

import csv
import datetime as dt
import io
import json
import tempfile
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.datasources.reading.drafts import inspect
from apps.datasources.reading.keeping import keep

LIMITS = {
    "memory_bytes": 3 * 1024**3,
    "disk_bytes": 1024**3,
    "max_rows": 10_000,
    "max_columns": 100,
    "max_cells": 100_000,
}
often = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
KINDS = ("text", "number", "time", "boolean")
DAYS = {"dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y"}
CLOCKS = ("", " %H:%M", " %H:%M:%S")
FIRST, LAST = dt.datetime(1901, 1, 1), dt.datetime(2100, 12, 31)  # noqa: DTZ001 as in a file

# no control letters, which no table holds; no \r, since line ends are made equal
letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\t\n")
western = st.characters(codec="cp1252", exclude_categories=("Cc",), include_characters="\n")
numbers = st.one_of(
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-(10**6), 10**6, places=3).map(float),
)
moments = st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(microsecond=0))


@pytest.fixture(autouse=True, scope="module")
def limit_of_cells():
    """Reading raises it for its own process, which here is everybody's."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


def texts(alphabet=letters):
    """Texts that are no numbers, times or words for nothing."""
    return st.text(alphabet, max_size=12).map(lambda text: f"x{text}")


@st.composite
def tables(draw, alphabet=letters):
    """Kinds of columns, and rows of them with gaps. The first column has none."""
    kinds = ["text", *draw(st.lists(st.sampled_from(KINDS), max_size=4))]
    values = {"text": texts(alphabet), "number": numbers, "time": moments, "boolean": st.booleans()}
    cells = [st.one_of(st.none(), values[kind]) for kind in kinds[1:]]
    rows = draw(st.lists(st.tuples(texts(alphabet), *cells), min_size=1, max_size=12))
    return kinds, [list(row) for row in rows]


def read_back(content, options=None, types=None):
    """The draft's description, and the columns of what is kept of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "raw").write_bytes(content)
        job = {**LIMITS, "folder": name, "options": options or {}}
        found = inspect(job)
        columns = [c | {"type": (types or {}).get(c["key"], c["type"])} for c in found["columns"]]
        keep({**job, "columns": columns, "target": str(folder / "kept.parquet")})
        table = pq.read_table(folder / "kept.parquet")
        return found, [column.to_pylist() for column in table.columns]


def matches(kinds, rows, found, columns):
    """The columns are the rows' and, where there is a value, of their kinds."""
    expected = [list(column) for column in zip(*rows, strict=True)]
    assert columns == expected
    for kind, column, told in zip(kinds, expected, found["columns"], strict=True):
        if any(value is not None for value in column):
            assert told["type"] == kind


def written(value, order, gap, clock, comma):
    """A value as it stands in a text file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        day = "%Y-%m-%d" if order == "iso" else DAYS[order].format(gap)
        return value.strftime(day + clock)
    if isinstance(value, int | float):
        return repr(value).replace(".", "," if comma else ".")
    return value


@often
@given(
    data=st.data(),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"]),
    order=st.sampled_from(["iso", "dmy", "mdy"]),
    gap=st.sampled_from("./-"),
    clock=st.sampled_from(CLOCKS),
    comma=st.booleans(),
)
def test_delimited_text_of_any_dress_is_read_back(
    data, delimiter, quoting, line_end, encoding, order, gap, clock, comma
):
    kinds, rows = data.draw(tables(western if encoding == "cp1252" else letters))
    for row in rows:  # what is not written cannot be read
        for number, value in enumerate(row):
            if isinstance(value, dt.datetime) and "%S" not in clock:
                row[number] = value.replace(second=0)
                if "%H" not in clock:
                    row[number] = value.replace(hour=0, minute=0, second=0)
    # a column each that shows what a comma means and where the day stands
    kinds += ["number", "time"]
    rows = [[*row, 0.5, LAST] for row in rows]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    writer.writerow([*(f"größe {number}" for number in range(len(kinds)))])
    writer.writerows([[written(v, order, gap, clock, comma) for v in row] for row in rows])
    content = out.getvalue()
    found, columns = read_back(content.encode(encoding))
    matches(kinds, rows, found, columns)
    assert found["found"]["delimiter"] == delimiter


@often
@given(numbers=st.lists(st.floats(0, 1e12).map(lambda n: round(n, 2)), min_size=1), data=st.data())
def test_numbers_with_separators_of_thousands_are_read_back(numbers, data):
    comma = data.draw(st.booleans())
    sign = data.draw(st.sampled_from(["€ {}", "{} €", "{}%", "{}", "-{}"]))
    shown = [f"{number:,.2f}" for number in numbers]
    if comma:
        shown = [text.translate({44: 46, 46: 44}) for text in shown]
    lines = "\n".join(sign.format(text) for text in shown)
    _found, columns = read_back(f"a\tb\n{lines.replace(chr(10), chr(9) + chr(10))}\t\n".encode())
    assert columns[0] == [-number if sign == "-{}" else number for number in numbers]


FORMS = {
    "array": lambda rows: json.dumps(rows, ensure_ascii=False),
    "indented": lambda rows: json.dumps(rows, indent=1),
    "lines": lambda rows: "\n".join(map(json.dumps, rows)),
    "within": lambda rows: json.dumps({"n": 1, "of": {"rows": rows}}),
}


@often
@given(
    table=tables(),
    form=st.sampled_from(sorted(FORMS)),
    keys=st.lists(st.text(letters, min_size=1, max_size=8), min_size=5, max_size=5, unique=True),
    inner=st.integers(0, 4),
)
def test_json_of_any_form_is_read_back(table, form, keys, inner):
    kinds, rows = table
    keys = keys[: len(kinds)]
    objects = []
    for row in rows:
        cells = {
            key: str(value) if isinstance(value, dt.datetime) else value
            for key, value in zip(keys, row, strict=True)
        }
        deep = dict(list(cells.items())[inner:])  # the later ones stand within an object
        flat = {key: value for key, value in cells.items() if key not in deep}
        objects.append(flat | ({"deep": {"er": deep}} if deep else {}))
    if "deep" in keys:
        return
    found, columns = read_back(FORMS[form](objects).encode())
    matches(kinds, rows, found, columns)


@often
@given(
    table=tables(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="_￾￿")
    ),
    left=st.integers(0, 3),
    above=st.integers(0, 3),
)
def test_a_workbook_is_read_back_wherever_its_table_stands(table, left, above):
    kinds, rows = table
    rows = [[float(f"{v / 2:.15g}") if type(v) in (int, float) else v for v in row] for row in rows]
    book, out = openpyxl.Workbook(), io.BytesIO()
    for number in range(len(kinds)):
        book.active.cell(above + 1, left + number + 1, f"Column {number}")
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            book.active.cell(above + 2 + down, left + across + 1, value)
    book.save(out)
    found, columns = read_back(out.getvalue())
    matches(kinds, rows, found, columns)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-02", "2024-01-02 00:00:00"),
        ("2024-01-02T03:04", "2024-01-02 03:04:00"),
        ("2024-01-02 03:04:05", "2024-01-02 03:04:05"),
        ("2024-01-02T03:04:05Z", "2024-01-02 03:04:05"),
        ("2024-01-02 03:04:05+02:00", "2024-01-02 01:04:05"),
        ("2024-01-02T03:04+02", "2024-01-02 01:04:00"),
        ("2024-1-2 3:4", "2024-01-02 03:04:00"),
        ("2024/01/02", "2024-01-02 00:00:00"),
        ("2024-01-02 03:04:05 Europe/Berlin", "2024-01-02 02:04:05"),
    ],
)
def test_a_time_with_a_zone_is_made_utc_and_one_without_is_utc(text, moment):
    _found, columns = read_back(f"a,b\n{text},1\n".encode())
    assert [str(value) for value in columns[0]] == [moment]
