"""One tidy log of all parts: a coloured, padded name before each line; the same to a file."""

import asyncio
import datetime
import logging.handlers
import os
import re
import sys
from collections import deque
from pathlib import Path
from typing import TextIO

from .problems import CannotStart

WIDTH = 8
_COLOURS = {"serve": 37, "setup": 35, "postgres": 34, "redis": 31, "web": 32, "worker": 33}
_OTHER = 36
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LONGEST_LINE = 64 * 1024
# Advice about the machine that no user of `make run` can act on: to the file only.
_UNSHOWN = ("Memory overcommit must be enabled",)


class Log:
    """Writes lines to a stream and to a rotating file, and remembers the last of each part."""

    def __init__(self, path: Path, stream: TextIO | None = None) -> None:
        self.path = path
        logging.raiseExceptions = False  # a full disk must not fill the terminal with tracebacks
        self.last: dict[str, deque[str]] = {}
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty() and "NO_COLOR" not in os.environ
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = logging.handlers.RotatingFileHandler(
                path, maxBytes=5_000_000, backupCount=3, encoding="utf-8"
            )
        except OSError as error:
            raise CannotStart(
                f"{path} cannot be written ({error.strerror}).",
                "Give this user the folder, or choose another with SIGHTLINE_VAR=<folder>.",
            ) from None

    def say(self, part: str, text: str) -> None:
        """Write one line of one part."""
        plain = _ANSI.sub("", text).rstrip()
        if not plain:
            return
        self.last.setdefault(part, deque(maxlen=30)).append(plain)
        name = f"{part:<{WIDTH}}"
        if self._coloured:
            name = f"\x1b[{_COLOURS.get(part, _OTHER)}m{name}\x1b[0m"
        if not any(words in plain for words in _UNSHOWN):
            self._show(f"{name} | {text.rstrip() if self._coloured else plain}")
        now = datetime.datetime.now().astimezone().isoformat(timespec="milliseconds")
        self._file.emit(logging.makeLogRecord({"msg": f"{now} {part:<{WIDTH}} | {plain}"}))

    def box(self, lines: list[str]) -> None:
        """Show a few lines in a frame; the file gets them without."""
        width = max(map(len, lines))
        self._show("\n+-" + "-" * width + "-+")
        for line in lines:
            self._show(f"| {line:<{width}} |")
        self._show("+-" + "-" * width + "-+\n")

    async def pump(self, part: str, handle: int) -> None:
        """Write what arrives on a pipe, line by line, until its last writer has gone."""
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(handle, "rb", 0)
        )
        rest = b""
        try:
            while chunk := await reader.read(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _LONGEST_LINE:  # a part that never ends its line costs no memory
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self.say(part, line.decode("utf-8", "replace"))
        finally:
            self.say(part, rest.decode("utf-8", "replace"))
            transport.close()

    def _show(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except UnicodeEncodeError:
            self._stream.write(line.encode("ascii", "replace").decode() + "\n")
        except (BrokenPipeError, ValueError):
            pass  # the terminal has gone; the file still has it
