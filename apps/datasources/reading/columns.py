"""What a draft's columns are called, and as what each can be read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.datasources.reading.engine import Engine, every, one, quoted
from apps.datasources.reading.refusal import Refused
from apps.datasources.reading.values import (
    READINGS,
    is_part,
    kind_of_type,
    plain,
    read_as,
    something,
)

SAMPLE_ROWS = 8
FIRST_ROWS = 2000
AT_ONCE = 25  # columns counted in one scan
EXAMPLES = 3
MAX_CELL = 80  # characters of a cell that are shown
NAME_LENGTH = 63
WORDS = [name for names in READINGS.values() for name in names]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a reader made of a file: a draft with the columns c0, c1, …, and what it knows of them.

    trusts_text: its texts are meant as texts. has_points: columns whose numbers were written by a
    program, so that a comma in them is none of a decimal. found: what it found out and can be told
    otherwise, by option.
    """

    heads: list[str]
    trusts_text: bool = False
    has_points: frozenset[int] = frozenset()
    prefers_comma: bool = False
    found: Mapping[str, Any] = field(default_factory=dict)


def describe(
    engine: Engine, draft: Path, taken: Taken, options: Mapping[str, str]
) -> dict[str, Any]:
    """{"rows", "columns": [...], "sample": [[text]]} of a draft. Refuses one without rows."""
    source = f"read_parquet({quoted(draft)})"
    if not taken.heads:
        raise Refused("no_rows")
    types = dict(every(engine, f"SELECT column_name, column_type FROM (DESCRIBE FROM {source})"))
    (rows,) = one(engine, f"SELECT count(*) FROM {source}")
    if not rows:
        raise Refused("no_rows")
    names = unique_names(taken.heads)
    columns: list[dict[str, Any]] = []
    for number, head in enumerate(taken.heads):
        key = f"c{number}"
        label = " ".join(head.split())[:120] or names[number]
        columns.append(
            {"key": key, "name": names[number], "label": label, "kind": kind_of_type(types[key])}
        )
    for first in range(0, len(columns), AT_ONCE):
        _count(engine, source, columns[first : first + AT_ONCE], _wanted(taken, options))
    # a delimiter at the end of every line makes no column
    columns = [
        column
        for column in columns
        if taken.heads[int(column["key"][1:])].strip() or column["filled"] or len(columns) == 1
    ]
    _choose_readings(columns, taken)
    for column in columns:
        column["type"] = _best(column, trusts_text=taken.trusts_text)
        column["examples"] = _examples(engine, source, column["key"])
    keys = ", ".join(column["key"] for column in columns)
    cells = every(engine, f"SELECT {keys} FROM {source} LIMIT {SAMPLE_ROWS}")
    return {"rows": rows, "columns": columns, "sample": [[shown(c) for c in row] for row in cells]}


def unique_names(heads: Sequence[str]) -> list[str]:
    """Names that are short, lower case and all different."""
    names: list[str] = []
    taken: set[str] = set()
    for number, head in enumerate(heads, start=1):
        name = re.sub(r"\W+", "_", head.strip().lower()).strip("_")[: NAME_LENGTH - 5]
        name = base = name or f"column_{number}"
        twin = 1
        while name in taken:
            twin += 1
            name = f"{base}_{twin}"
        names.append(name)
        taken.add(name)
    return names


def _wanted(taken: Taken, options: Mapping[str, str]) -> dict[str, list[str]]:
    """The readings to try: all, those of the columns with points, or what was chosen."""
    chosen = {options.get("decimals"), options.get("dates")} - {None, ""}
    words = [
        name
        for names in READINGS.values()
        for name in names
        if name == "iso" or not chosen & set(names) or name in chosen
    ]
    points = [word for word in words if word != "comma" or "comma" in chosen]
    keys = {f"c{number}" for number in taken.has_points}
    return {f"c{n}": points if f"c{n}" in keys else words for n in range(len(taken.heads))}


def _count(
    engine: Engine, source: str, columns: list[dict[str, Any]], wanted: dict[str, list[str]]
) -> None:
    """Set of each column how many values there are, and how many of them each reading takes.

    A reading that takes fewer of the first values than another of its type is not tried on the
    rest: it cannot take all where the other cannot.
    """
    texts = [column for column in columns if column["kind"] == "text"]
    others = [column for column in columns if column["kind"] != "text"]
    head = f"(SELECT * FROM {source} LIMIT {FIRST_ROWS})"
    first = _counts(engine, head, {column["key"]: wanted[column["key"]] for column in texts})
    likely = {key: _likely(counts) for key, counts in first.items()}
    for key, counts in _counts(engine, source, likely).items():
        column = next(column for column in texts if column["key"] == key)
        column.update(counts, ok=dict.fromkeys(WORDS, 0) | counts["ok"])
    if others:
        asked = ", ".join(f"count({column['key']})" for column in others)
        filled = one(engine, f"SELECT {asked} FROM {source}")
        for column, count in zip(others, filled, strict=True):
            column.update({"filled": count, "codes": 0, "commas": 0, "ok": {}, "parts": {}})


def _likely(counts: dict[str, Any]) -> list[str]:
    if not counts["filled"]:
        return list(counts["ok"])
    most = {type_: max(counts["ok"].get(n, 0) for n in names) for type_, names in READINGS.items()}
    return [
        name
        for type_, names in READINGS.items()
        for name in names
        if name in counts["ok"] and counts["ok"][name] == most[type_] > 0
    ]


def _counts(engine: Engine, source: str, wanted: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """Column key -> {"filled", "codes", "commas", "ok": {reading: n}, "parts": {reading: n}}.

    codes: values that are digits, but no number. parts: numbers that are not whole.
    """
    if not wanted:
        return {}
    asked: list[str] = []
    for key, words in wanted.items():
        is_code = f"left({key}, 1) = '0' AND length({key}) > 1 OR length({key}) > 15"
        asked.append(f"count({key})")
        asked.append(f"count(*) FILTER (({is_code}) AND {plain(key)})")
        asked.append(f"count(*) FILTER (contains({key}, ','))")
        asked += [f"count({key}_{word})" for word in words]
        asked += [
            f"count(*) FILTER ({is_part(f'{key}_{word}')})"
            for word in words
            if word in READINGS["number"]
        ]
    texts = ", ".join(f"{something(key)} AS {key}" for key in wanted)
    read = ", ".join(
        f"{read_as(key, word)} AS {key}_{word}" for key, words in wanted.items() for word in words
    )
    answer = iter(
        one(
            engine,
            f"WITH texts AS (SELECT {texts} FROM {source}), "
            f"read AS (SELECT *{', ' if read else ''}{read} FROM texts) "
            f"SELECT {', '.join(asked)} FROM read",
        )
    )
    found: dict[str, dict[str, Any]] = {}
    for key, words in wanted.items():
        found[key] = {"filled": next(answer), "codes": next(answer), "commas": next(answer)}
        found[key]["ok"] = {word: next(answer) for word in words}
        found[key]["parts"] = {w: next(answer) for w in words if w in READINGS["number"]}
    return found


def _choose_readings(columns: list[dict[str, Any]], taken: Taken) -> None:
    """Set `reading` of each text column: type -> the reading that takes most of its values.

    Where several take as many (1.234 or 3/4/2026), what the other columns show decides.
    """
    texts = [column for column in columns if column["kind"] == "text"]
    for type_, names in READINGS.items():
        votes = dict.fromkeys(names, 0)
        for column in texts:
            full = [n for n in names if column["filled"] and column["ok"][n] == column["filled"]]
            if len(full) == 1:
                votes[full[0]] += 1
        for column in texts:
            first = taken.prefers_comma and column["commas"] and not any(votes.values())
            column.setdefault("reading", {})[type_] = max(
                names,
                key=lambda name: (column["ok"][name], votes[name], first and name == "comma"),
            )


def _best(column: dict[str, Any], *, trusts_text: bool) -> str:
    """The type that all values fit; text where there is none, or where digits are a code."""
    if column["kind"] != "text" or trusts_text or not column["filled"]:
        return "text" if column["kind"] == "other" else str(column["kind"])
    for type_ in READINGS:
        if type_ == "number" and column["codes"]:
            continue
        if column["ok"][column["reading"][type_]] == column["filled"]:
            return type_
    return "text"


def _examples(engine: Engine, source: str, key: str) -> list[str]:
    """A few different values from the beginning."""
    head = f"SELECT {key} AS v FROM {source} LIMIT 200"
    rows = every(engine, f"SELECT DISTINCT v FROM ({head}) WHERE v IS NOT NULL LIMIT {EXAMPLES}")
    return [shown(value) for (value,) in rows]


def shown(value: Any) -> str:
    """A cell as it may be shown."""
    text = "" if value is None else str(value)
    return text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - 1]}…"
