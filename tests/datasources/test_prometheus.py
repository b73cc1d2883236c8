"""A real Prometheus with three days of samples, around a change of clocks in Berlin."""

import math
import random
import re
import shutil
import subprocess
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from apps.core.errors import UserError
from apps.core.window import Window
from apps.datasources import engine, extracts, fetching, services, sources
from apps.datasources import query as query_module
from apps.datasources.compiler import compile_query
from apps.datasources.connectors import prometheus
from apps.datasources.connectors.base import Limits
from apps.datasources.connectors.errors import QueryRefused, SourceTooLarge
from apps.datasources.definition import definition
from apps.datasources.models import Dataset, Source
from apps.datasources.promql import Matcher, read
from apps.datasources.query import Dimension, Filter, Order, Query
from config.serve import ports

pytestmark = pytest.mark.skipif(not shutil.which("prometheus"), reason="no prometheus here")
START = datetime(2024, 3, 30, tzinfo=UTC)
DAYS = 3
EVERY_S = 120
SERIES = [
    {"region": "West", "shop": "a"},
    {"region": "West", "shop": 'b"\\'},
    {"region": "East", "shop": "a.c"},
    {"shop": "homeless"},
]
MEASURES = [
    {"name": "total", "label": "Total", "aggregate": "sum", "column": "value"},
    {"name": "usual", "label": "Usual", "aggregate": "avg", "column": "value"},
    {"name": "least", "label": "Least", "aggregate": "min", "column": "value"},
    {"name": "most", "label": "Most", "aggregate": "max", "column": "value"},
    {"name": "series", "label": "Series", "aggregate": "count"},
    {"name": "regions", "label": "Regions", "aggregate": "count_distinct", "column": "region"},
    {"name": "middle", "label": "Middle", "aggregate": "median", "column": "value"},
    {"name": "west", "label": "West", "aggregate": "sum", "column": "value"}
    | {"filters": [{"column": "region", "op": "eq", "values": ["West"]}]},
    {"name": "share", "label": "Share", "aggregate": "ratio"}
    | {"numerator": "west", "denominator": "total"},
]
EXACT = ("total", "usual", "least", "most", "series", "regions", "west", "share")
WINDOW = Window(START + timedelta(hours=1, seconds=30), START + timedelta(days=2, hours=3))


def made_samples():
    """(labels, moment in seconds, value); one series is silent for half a day."""
    chance = random.Random(5)
    found = []
    for number, labels in enumerate(SERIES):
        for at in range(0, DAYS * 86_400, EVERY_S):
            if number == 2 and 20 * 3600 < at < 32 * 3600:
                continue
            found.append((labels, int(START.timestamp()) + at, round(chance.uniform(-5, 50), 3)))
    return found


SAMPLES = made_samples()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prometheus")
    lines = ["# TYPE queue gauge"]
    for labels, at, value in SAMPLES:
        quoted = {k: v.replace("\\", "\\\\").replace('"', '\\"') for k, v in labels.items()}
        text = ",".join(f'{name}="{value}"' for name, value in quoted.items())
        lines.append(f"queue{{{text}}} {value} {at}")
    (folder / "samples").write_text("\n".join([*lines, "# EOF", ""]))
    (folder / "config.yml").write_text("global: {scrape_interval: 1h}\n")
    backfill = ["promtool", "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run([*backfill, folder / "samples", folder / "data"], check=True, stdout=-3)
    url = f"http://127.0.0.1:{ports.any_free()}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'config.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--storage.tsdb.retention.time=100y",
                f"--web.listen-address={url.removeprefix('http://')}",
            ],
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(f"{url}/-/ready")
            yield url
        finally:
            process.kill()
            process.wait()


def wait_for(url):
    for _try in range(300):
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("Prometheus did not start")


@pytest.fixture
def source(workspace, settings, address):
    settings.SOURCE_NETWORKS = ["127.0.0.0/8"]
    kept = sources.checked("prometheus", {"url": address})
    return Source.objects.create(workspace=workspace, name="P", kind="prometheus", settings=kept)


def made(source, relation, slug="queue"):
    dataset = Dataset.objects.create(
        workspace=source.workspace, source=source, name=slug, slug=slug, kind="table",
        relation=relation, time_column="time",
    )  # fmt: skip
    types = {"time": "time", "value": "number", "region": "text", "shop": "text"}
    services.define_columns(dataset, types, {})
    services.define_measures(dataset, MEASURES)
    return dataset


@pytest.fixture
def queue(source):
    return made(source, "queue")


def bucket(at, grain, zone):
    seconds = {"5minute": 300, "hour": 3600}.get(grain)
    if seconds:
        return datetime.fromtimestamp(at // seconds * seconds, UTC)
    local = datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0)
    if grain == "week":
        local -= timedelta(days=local.weekday())
    return (local.replace(day=1) if grain == "month" else local).astimezone(UTC)


def expected(grain=None, zone=UTC, by=(), keep=lambda labels: True, window=WINDOW):
    """The measures by definition, from the samples."""
    series = defaultdict(lambda: defaultdict(list))
    for labels, at, value in SAMPLES:
        if keep(labels) and window.start.timestamp() <= at < window.end.timestamp():
            key = (bucket(at, grain, zone),) if grain else ()
            key += tuple(labels.get(name) for name in by)
            series[key][tuple(labels.items())].append(value)
    found = {}
    for key, each in series.items():
        averages = {labels: sum(values) / len(values) for labels, values in each.items()}
        every = [value for values in each.values() for value in values]
        regions = {dict(labels).get("region") for labels in each} - {None}
        west = [v for labels, v in averages.items() if dict(labels).get("region") == "West"]
        total = sum(averages.values())
        found[key] = [total, total / len(averages), min(every), max(every), len(each)]
        found[key] += [len(regions), sum(west) if west else None]
        found[key] += [sum(west) / total if west else None]
    return found


def asked(dataset, user, **more):
    query = {"measures": EXACT, "time": "time", "window": WINDOW} | more
    return engine.answer(Query(dataset=dataset.pk, **query), user)


def assert_same(frame, wanted, keys):
    rows = frame.table.to_pylist()
    assert {tuple(row[key] for key in keys) for row in rows} == set(wanted)
    for row in rows:
        for name, value in zip(EXACT, wanted[tuple(row[key] for key in keys)], strict=True):
            assert (row[name] is None) == (value is None), name
            assert value is None or math.isclose(row[name], value, rel_tol=1e-9), (name, row)


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize("grain", ["5minute", "hour", "day", "week", "month"])
def test_steps_are_computed_from_every_sample(queue, viewer, grain, timezone):
    frame = asked(queue, viewer, grain=grain, timezone=timezone, dimensions=(Dimension("region"),))
    wanted = expected(grain, ZoneInfo(timezone), by=("region",))
    assert_same(frame, wanted, ("time", "region"))
    times = frame.column("time")
    assert times == sorted(times)


def test_a_range_without_a_grain_is_one_value(queue, viewer):
    assert_same(asked(queue, viewer), expected(), ())
    frame = asked(queue, viewer, dimensions=(Dimension("shop"),), order=(Order("most", True),))
    assert_same(frame, expected(by=("shop",)), ("shop",))
    assert frame.column("most") == sorted(frame.column("most"), reverse=True)


CONDITIONS = [
    (Filter("region", "eq", ("West",)), lambda x: x.get("region") == "West"),
    (Filter("region", "eq", ("",)), lambda x: False),
    (Filter("region", "ne", ("West",)), lambda x: x.get("region", "West") != "West"),
    (Filter("region", "in", ("West", "North|East")), lambda x: x.get("region") == "West"),
    (Filter("region", "not_in", ("West",)), lambda x: x.get("region") == "East"),
    (Filter("region", "is_null"), lambda x: "region" not in x),
    (Filter("region", "not_null"), lambda x: "region" in x),
    (Filter("shop", "eq", ('b"\\',)), lambda x: x["shop"] == 'b"\\'),
    (Filter("shop", "in", ('b"\\', "a.c")), lambda x: x["shop"] in ('b"\\', "a.c")),
    (Filter("shop", "contains", ("OME",)), lambda x: x["shop"] == "homeless"),
    (Filter("shop", "contains", (".",)), lambda x: x["shop"] == "a.c"),
    (Filter("time", "ge", ("2024-04-01T00:00:00Z",)), None),
]


@pytest.mark.parametrize(("each", "keep"), CONDITIONS, ids=lambda x: getattr(x, "op", ""))
def test_conditions_are_matchers(queue, viewer, each, keep):
    frame = asked(queue, viewer, filters=(each,), dimensions=(Dimension("shop"),))
    window = WINDOW if keep else Window(datetime(2024, 4, 1, tzinfo=UTC), WINDOW.end)
    assert_same(frame, expected(by=("shop",), keep=keep or bool, window=window), ("shop",))


class Joined:
    """Conditions joined by any or all, as a question has them."""

    def __init__(self, join, *items):
        self.join, self.items = join, items

    def as_json(self):
        return {self.join: [each.as_json() for each in self.items]}


def test_groups_are_one_pattern_or_refused(queue):
    shape = definition(queue.pk, queue.version)
    query = Query(dataset=queue.pk, measures=("series",), time="time", window=WINDOW)
    west, some = Filter("region", "eq", ("West",)), Filter("region", "contains", ("as",))
    compiled = compile_query(query, shape, (Joined("any", west, Joined("all", some)),))
    connection = sources.connection_of(queue.source)
    limits = Limits(timeout_s=5, rows=10, bytes=100_000)
    assert prometheus.run(connection, compiled.sql, [], limits).to_pylist() == [{"series": 3}]
    for other in (Filter("shop", "eq", ("a",)), Filter("region", "ne", ("a",))):
        with pytest.raises(UserError, match="same label"):
            compile_query(query, shape, (Joined("any", west, other),))


def test_nothing_is_null_and_counts_none(queue, viewer):
    (row,) = asked(queue, viewer, filters=(Filter("shop", "eq", ("none",)),)).table.to_pylist()
    assert row["total"] is None
    assert row["series"] == row["regions"] == 0


def test_an_expression_is_evaluated_within_each_step(source, viewer):
    plain, doubled = made(source, "queue"), made(source, "2 * (queue) # twice", "doubled")
    ones = asked(plain, viewer, grain="hour", measures=("most",)).column("most")
    twos = asked(doubled, viewer, grain="hour", measures=("most",)).column("most")
    assert [None if one is None else 2 * one for one in ones] == pytest.approx(twos)


def test_rows_are_the_samples(queue, viewer):
    window = Window(START + timedelta(minutes=2), START + timedelta(minutes=10))
    query = {"columns": ("time", "value", "region", "shop"), "measures": (), "window": window}
    rows = asked(queue, viewer, **query).table.to_pylist()
    wanted = [
        (datetime.fromtimestamp(at, UTC), value, labels.get("region"), labels["shop"])
        for labels, at, value in SAMPLES
        if window.start.timestamp() <= at < window.end.timestamp()
    ]
    assert len(rows) == 16
    assert {tuple(row.values()) for row in rows} == set(wanted)
    assert rows[0]["time"] == window.end - timedelta(minutes=2)


def test_without_a_range_it_is_the_present(source, viewer):
    now = made(source, 'label_replace(vector(7), "shop", "now", "", "")')
    frame = asked(now, viewer, time=None, window=None, measures=("total", "series"))
    assert frame.table.to_pylist() == [{"total": 7.0, "series": 1}]


def test_a_policy_reaches_every_selector(source, viewer):
    ratio = made(source, "queue / on (shop) group_left () max by (shop) (queue offset 1h)")
    services.set_policy(
        ratio, "West", "viewer", [{"column": "region", "op": "in", "values": ["West"]}]
    )
    viewer.refresh_from_db()
    frame = asked(ratio, viewer, dimensions=(Dimension("region"),), measures=("series",))
    assert frame.table.to_pylist() == [{"region": "West", "series": 2}]
    other = (Filter("region", "eq", ("East",)),)
    (row,) = asked(ratio, viewer, measures=("series",), filters=other).table.to_pylist()
    assert row["series"] == 0
    sql = engine.explain(Query(dataset=ratio.pk, measures=("series",)), viewer).sql
    assert len(re.findall(r'region=~\\"West\\"', sql)) == 2


EXPRESSIONS = [
    "up",
    'up{a="}",b!=\'{"\',c=~`\\d`}',
    "sum by (region) (rate(up[5m])) / ignoring (x) group_left (y) down offset 5m",
    "sum without (region) (a) or b unless c and on (x) d",
    "max_over_time((a / b)[1h:15s] @ start())",
    'label_replace(a, "c", "$1", "b", "(.*)") > bool 2',
    "sum # up{}\n (a) + -b ^ 2",
    'count_values("x", a) + absent({__name__=~"a.*"})',
    "topk(3, quantile_over_time(0.5, a[5m])) * scalar(b)",
    "sum + by + offset",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_every_selector_is_narrowed_and_nothing_else_changes(text):
    value = 'x"\\} or vector(1) #\n'
    expression = read(text)
    narrowed = expression.narrowed([Matcher("region", "=", value)]).text()
    quoted = '"x\\"\\\\} or vector(1) #\\n"'
    matcher = f"region={quoted}"
    assert narrowed.count(matcher) > 0
    without = narrowed.replace(f",{matcher}", "").replace(matcher, "")
    assert without.replace("{}", "") == expression.text().replace("{}", "")


@pytest.mark.parametrize(
    "text",
    [
        "info(up)",
        'up{a="b" or c="d"}',
        'label_replace(up, "region", "$1", "a", "(.*)")',
        'count_values("region", up)',
        "up * on (a) group_left (region) info_metric",
    ],
)
def test_what_cannot_be_narrowed_is_refused(text):
    with pytest.raises(UserError, match="cannot be narrowed"):
        read(text).narrowed([Matcher("region", "=", "West")])


@pytest.mark.parametrize(
    "text", ["up[5m]", "7", '"a"', "up{", 'up{a="b}', "up) or (secret", "up # ) or (\n )"]
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(UserError) as caught:
        read(text)
    assert caught.value.field == "relation"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"measures": ("middle",)}, "measures"),
        ({"filters": (Filter("value", "gt", (1,)),)}, "filters"),
        ({"filters": (Filter("region", "gt", ("a",)),)}, "filters"),
        ({"window": None, "grain": "hour"}, "window"),
        ({"dimensions": (Dimension("time", "hour"),)}, "dimensions"),
        ({"grain": "second", "window": Window.last(hours=24 * 30)}, "grain"),
    ],
)
def test_what_prometheus_cannot_answer_is_refused(queue, viewer, more, field):
    with pytest.raises(UserError) as caught:
        asked(queue, viewer, **more)
    assert caught.value.field == field


def test_a_policy_that_is_no_matcher_is_refused(queue):
    shape = definition(queue.pk, queue.version)
    query = Query(dataset=queue.pk, measures=("total",), time="time", window=WINDOW)
    with pytest.raises(UserError):
        compile_query(query, shape, (Filter("value", "gt", (1,)),))


def test_columns_are_time_value_and_labels(source):
    connection = sources.connection_of(source)
    prometheus.check(connection)
    assert "queue" in [each.name for each in prometheus.relations(connection)]
    found = prometheus.columns(connection, 'label_replace(vector(1), "shop", "x", "", "")')
    assert [(each.name, each.type) for each in found] == [
        ("time", "time"),
        ("value", "number"),
        ("shop", "text"),
    ]
    for text, words in (
        ("sum(", "refuses"),
        ("nothing_here", "nothing now"),
        ("up[5m]", "no series"),
    ):
        with pytest.raises(QueryRefused, match=words):
            prometheus.columns(connection, text)


def test_a_copy_holds_every_sample(queue, settings, monkeypatch):
    settings.QUERY_MAX_ROWS = 200
    days = (datetime.now(UTC) - START).days + 1
    queue.options = {"history_days": days}
    queue.save()
    monkeypatch.setattr(fetching, "SPAN", timedelta(days=days))
    extract = extracts.schedule_extract(queue, 60, "time")
    for _time in range(2):
        extracts.take(extract)
        extract.refresh_from_db()
        assert (extract.problem, extract.row_count) == ("", len(SAMPLES))


def test_too_much_is_said_to_be_too_much(queue, source, viewer):
    query = Query(dataset=queue.pk, columns=("time", "value", "shop"), time="time", window=WINDOW)
    compiled = engine.explain(query, viewer)
    small = Limits(timeout_s=5, rows=10, bytes=10_000)
    with pytest.raises(SourceTooLarge):
        prometheus.run(sources.connection_of(source), compiled.sql, [], small)


@pytest.mark.skipif(not hasattr(query_module, "Top"), reason="questions have no top yet")
def test_the_top_is_chosen_and_the_rest_is_computed_anew(queue, viewer):
    top = query_module.Top(2, "most", True)
    frame = asked(queue, viewer, dimensions=(Dimension("shop"),), top=top)
    every = expected(by=("shop",))
    best = sorted(every, key=lambda key: (-every[key][3], key))[:2]
    rows = frame.table.to_pylist()
    assert [row["shop__other"] for row in rows] == [False, False, True]
    assert {row["shop"] for row in rows[:2]} == {shop for (shop,) in best}
    shops = {shop for (shop,) in best}
    ((_key, wanted),) = expected(keep=lambda labels: labels["shop"] not in shops).items()
    assert rows[2]["shop"] is None
    assert rows[2]["total"] == pytest.approx(wanted[0])
    assert rows[2]["most"] == wanted[3]
    frame = asked(queue, viewer, dimensions=(Dimension("region"),), top=top, grain="day")
    assert sum(frame.column("region__other")) > 0
