"""The small table of tests/datasources/engines.py in a real Trino and in a real search node."""

import math
import time

import orjson
import trino.dbapi
import trino.exceptions

from apps.datasources.connectors import opensearch
from apps.datasources.connectors import trino as connector
from apps.datasources.connectors.base import Connection
from tests.datasources.engines import LIMITS, NAMES, Engine
from tests.engines import servers

ORDERS = """
CREATE TABLE sales.orders AS SELECT * FROM (VALUES
  (BIGINT '1', TIMESTAMP '2024-03-01 10:00:00.250', DATE '2024-03-01',
   TIMESTAMP '2024-03-01 11:00:00.250 Europe/Berlin', 'Zoë 🎈', DECIMAL '12.50', nan(), true,
   X'00ff00ff', ARRAY[1, 2], MAP(ARRAY['a'], ARRAY[1]),
   CAST(ROW(1, 'x') AS ROW(a INTEGER, b VARCHAR)),
   JSON '{"a": 1}', UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', TIME '01:02:03', REAL '1.5'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) AS t (id, at, day, zoned, name, price, weight, is_paid, raw, many, named, pair, note, key, took,
        size)
"""


class Trino(Engine):
    """Asked through the connector, by somebody who may only read."""

    kind, relation = "trino", "sales.random_rows"

    def __init__(self, port, native="timestamp(3) with time zone"):
        self.port, self.native = port, native
        base = trino.dbapi.connect(
            host="127.0.0.1", port=port, user=servers.BOSS, catalog="shop", timezone="UTC"
        )
        self.cursor = base.cursor()

    def tell(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetchall()

    def prepare(self):
        """What the tests of the connector look at."""
        self.tell("CREATE SCHEMA shop.sales")
        self.tell("CREATE SCHEMA shop.other")
        self.tell(ORDERS)
        self.tell("CREATE VIEW sales.paid AS SELECT id, at FROM sales.orders WHERE is_paid")
        self.tell("CREATE TABLE other.more (n integer)")
        self.tell("CREATE TABLE sales.numbers AS SELECT n FROM UNNEST(SEQUENCE(1, 10000)) AS t (n)")
        deadline = time.monotonic() + 30
        while True:  # the node is not known to itself at once
            try:
                return self.tell("SELECT count(*) FROM sales.numbers")
            except trino.exceptions.TrinoQueryError as error:
                if error.error_name != "NO_NODES_AVAILABLE" or time.monotonic() > deadline:
                    raise
                time.sleep(0.3)

    def make(self):
        self.tell(f"DROP TABLE IF EXISTS {self.relation}")
        self.tell(
            f'CREATE TABLE {self.relation} (at {self.native}, "select" varchar, amount double,'
            ' "group" varchar, paid boolean)'
        )

    def fill(self, rows):
        self.make()
        if rows:
            told = ", ".join(f"({', '.join(self._told(row))})" for row in rows)
            self.tell(f"INSERT INTO {self.relation} VALUES {told}")

    def _told(self, row):
        at, *others = row
        yield f"CAST({connector._literal(at)} AS {self.native})"
        yield from map(connector._literal, others)

    def run(self, compiled):
        details = {"host": "127.0.0.1", "port": self.port, "catalog": "shop", "schema": "sales"}
        details |= {"user": servers.READER, "auth": "none", "tls": False}
        source = Connection("trino", details)
        return connector.run(source, compiled.sql, compiled.parameters, LIMITS)


class Search(Engine):
    """An index, asked through the connector. What is no number is missing."""

    kind, relation = "opensearch", "random_rows"

    def __init__(self, node):
        user, password = node.signed or ("", "")
        details = {"url": node.url, "auth": "password" if user else "none", "user": user}
        self.source = Connection("opensearch", details, password)
        self.client = node.client()
        self.count = 0
        types = {"at": "date", "amount": "double", "paid": "boolean"}
        properties = {name: {"type": types.get(name, "keyword")} for name in NAMES}
        self.client.delete(f"/{self.relation}")
        body = {"mappings": {"properties": properties}}
        self.client.put(f"/{self.relation}", json=body).raise_for_status()

    def fill(self, rows):
        lines = [orjson.dumps({"delete": {"_id": str(n)}}) for n in range(len(rows), self.count)]
        for number, row in enumerate(rows):
            lines += [orjson.dumps({"index": {"_id": str(number)}}), _document(row)]
        self.count = len(rows)
        if lines:
            answer = self.client.post(
                f"/{self.relation}/_bulk?refresh=true",
                content=b"\n".join([*lines, b""]),
                headers={"Content-Type": "application/x-ndjson"},
            )
            assert answer.json()["errors"] is False

    def run(self, compiled):
        return opensearch.run(self.source, compiled.sql, compiled.parameters, LIMITS)


def _document(row):
    told = dict(zip(NAMES, row, strict=True))
    amount = told["amount"]
    if amount is not None and not math.isfinite(amount):
        told["amount"] = None
    if told["at"] is not None:
        told["at"] = told["at"].isoformat()
    return orjson.dumps({name: value for name, value in told.items() if value is not None})
