"""Which values fit a column: one function a type, each a pure decision.

A missing value (null) is judged by the caller. A function returns the value as it is stored, or
raises ValueError with words for the sender.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

MOST_CHARACTERS = 2000
FIRST = datetime(1990, 1, 1, tzinfo=UTC)
LAST = datetime(2100, 1, 1, tzinfo=UTC)
_FIRST_MS, _LAST_MS = FIRST.timestamp() * 1000, LAST.timestamp() * 1000
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MS = re.compile(r"\d{11,14}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


def number(value: Any) -> float:
    """A finite number. A text that is a number counts as it: CSV has nothing else."""
    if isinstance(value, str):
        if len(value) > 400 or not _NUMBER.fullmatch(value.strip()):
            raise ValueError(_("This is not a number."))
        value = value.strip()
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_("This is not a number."))
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ValueError(_("A number must be finite; send null for a gap."))
    return found


def text(value: Any) -> str:
    """A text without NUL, of a sane length."""
    if not isinstance(value, str):
        raise ValueError(_("This is not a text."))
    if len(value) > MOST_CHARACTERS:
        raise ValueError(_("A text has at most %(most)s characters.") % {"most": MOST_CHARACTERS})
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in _unusual(value)):
        raise ValueError(_("The text holds a character that cannot be stored."))
    return value


def boolean(value: Any) -> bool:
    """true or false, also as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and (found := _BOOLEANS.get(value.strip().lower())) is not None:
        return found
    raise ValueError(_("This is neither true nor false."))


def time(value: Any) -> datetime:
    """ISO 8601 with its zone, or milliseconds since 1970; from 1990 to 2099, in UTC."""
    if isinstance(value, str) and not _MS.fullmatch(value):
        found = _from_iso(value)
    else:
        found = _from_ms(value)
    if not FIRST <= found < LAST:
        raise _out_of_range()
    return found


JUDGES: dict[str, Callable[[Any], Any]] = {
    "number": number,
    "text": text,
    "boolean": boolean,
    "time": time,
}


def _from_iso(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        message = _("This is not a time: write 2026-03-01T12:00:00Z, or milliseconds since 1970.")
        raise ValueError(message) from error
    if found.tzinfo is None:
        raise ValueError(_("A time needs its zone: end it with Z or +01:00."))
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise _out_of_range() from error


def _from_ms(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(_("A time is a text or a number of milliseconds."))
    ms = float(value) if not isinstance(value, int) or abs(value) < 1e15 else math.inf
    if not _FIRST_MS <= ms < _LAST_MS:
        if math.isfinite(ms) and _FIRST_MS <= ms * 1000 < _LAST_MS:
            raise ValueError(_("This looks like seconds: send milliseconds since 1970."))
        raise _out_of_range()
    return datetime.fromtimestamp(ms / 1000, UTC)


def _out_of_range() -> ValueError:
    return ValueError(_("A time lies between 1990 and 2099."))


def _unusual(value: str) -> str:
    """Nothing for a text of plain letters, which is nearly all of them; else the text."""
    return "" if value.isascii() else value
