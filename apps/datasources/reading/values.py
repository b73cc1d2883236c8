"""How a text is read as a number, a time, or yes and no: as SQL."""

import datetime as dt
import re
from typing import Any

from apps.datasources.reading.engine import quoted

WHOLE = 10**15  # beyond, a double does not hold every whole number
NOTHING = ("", "na", "n/a", "nan", "null", "none", "-", "–", "#n/a", "#div/0!")
TIMES = {
    "dmy": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"),
    "mdy": ("%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y"),
}
CLOCKS = ("", " %H:%M", " %H:%M:%S")
DECIMALS = {"point": (",", "."), "comma": (".", ",")}  # thousands, decimals
# Times without a zone, which are read three times as fast without looking for one.
LOCAL = (
    "____-__-__",
    *(f"____-__-__{gap}{clock}" for gap in " T" for clock in ("__:__", "__:__:__")),
)
# What a column's values may be read as; the first that all of them fit is taken.
READINGS = {
    "boolean": ("boolean",),
    "number": ("point", "comma"),
    "time": ("iso", "dmy", "mdy"),
}


def something(key: str) -> str:
    """The text without blanks around it, NULL where it stands for nothing."""
    words = ", ".join(quoted(word) for word in NOTHING)
    return f"(CASE WHEN lower(trim({key})) NOT IN ({words}) THEN trim({key}) END)"


def plain(text: str) -> str:
    """Whether there are no decimals, so that digits with a zero in front are a code."""
    return f"NOT contains({text}, '.') AND NOT contains({text}, ',')"


def read_as(text: str, reading: str) -> str:
    """The value of what something() gave, or NULL where it cannot be read so."""
    if reading == "boolean":
        return (
            f"CASE WHEN lower({text}) IN ('true', 'yes') THEN true "
            f"WHEN lower({text}) IN ('false', 'no') THEN false END"
        )
    if reading in DECIMALS:
        return _number(text, reading)
    if reading == "iso":
        is_local = " OR ".join(f"{text} LIKE '{shape}'" for shape in LOCAL)
        moment = f"try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        return (
            f"CASE WHEN {is_local} THEN try_cast({text} AS TIMESTAMP) "
            f"WHEN {text} LIKE '____-%' OR {text} LIKE '____/%' THEN {moment} END"
        )
    formats = ", ".join(f"'{day}{clock}'" for day in TIMES[reading] for clock in CLOCKS)
    return f"try_strptime({text}, [{formats}])"


def _number(text: str, reading: str) -> str:
    thousands, decimals = (re.escape(mark) for mark in DECIMALS[reading])
    digits = f"([0-9]{{1,3}}({thousands}[0-9]{{3}})+|[0-9]+)({decimals}[0-9]*)?"
    shape = f"[-+]?({digits}|{decimals}[0-9]+)([eE][-+]?[0-9]{{1,3}})?"
    bare = f"regexp_replace({text}, '[€$£%\\s\\x{{a0}}\\x{{202f}}'']', '', 'g')"
    plainer = f"replace(replace({bare}, '{DECIMALS[reading][0]}', ''), ',', '.')"
    number = f"try_cast({plainer} AS DOUBLE)"
    slow = (
        f"CASE WHEN regexp_full_match({bare}, '{shape}') AND isfinite({number}) THEN {number} END"
    )
    quick = f"try_cast({text} AS DOUBLE)"  # most numbers; several times as fast
    is_quick = f"isfinite({quick})" + (f" AND {plain(text)}" if reading == "comma" else "")
    return f"CASE WHEN {is_quick} THEN {quick} ELSE {slow} END"


def is_part(number: str) -> str:
    """Whether a number is not whole, or too large to be surely so."""
    return f"{number} <> trunc({number}) OR abs({number}) >= {WHOLE}"


def kind_of_type(type_: str) -> str:
    """The column type of a DuckDB type."""
    if type_ == "VARCHAR":
        return "text"
    if type_ == "BOOLEAN":
        return "boolean"
    if type_.startswith(("TIMESTAMP", "DATE")):
        return "time"
    is_number = re.match(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|REAL|DECIMAL)", type_)
    return "number" if is_number else "other"


def text_of(cell: Any) -> str:
    """A value as it is written in a text file."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < WHOLE else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(cell)
