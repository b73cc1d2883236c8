"""Sums of whole numbers in every engine of ours, where DuckDB 2.0 by itself gets them wrong."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.datasources.connectors import child
from apps.datasources.connectors.base import Limits

LIMITS = Limits(timeout_s=20, rows=100, bytes=1_000_000)
ROWS = 3000  # ten each of A, B and C a turn, 0 to 99 each
SQL = """
SELECT data.line AS line, {sum} AS total FROM {rows} AS data
CROSS JOIN (SELECT COUNT(*) AS found FROM range(4)) AS one
WHERE data.line = 'A' OR one.found > 0
GROUP BY 1 {having} ORDER BY total DESC, line
"""
SUMS = ["SUM(data.n)", "COALESCE(CAST(SUM(data.n) AS BIGINT), 0)", "SUM(data.n) + 0"]
HAVINGS = ["", "HAVING SUM(data.n) > 5000"]


@pytest.fixture
def lines():
    """Their sums are 49,500 each."""
    numbers = pa.array([(at // 3) % 100 for at in range(ROWS)], pa.int64())
    return pa.table({"line": ["A", "B", "C"] * (ROWS // 3), "n": numbers})


@pytest.mark.parametrize("having", HAVINGS)
@pytest.mark.parametrize("sum_", SUMS)
@pytest.mark.parametrize("kind", ["uploads", "persons"])
def test_sums_of_an_upload_are_whole(kind, sum_, having, lines, settings):
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    path = settings.UPLOADS / "sums.parquet"
    pq.write_table(lines, path)
    sql = SQL.format(sum=sum_, having=having, rows=f"read_parquet('{path}')")
    found = child.ask(kind, settings.UPLOADS, sql, [], LIMITS).to_pylist()
    assert [(row["line"], int(row["total"])) for row in found] == [
        ("A", 49_500), ("B", 49_500), ("C", 49_500),
    ]  # fmt: skip


@pytest.mark.parametrize("having", HAVINGS)
@pytest.mark.parametrize("sum_", SUMS)
def test_sums_of_a_duckdb_file_are_whole(sum_, having, lines, tmp_path):
    path = tmp_path / "lines.duckdb"
    with duckdb.connect(str(path)) as made:
        made.register("given", lines)
        made.execute("CREATE TABLE lines AS SELECT * FROM given")
    sql = SQL.format(sum=sum_, having=having, rows="lines")
    found = child.ask("duckdb_file", path, sql, [], LIMITS).to_pylist()
    assert [int(row["total"]) for row in found] == [49_500] * 3
