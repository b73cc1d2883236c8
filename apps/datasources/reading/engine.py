"""DuckDB as the reader uses it: locked in, and complaining in our words."""

import re
from pathlib import Path
from typing import Any, NoReturn

import duckdb

from apps.datasources.reading.refusal import Refused, check_rows
from apps.datasources.reading.text import MAX_LINE

THREADS = 2
ROW_GROUP, FEWEST_ROWS = 65_536, 2048
GROUP_CELLS = 2_000_000  # of a wide table, or its groups would not fit into memory
KEPT = "zstd"  # small, read often
PASSING = "snappy"  # quick, for a draft

Engine = duckdb.DuckDBPyConnection


def engine_for(job: dict[str, Any]) -> Engine:
    """DuckDB that reads the draft's folder and the named files, and nothing else."""
    engine = duckdb.connect(":memory:")
    engine.execute(f"SET memory_limit = '{job['memory_bytes'] // 3}B'")
    engine.execute(f"SET threads = {THREADS}")
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute(f"SET temp_directory = {quoted(Path(job['folder']) / 'spill')}")
    engine.execute(f"SET max_temp_directory_size = '{job['disk_bytes']}B'")
    files = [job[name] for name in ("target", "before") if job.get(name)]
    engine.execute(f"SET allowed_directories = [{quoted(Path(job['folder']))}]")
    engine.execute(f"SET allowed_paths = [{', '.join(quoted(Path(file)) for file in files)}]")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine


def copy(
    engine: Engine, rows: str, target: Path, width: int, most: int, packing: str = PASSING
) -> None:
    """Write a query's rows of `width` columns as Parquet, one more than `most` at the most."""
    group = max(FEWEST_ROWS, min(ROW_GROUP, GROUP_CELLS // max(width, 1)))
    try:
        (count,) = one(
            engine,
            f"COPY (SELECT * FROM ({rows}) LIMIT {most + 1}) TO {quoted(target)} "
            f"(FORMAT parquet, COMPRESSION {packing}, ROW_GROUP_SIZE {group})",
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        refuse(str(error))
    check_rows(count, most)


def refuse(told: str) -> NoReturn:
    """DuckDB's complaint in our words; its own hold paths and rows."""
    line = re.search(r"CSV Error on Line: (\d+)", told)
    widths = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", told)
    number = int(line[1]) if line else 0
    if re.search(r"unterminated quote|Value with unterminated", told, re.IGNORECASE):
        raise Refused("quote", line=number)
    if widths:
        raise Refused("ragged", line=number, expected=int(widths[1]), found=int(widths[2]))
    if "maximum_object_size" in told or "Maximum line size" in told:
        raise Refused("long_line", limit=MAX_LINE // 1024)
    if "recursion depth" in told:
        raise Refused("json_deep")
    # DuckDB counts the lines of JSON from 2
    if place := re.search(r"Malformed JSON .* in (?:line|record/value) (\d+)", told):
        raise Refused("json_row", row=int(place[1]) - 1)
    raise Refused("unreadable", line=number)


def quoted(value: object) -> str:
    """A text as SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def named(name: str) -> str:
    """A column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def one(engine: Engine, sql: str) -> tuple[Any, ...]:
    """The first row of an answer."""
    return engine.execute(sql).fetchone() or ()


def every(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    """All rows of an answer."""
    return engine.execute(sql).fetchall()
