"""What a source sent -> rows. Knows formats and their limits; what fits a column is judged later.

A broken body is refused as a whole, with the place; a wrong value is one row's trouble.
"""

import csv
import io
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import TooLarge, UserError

Row = dict[str, Any]
MOST_COLUMNS = 500
CSV_FIELD_BYTES = 131_072


class UnsupportedMedia(UserError):
    """A format or an encoding that ingest does not read."""

    status = 415
    code = "unsupported_media_type"


def rows(content_type: str, body: bytes, encoding: str | None = None) -> list[Row]:
    """The rows of one request. content_type and encoding: as in the headers of HTTP.

    Raises UserError (400) for a broken body, TooLarge (413), UnsupportedMedia (415).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in FORMATS:
        message = _("Send %(known)s.") % {"known": ", ".join(FORMATS)}
        raise UnsupportedMedia(message, field="content-type")
    body = unpacked(body, encoding)
    if not body.strip():
        raise UserError(_("The body is empty."), field="body", code="empty")
    found = FORMATS[kind](body)
    if len(found) > settings.INGEST_MAX_ROWS:
        raise _too_many()
    return found


def unpacked(body: bytes, encoding: str | None) -> bytes:
    """The body without its compression, which may not hide more than the limit."""
    limit = settings.INGEST_MAX_BYTES
    if len(body) > limit:
        raise _too_big()
    encoding = (encoding or "identity").strip().lower()
    if encoding == "identity":
        return body
    if encoding != "gzip":
        message = _("Only gzip is understood as a compression.")
        raise UnsupportedMedia(message, field="content-encoding")
    engine = zlib.decompressobj(wbits=31)
    try:
        plain = engine.decompress(body, limit + 1)
    except zlib.error as error:
        message = _("The body is not gzip, though its header says so.")
        raise UserError(message, field="body", code="broken_gzip") from error
    if len(plain) > limit:
        raise _too_big()
    if not engine.eof:
        raise UserError(_("The gzip body ends too early."), field="body", code="broken_gzip")
    if engine.unused_data:
        raise UserError(_("Send one gzip member."), field="body", code="broken_gzip")
    return plain


def from_json(body: bytes) -> list[Row]:
    """An array of objects, or {"events": [...]}, or a single object."""
    data = _loads(body, place="")
    if isinstance(data, dict) and isinstance(data.get("events"), list) and len(data) == 1:
        data = data["events"]
    if isinstance(data, dict):
        data = [data]
    if not isinstance(data, list):
        raise UserError(_("Send a JSON array of objects."), field="body", code="not_rows")
    return _all_objects(data)


def from_ndjson(body: bytes) -> list[Row]:
    """One object a line; empty lines count for nothing."""
    lines = body.split(b"\n")
    found: list[Any] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            if len(found) >= settings.INGEST_MAX_ROWS:
                raise _too_many()
            found.append(_loads(line, place=_("line %(number)s: ") % {"number": number}))
    return _all_objects(found)


def from_csv(body: bytes) -> list[Row]:
    """A header line, then one row a line. An empty field is a missing value."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(_("The CSV is not UTF-8."), field="body", code="broken_csv") from error
    if "\x00" in text:
        raise UserError(_("The CSV holds a NUL character."), field="body", code="broken_csv")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _header(next(reader, []))
        return _table(header, reader)
    except csv.Error as error:
        message = _("The CSV is broken in line %(line)s.") % {"line": reader.line_num}
        raise UserError(message, field="body", code="broken_csv") from error


FORMATS: dict[str, Callable[[bytes], list[Row]]] = {
    "application/json": from_json,
    "application/x-ndjson": from_ndjson,
    "text/csv": from_csv,
}


def _header(names: list[str]) -> list[str]:
    names = [name.strip() for name in names]
    if not names or not all(names) or len(set(names)) < len(names) or len(names) > MOST_COLUMNS:
        message = _("The first line names the columns, each once.")
        raise UserError(message, field="body", code="broken_csv")
    return names


def _table(header: list[str], lines: Iterable[list[str]]) -> list[Row]:
    found: list[Row] = []
    for fields in lines:
        if not fields:
            continue
        if len(found) >= settings.INGEST_MAX_ROWS:
            raise _too_many()
        if len(fields) != len(header):
            message = _("Row %(row)s has %(have)s fields; the header names %(want)s.")
            values = {"row": len(found), "have": len(fields), "want": len(header)}
            raise UserError(message % values, field="body", code="broken_csv")
        found.append(
            {
                name: None if value == "" else value
                for name, value in zip(header, fields, strict=True)
            }
        )
    return found


def _loads(text: bytes, place: str) -> Any:
    """orjson refuses NaN, lone surrogates and deep nesting by itself, without a recursion."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = _("This is not JSON: %(place)s%(reason)s.")
        values = {"place": place, "reason": str(error)[:120].replace("\n", " ")}
        raise UserError(message % values, field="body", code="broken_json") from error


def _all_objects(items: list[Any]) -> list[Row]:
    for row, item in enumerate(items):
        if not isinstance(item, dict):
            message = _("Row %(row)s is not an object.") % {"row": row}
            raise UserError(message, field="body", code="not_rows")
    return items


def _too_big() -> TooLarge:
    size = settings.INGEST_MAX_BYTES // 1024
    return TooLarge(_("Send at most %(size)s KiB at once.") % {"size": size}, field="body")


def _too_many() -> TooLarge:
    most = settings.INGEST_MAX_ROWS
    return TooLarge(_("Send at most %(most)s rows at once.") % {"most": most}, field="body")
