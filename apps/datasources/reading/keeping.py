"""The job `keep`: a draft becomes the rows of a dataset."""

from pathlib import Path
from typing import Any

from apps.datasources.reading.columns import shown
from apps.datasources.reading.engine import KEPT, Engine, copy, engine_for, named, one, quoted
from apps.datasources.reading.refusal import Refused, row_limit
from apps.datasources.reading.values import read_as, something

AT_ONCE = 50  # columns converted in one query


def keep(job: dict[str, Any]) -> dict[str, Any]:
    """draft.parquet -> job["target"], sorted by time, after the rows of job["before"] if given.

    job["columns"]: those of the draft with the type that was chosen; one without "key" is missing
    in the file and stays empty. job["known"]: the names of the columns in job["before"]. Returns
    {"rows", "from", "to"}, times in ISO 8601 or null. Refuses what does not fit its type, with an
    example.
    """
    draft, target = Path(job["folder"]) / "draft.parquet", Path(job["target"])
    engine = engine_for(job)
    source = f"read_parquet({quoted(draft)})"
    for column in job["columns"]:
        if column.get("key"):
            check_values(engine, source, column)
    rows = f"SELECT {_names(job)} FROM ({_converted_rows(engine, source, job)})"
    if job.get("before"):
        rows = f"SELECT {_before(job)} UNION ALL {rows}"
    time, width = job.get("time_column"), len(job["columns"])
    if time:
        rows += f" ORDER BY {named(time)} NULLS LAST"
    try:
        copy(engine, rows, target, width, row_limit(width, job), KEPT)
        span = f"min({named(time)}), max({named(time)})" if time else "NULL, NULL"
        kept = f"read_parquet({quoted(target)})"
        count, start, end = one(engine, f"SELECT count(*), {span} FROM {kept}")
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return {"rows": count, "from": start and start.isoformat(), "to": end and end.isoformat()}


def _names(job: dict[str, Any]) -> str:
    """The columns by name; one that the file does not have is empty."""
    columns = [(named(column["name"]), column.get("key")) for column in job["columns"]]
    return ", ".join(name if key else f"NULL AS {name}" for name, key in columns)


def _converted_rows(engine: Engine, source: str, job: dict[str, Any]) -> str:
    """SQL of the draft's columns in their types, of a wide draft by files of some columns each.

    Every step of every conversion keeps a buffer: those of hundreds do not fit into memory.
    """
    columns = [column for column in job["columns"] if column.get("key")]
    groups = [columns[at : at + AT_ONCE] for at in range(0, len(columns), AT_ONCE)]
    if len(groups) == 1:
        return _converted_group(source, columns)
    parts = []
    for number, group in enumerate(groups):
        part = Path(job["folder"]) / f"part{number}.parquet"
        width = len(group)
        copy(engine, _converted_group(source, group), part, width, row_limit(width, job))
        parts.append(f"read_parquet({quoted(part)})")
    return f"SELECT * FROM {' POSITIONAL JOIN '.join(parts)}"


def _converted_group(source: str, columns: list[dict[str, Any]]) -> str:
    # texts are trimmed in a step of their own, since their readings name them many times
    given = ", ".join(trimmed(column) for column in columns)
    picked = ", ".join(f"{converted(column)} AS {named(column['name'])}" for column in columns)
    return f"SELECT {picked} FROM (SELECT {given} FROM {source})"


def _before(job: dict[str, Any]) -> str:
    """The columns of the rows that were there; a new column is empty in them."""
    names = [column["name"] for column in job["columns"]]
    known = set(job["known"])
    cells = [named(n) if n in known else f"NULL AS {named(n)}" for n in names]
    return f"{', '.join(cells)} FROM read_parquet({quoted(Path(job['before']))})"


def check_values(engine: Engine, source: str, column: dict[str, Any]) -> None:
    """Refuse a type that some values of the column do not fit. `inspect` has counted them."""
    type_, kind, key = column["type"], column["kind"], column["key"]
    if kind not in ("text", type_) and type_ != "text":
        raise Refused("no_such_type", column=column["name"], type=type_)
    if kind != "text" or type_ == "text":
        return
    reading = column["reading"][type_]
    if column["ok"][reading] == column["filled"]:
        return
    count, example = one(
        engine,
        f"""SELECT count(*), any_value(t)
        FROM (SELECT {something(key)} AS t FROM {source}) WHERE t IS NOT NULL
        AND ({read_as("t", reading)}) IS NULL""",
    )
    if count:
        values = {"column": column["name"], "count": count, "example": shown(example)}
        raise Refused("values", type=type_, **values)


def trimmed(column: dict[str, Any]) -> str:
    """SQL of a column as it is converted from: a text that is to be read as something else."""
    key = column["key"]
    is_read = column["kind"] == "text" and column["type"] != "text"
    return f"{something(key)} AS {key}" if is_read else str(key)


def converted(column: dict[str, Any]) -> str:
    """SQL of a column in its chosen type: number, naive UTC time, boolean or text."""
    key, type_, kind = column["key"], column["type"], column["kind"]
    if type_ == "text":
        return f"nullif(CAST({key} AS VARCHAR), '')"
    if kind == "text":
        reading = column["reading"][type_]
        value = read_as(key, reading)
        is_whole = column["parts"].get(reading) == 0
        return f"CAST({value} AS BIGINT)" if is_whole else value
    return f"CAST({key} AS TIMESTAMP)" if kind == "time" else str(key)
