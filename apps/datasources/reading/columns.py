"""What a draft's columns are called, and as what each can be read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
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
    text_of,
)

SAMPLE_ROWS, EXAMPLE_ROWS = 8, 200
FIRST_ROWS, FIRST_CELLS, FEWEST_ROWS = 2000, 100_000, 100  # looked at before the rest
AT_ONCE = 10  # columns counted in one scan; planning for more takes longer than another scan
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
    _count(engine, source, columns, _wanted(taken, options))
    # a delimiter at the end of every line makes no column
    columns = [
        column
        for column in columns
        if taken.heads[int(column["key"][1:])].strip() or column["filled"] or len(columns) == 1
    ]
    _choose_readings(columns, taken)
    keys = ", ".join(column["key"] for column in columns)
    first = every(engine, f"SELECT {keys} FROM {source} LIMIT {EXAMPLE_ROWS}")
    for column, cells in zip(columns, zip(*first, strict=True), strict=True):
        column["type"] = _best(column, trusts_text=taken.trusts_text)
        column["examples"] = _examples(cells)
    sample = [[shown(cell) for cell in row] for row in first[:SAMPLE_ROWS]]
    return {"rows": rows, "columns": columns, "sample": sample}


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
    texts = {column["key"]: column for column in columns if column["kind"] == "text"}
    others = [column for column in columns if column["kind"] != "text"]
    first = _first_counts(engine, source, list(texts))
    likely = {key: _likely(first.get(key), wanted[key]) for key in texts}
    for at in range(0, len(texts), AT_ONCE):
        some = dict(islice(likely.items(), at, at + AT_ONCE))
        for key, counts in _counts(engine, source, some).items():
            texts[key].update(counts, ok=dict.fromkeys(WORDS, 0) | counts["ok"])
    if others:
        asked = ", ".join(f"count({column['key']})" for column in others)
        filled = one(engine, f"SELECT {asked} FROM {source}")
        for column, count in zip(others, filled, strict=True):
            column.update({"filled": count, "codes": 0, "commas": 0, "ok": {}, "parts": {}})


def _first_counts(engine: Engine, source: str, keys: list[str]) -> dict[str, dict[str, int]]:
    """Column key -> reading -> how many of the first values it takes.

    Every column is asked alike, so they are made one long one: planning a hundred times as many
    expressions would take minutes.
    """
    if not keys:
        return {}
    names = ", ".join(keys)
    rows = max(FEWEST_ROWS, min(FIRST_ROWS, FIRST_CELLS // len(keys)))
    long = f"UNPIVOT (SELECT {names} FROM {source} LIMIT {rows}) ON {names} INTO NAME k VALUE v"
    read = ", ".join(f"count({read_as('t', word)})" for word in WORDS)
    found = every(
        engine,
        f"SELECT k, {read} FROM (SELECT k, {something('v')} AS t FROM ({long})) "
        f"WHERE t IS NOT NULL GROUP BY k",
    )
    return {key: dict(zip(WORDS, counts, strict=True)) for key, *counts in found}


def _likely(first: dict[str, int] | None, wanted: list[str]) -> list[str]:
    """The readings that take most of the first values, of each type; all where there are none."""
    if first is None:
        return wanted
    likely: list[str] = []
    for names in READINGS.values():
        asked = [name for name in names if name in wanted]
        most = max((first[name] for name in asked), default=0)
        likely += [name for name in asked if first[name] == most > 0]
    return likely


def _counts(engine: Engine, source: str, wanted: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """Column key -> {"filled", "codes", "commas", "ok": {reading: n}, "parts": {reading: n}}.

    codes: values that are digits, but no number. parts: numbers that are not whole.
    """
    if not wanted:
        return {}
    asked: list[str] = []
    for key, words in wanted.items():
        digits = f"ltrim({key}, '+-')"
        is_code = f"left({digits}, 1) = '0' AND length({digits}) > 1 OR length({digits}) > 15"
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


def _examples(cells: Iterable[Any]) -> list[str]:
    """A few different values of a column."""
    filled = dict.fromkeys(cell for cell in cells if cell is not None)
    return [shown(value) for value in islice(filled, EXAMPLES)]


def shown(value: Any) -> str:
    """A cell as it may be shown."""
    text = "" if value is None else text_of(value)
    return text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - 1]}…"
