"""Where in a web address' answers the rows are: a dataset's options, checked.

JSONPath is RFC 9535's, without its regular expressions (a bad one could hold a worker for ever)
and with one ".." at the most.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonpath
from django.utils.translation import gettext as _

from apps.core.errors import UserError

KNOWN = ("path", "records", "format", "delimiter", "params", "paging", "since")
PAGINGS: dict[str, dict[str, Any]] = {  # kind -> what is assumed where nothing is said
    "none": {},
    "page": {"param": "page", "start": 1},
    "offset": {"param": "offset", "start": 0},
    "cursor": {"param": "cursor"},
    "link": {},
}
PAGING_KNOWN = ("kind", "param", "start", "size_param", "size", "next")
DELIMITERS = (",", ";", "\t", "|")
LONGEST_PATH = 300


@dataclass(frozen=True, slots=True)
class Paging:
    """How one page leads to the next. `next`: the JSONPath of the next cursor or address."""

    kind: str = "none"
    param: str = ""
    start: int = 0
    size_param: str = ""
    size: int = 100
    next: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """Where the rows are. `since`: the parameter that leaves out rows which are copied already."""

    path: str = ""
    records: str = "$"
    format: str = "json"
    delimiter: str = ","
    since: str = ""
    params: dict[str, str] = field(default_factory=dict)
    paging: Paging = Paging()


def options_of(data: Mapping[str, Any], default_format: str = "") -> Options:
    """Read a dataset's options. Raises UserError; its field is "options.<name>"."""
    _check_names(data, KNOWN, "options")
    path = _text(data, "path", "options.path")
    if path and (not path.startswith("/") or path.startswith("//") or "#" in path):
        raise _wrong("options.path", _("A path begins with one “/”."))
    format_ = _text(data, "format", "options.format") or default_format or "json"
    if format_ not in ("json", "csv"):
        raise _wrong("options.format", _("The format is json or csv."))
    delimiter = data.get("delimiter") or ","
    if delimiter not in DELIMITERS:
        raise _wrong("options.delimiter", _("Columns are separated by , ; | or a tab."))
    params = data.get("params") or {}
    if not isinstance(params, Mapping) or not all(
        isinstance(value, str | int | float) for value in params.values()
    ):
        raise _wrong("options.params", _("Parameters are names with texts or numbers."))
    records = _text(data, "records", "options.records") or "$"
    compiled(records, "options.records")
    paging = _paging(data.get("paging") or {})
    if format_ == "csv" and (paging.kind == "cursor" or paging.next):
        raise _wrong("options.paging", _("A CSV file cannot name its next page."))
    return Options(
        path=path,
        records=records,
        format=format_,
        delimiter=delimiter,
        since=_text(data, "since", "options.since"),
        params={str(name): str(value) for name, value in params.items()},
        paging=paging,
    )


def _paging(data: Any) -> Paging:
    if not isinstance(data, Mapping):
        raise _wrong("options.paging", _("This must be a JSON object."))
    _check_names(data, PAGING_KNOWN, "options.paging")
    kind = data.get("kind", "none")
    if kind not in PAGINGS:
        message = _("Paging is one of %(kinds)s.") % {"kinds": ", ".join(PAGINGS)}
        raise _wrong("options.paging", message)
    told = {**PAGINGS[kind], **data}
    numbers = {name: told[name] for name in ("start", "size") if name in told}
    for value in numbers.values():
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
            raise _wrong("options.paging", _("Start and size are whole numbers."))
    next_ = _text(told, "next", "options.paging")
    if kind == "cursor" and not next_:
        message = _("Say where the next cursor is, such as $.next_cursor.")
        raise _wrong("options.paging", message)
    if next_:
        compiled(next_, "options.paging")
    return Paging(
        kind=kind,
        param=_text(told, "param", "options.paging"),
        size_param=_text(told, "size_param", "options.paging"),
        next=next_,
        **numbers,
    )


def find(path: str, document: Any, field: str) -> list[Any]:
    """What is at a JSONPath. Raises UserError."""
    try:
        return list(compiled(path, field).findall(document))
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise _wrong(field, _("This JSONPath does not work on the answer.")) from error


def compiled(path: str, field: str) -> Any:
    """A JSONPath, ready to use. Raises UserError."""
    if len(path) > LONGEST_PATH or path.count("..") > 1:
        raise _wrong(field, _("This JSONPath is too long, or has more than one “..”."))
    try:
        return _environment().compile(path)
    except (jsonpath.JSONPathError, RecursionError, ValueError) as error:
        message = _("“%(path)s” is not a JSONPath. Write one such as $.items[*].")
        raise _wrong(field, message % {"path": path[:60]}) from error


@cache
def _environment() -> jsonpath.JSONPathEnvironment:
    found = jsonpath.JSONPathEnvironment(strict=True)
    for name in ("match", "search"):
        found.function_extensions.pop(name, None)
    return found


def _check_names(data: Mapping[str, Any], known: tuple[str, ...], field: str) -> None:
    if unknown := sorted(str(key)[:40] for key in data if key not in known):
        message = _("Unknown: %(names)s. Known are %(known)s.")
        parts = {"names": ", ".join(unknown), "known": ", ".join(known)}
        raise _wrong(field, message % parts)


def _text(data: Mapping[str, Any], name: str, field: str) -> str:
    value = data.get(name) or ""
    if not isinstance(value, str) or len(value) > LONGEST_PATH or not value.isprintable():
        raise _wrong(field, _("“%(name)s” is a text.") % {"name": name})
    return value


def _wrong(field: str, message: str) -> UserError:
    return UserError(message, field=field, code="invalid_options")
