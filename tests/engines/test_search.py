"""The connector on real Elasticsearch and OpenSearch nodes: its whole contract."""

import base64
import threading
import time
from dataclasses import replace

import httpx
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
def source(url):
    """A function that gives the connection of a source there."""

    def make(secret="", **changes):
        return Connection("opensearch", {"url": url, "auth": "none"} | changes, secret, 4)

    return make


@pytest.fixture
def reader(node, source):
    """Somebody who may read some indices and do nothing else."""
    if not node.about.has_security:
        pytest.skip("this node is published without its security module")
    return lambda secret=servers.PASSWORD, **more: source(
        secret, auth="password", user=servers.READER, **more
    )


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


def test_an_api_key_signs_in(node, url, source):
    if not node.about.has_api_keys:
        pytest.skip("this node keeps no API keys")
    rights = {"cluster": [], "index": [{"names": ["orders"], "privileges": ["read"]}]}
    rights["index"][0]["privileges"].append("view_index_metadata")
    body = {"name": "sightline", "role_descriptors": {"sightline": rights}}
    made = httpx.post(
        f"{url}/_security/api_key",
        json=body,
        auth=(servers.BOSS, servers.PASSWORD),
        timeout=30,
    ).json()
    key = base64.b64encode(f"{made['id']}:{made['api_key']}".encode()).decode()
    signed = source(key, auth="api_key")
    assert opensearch.check(signed) is None
    assert opensearch.run(signed, asked(), [], LIMITS).num_rows > 0
    with pytest.raises(SourceRefused) as caught:
        opensearch.check(source("bm86c3VjaA==", auth="api_key"))
    assert caught.value.field == "password"


@pytest.mark.parametrize("url_", ["http://127.0.0.1:1", "http://no-such-host.invalid:9200"])
def test_who_is_not_there(source, url_):
    with pytest.raises(SourceError) as caught:
        opensearch.check(source(url=url_))
    assert caught.value.field == "url"


# -- what there is


def test_relations_and_columns(source, reader):
    names = {each.name for each in opensearch.relations(source())}
    assert {"orders", "secrets"} <= names
    assert not [name for name in names if name.startswith(".")]
    seen = [each.name for each in opensearch.relations(reader())]
    assert "orders" in seen
    assert "secrets" not in seen
    found = {each.name: each.type for each in opensearch.columns(reader(), "orders")}
    assert found == TYPES | {"essay": "text"}


def test_aliases_and_patterns_are_relations(source, url):
    actions = [{"add": {"index": "orders", "alias": "sales"}}]
    httpx.post(f"{url}/_aliases", json={"actions": actions}, timeout=30).raise_for_status()
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
    with httpx.Client(base_url=node.url, timeout=120) as client:
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


def searches(url):
    """How many searches the node works on."""
    told = httpx.get(f"{url}/_tasks?actions=*search*", timeout=30).json()
    return sum(len(node["tasks"]) for node in told["nodes"].values())


def is_free(url):
    deadline = time.monotonic() + 15
    while searches(url):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def test_a_slow_question_ends_here_and_there(source, url, slow_index):
    began = time.monotonic()
    with pytest.raises(SourceTimeout):
        opensearch.run(source(), heavy(slow_index), [], replace(LIMITS, timeout_s=1.5))
    assert time.monotonic() - began < 4
    assert is_free(url)


def test_a_person_can_cancel_and_the_node_is_free(source, url, slow_index):
    pressed = threading.Event()
    threading.Timer(1, pressed.set).start()
    began = time.monotonic()
    with pytest.raises(QueryCancelled):
        limits = replace(LIMITS, timeout_s=60, cancelled=pressed.is_set)
        opensearch.run(source(), heavy(slow_index), [], limits)
    assert time.monotonic() - began < 4
    assert is_free(url)


def test_a_wide_answer_is_refused(source, slow_index):
    wide = asked(search="/slow/_search", limit=5000)
    with pytest.raises(SourceTooLarge):
        opensearch.run(source(), wide, [], replace(LIMITS, rows=5000, bytes=100_000))


def test_more_groups_than_may_be_gone_through(source, slow_index, monkeypatch):
    monkeypatch.setattr(opensearch, "MOST_GROUPS", 20_000)
    with pytest.raises(SourceTooLarge, match="groups"):
        opensearch.run(source(), grouped(slow_index), [], replace(LIMITS, bytes=20_000_000))


def test_documents_past_a_page_all_come_and_no_scroll_is_left(source, url, slow_index):
    long = asked(search="/slow/_search", limit=12_000)
    limits = replace(LIMITS, rows=12_000, bytes=20_000_000, timeout_s=60)
    table = opensearch.run(source(), long, [], limits)
    assert table.num_rows == 12_001  # one more tells that there are more
    assert len(set(table.column("region").to_pylist())) == 12_001
    stats = httpx.get(f"{url}/_nodes/stats/indices/search", timeout=30).json()
    (one,) = stats["nodes"].values()
    assert one["indices"]["search"]["open_contexts"] == 0


# -- what goes wrong


def test_an_index_that_is_gone_or_closed(source, url):
    with pytest.raises(SourceRefused, match="gone") as caught:
        opensearch.run(source(), asked(search="/none/_search"), [], LIMITS)
    assert (caught.value.field, caught.value.is_outage) == ("relation", False)
    httpx.put(f"{url}/closed", timeout=30)
    httpx.post(f"{url}/closed/_close", timeout=30).raise_for_status()
    with pytest.raises(SourceRefused, match="closed"):
        opensearch.run(source(), asked(search="/closed/_search"), [], LIMITS)
    httpx.delete(f"{url}/closed", timeout=30)


def test_a_field_that_has_two_types_is_told(source, url):
    for name, type_ in (("mixed-1", "keyword"), ("mixed-2", "long")):
        httpx.delete(f"{url}/{name}", timeout=30)
        properties = {"region": {"type": type_}}
        body = {"mappings": {"properties": properties}}
        httpx.put(f"{url}/{name}", json=body, timeout=30).raise_for_status()
        path = f"{url}/{name}/_doc/1?refresh=true"
        httpx.put(path, json={"region": "7"}, timeout=30).raise_for_status()
    assert "region" not in [each.name for each in opensearch.columns(source(), "mixed-*")]
    with pytest.raises(SourceError):
        opensearch.run(source(), grouped("mixed-*"), [], LIMITS)
