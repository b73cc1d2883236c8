"""A real server that speaks OpenSearch's REST, and DuckDB over the same rows as the judge."""

import math
import random
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from osmem_server import OsmemServer

from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources import engine, extracts, services, sources
from apps.datasources import query as query_module
from apps.datasources.compiler import compile_query
from apps.datasources.connectors import opensearch
from apps.datasources.connectors.base import Limits
from apps.datasources.connectors.errors import SourceRefused, SourceTooLarge
from apps.datasources.definition import definition
from apps.datasources.models import Dataset, Source
from apps.datasources.query import Dimension, Filter, Order, Query

MAPPING = {
    "at": {"type": "date"},
    "region": {"type": "keyword"},
    "title": {"type": "text", "fields": {"keyword": {"type": "keyword"}}},
    "essay": {"type": "text"},
    "amount": {"type": "double"},
    "pieces": {"type": "long"},
    "paid": {"type": "boolean"},
    "lines": {"type": "nested", "properties": {"sku": {"type": "keyword"}}},
    "buyer": {"properties": {"city": {"type": "keyword"}}},
}
TYPES = {
    "at": "time",
    "region": "text",
    "title.keyword": "text",
    "amount": "number",
    "pieces": "number",
    "paid": "boolean",
    "buyer.city": "text",
}
MEASURES = [
    {"name": "orders", "label": "Orders", "aggregate": "count"},
    {"name": "revenue", "label": "Revenue", "aggregate": "sum", "column": "amount"},
    {"name": "usual", "label": "Usual", "aggregate": "avg", "column": "amount"},
    {"name": "least", "label": "Least", "aggregate": "min", "column": "pieces"},
    {"name": "most", "label": "Most", "aggregate": "max", "column": "amount"},
    {"name": "titles", "label": "Titles", "aggregate": "count_distinct", "column": "title.keyword"},
    {"name": "middle", "label": "Middle", "aggregate": "median", "column": "amount"},
    {"name": "each", "label": "Each", "aggregate": "ratio"}
    | {"numerator": "revenue", "denominator": "orders"},
    {"name": "key", "label": "Most pieces", "aggregate": "max", "column": "pieces"},
    {"name": "count", "label": "In the west", "aggregate": "sum", "column": "amount"}
    | {"filters": [{"column": "region", "op": "eq", "values": ["West"]}]},
    {"name": "west_share", "label": "Of the west", "aggregate": "ratio"}
    | {"numerator": "count", "denominator": "revenue"},
]
EXACT = ("orders", "revenue", "usual", "least", "most", "each", "key", "count", "west_share")
START = datetime(2024, 3, 25, tzinfo=UTC)  # clocks change in Berlin six days later


def made_rows(count=400):
    chance = random.Random(7)
    texts = ["West", "East", "Süd ✓", "", "a*b?c\\d", "null", None]
    rows = []
    for _number in range(count):
        row = {
            "at": START + timedelta(minutes=chance.randrange(14 * 24 * 60)),
            "region": chance.choice(texts),
            "title": chance.choice(["Red shoe", "Blue hat", "Green coat", None]),
            "amount": chance.choice([None, 0.0, round(chance.uniform(-50, 500), 2)]),
            "pieces": chance.choice([None, 0, chance.randrange(1, 9)]),
            "paid": chance.choice([True, False, None]),
            "city": chance.choice(["Ulm", "Köln", None]),
        }
        rows.append(row)
    return rows


ROWS = made_rows()


@pytest.fixture(scope="module")
def server():
    """Holds the index "orders"; each test gets a clone of it."""
    with OsmemServer.start(japanese=False) as found:
        fill(found.url, ROWS)
        yield found


def fill(url, rows, index="orders", auth=None):
    with httpx.Client(base_url=url, timeout=120, auth=auth) as client:
        client.put(f"/{index}", json={"mappings": {"properties": MAPPING}}).raise_for_status()
        lines = []
        for number, row in enumerate(rows):
            document = {k: v for k, v in row.items() if v is not None and k != "city"}
            document["at"] = row["at"].isoformat()
            if row.get("city"):
                document["buyer"] = {"city": row["city"]}
            lines += [orjson.dumps({"index": {"_index": index, "_id": str(number)}})]
            lines += [orjson.dumps(document)]
        body = b"\n".join([*lines, b""])
        headers = {"Content-Type": "application/x-ndjson"}
        answer = client.post("/_bulk?refresh=true", content=body, headers=headers)
        assert answer.json()["errors"] is False


@pytest.fixture
def url(server, settings):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    opensearch._known.clear()
    with server.clone() as clone:
        yield clone.url


@pytest.fixture
def signed():
    """The user and password of somebody who may do all; here nobody is asked who they are."""
    return


@pytest.fixture
def source_row(workspace, url, signed):
    """The server as a source."""
    user, password = signed or ("", "")
    auth = {"auth": "password", "user": user} if signed else {"auth": "none"}
    kept = sources.checked("opensearch", {"url": url, **auth})
    made = Source.objects.create(
        workspace=workspace, name="Search", kind="opensearch", settings=kept
    )
    made.set_password(password)
    made.save()
    return made


@pytest.fixture
def source(source_row):
    return sources.connection_of(source_row)


@pytest.fixture
def pair(workspace, source_row):
    """The same rows as an index and as an upload, with the same measures."""
    source = source_row
    index = Dataset.objects.create(
        workspace=workspace, source=source, name="Index", slug="index", kind="table",
        relation="orders", time_column="at",
    )  # fmt: skip
    services.define_columns(index, TYPES, {})
    services.define_measures(index, MEASURES)
    names = {"title.keyword": "title", "buyer.city": "city"}
    table = pa.table(
        {
            name: pa.array(
                [row[names.get(name, name)] for row in ROWS],
                {"time": pa.timestamp("ms", "UTC"), "text": pa.string()}.get(
                    type_, pa.bool_() if type_ == "boolean" else pa.float64()
                ),
            )
            for name, type_ in TYPES.items()
        }
    )
    judge = services.register_upload(
        workspace, name="Judge", slug="judge", table=table, time_column="at", measures=MEASURES
    )
    return index, judge


def same(pair, user, **asked):
    """Ask both; return the answer on which they agree."""
    index, judge = pair
    ours, theirs = (
        engine.answer(Query(dataset=each.pk, **asked), user).table.to_pylist()
        for each in (index, judge)
    )
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.keys() == other.keys()
        for name, value in other.items():
            if isinstance(value, float) and one[name] is not None:
                assert math.isclose(one[name], value, abs_tol=1e-6), name
            else:
                assert one[name] == value, name
    return ours


GRAINS = ("5minute", "hour", "day", "week", "month", "quarter", "year")
WINDOW = Window(START + timedelta(hours=5, seconds=0.5), START + timedelta(days=12))


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("grain", GRAINS)
def test_steps_of_time_are_those_of_sql(pair, viewer, grain, timezone):
    asked = {"measures": EXACT, "time": "at", "grain": grain, "timezone": timezone}
    assert len(same(pair, viewer, **asked, window=WINDOW)) > 0
    by = (Dimension("region"), Dimension("paid"))
    assert same(pair, viewer, **asked, dimensions=by)


@pytest.mark.parametrize("part", ["hour", "weekday", "month"])
def test_parts_of_time_are_folded_exactly(pair, viewer, part):
    by = (Dimension("at", part), Dimension("region"))
    assert same(
        pair, viewer, measures=EXACT, dimensions=by, timezone="Europe/Berlin", time="at",
        window=WINDOW,
    )  # fmt: skip


def test_a_measure_that_cannot_be_folded_is_refused(pair, viewer):
    query = Query(dataset=pair[0].pk, measures=("titles",), dimensions=(Dimension("at", "hour"),))
    with pytest.raises(UserError, match="cannot be computed") as caught:
        engine.answer(query, viewer)
    assert caught.value.field == "measures"


@pytest.mark.parametrize(
    "dimensions", [("region",), ("title.keyword", "paid"), ("pieces",), ("at",), ("buyer.city",)]
)
def test_groups_are_those_of_sql(pair, viewer, dimensions):
    by = tuple(Dimension(name) for name in dimensions)
    assert same(pair, viewer, measures=(*EXACT, "titles"), dimensions=by)
    down = (Order(dimensions[0], descending=True),)
    assert same(pair, viewer, measures=("orders",), dimensions=by, order=down)
    by_measure = (Order("usual"), Order(dimensions[0]))
    assert same(pair, viewer, measures=("usual",), dimensions=by, order=by_measure, limit=2)


def test_measures_of_the_moment_are_those_of_sql(pair, viewer):
    written = ("count()", "sum(pieces)", "max(pieces)", "count_distinct(region)")
    asked = {"measures": written, "dimensions": (Dimension("region"),)}
    assert same(pair, viewer, **asked, order=(Order("sum(pieces)"), Order("region")))


CONDITIONS = [
    Filter("region", "eq", ("Süd ✓",)),
    Filter("region", "ne", ("West",)),
    Filter("region", "in", ("West", "")),
    Filter("region", "not_in", ("West", "East")),
    Filter("region", "contains", ("B?C\\",)),
    Filter("region", "contains", ("*",)),
    Filter("region", "gt", ("East",)),
    Filter("region", "is_null"),
    Filter("region", "not_null"),
    Filter("amount", "eq", (0,)),
    Filter("amount", "lt", (0.5,)),
    Filter("amount", "between", (0, 100)),
    Filter("pieces", "in", (1, 2.0, 3.5)),
    Filter("paid", "eq", (True,)),
    Filter("paid", "ne", (True,)),
    Filter("at", "ge", ("2024-03-31T00:00:00+01:00",)),
    Filter("at", "ne", ("2024-03-31T00:00:00+01:00",)),
    Filter("buyer.city", "not_in", ("Ulm",)),
]


if "within" in query_module.OPERATORS:
    CONDITIONS += [
        Filter("region", "starts_with", ("SÜD",)),
        Filter("region", "starts_with", ("a*",)),
        Filter("region", "ends_with", ("ST",)),
        Filter("title.keyword", "not_contains", ("SHOE",)),
        Filter("at", "within", ("2024-04-01", "2024-04-03T12:00")),
    ]


@pytest.mark.parametrize("each", CONDITIONS, ids=lambda each: f"{each.column} {each.op}")
def test_conditions_are_those_of_sql(pair, viewer, each):
    (row,) = same(pair, viewer, measures=EXACT, filters=(each,))
    assert 0 < row["orders"] < 400 or each.op in ("ne", "contains")


class Group:
    """Conditions joined by any or all, as a question has them."""

    def __init__(self, join, *items):
        self.join, self.items = join, items

    def as_json(self):
        return {self.join: [each.as_json() for each in self.items]}


def is_cheap(row):
    return row["amount"] is not None and row["amount"] < 100


def test_groups_of_conditions_nest(pair):
    index = pair[0]
    west, east = (Filter("region", "eq", (name,)) for name in ("West", "East"))
    paid, cheap = Filter("paid", "eq", (True,)), Filter("amount", "lt", (100,))
    group = Group("any", Group("all", west, paid), Group("all", east, Group("any", cheap, paid)))
    shape = definition(index.pk, index.version)
    query = Query(dataset=index.pk, measures=("orders",))
    compiled = compile_query(query, shape, (group,))
    table = opensearch.run(sources.connection_of(index.source), compiled.sql, [], limits())
    wanted = sum(
        1
        for row in ROWS
        if (row["region"] == "West" and row["paid"])
        or (row["region"] == "East" and (row["paid"] or is_cheap(row)))
    )
    assert 0 < wanted < len(ROWS)
    assert table.to_pylist() == [{"orders": wanted}]


def test_nothing_is_null_and_no_rows_are_none(pair, viewer):
    nothing = (Filter("region", "eq", ("nowhere",)),)
    (row,) = same(pair, viewer, measures=(*EXACT, "titles"), filters=nothing)
    assert row["orders"] == 0
    assert row["revenue"] is None
    assert (
        same(pair, viewer, measures=EXACT, dimensions=(Dimension("region"),), filters=nothing) == []
    )


def test_rows_are_those_of_sql(pair, viewer):
    order = (Order("at"), Order("amount"), Order("title.keyword", True), Order("region"))
    order += (Order("buyer.city"), Order("paid"), Order("pieces"))
    rows = same(pair, viewer, columns=tuple(TYPES), time="at", window=WINDOW, order=order)
    assert len(rows) > 300
    assert same(pair, viewer, columns=("at",), time="at", limit=7)


def test_a_policy_narrows_every_question_and_nobody_undoes_it(pair, viewer):
    for dataset in pair:
        filters = [{"column": "region", "op": "in", "values": ["West"]}]
        services.set_policy(dataset, "West", "viewer", filters)
    viewer.refresh_from_db()
    by = (Dimension("region"),)
    assert [row["region"] for row in same(pair, viewer, measures=EXACT, dimensions=by)] == ["West"]
    other = (Filter("region", "eq", ("East",)),)
    (row,) = same(pair, viewer, measures=("orders",), filters=other)
    assert row["orders"] == 0
    compiled = engine.explain(Query(dataset=pair[0].pk, columns=("region",)), viewer)
    matching = orjson.loads(compiled.sql)["body"]["query"]["bool"]["filter"]
    assert matching[0] == {"terms": {"region": ["West"]}}


@pytest.mark.slow
def test_ten_thousand_categories_are_ranked_exactly(
    url, signed, source_row, workspace, viewer, settings
):
    rows = [
        {"at": START, "region": f"r{number % 10_000:05}", "amount": float(number % 10_007)}
        for number in range(12_000)
    ]
    fill(url, rows, "many", signed)
    dataset = Dataset.objects.create(
        workspace=workspace, source=source_row, name="Many", slug="many", kind="table",
        relation="many",
    )  # fmt: skip
    services.define_columns(dataset, {"region": "text", "amount": "number"}, {})
    services.define_measures(dataset, MEASURES[:2])
    query = Query(dataset=dataset.pk, measures=("revenue",), dimensions=(Dimension("region"),))
    best = {}
    for each in rows:
        best[each["region"]] = best.get(each["region"], 0) + each["amount"]
    wanted = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
    frame = engine.answer(query, viewer)
    assert frame.truncated is False
    assert list(zip(frame.column("region"), frame.column("revenue"), strict=True)) == wanted
    settings.QUERY_MAX_ROWS = 100
    frame = engine.answer(query, viewer)
    assert frame.truncated is True
    assert frame.column("revenue") == [value for _name, value in wanted[:100]]
    long = Query(dataset=dataset.pk, columns=("region", "amount"))
    settings.QUERY_MAX_ROWS = 50_000
    rows = engine.answer(long, viewer).table
    assert rows.num_rows == 12_000
    assert sum(rows.column("amount").to_pylist()) == sum(
        each["amount"] for each in rows.to_pylist()
    )


def test_a_copy_holds_every_document(pair, settings):
    settings.QUERY_MAX_ROWS = 70
    extract = extracts.schedule_extract(pair[0], 60, "at")
    for _time in range(2):
        extracts.take(extract)
        extract.refresh_from_db()
        assert (extract.problem, extract.row_count) == ("", len(ROWS))
    kept = pq.read_table(settings.UPLOADS / extract.file)
    there = [round(row["amount"], 2) for row in ROWS if row["amount"] is not None]
    assert sorted(kept.column("amount").drop_null().to_pylist()) == sorted(there)


def test_columns_are_what_can_be_asked_about(url, source):
    assert opensearch.check(source) is None
    assert [each.name for each in opensearch.relations(source)] == ["orders"]
    found = {each.name: each.type for each in opensearch.columns(source, "orders")}
    assert found == TYPES | {"essay": "text"}


def limits(**more):
    return Limits(**({"timeout_s": 5, "rows": 1000, "bytes": 1_000_000} | more))


def asked(**more):
    body = {"query": {"bool": {"filter": []}}, "sort": ["_doc"], "_source": ["region"]}
    statement = {"search": "/orders/_search", "body": body, "columns": [["region", "text"]]}
    return orjson.dumps(statement | {"order": [], "limit": 10, "fields": []} | more).decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [(["essay"], "full text"), (["gone"], "no “gone”"), (["lines.sku"], "list of objects")],
)
def test_a_field_that_would_answer_wrongly_is_refused(url, source, fields, words):
    with pytest.raises(SourceRefused, match=words):
        opensearch.run(source, asked(fields=fields), [], limits())


def test_an_index_that_is_gone_says_so(url, source):
    with pytest.raises(SourceRefused, match="gone") as caught:
        opensearch.run(source, asked(search="/none/_search"), [], limits())
    assert caught.value.is_outage is False


def test_an_answer_past_the_limit_is_too_large(url, source):
    with pytest.raises(SourceTooLarge):
        opensearch.run(source, asked(), [], limits(bytes=1000))


def test_what_there_is_to_fill_in_is_checked(url):
    for details, field in (
        ({"url": "ftp://a"}, "settings.url"),
        ({"url": "http://u:p@127.0.0.1:9200"}, "settings.url"),
        ({"url": url, "auth": "password"}, "settings.user"),
        ({"url": "http://169.254.169.254/latest"}, "settings.url"),
    ):
        with pytest.raises(UserError) as caught:
            sources.checked("opensearch", details)
        assert caught.value.field == field


TOPS = [("region", "revenue"), ("title.keyword", "orders"), ("pieces", "usual"), ("paid", "orders")]


@pytest.mark.skipif(not hasattr(query_module, "Top"), reason="questions have no top yet")
@pytest.mark.parametrize("grain", [None, "week"])
@pytest.mark.parametrize("other", [True, False])
@pytest.mark.parametrize(("name", "by"), TOPS)
def test_the_top_is_that_of_sql(pair, viewer, name, by, other, grain):
    top = query_module.Top(2, by, other)
    asked = {"measures": EXACT, "dimensions": (Dimension(name),), "top": top, "time": "at"}
    found = same(pair, viewer, **asked, window=WINDOW, grain=grain)
    assert len(found) >= 2 + other


@pytest.mark.skipif(not hasattr(query_module, "Top"), reason="nothing is compared yet")
@pytest.mark.parametrize("grain", [None, "day"])
@pytest.mark.parametrize("compare", ["previous", "year"])
def test_comparisons_are_those_of_sql(pair, viewer, compare, grain):
    window = Window(START + timedelta(days=5), START + timedelta(days=9))
    asked = {"measures": EXACT, "compare": compare, "time": "at", "grain": grain}
    found = same(pair, viewer, **asked, window=window, timezone="Europe/Berlin")
    assert "orders__before" in found[0]
    by = (Dimension("region"),)
    top = query_module.Top(2, "revenue", True)
    assert same(pair, viewer, **asked, window=window, dimensions=by, top=top)
