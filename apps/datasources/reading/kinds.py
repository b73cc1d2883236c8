"""What a file is, by its content: a name says nothing."""

import gzip
import re
import zipfile
import zlib
from pathlib import Path

from apps.datasources.reading.refusal import Refused

CHUNK = 1 << 20
UNPACKED_BYTES = 1 << 30  # of a gzip, or of all parts of a workbook
# What a file begins with, and the kind it is: one that is read, or the code of its refusal.
SIGNS = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "compound"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"RIFF", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"BM", "image"),
    (b"PK\x05\x06", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"SQLite format 3\x00", "database"),
    (b"ARROW1", "exchange"),
    (b"ORC", "exchange"),
    (b"Obj\x01", "exchange"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"{\\rtf", "document"),
)
LETTERS = re.compile(rb"[\t\r\n\x20-\x7e]*")
MARKUP = re.compile(r"\s*(<\?xml|<!doctype\s|<html|<svg|<!--)", re.IGNORECASE)
JSON = re.compile(r"\s*(\{|\[\s*(?:[\[\]{\"\d-]|true|false|null))")


def kind_of(raw: Path) -> str:
    """One of "parquet", "workbook", "gzip" and "text". Refuses what is something else."""
    with raw.open("rb") as file:
        head = file.read(512)
    if not head:
        raise Refused("empty")
    kind = next((kind for sign, kind in SIGNS if head.startswith(sign)), "text")
    if LETTERS.fullmatch(head) and kind in ("image", "exchange", "program"):
        return "text"  # letters that a table may begin with as well
    if kind == "zip":
        kind = _kind_of_zip(raw)
    elif kind == "compound":
        kind = "locked" if _has(raw, "EncryptedPackage".encode("utf-16-le")) else "old_workbook"
    if kind in ("parquet", "workbook", "gzip", "text"):
        return kind
    raise Refused(kind)


def _kind_of_zip(raw: Path) -> str:
    try:
        with zipfile.ZipFile(raw) as packed:
            names = set(packed.namelist())
            size = sum(info.file_size for info in packed.infolist())
            is_open = "mimetype" in names and b"opendocument" in packed.open("mimetype").read(80)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, zlib.error):
        return "broken_archive"
    if any(name.startswith("xl/") for name in names):
        if not any(name.startswith("xl/workbook.") and name.endswith("xml") for name in names):
            return "old_workbook"
        if size > UNPACKED_BYTES:
            raise Refused("unpacked", limit=UNPACKED_BYTES >> 20)
        return "workbook"
    if is_open:
        return "open_document"
    is_document = any(name.startswith(("word/", "ppt/")) for name in names)
    return "document" if is_document else "archive"


def _has(raw: Path, word: bytes) -> bool:
    tail = b""
    with raw.open("rb") as file:
        while block := file.read(CHUNK):
            if word in tail + block:
                return True
            tail = block[-len(word) :]
    return False


def unpack(raw: Path, target: Path) -> None:
    """What a gzip holds. Refuses a damaged one and more than UNPACKED_BYTES."""
    size = 0
    try:
        with gzip.open(raw) as packed, target.open("wb") as file:
            while block := packed.read(CHUNK):
                size += len(block)
                if size > UNPACKED_BYTES:
                    raise Refused("unpacked", limit=UNPACKED_BYTES >> 20)
                file.write(block)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise Refused("broken_archive") from None


def is_json(first: str) -> bool:
    """Whether a text begins as JSON does. “[id],[name]” is the head of a table."""
    return bool(JSON.match(first))


def refuse_markup(first: str) -> None:
    """A picture or a page that is written in letters is no table."""
    if MARKUP.match(first):
        head = first[:2000].lower()
        if "<svg" in head:
            raise Refused("image")
        raise Refused("page" if "<html" in head or "<!doctype html" in head else "xml")
