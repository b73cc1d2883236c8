"""Events of a shop to measure with: the same seed gives the same rows.

One year (2024, UTC), times ascending, with a daily and a weekly rhythm; five regions, twenty
products, two hundred customers, three channels, of unequal share.
"""

from collections.abc import Iterator

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv as pc

YEAR_START = np.datetime64("2024-01-01T00:00:00", "ms")
HOURS = 366 * 24
REGIONS = ["North", "South", "East", "West", "Central"]
REGION_SHARES = [0.30, 0.24, 0.20, 0.16, 0.10]
PRODUCTS = [f"Product {number:02d}" for number in range(1, 21)]
CUSTOMERS = [f"Customer {number:03d}" for number in range(1, 201)]
CHANNELS = ["web", "mobile", "partner"]
COLUMNS = """
    id bigint PRIMARY KEY, ts timestamptz NOT NULL, region text NOT NULL, product text NOT NULL,
    customer text NOT NULL, channel text NOT NULL, quantity integer NOT NULL,
    amount numeric(12,2) NOT NULL, latency_ms double precision NOT NULL
"""
MEASURES = [
    {"name": "revenue", "label": "Revenue", "aggregate": "sum", "column": "amount"},
    {"name": "events", "label": "Events", "aggregate": "count"},
    {"name": "latency", "label": "Latency", "aggregate": "avg", "column": "latency_ms"},
    {"name": "slowest", "label": "Slowest", "aggregate": "max", "column": "latency_ms"},
]
SLICE = 250_000


def events(count: int, seed: int = 20240607) -> pa.Table:
    """`count` rows; times are timestamp[ms, UTC]."""
    random = np.random.default_rng(seed)
    hours = np.sort(_arrivals(random, count))
    product = _chosen(random, 1 / np.arange(1, 21) ** 0.6, count)
    quantity = np.minimum(1 + random.exponential(1.6, count).astype(np.int64), 40)
    season = 1 + 0.12 * np.sin(2 * np.pi * hours / HOURS)
    amount = 6 * 1.22**product * quantity * season * random.lognormal(0, 0.25, count)
    times = YEAR_START + (hours * 3_600_000).astype("timedelta64[ms]")
    return pa.table(
        {
            "id": np.arange(1, count + 1),
            "ts": pa.array(times, pa.timestamp("ms")).cast(pa.timestamp("ms", "UTC")),
            "region": _words(REGIONS, _chosen(random, REGION_SHARES, count)),
            "product": _words(PRODUCTS, product),
            "customer": _words(CUSTOMERS, _chosen(random, 1 / np.arange(1, 201) ** 0.5, count)),
            "channel": _words(CHANNELS, _chosen(random, [0.55, 0.33, 0.12], count)),
            "quantity": quantity,
            "amount": np.round(amount, 2),
            "latency_ms": np.round(70 * random.lognormal(0, 0.35, count), 1),
        }
    )


def load(connection: psycopg.Connection, relation: str, table: pa.Table) -> None:
    """Make a PostgreSQL table of the rows, with the indexes that people would make."""
    connection.execute(f"CREATE TABLE {relation} ({COLUMNS})")
    with connection.cursor().copy(f"COPY {relation} FROM STDIN (FORMAT csv)") as copy:
        for part in _csv(table):
            copy.write(part)
    for indexed in ("ts", "region, ts", "product"):
        connection.execute(f"CREATE INDEX ON {relation} ({indexed})")
    connection.execute(f"VACUUM ANALYZE {relation}")


def _csv(table: pa.Table) -> Iterator[bytes]:
    options = pc.WriteOptions(include_header=False)
    for start in range(0, table.num_rows, SLICE):
        sink = pa.BufferOutputStream()
        pc.write_csv(table.slice(start, SLICE), sink, options)
        yield sink.getvalue().to_pybytes()


def _arrivals(random: np.random.Generator, count: int) -> np.ndarray:
    """Hours since the year began, more of them by day and on weekdays."""
    hour = np.arange(HOURS)
    daily = 0.55 + 0.45 * np.clip(np.sin((hour % 24 - 6) / 12 * np.pi), -0.9, 1)
    weekly = np.array([1.0, 1.02, 1.04, 1.06, 1.15, 0.80, 0.68])[hour // 24 % 7]
    share = np.concatenate([[0.0], np.cumsum(daily * weekly * (1 + 0.35 * hour / HOURS))])
    return np.interp(random.random(count) * share[-1], share, np.arange(HOURS + 1))


def _chosen(
    random: np.random.Generator, shares: list[float] | np.ndarray, count: int
) -> np.ndarray:
    whole = np.asarray(shares, dtype=float)
    return random.choice(len(whole), count, p=whole / whole.sum())


def _words(words: list[str], index: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(index), words).cast(pa.string())
