"""What a source sends becomes rows, or is refused with the place."""

import gzip
import zlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import TooLarge, UserError
from apps.streams import parse

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
ROWS = [{"at": 1, "carrier": "UA"}, {"at": 2, "carrier": None}]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, b'[{"at":1,"carrier":"UA"},{"at":2,"carrier":null}]'),
        (JSON + "; charset=utf-8", b'{"events":[{"at":1,"carrier":"UA"},{"at":2,"carrier":null}]}'),
        (NDJSON, b'{"at":1,"carrier":"UA"}\r\n\n{"at":2,"carrier":null}\n'),
    ],
)
def test_every_json_form_gives_the_same_rows(kind, body):
    assert parse.rows(kind, body) == ROWS


def test_csv_gives_texts_and_an_empty_field_is_missing():
    body = '\ufeffat,carrier\r\n1,"United, ""UA"""\r\n2,\r\n'.encode()
    assert parse.rows(CSV, body) == [
        {"at": "1", "carrier": 'United, "UA"'},
        {"at": "2", "carrier": None},
    ]


def test_a_single_object_is_one_row():
    assert parse.rows(JSON, b'{"at":1}') == [{"at": 1}]


def test_gzip_is_unpacked():
    assert parse.rows(JSON, gzip.compress(orjson.dumps(ROWS)), "gzip") == ROWS


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, b""),
        (JSON, b"[{]"),
        (JSON, b'[{"v": NaN}]'),
        (JSON, b'[{"v": "\xed\xa0\x80"}]'),
        (JSON, b"[1]"),
        (JSON, b'"text"'),
        (NDJSON, b'{"a":1}\n{"a"'),
        (NDJSON, b"[1]\n"),
        (CSV, b"a,b\n1\n"),
        (CSV, b"a,a\n1,2\n"),
        (CSV, b'a,b\n1,"unterminated'),
        (CSV, b"a\n\xff\n"),
        (CSV, b"a\nx\x00\n"),
        (CSV, b"a\n" + b"x" * 200_000),
    ],
)
def test_a_broken_body_is_refused_as_a_whole(kind, body):
    with pytest.raises(UserError) as caught:
        parse.rows(kind, body)
    assert (caught.value.status, caught.value.field) == (400, "body")


def test_the_line_of_the_trouble_is_named():
    with pytest.raises(UserError, match="line 3"):
        parse.rows(NDJSON, b'{"a":1}\n{"a":2}\nx')


@pytest.mark.parametrize("open_", [b"[", b'{"a":'])
def test_up_11_deep_nesting_is_refused_and_not_recursed_into(open_):
    with pytest.raises(UserError):
        parse.rows(JSON, open_ * 100_000)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_an_unknown_compression_is_415(encoding):
    with pytest.raises(UserError) as caught:
        parse.rows(JSON, b"[]", encoding)
    assert caught.value.status == 415


def test_an_unknown_format_is_415():
    with pytest.raises(UserError) as caught:
        parse.rows("application/xml", b"<a/>")
    assert caught.value.status == 415


def test_up_10_a_body_that_unpacks_to_more_than_the_limit_is_413(settings):
    settings.INGEST_MAX_BYTES = 10_000
    with pytest.raises(TooLarge):
        parse.rows(JSON, gzip.compress(b" " * 1_000_000), "gzip")
    assert parse.rows(CSV, gzip.compress(b"a\n" + b"1" * 9_998), "gzip")
    with pytest.raises(TooLarge):
        parse.rows(CSV, gzip.compress(b"a\n" + b"1" * 9_999), "gzip")


@pytest.mark.parametrize(
    "body",
    [b"not gzip", gzip.compress(b"[{}]")[:-4], gzip.compress(b"[{}]") + b"more"],
    ids=["none", "cut", "more"],  # the packed bytes hold the time
)
def test_broken_gzip_is_400(body):
    with pytest.raises(UserError) as caught:
        parse.rows(JSON, body, "gzip")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("kind", "body"), [(JSON, b"[{},{},{}]"), (NDJSON, b"{}\n{}\n{}"), (CSV, b"a\n1\n2\n3\n")]
)
def test_one_row_above_the_limit_is_413(settings, kind, body):
    settings.INGEST_MAX_ROWS = 3
    assert len(parse.rows(kind, body)) == 3
    settings.INGEST_MAX_ROWS = 2
    with pytest.raises(TooLarge):
        parse.rows(kind, body)


@given(
    st.binary(max_size=300),
    st.sampled_from([JSON, NDJSON, CSV]),
    st.sampled_from([None, "gzip"]),
)
def test_any_bytes_give_rows_or_a_user_error(body, kind, encoding):
    try:
        found = parse.rows(kind, body, encoding)
    except UserError as error:
        assert error.message  # noqa: PT017 - refusing is one of two right answers
        return
    assert all(isinstance(row, dict) for row in found)


names = st.text("abcdefgh_", min_size=1, max_size=8)
cells = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


@given(
    st.lists(st.dictionaries(names, st.one_of(st.none(), st.integers(-9, 9), cells)), max_size=5)
)
def test_json_comes_back_as_it_was_sent(rows):
    assert parse.rows(JSON, zlib.compress(orjson.dumps(rows), wbits=31), "gzip") == rows
