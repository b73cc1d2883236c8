"""MySQL's types: what they are to us, and what the driver makes of their values."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions

NUMBERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double")
NUMBER_CODES = (
    *(FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG),
    *(FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE),
    FIELD_TYPE.YEAR,
)
TIME_CODES = (FIELD_TYPE.TIMESTAMP, FIELD_TYPE.DATETIME, FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE)


def bound(value: Any) -> Any:
    """A value as the driver writes it: it would leave the zone of a time out."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def as_told(codes: Sequence[tuple[int, int]], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """TINYINT(1) is how MySQL writes yes and no: so it is given, if it holds nothing else."""
    flags = [
        place
        for place, (code, width) in enumerate(codes)
        if code == FIELD_TYPE.TINY
        and width == 1
        and all(row[place] in (0, 1, None) for row in rows)
    ]
    if not flags:
        return rows
    return [
        tuple(
            bool(value) if place in flags and value is not None else value
            for place, value in enumerate(row)
        )
        for row in rows
    ]


def type_named(native: str) -> str:
    """A column's type by its native name, as the catalogue writes it."""
    plain = native.partition("(")[0].partition(" ")[0].lower()
    if native.lower().startswith(("tinyint(1)", "bit(1)")):
        return "boolean"
    if plain in NUMBERS or plain == "year":
        return "number"
    return "time" if plain in ("date", "datetime", "timestamp") else "text"


def type_of(code: int, width: int) -> str:
    """The same by the code and the width of an answer's column."""
    if (code, width) in ((FIELD_TYPE.TINY, 1), (FIELD_TYPE.BIT, 1)):
        return "boolean"
    if code in NUMBER_CODES:
        return "number"
    return "time" if code in TIME_CODES else "text"


def word_of(code: int) -> str:
    """The native name of a code."""
    words: dict[int, str] = {
        value: name for name, value in vars(FIELD_TYPE).items() if name.isupper()
    }
    return words.get(code, "").lower()


def _time(value: Any) -> datetime | None:
    """A date or time; MySQL's 0000-00-00 is none."""
    found = conversions[FIELD_TYPE.DATETIME](value)
    return found if isinstance(found, datetime) else None


def _date(value: Any) -> date | None:
    found = conversions[FIELD_TYPE.DATE](value)
    return found if isinstance(found, date) else None


def _bits(value: bytes) -> bool | int:
    number = int.from_bytes(value, "big")
    return bool(number) if len(value) == 1 and number < 2 else number


def _text(value: bytes | str) -> str:
    """Bytes as text if that is what they are, else in hex."""
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


CONVERSIONS = {
    **conversions,
    FIELD_TYPE.DECIMAL: float,
    FIELD_TYPE.NEWDECIMAL: float,
    FIELD_TYPE.DATETIME: _time,
    FIELD_TYPE.TIMESTAMP: _time,
    FIELD_TYPE.DATE: _date,
    FIELD_TYPE.TIME: str,
    FIELD_TYPE.BIT: _bits,
    **dict.fromkeys(
        (
            *(FIELD_TYPE.VARCHAR, FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING, FIELD_TYPE.BLOB),
            *(FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB),
        ),
        _text,
    ),
}
