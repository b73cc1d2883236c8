"""A text file of any encoding, as UTF-8 with plain line ends."""

import codecs
import io
import re
from pathlib import Path

from apps.datasources.reading.kinds import CHUNK, is_json
from apps.datasources.reading.refusal import Refused

MAX_LINE = 1 << 20  # letters in one line of a table, or in one row of JSON
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
GUESS = "cp1252"  # of what is not Unicode


def clean_copy(raw: Path, text: Path, encoding: str = "") -> tuple[str, str]:
    """Write the file as UTF-8; returns its beginning, at least a line, and its encoding.

    encoding: as chosen, or "" to find it out.
    """
    tried = [encoding] if encoding else [encoding_of(raw)]
    if tried == ["utf-8-sig"] and not encoding:
        tried.append(GUESS)
    for name in tried:
        try:
            return _copied(raw, text, name), name
        except UnicodeError:
            continue
    raise Refused("encoding")


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
    first, run, is_blank, may_be_long, is_end = "", 0, True, False, False
    with raw.open("rb") as source, text.open("w", encoding="utf-8", newline="\n") as target:
        while not is_end:
            block = source.read(CHUNK)
            is_end = not block
            part = decoder.decode(block, final=is_end)
            if CONTROL.search(part):
                raise Refused("binary")
            may_be_long = may_be_long or (not first and is_json(part))  # all JSON in one line
            lines = part.split("\n")
            longest = max(run + len(lines[0]), *map(len, lines[1:]), 0)
            if longest > MAX_LINE and not may_be_long:
                raise Refused("long_line", limit=MAX_LINE // 1024)
            run = len(lines[-1]) + (run if len(lines) == 1 else 0)
            first = first if len(first) > 2 * MAX_LINE else first + part
            is_blank = is_blank and (not part or part.isspace())
            target.write(part)
    if is_blank:
        raise Refused("empty")
    return first
