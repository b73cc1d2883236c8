"""The connector on real Elasticsearch and OpenSearch nodes: its whole contract."""

import threading
import time
from dataclasses import replace

import orjson
import pytest

from apps.datasources.connectors import opensearch
from apps.datasources.connectors.base import Connection, Limits
from apps.datasources.connectors.errors import (
    QueryCancelled,
    SourceError,
    SourceRefused,
    SourceTimeout,
    SourceTooLarge,
)
from tests.datasources.test_opensearch import ROWS, TYPES
from tests.engines import servers, tier

tier.needed()

LIMITS = Limits(timeout_s=10, rows=1000, bytes=1_000_000)


@pytest.fixture
def source(url, signed):
    """A function that gives the connection of a source there."""

    user, password = signed or ("", "")

    def make(secret=password, **changes):
        details = {"url": url, "auth": "password" if user else "none", "user": user}
        return Connection("opensearch", details | changes, secret, 4)

    return make


@pytest.fixture
def reader(node, source):
    """Somebody who may read some indices and do nothing else."""
    if not node.about.has_security:
        pytest.skip("this node is published without its security module")
    return lambda secret=servers.PASSWORD, **more: source(secret, **{"user": servers.READER} | more)


def asked(**more):
    body = {"query": {"bool": {"filter": []}}, "sort": ["_doc"], "_source": ["region"]}
    statement = {"search": "/orders/_search", "body": body, "columns": [["region", "text"]]}
    return orjson.dumps(statement | {"order": [], "limit": 10, "fields": []} | more).decode()


def grouped(index="orders", **more):
    composite = {"sources": [{"region": {"terms": {"field": "region", "missing_bucket": True}}}]}
    body = {"query": {"bool": {"filter": []}}, "size": 0}
    body["aggs"] = {"groups": {"composite": composite}}
    keys = [{"name": "region", "type": "text", "fold": ""}]
    measures = [{"name": "n", "is": "count", "at": "=n", "filtered": False}]
    statement = {"search": f"/{index}/_search", "body": body, "groups": keys, "measures": measures}
    statement |= {"order": [], "limit": 50, "fields": ["region"], "is_in_order": False}
    statement |= {"timezone": "UTC", "week_start": 0, "fiscal_year_start": 1}
    return orjson.dumps(statement | more).decode()


# -- signing in


def test_a_check_finds_a_node(source):
    assert opensearch.check(source()) is None


def test_a_check_signs_in_with_leave_to_read_and_nothing_more(reader):
    assert opensearch.check(reader()) is None


def test_a_wrong_password_is_told_at_the_password(reader):
    for wrong in (reader(secret="wrong"), reader(secret=""), reader(user="nobody")):
        with pytest.raises(SourceRefused) as caught:
            opensearch.check(wrong)
        assert caught.value.field == "password"


def test_an_api_key_that_is_none_is_told_at_the_key(reader):
    """The nodes keep no keys: the module that they need for it is not published."""
    with pytest.raises(SourceRefused) as caught:
        opensearch.check(reader(secret="bm86c3VjaA==", auth="api_key"))
    assert caught.value.field == "password"


@pytest.mark.parametrize("url_", ["http://127.0.0.1:1", "http://no-such-host.invalid:9200"])
def test_who_is_not_there(source, url_):
    with pytest.raises(SourceError) as caught:
        opensearch.check(source(url=url_))
    assert caught.value.field == "url"


# -- what there is


def test_relations_and_columns(source):
    names = {each.name for each in opensearch.relations(source())}
    assert {"orders", "secrets"} <= names
    assert not [name for name in names if name.startswith(".")]
    found = {each.name: each.type for each in opensearch.columns(source(), "orders")}
    assert found == TYPES | {"essay": "text"}


def test_a_reader_sees_what_may_be_read(reader):
    seen = [each.name for each in opensearch.relations(reader())]
    assert "orders" in seen
    assert "secrets" not in seen
    found = {each.name: each.type for each in opensearch.columns(reader(), "orders")}
    assert found == TYPES | {"essay": "text"}


def test_aliases_and_patterns_are_relations(source, node):
    actions = [{"add": {"index": "orders", "alias": "sales"}}]
    node.client().post("/_aliases", json={"actions": actions}).raise_for_status()
    found = {each.name: each.kind for each in opensearch.relations(source())}
    assert (found["sales"], found["orders"]) == ("alias", "index")
    for name in ("sales", "ord*"):
        columns = {each.name: each.type for each in opensearch.columns(source(), name)}
        assert columns == TYPES | {"essay": "text"}
        table = opensearch.run(source(), grouped(name), [], LIMITS)
        assert sum(table.column("n").to_pylist()) == len(ROWS)


def test_what_somebody_may_not_read_is_told_at_the_user(reader):
    with pytest.raises(SourceRefused) as caught:
        opensearch.run(reader(), asked(search="/secrets/_search"), [], LIMITS)
    assert caught.value.field == "user"
    assert "secrets" not in caught.value.message


def test_a_reader_reads(reader):
    table = opensearch.run(reader(), grouped(), [], LIMITS)
    assert sum(table.column("n").to_pylist()) == len(ROWS)


# -- limits


HEAVY = 600  # clauses that each look at every document, over and over


@pytest.fixture(scope="session")
def slow_index(node):
    """Documents enough for a question that takes seconds."""
    body = {"mappings": {"properties": {"region": {"type": "keyword"}}}}
    with node.client() as client:
        client.put("/slow", json=body).raise_for_status()
        for part in range(10):
            lines = []
            for number in range(20_000):
                name = f"{part}{number:06}".translate(str.maketrans("0123456789", "abcdefghij"))
                lines += ['{"index": {}}', orjson.dumps({"region": name * 9}).decode()]
            client.post(
                "/slow/_bulk",
                content="\n".join([*lines, ""]),
                headers={"Content-Type": "application/x-ndjson"},
            ).raise_for_status()
        client.post("/slow/_refresh").raise_for_status()
    return "slow"


def heavy(index):
    """Wildcards in the middle of a long word, so that every word is looked through."""
    each = [
        {"wildcard": {"region": {"value": f"*{a}*{b}*{c}*zz*"}}}
        for a in "abcdefgh"
        for b in "abcdefgh"
        for c in "abcdefghij"
    ]
    query = {"bool": {"filter": [{"bool": {"should": each[:HEAVY]}}]}}
    body = {"query": query, "size": 0, "aggs": {"groups": {"composite": {"sources": [
        {"region": {"terms": {"field": "region", "missing_bucket": True}}}]}}}}  # fmt: skip
    return grouped(index, body=body)


def searches(node):
    """How many searches it works on."""
    told = node.client().get("/_tasks?actions=*search*").json()
    return sum(len(each["tasks"]) for each in told["nodes"].values())


def is_free(node):
    deadline = time.monotonic() + 15
    while searches(node):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def scrolls(node):
    """How many it keeps open."""
    (one,) = node.client().get("/_nodes/stats/indices/search").json()["nodes"].values()
    return one["indices"]["search"]["scroll_current"]


def test_a_slow_question_ends_here_and_there(source, node, slow_index):
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        opensearch.run(source(), heavy(slow_index), [], replace(LIMITS, timeout_s=1.5))
    assert time.monotonic() - began < 4
    assert is_free(node)


def test_a_person_can_cancel_and_the_node_is_free(source, node, slow_index):
    pressed = threading.Event()
    threading.Timer(1, pressed.set).start()
    began = time.monotonic()
    limits = replace(LIMITS, timeout_s=60, cancelled=pressed.is_set)
    with pytest.raises(QueryCancelled):
        opensearch.run(source(), heavy(slow_index), [], limits)
    assert time.monotonic() - began < 4
    assert is_free(node)


def test_a_wide_answer_is_refused(source, slow_index):
    wide = asked(search="/slow/_search", limit=5000)
    with pytest.raises(SourceTooLarge):
        opensearch.run(source(), wide, [], replace(LIMITS, rows=5000, bytes=100_000))


def test_more_groups_than_may_be_gone_through(source, slow_index, monkeypatch):
    monkeypatch.setattr(opensearch, "MOST_GROUPS", 20_000)
    with pytest.raises(SourceTooLarge, match="groups"):
        opensearch.run(source(), grouped(slow_index), [], replace(LIMITS, bytes=20_000_000))


def test_documents_past_a_page_all_come_and_no_scroll_is_left(source, node, slow_index):
    long = asked(search="/slow/_search", limit=12_000)
    limits = replace(LIMITS, rows=12_000, bytes=20_000_000, timeout_s=60)
    before = scrolls(node)  # of the answer that was too wide
    table = opensearch.run(source(), long, [], limits)
    assert table.num_rows == 12_001  # one more tells that there are more
    assert len(set(table.column("region").to_pylist())) == 12_001
    assert scrolls(node) <= before


# -- what goes wrong


def test_an_index_that_is_gone_or_closed(source, node):
    with pytest.raises(SourceRefused, match="gone") as caught:
        opensearch.run(source(), asked(search="/none/_search"), [], LIMITS)
    assert (caught.value.field, caught.value.is_outage) == ("relation", False)
    client = node.client()
    client.put("/closed")
    client.post("/closed/_close").raise_for_status()
    with pytest.raises(SourceRefused, match="closed"):
        opensearch.run(source(), asked(search="/closed/_search"), [], LIMITS)
    client.delete("/closed")


def test_a_field_that_has_two_types_is_told(source, node):
    client = node.client()
    for name, type_ in (("mixed-1", "keyword"), ("mixed-2", "long")):
        body = {"mappings": {"properties": {"region": {"type": type_}}}}
        client.put(f"/{name}", json=body).raise_for_status()
        client.put(f"/{name}/_doc/1?refresh=true", json={"region": "7"}).raise_for_status()
    assert "region" not in [each.name for each in opensearch.columns(source(), "mixed-*")]
    with pytest.raises(SourceError):
        opensearch.run(source(), grouped("mixed-*"), [], LIMITS)


def test_what_the_node_itself_ended_is_late_and_not_broken(source, slow_index):
    """Its own timer is a part of a second shorter than ours, and tells so in words of its own."""
    with pytest.raises(SourceTimeout):
        opensearch.run(source(), heavy(slow_index), [], replace(LIMITS, timeout_s=1.9))
