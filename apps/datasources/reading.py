"""Reads an uploaded file in a process of its own: `python -m apps.datasources.reading`.

A file from outside may be anything, so what reads it has no secrets, no database and hard limits
in memory, time and disk; Django is not loaded here. A job comes as JSON on stdin, its result or
refusal goes as JSON to stdout. Two jobs: `inspect` turns a file into draft.parquet and says what
its columns may be; `keep` turns a draft into the Parquet file of a dataset.
"""

# ruff: noqa: S608  names here are made or quoted by this file; values cannot be parameters of DDL
import codecs
import csv
import io
import json
import re
import resource
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import duckdb

CHUNK = 1 << 20
MAX_LINE = 1 << 20  # bytes in one line of text
SAMPLE_ROWS = 8
FIRST_ROWS = 2000
WHOLE = 10**15  # beyond, a double does not hold every whole number
EXAMPLES = 3
MAX_CELL = 80  # characters of a cell that are shown
NAME_LENGTH = 63
THREADS = 2
ROW_GROUP = 65_536
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
PACKED = {b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
NOTHING = ("", "na", "n/a", "nan", "null", "none", "-", "–", "#n/a", "#div/0!")
TIMES = {
    "dmy": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"),
    "mdy": ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y"),
}
CLOCKS = ("", " %H:%M", " %H:%M:%S")
DECIMALS = {"point": (",", "."), "comma": (".", ",")}  # thousands, decimals
# What a column's values may be read as, the first that all of them fit is taken.
READINGS = {
    "boolean": ("boolean",),
    "number": ("point", "comma"),
    "time": ("iso", "dmy", "mdy"),
}


class Refused(Exception):
    """The file cannot be taken. `code` is one of uploads.MESSAGES; `values` go into its words."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def main() -> None:
    """One job, from stdin to stdout."""
    job = json.load(sys.stdin)
    limit(job)
    try:
        result = JOBS[job["task"]](job)
    except Refused as refusal:
        result = {"refused": refusal.code, "values": refusal.values}
    except (MemoryError, duckdb.OutOfMemoryException):
        result = {"refused": "too_large", "values": {}}
    json.dump(result, sys.stdout)


def limit(job: dict[str, Any]) -> None:
    """Bound this process; the alarm ends it even where its parent is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["disk_bytes"], job["disk_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(int(job["timeout_s"]) + 5)


# -- inspect


def inspect(job: dict[str, Any]) -> dict[str, Any]:
    """folder/raw -> folder/draft.parquet, and {"rows", "columns": [...], "sample": [[text]]}."""
    folder = Path(job["folder"])
    raw, draft = folder / "raw", folder / "draft.parquet"
    kind = kind_of(raw)
    engine = engine_for(job)
    if kind == "parquet":
        names = take_parquet(raw, draft, job)
    else:
        text = folder / "text"
        first = clean_copy(raw, text)
        if first.lstrip().startswith("{"):
            names = take_json(engine, text, draft, job)
        else:
            names = take_table(engine, text, draft, job, first)
        text.unlink()
    return describe(engine, draft, names, job, declared=kind == "parquet")


def kind_of(raw: Path) -> str:
    """Whether it is "parquet" or "text", by content: a name says nothing."""
    with raw.open("rb") as file:
        head = file.read(8)
    if not head:
        raise Refused("empty")
    for magic, name in PACKED.items():
        if head.startswith(magic):
            raise Refused("packed", kind=name)
    return "parquet" if head.startswith(b"PAR1") else "text"


def clean_copy(raw: Path, text: Path) -> str:
    """Write the file as UTF-8 with plain line ends; returns its beginning, with the first line."""
    encoding = encoding_of(raw)
    try:
        return _copied(raw, text, encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8-sig":
            raise Refused("encoding") from None
    try:
        return _copied(raw, text, "cp1252")
    except UnicodeDecodeError:
        raise Refused("encoding") from None


def encoding_of(raw: Path) -> str:
    """By its byte order mark; else UTF-8, which fails soon on anything else."""
    with raw.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


def _copied(raw: Path, text: Path, encoding: str) -> str:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), True)
    first, run, is_blank = "", 0, True
    with raw.open("rb") as source, text.open("w", encoding="utf-8", newline="\n") as target:
        while block := source.read(CHUNK):
            part = decoder.decode(block, final=len(block) < CHUNK)
            if CONTROL.search(part):
                raise Refused("binary")
            lines = part.split("\n")
            longest = max(run + len(lines[0]), *map(len, lines[1:]), 0)
            if longest > MAX_LINE:
                raise Refused("long_line", limit=MAX_LINE // 1024)
            run = len(lines[-1]) + (run if len(lines) == 1 else 0)
            first = first if len(first) > 2 * MAX_LINE else first + part
            is_blank = is_blank and part.isspace()
            target.write(part)
    if is_blank:
        raise Refused("empty")
    return first


def take_table(
    engine: duckdb.DuckDBPyConnection, text: Path, draft: Path, job: dict[str, Any], first: str
) -> list[str]:
    """Delimited text -> a draft of texts. Returns the heads of its columns."""
    delimiter = delimiter_of(first)
    heads, has_head = heads_of(first, delimiter)
    check_width(len(heads), job)
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(heads)))
    head = "true" if has_head else "false"
    _copy(
        engine,
        f"""SELECT * FROM read_csv({_quoted(text)}, delim={_quoted(delimiter)}, quote='"',
        escape='"', header={head}, auto_detect=false, strict_mode=true, columns={{{columns}}},
        max_line_size={4 * MAX_LINE})""",
        draft,
        row_limit(len(heads), job),
    )
    return heads


def delimiter_of(first: str) -> str:
    """The character that splits the first lines into the same number of cells, the most."""
    lines = first.splitlines(keepends=True)[:30]
    best, score = ",", (0, 0)
    for delimiter in (",", ";", "\t", "|"):
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter, strict=True) if row]
        except csv.Error:
            rows = [line.split(delimiter) for line in lines]
        width = len(rows[0]) if rows else 1
        same = sum(len(row) == width for row in rows)
        if width > 1 and (same, width) > score:
            best, score = delimiter, (same, width)
    return best


def heads_of(first: str, delimiter: str) -> tuple[list[str], bool]:
    """The first row, if it is heads: not when every cell of it is a number."""
    csv.field_size_limit(2 * MAX_LINE)
    row = next((row for row in csv.reader(io.StringIO(first), delimiter=delimiter) if row), [])
    is_data = all(re.fullmatch(r"\s*[-+]?[\d.,]+\s*", cell) for cell in row)
    return ([""] * len(row), False) if is_data else (row, True)


def take_json(
    engine: duckdb.DuckDBPyConnection, text: Path, draft: Path, job: dict[str, Any]
) -> list[str]:
    """One object a line -> a draft of texts. Every line is looked at, for its keys and shape."""
    keys: dict[str, None] = {}
    with text.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.isspace():
                continue
            row = _object(line, number)
            for key, value in row.items():
                if isinstance(value, dict | list):
                    raise Refused("nested", column=key[:NAME_LENGTH])
            if not row.keys() <= keys.keys():
                keys.update(dict.fromkeys(row))
                check_width(len(keys), job)
    names = list(keys)
    columns = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in names)
    picked = ", ".join(f"{_name(name)} AS c{number}" for number, name in enumerate(names))
    _copy(
        engine,
        f"""SELECT {picked} FROM read_json({_quoted(text)}, format='newline_delimited',
        columns={{{columns}}}, maximum_object_size={4 * MAX_LINE})""",
        draft,
        row_limit(len(names), job),
    )
    return names


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise Refused("json_line", line=number) from None
    if not isinstance(row, dict):
        raise Refused("json_line", line=number)
    return row


def take_parquet(raw: Path, draft: Path, job: dict[str, Any]) -> list[str]:
    """Parquet -> a draft of its own types. What it claims is checked, and then what it holds."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(raw)
        schema, claimed = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError):
        raise Refused("broken_parquet") from None
    check_width(len(schema), job)
    most, rows, size = row_limit(len(schema), job), 0, 0
    check_rows(claimed, most)
    for field in schema:
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            raise Refused("nested", column=field.name[:NAME_LENGTH])
    names = list(schema.names)
    flat = pa.schema([(f"c{n}", _flat(field.type)) for n, field in enumerate(schema)])
    try:
        with pq.ParquetWriter(draft, flat, compression="zstd") as writer:
            for batch in file.iter_batches(batch_size=ROW_GROUP):
                rows, size = rows + batch.num_rows, size + batch.nbytes
                check_rows(rows, most)
                if size > job["memory_bytes"]:
                    raise Refused("too_large")
                table = pa.Table.from_batches([batch]).rename_columns(flat.names)
                writer.write_table(table.cast(flat, safe=False))
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise Refused("broken_parquet") from None
    return names


def _flat(kind: Any) -> Any:
    """The plain type of a dictionary or a view; microseconds at most."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz and "UTC")
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return pa.string() if is_text or pa.types.is_null(kind) else kind


def describe(
    engine: duckdb.DuckDBPyConnection,
    draft: Path,
    heads: list[str],
    job: dict[str, Any],
    *,
    declared: bool,
) -> dict[str, Any]:
    """What the draft holds, and as what each column can be read. declared: it has types."""
    source = f"read_parquet({_quoted(draft)})"
    types = dict(_rows(engine, f"SELECT column_name, column_type FROM (DESCRIBE FROM {source})"))
    (rows,) = _row(engine, f"SELECT count(*) FROM {source}")
    if not rows:
        raise Refused("no_rows")
    columns: list[dict[str, Any]] = []
    names = unique_names(heads)
    for number, head in enumerate(heads):
        key, type_ = f"c{number}", types[f"c{number}"]
        found = _readings(engine, source, key, type_)
        if not head.strip() and not found["filled"] and len(heads) > 1:
            continue  # a delimiter at the end of every line
        columns.append(
            {"key": key, "name": names[number], "label": head.strip() or names[number]}
            | {"declared": declared and type_ != "VARCHAR", "kind": _kind(type_)}
            | {"examples": _examples(engine, source, key), **found}
        )
    for column in columns:
        column["label"] = " ".join(column["label"].split())[:120]
        column["type"] = _best(column, trusts_text=declared)
    keys = ", ".join(column["key"] for column in columns)
    cells = _rows(engine, f"SELECT {keys} FROM {source} LIMIT {SAMPLE_ROWS}")
    sample = [[_shown(cell) for cell in row] for row in cells]
    return {"rows": rows, "columns": columns, "sample": sample}


def unique_names(heads: list[str]) -> list[str]:
    """Names that are short, lower case and all different."""
    names: list[str] = []
    for number, head in enumerate(heads, start=1):
        name = re.sub(r"\W+", "_", head.strip().lower()).strip("_")[: NAME_LENGTH - 5]
        name = base = name or f"column_{number}"
        twin = 1
        while name in names:
            twin += 1
            name = f"{base}_{twin}"
        names.append(name)
    return names


def _readings(
    engine: duckdb.DuckDBPyConnection, source: str, key: str, type_: str
) -> dict[str, Any]:
    """How many values there are, and how many of them each reading takes.

    A reading that takes nothing at the beginning is not tried on the rest.
    """
    if type_ != "VARCHAR":
        (filled,) = _row(engine, f"SELECT count({key}) FROM {source}")
        return {"filled": filled, "codes": 0, "ok": {}}
    words = [name for names in READINGS.values() for name in names]
    head = _counts(engine, f"(SELECT {key} FROM {source} LIMIT {FIRST_ROWS})", key, words)
    likely = [name for name in words if head["ok"][name] or not head["filled"]]
    found = _counts(engine, source, key, likely)
    return {**found, "ok": dict.fromkeys(words, 0) | found["ok"]}


def _counts(
    engine: duckdb.DuckDBPyConnection, source: str, key: str, words: list[str]
) -> dict[str, Any]:
    text = _something(key)
    counts = [f"count({read_as(key, name)})" for name in words]
    code = f"count(*) FILTER (left({text}, 1) = '0' AND length({text}) > 1 AND {_plain(text)})"
    long = f"count(*) FILTER (length({text}) > 15 AND {_plain(text)})"
    filled, codes, longs, *ok = _row(
        engine, f"SELECT {', '.join([f'count({text})', code, long, *counts])} FROM {source}"
    )
    return {"filled": filled, "codes": codes + longs, "ok": dict(zip(words, ok, strict=True))}


def _plain(text: str) -> str:
    """SQL: no decimals, so that digits with a zero in front are a code and no number."""
    return f"NOT contains({text}, '.') AND NOT contains({text}, ',')"


def _best(column: dict[str, Any], *, trusts_text: bool) -> str:
    """The type that all values fit; text where there is none, or where digits are a code."""
    if column["kind"] != "text" or trusts_text or not column["filled"]:
        return "text" if column["kind"] == "other" else str(column["kind"])
    for type_, readings in READINGS.items():
        if type_ == "number" and column["codes"]:
            continue
        if any(column["ok"][name] == column["filled"] for name in readings):
            return type_
    return "text"


def reading_for(column: dict[str, Any], type_: str) -> str:
    """The reading of that type that takes most values; "" where none is needed."""
    if column["kind"] != "text" or type_ == "text":
        return ""
    return max(READINGS[type_], key=lambda name: int(column["ok"][name]))


# -- keep


def keep(job: dict[str, Any]) -> dict[str, Any]:
    """draft.parquet -> job["target"], sorted by time, after the rows of job["before"] if given.

    job["columns"]: [{"key", "name", "type", "kind", "ok"}]. Returns {"rows", "from", "to"}, times
    in ISO 8601 or null. Refuses what does not fit its type, with an example.
    """
    draft, target = Path(job["folder"]) / "draft.parquet", Path(job["target"])
    engine = engine_for(job)
    source = f"read_parquet({_quoted(draft)})"
    for column in job["columns"]:
        check_values(engine, source, column)
    picked = ", ".join(f"{converted(c)} AS {_name(c['name'])}" for c in job["columns"])
    rows = f"SELECT {picked} FROM {source}"
    if job.get("before"):
        old = f"read_parquet({_quoted(Path(job['before']))})"
        names = ", ".join(_name(column["name"]) for column in job["columns"])
        rows = f"SELECT {names} FROM {old} UNION ALL {rows}"
    time = job.get("time_column")
    if time:
        rows += f" ORDER BY {_name(time)} NULLS LAST"
    try:
        _copy(engine, rows, target, row_limit(len(job["columns"]), job))
        span = f"min({_name(time)}), max({_name(time)})" if time else "NULL, NULL"
        kept = f"read_parquet({_quoted(target)})"
        count, start, end = _row(engine, f"SELECT count(*), {span} FROM {kept}")
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return {"rows": count, "from": start and start.isoformat(), "to": end and end.isoformat()}


def check_values(engine: duckdb.DuckDBPyConnection, source: str, column: dict[str, Any]) -> None:
    """Refuse a type that some values of the column do not fit; mark numbers that are whole."""
    type_, kind, key = column["type"], column["kind"], column["key"]
    if kind not in ("text", type_) and type_ != "text":
        raise Refused("no_such_type", column=column["name"])
    reading = reading_for(column, type_)
    if not reading:
        return
    value = read_as(key, reading)
    is_part = f"v <> trunc(v) OR abs(v) >= {WHOLE}" if type_ == "number" else "true"
    count, example, parts = _row(
        engine,
        f"""SELECT count(*) FILTER (v IS NULL), any_value(t) FILTER (v IS NULL),
        count(*) FILTER ({is_part})
        FROM (SELECT {_something(key)} AS t, {value} AS v FROM {source}) WHERE t IS NOT NULL""",
    )
    if count:
        values = {"column": column["name"], "count": count, "example": _shown(example)}
        raise Refused("values", type=type_, **values)
    column["is_whole"] = not parts


def converted(column: dict[str, Any]) -> str:
    """SQL of a column in its chosen type: number, naive UTC time, boolean or text."""
    key, type_, kind = column["key"], column["type"], column["kind"]
    if type_ == "text":
        return f"nullif(CAST({key} AS VARCHAR), '')"
    if kind == "text":
        value = read_as(key, reading_for(column, type_))
        return f"CAST({value} AS BIGINT)" if column.get("is_whole") else value
    if kind == "time":
        return f"CAST({key} AS TIMESTAMP)"
    return str(key)


def read_as(key: str, reading: str) -> str:
    """SQL: the value of a text column, or NULL where it cannot be read so."""
    text = _something(key)
    if reading == "boolean":
        return (
            f"CASE WHEN lower({text}) IN ('true', 'yes') THEN true "
            f"WHEN lower({text}) IN ('false', 'no') THEN false END"
        )
    if reading in DECIMALS:
        thousands, decimals = (re.escape(mark) for mark in DECIMALS[reading])
        digits = f"([0-9]{{1,3}}({thousands}[0-9]{{3}})+|[0-9]+)({decimals}[0-9]*)?"
        shape = f"[-+]?({digits}|{decimals}[0-9]+)([eE][-+]?[0-9]{{1,3}})?"
        bare = f"regexp_replace({text}, '[€$£%\\s\\x{{a0}}\\x{{202f}}'']', '', 'g')"
        plain = f"replace(replace({bare}, '{DECIMALS[reading][0]}', ''), ',', '.')"
        number = f"try_cast({plain} AS DOUBLE)"
        slow = (
            f"CASE WHEN regexp_full_match({bare}, '{shape}') AND isfinite({number}) "
            f"THEN {number} END"
        )
        quick = f"try_cast({text} AS DOUBLE)"  # most numbers; several times as fast
        is_quick = f"isfinite({quick})" + (f" AND {_plain(text)}" if reading == "comma" else "")
        return f"CASE WHEN {is_quick} THEN {quick} ELSE {slow} END"
    if reading == "iso":
        moment = f"try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        return f"CASE WHEN {text} LIKE '____-%' OR {text} LIKE '____/%' THEN {moment} END"
    formats = ", ".join(f"'{day}{clock}'" for day in TIMES[reading] for clock in CLOCKS)
    return f"try_strptime({text}, [{formats}])"


# -- both


def engine_for(job: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """DuckDB that reads the draft's folder and the named files, and nothing else."""
    engine = duckdb.connect(":memory:")
    engine.execute(f"SET memory_limit = '{job['memory_bytes'] // 3}B'")
    engine.execute(f"SET threads = {THREADS}")
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute(f"SET temp_directory = {_quoted(Path(job['folder']) / 'spill')}")
    engine.execute(f"SET max_temp_directory_size = '{job['disk_bytes']}B'")
    files = [job[name] for name in ("target", "before") if job.get(name)]
    engine.execute(f"SET allowed_directories = [{_quoted(Path(job['folder']))}]")
    engine.execute(f"SET allowed_paths = [{', '.join(_quoted(Path(file)) for file in files)}]")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine


def check_width(columns: int, job: dict[str, Any]) -> None:
    """Refuse a file with too many columns."""
    if columns > job["max_columns"]:
        raise Refused("columns", count=columns, most=job["max_columns"])


def row_limit(columns: int, job: dict[str, Any]) -> int:
    """How many rows of that many columns are taken."""
    return int(min(job["max_rows"], job["max_cells"] // max(columns, 1)))


def check_rows(rows: int, most: int) -> None:
    """Refuse a file with too many rows for its width."""
    if rows > most:
        raise Refused("rows", most=most)


def _copy(engine: duckdb.DuckDBPyConnection, rows: str, target: Path, most: int) -> None:
    """Write a query's rows as Parquet, one more than `most` at the most."""
    try:
        (count,) = _row(
            engine,
            f"COPY (SELECT * FROM ({rows}) LIMIT {most + 1}) TO {_quoted(target)} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})",
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        _refuse(str(error))
    check_rows(count, most)


def _refuse(told: str) -> NoReturn:
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
    raise Refused("unreadable", line=number)


def _examples(engine: duckdb.DuckDBPyConnection, source: str, key: str) -> list[str]:
    """A few different values from the beginning."""
    head = f"SELECT {key} AS v FROM {source} LIMIT 200"
    rows = _rows(engine, f"SELECT DISTINCT v FROM ({head}) WHERE v IS NOT NULL LIMIT {EXAMPLES}")
    return [_shown(value) for (value,) in rows]


def _something(key: str) -> str:
    """SQL: the text without blanks around it, NULL where it stands for nothing."""
    words = ", ".join(_quoted(word) for word in NOTHING)
    return f"(CASE WHEN lower(trim({key})) NOT IN ({words}) THEN trim({key}) END)"


def _kind(type_: str) -> str:
    """The column type of a DuckDB type."""
    if type_ == "VARCHAR":
        return "text"
    if type_ == "BOOLEAN":
        return "boolean"
    if type_.startswith(("TIMESTAMP", "DATE")):
        return "time"
    is_number = re.match(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|REAL|DECIMAL)", type_)
    return "number" if is_number else "other"


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - 1]}…"


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _row(engine: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    return engine.execute(sql).fetchone() or ()


def _rows(engine: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return engine.execute(sql).fetchall()


JOBS = {"inspect": inspect, "keep": keep}

if __name__ == "__main__":
    main()
