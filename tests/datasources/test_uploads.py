"""Files from outside: good ones become datasets, nasty ones a sentence, and leave nothing."""

import gzip
import io
import os
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.core.errors import Conflict, NotFound, UserError
from apps.datasources import engine, services, upload_child, uploads
from apps.datasources.models import Dataset, Metric
from apps.datasources.query import Query
from apps.datasources.upload_measures import suggested_aggregate
from tests.datasources.uploading import keep, receive, refusal, types, values

pytestmark = pytest.mark.usefixtures("upload_folders")
CSV = b"Order Date,Region,Amount,Zip\n2024-01-02,East,7,00124\n2024-01-01,West,12.5,00123\n"


def parquet(table, **options):
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def files_of(settings):
    return {path.name for path in settings.UPLOADS.glob("*")}


def test_a_csv_becomes_a_draft_with_types_names_and_labels(analyst):
    draft = receive(analyst, CSV)
    assert types(draft) == {
        "order_date": "time",
        "region": "text",
        "amount": "number",
        "zip": "text",  # zeros in front: a code
    }
    assert draft.title == "Orders 2024"
    assert draft.rows == 2
    assert draft.columns[0]["label"] == "Order Date"
    assert draft.sample[0] == ["2024-01-02", "East", "7", "00124"]


def test_a_confirmed_draft_can_be_asked_at_once_and_is_sorted_by_time(analyst):
    draft = receive(analyst, CSV)
    sums = {column["key"]: "sum" for column in draft.columns if column["type"] == "number"}
    dataset = keep(analyst, draft, time_column="order_date", aggregates=sums)
    assert (dataset.slug, dataset.row_count) == ("orders-2024", 2)
    assert dataset.data_from.isoformat() == "2024-01-01T00:00:00+00:00"
    frame = engine.answer(Query(dataset=dataset.pk, measures=("amount", "rows")), analyst)
    assert (frame.column("amount"), frame.column("rows")) == ([19.5], [2])
    times = pq.read_table(Path(uploads.settings.UPLOADS) / dataset.relation)["order_date"]
    assert times.to_pylist() == sorted(times.to_pylist())


def test_a_confirmed_draft_is_gone_and_so_is_one_that_is_discarded(analyst, settings):
    keep(analyst, receive(analyst, CSV))
    uploads.discard(receive(analyst, CSV))
    assert list(settings.UPLOAD_DRAFTS.iterdir()) == []


def test_german_numbers_dates_and_letters_are_read(analyst):
    text = "Datum;Größe;Preis\r\n03.01.2024;1;1.234,50 €\r\n31.01.2024;2;7,5\r\n"
    draft = receive(analyst, text.encode("cp1252"))
    assert types(draft) == {"datum": "time", "größe": "number", "preis": "number"}
    dataset = keep(analyst, draft)
    assert values(dataset, analyst, "preis", "größe") == [[1234.5, 7.5], [1, 2]]
    days = values(dataset, analyst, "datum")[0]
    assert [day // 86_400_000 for day in days] == [19725, 19753]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_encoding_is_read_alike(analyst, encoding):
    draft = receive(analyst, "naïve\tб\n1\tж\n".encode(encoding), "x.tsv")
    assert [column["name"] for column in draft.columns] == ["naïve", "б"]
    assert draft.sample == [["1", "ж"]]


def test_json_lines_with_changing_keys_are_read_whole(analyst):
    draft = receive(analyst, b'{"a":1,"b":"x"}\n\n{"a":2.5,"c":true}\n', "x.jsonl")
    assert types(draft) == {"a": "number", "b": "text", "c": "boolean"}
    assert draft.sample == [["1", "x", ""], ["2.5", "", "true"]]


def test_parquet_keeps_its_own_types(analyst):
    moments = pa.array([1_700_000_000_000], pa.timestamp("ms", "Europe/Berlin"))
    table = pa.table({"When": moments, "code": ["007"], "n": [1.5], "ok": [True]})
    draft = receive(analyst, parquet(table), "x.parquet")
    assert types(draft) == {"when": "time", "code": "text", "n": "number", "ok": "boolean"}
    dataset = keep(analyst, draft, time_column="when")
    assert values(dataset, analyst, "when", "ok") == [[1_700_000_000_000], [True]]


def test_line_ends_may_be_mixed_and_values_may_hold_them(analyst):
    draft = receive(analyst, b'a,b\r\n1,"x\ny"\n2,z\r3,w\r\n')
    assert draft.sample == [["1", "x\ny"], ["2", "z"], ["3", "w"]]


def test_a_file_without_heads_gets_names_and_loses_no_row(analyst):
    draft = receive(analyst, b"1,2\n3,4\n")
    assert (types(draft), draft.rows) == ({"column_1": "number", "column_2": "number"}, 2)


def test_heads_that_are_equal_empty_or_long_become_different_names(analyst):
    head = f"A,a,,{'x' * 300},select\n1,2,3,4,5\n"
    names = [column["name"] for column in receive(analyst, head.encode()).columns]
    assert names[:3] == ["a", "a_2", "column_3"]
    assert len(set(names)) == 5
    assert max(map(len, names)) <= 63


def test_words_for_nothing_are_gaps_in_numbers(analyst):
    dataset = keep(analyst, receive(analyst, b"n,t\n1,n/a\nN/A,x\n,y\n-,z\n"))
    assert values(dataset, analyst, "n", "t") == [[1, None, None, None], ["n/a", "x", "y", "z"]]


def test_a_value_that_comes_late_decides_the_type_too(analyst):
    rows = b"1\n" * 3000 + b"many\n"
    assert types(receive(analyst, b"n\n" + rows)) == {"n": "text"}


def test_a_type_that_some_values_do_not_fit_is_refused_with_an_example(analyst, settings):
    draft, before = receive(analyst, b"n,t\n1,x\n2,3\n"), files_of(settings)
    with pytest.raises(UserError) as caught:
        keep(analyst, draft, types={"c1": "number"})
    assert caught.value.field == "type-c1"
    assert "“x”" in caught.value.message
    assert files_of(settings) == before
    assert uploads.draft_of(analyst, draft.token).rows == 2  # it can be corrected


@pytest.mark.parametrize("number", ["1e999", "Infinity", "NaN"])
def test_no_number_is_infinite(analyst, number):
    assert types(receive(analyst, f"n\n1\nx{number}\n".encode())) == {"n": "text"}
    draft = receive(analyst, f"n\n1\n{number}\n".encode())
    assert types(draft)["n"] == ("number" if number == "NaN" else "text")


NASTY = {
    "empty": (b"", "empty"),
    "blank": (b" \n\n\t\n", "empty"),
    "heads only": (b"a,b\n", "no_rows"),
    "binary": (bytes(range(256)) * 50, ("binary", "encoding")),
    "binary in utf-8": (b"a,b\n\x00\x01,2\n", "binary"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "image"),
    "picture in letters": (b'<?xml version="1.0"?>\n<svg width="9">\n<g/></svg>\n', "image"),
    "web page": (b"\n<!DOCTYPE html>\n<table><tr><td>1</td></tr></table>\n", "page"),
    "xml": (b'<?xml version="1.0"?>\n<rows><row/></rows>\n', "xml"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3" + b"\x00" * 99, "pdf"),
    "rtf": (b"{\\rtf1 a,b\n1,2\n}", "document"),
    "database": (b"SQLite format 3\x00" + b"\x00" * 99, "database"),
    "program": (b"\x7fELF\x02" + b"\x00" * 99, "program"),
    "cut archive": (b"PK\x03\x04" + b"x" * 99, "broken_archive"),
    "cut gzip": (b"\x1f\x8b\x08" + b"x" * 99, "broken_archive"),
    "gzip in a gzip": (gzip.compress(gzip.compress(b"a,b\n1,2\n")), "archive"),
    "picture in a gzip": (gzip.compress(b"GIF89a" + b"\x00" * 99), "image"),
    "half a letter": (b"\xff\xfea\x00\x0a", "encoding"),
    "unterminated quote": (b'a,b\n1,2\n3,"x\n5,6\n', "quote"),
    "unterminated quote, long": (b'a,b\n1,"2\n' + b"5,6\n" * 200_000, "quote"),
    "ragged": (b"a,b\n1,2\n3\n", "ragged"),
    "one line of 20 MB": (b"x" * 20_000_000, "long_line"),
    "100,000 columns": (b",".join([b"c"] * 100_000) + b"\n" + b"1," * 99_999 + b"1", "columns"),
    "json with a broken line": (b'{"a":1}\n{"a":\n', "json_row"),
    "json with lists": (b'{"a":[1]}\n', "nested"),
    "json nested deeply": (b'{"a":' + b"[" * 100_000 + b"\n", "json_line"),
    "json rows that are none": (b'{"a":1}\n[1]\n', "json_row"),
    "json array of numbers": (b"[1, 2]", "json_row"),
    "json array that is cut": (b'[{"a":1},{"a":2}', "json_row"),
    "json array without rows": (b"[]", "no_rows"),
    "json that is very deep": (b'[{"a":' * 500 + b"1" + b"}]" * 500, "json_deep"),
    "json of two lists": (b'{"a":[{"x":1}],"b":[{"x":1}]}', "json_lists"),
    "cut parquet": (b"PAR1" + b"x" * 50, "broken_parquet"),
}


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_file_is_refused_in_words_and_leaves_nothing(analyst, settings, name):
    content, codes = NASTY[name]
    error = refusal(analyst, content)
    assert error.code.removeprefix("upload_") in ([codes] if isinstance(codes, str) else codes)
    assert error.field == "file"
    assert "%(" not in error.message
    assert str(settings.UPLOAD_DRAFTS) not in error.message
    assert list(settings.UPLOAD_DRAFTS.iterdir()) == []


def test_a_small_parquet_of_fifty_million_rows_is_refused_from_its_own_word(analyst):
    table, out = pa.table({"z": pa.nulls(1_000_000, pa.int64()).fill_null(0)}), io.BytesIO()
    with pq.ParquetWriter(out, table.schema) as writer:
        for _each in range(50):
            writer.write_table(table)
    assert len(out.getvalue()) < 250_000
    error = refusal(analyst, out.getvalue(), "zeros.parquet")
    assert error.code == "upload_rows"


def test_rows_times_columns_are_bounded_while_reading(analyst, settings):
    settings.UPLOAD_MAX_CELLS = 1000
    assert refusal(analyst, b"a,b\n" + b"1,2\n" * 501).code == "upload_rows"
    assert receive(analyst, b"a,b\n" + b"1,2\n" * 500).rows == 500
    assert refusal(analyst, b'{"a":1,"b":2}\n' * 501).code == "upload_rows"


def test_a_parquet_that_unpacks_beyond_the_memory_limit_is_refused(analyst, monkeypatch):
    monkeypatch.setattr(upload_child, "MEMORY_BYTES", 1024**3)
    fat = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), ["x" * 100_000])
    error = refusal(analyst, parquet(pa.table({"fat": fat})), "fat.parquet")
    assert error.code in ("upload_too_large", "upload_broken_parquet")


def test_a_child_that_takes_too_long_is_ended(analyst, monkeypatch, settings):
    monkeypatch.setattr(upload_child, "TIMEOUT_S", 0.01)
    assert refusal(analyst, CSV).code == "upload_slow"
    assert list(settings.UPLOAD_DRAFTS.iterdir()) == []


@pytest.mark.parametrize("name", ["../../settings.py", "a\r\nb.csv", "x" * 300, "\u202efdp.csv"])
def test_a_file_is_kept_under_generated_names_whatever_its_own(analyst, settings, name):
    draft = receive(analyst, CSV, name)
    dataset = keep(analyst, draft)
    assert draft.file_name.isprintable()
    assert len(draft.file_name) <= 200
    assert uploads.TOKEN.fullmatch(dataset.relation.removesuffix(".parquet"))
    assert list(settings.UPLOAD_DRAFTS.iterdir()) == []


def test_the_reader_is_given_no_secret(analyst, monkeypatch):
    seen = {}
    real = upload_child.subprocess.Popen

    def spy(*args, **kwargs):
        seen.update(kwargs["env"])
        return real(*args, **kwargs)

    monkeypatch.setattr(upload_child.subprocess, "Popen", spy)
    receive(analyst, CSV)
    assert seen.keys() == {"PATH", "LANG", "OPENBLAS_NUM_THREADS"}


def test_replacing_keeps_the_words_and_the_measures(analyst, orders):
    orders.columns.filter(name="amount").update(label="Turnover", unit="€")
    orders.description = "What was sold."
    orders.save()
    text = b"ordered_at,region,amount,cost\n2025-05-01,North,99,1\n"
    draft = receive(analyst, text)
    dataset = keep(analyst, draft, target=orders, time_column="ordered_at")
    assert (dataset.pk, dataset.row_count, dataset.name) == (orders.pk, 1, "Orders")
    assert dataset.description == "What was sold."
    assert dataset.version > orders.version
    assert dataset.columns.get(name="amount").label == "Turnover"
    frame = engine.answer(Query(dataset=dataset.pk, measures=("revenue",)), analyst)
    assert frame.column("revenue") == [99.0]


def test_what_fails_leaves_the_old_dataset_as_it_was(analyst, orders, settings):
    files, relation = files_of(settings), orders.relation
    draft = receive(analyst, b"ordered_at,region,amount,cost\nsoon,x,1,2\n")
    with pytest.raises(UserError):
        keep(analyst, draft, target=orders, types={"c0": "time"}, time_column="ordered_at")
    orders.refresh_from_db()
    assert (orders.relation, orders.row_count) == (relation, 240)
    assert files_of(settings) == files


def test_a_replaced_file_is_removed_a_day_later(analyst, orders, settings):
    text = b"ordered_at,region,amount,cost\n2025-05-01,North,99,1\n"
    old = settings.UPLOADS / orders.relation
    dataset = keep(analyst, receive(analyst, text), target=orders, time_column="ordered_at")
    assert old.exists()
    uploads.sweep(time.time() + uploads.DRAFT_KEEP_S + 60)
    assert not old.exists()
    assert (settings.UPLOADS / dataset.relation).exists()


def test_a_draft_that_nobody_confirms_is_removed_after_a_day(analyst, settings):
    old, new = receive(analyst, CSV), receive(analyst, CSV)
    past = time.time() - uploads.DRAFT_KEEP_S - 60
    os.utime(old.folder, (past, past))
    assert uploads.sweep() == 1
    assert [path.name for path in settings.UPLOAD_DRAFTS.iterdir()] == [new.token]


@pytest.mark.parametrize("token", ["../uploads", "0" * 32, "x", ""])
def test_a_token_that_is_none_finds_nothing(analyst, token):
    with pytest.raises(NotFound):
        uploads.draft_of(analyst, token)


def test_another_persons_draft_is_not_found(analyst, admin_user):
    draft = receive(analyst, CSV)
    with pytest.raises(NotFound):
        uploads.draft_of(admin_user, draft.token)


def test_a_second_file_waits_for_the_first(analyst):
    with uploads._one_at_a_time(analyst), pytest.raises(Conflict):
        receive(analyst, CSV)


def test_a_new_dataset_never_takes_the_slug_of_another(analyst, orders, workspace):
    first = keep(analyst, receive(analyst, CSV, "orders.csv"))
    second = keep(analyst, receive(analyst, CSV, "upload.csv"))
    assert (first.slug, second.slug) == ("orders-2", "upload-2")
    assert Dataset.objects.filter(workspace=workspace).count() == 3


def test_drafts_lie_where_no_query_can_read_them(settings):
    from config.settings import base

    assert base.UPLOADS not in (base.UPLOAD_DRAFTS, *base.UPLOAD_DRAFTS.parents)


def test_the_first_measures_follow_the_names(analyst):
    draft = receive(analyst, b"amount,unit price,id,2nd\n1,2,3,4\n")
    picked = {c["key"]: suggested_aggregate(c) for c in draft.columns}
    assert list(picked.values()) == ["sum", "avg", "", "sum"]
    dataset = keep(analyst, draft, aggregates=picked)
    assert set(dataset.measures.values_list("name", "aggregate")) == {
        ("rows", "count"),
        ("amount", "sum"),
        ("unit_price", "avg"),
        ("measure_4", "sum"),
    }


@pytest.mark.django_db(transaction=True)
def test_a_deleted_dataset_takes_its_metrics_along_and_its_file_in_a_day(orders, analyst, settings):
    measure = orders.measures.get(name="revenue")
    Metric.objects.create(
        workspace=orders.workspace,
        dataset=orders,
        name="Revenue",
        slug="revenue",
        measure=measure,
        owner=analyst,
    )
    file = Path(settings.UPLOADS) / orders.relation
    services.delete_dataset(orders)
    assert not Metric.objects.exists()
    assert file.is_file()  # a query may still read it
    uploads.sweep(time.time() + 2 * 86_400)
    assert not file.exists()
