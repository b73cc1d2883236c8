"""A card's picture on the server: the browser's own drawing code, in V8, in this process.

The only module that imports py_mini_racer. `static/build.mjs` makes the script and the fonts.
"""

import atexit
import functools
import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import orjson
import resvg_py
from py_mini_racer import JSEvalException, JSOOMException, JSTimeoutException, MiniRacer

from apps.widgets.kinds import KINDS

THEMES: Final = ("light", "dark", "print")
TIMEOUT_S: Final = 10.0
HEAP_BYTES: Final = 512 * 1024 * 1024
MOST_BYTES: Final = 32 * 1024 * 1024
SIDES: Final = (16, 8192)

STATIC: Final = Path(__file__).resolve().parents[2] / "static"
SCRIPT: Final = STATIC / "dist" / "server.js"
FONTS: Final = ("Inter-Regular.ttf", "Inter-SemiBold.ttf")


class RenderError(Exception):
    """A picture could not be drawn; the message says why and holds no data."""


class _Worker:
    """The one thread that V8 lives in, from start to end: closed in another it may crash.

    A daemon, which unlike a pool's still works when atexit is reached.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]]
        self._jobs = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Call it there, after all that was submitted before."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="render", daemon=True)
                self._thread.start()
        future: Future[Any] = Future()
        self._jobs.put((future, function, arguments))
        return future

    def _work(self) -> None:
        while True:
            future, function, arguments = self._jobs.get()
            try:
                future.set_result(function(*arguments))
            except Exception as error:  # the caller's, by future.result()
                future.set_exception(error)


_worker = _Worker()
_context: MiniRacer | None = None
_owner_pid = 0  # the process that started V8


def svg(
    kind: str,
    data: bytes | dict[str, Any],
    options: dict[str, Any],
    theme: str,
    width: int,
    height: int,
    locale: str = "en",
    timezone: str = "UTC",
) -> str:
    """One card's picture as a whole SVG document, `width` x `height` CSS pixels.

    data: card data as the charts get it, as JSON or as a dict. theme: light, dark or print.
    It has no script, no style attribute and no outside reference, and its ids are its own: it may
    stand in a page, as an image, in a PDF. Raises RenderError; never hangs and never leaks data.
    """
    if kind not in KINDS or theme not in THEMES:
        raise RenderError(f"no picture of kind {kind!r} in theme {theme!r}")
    sides = [min(max(side, SIDES[0]), SIDES[1]) for side in (width, height)]
    text = _text(data)
    return _call("draw", kind, text, _text(options), theme, *sides, locale, timezone)


def compose(board: dict[str, Any], theme: str) -> str:
    """Pictures of svg() with titles and grounds around them, as one SVG document.

    board: as static/js/charts/board.js says. Raises RenderError.
    """
    if theme not in THEMES:
        raise RenderError(f"no picture in theme {theme!r}")
    return _call("compose", _text(board), theme)


def describe(
    kind: str,
    data: bytes | dict[str, Any],
    options: dict[str, Any],
    locale: str = "en",
    timezone: str = "UTC",
) -> dict[str, Any]:
    """The same card in words: {"summary": one sentence, "columns": [...], "rows": [[text]]}."""
    if kind not in KINDS:
        raise RenderError(f"no picture of kind {kind!r}")
    found: dict[str, Any] = orjson.loads(
        _call("describe", kind, _text(data), _text(options), locale, timezone)
    )
    return found


def png(picture: str, scale: float = 2.0, background: str | None = None) -> bytes:
    """An SVG of svg() as PNG, in the shipped font. scale: image pixels per CSS pixel."""
    fallbacks = _fallback_fonts()
    fonts = [*(str(STATIC / "vendor" / name) for name in FONTS), *fallbacks]
    try:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=picture,
                zoom=scale,
                background=background,
                font_files=fonts,
                skip_system_fonts=bool(fallbacks),
                font_family="Inter",
                sans_serif_family="Inter",
            )
        )
    except ValueError as error:
        raise RenderError("the picture is not an SVG that can be drawn") from error


@functools.cache
def _fallback_fonts() -> tuple[str, ...]:
    """The system's upright fonts of regular weight, for scripts that Inter lacks; sans serif first.

    By itself resvg takes the first face that has the letter, and Arabic came out bold. Empty where
    fontconfig is not installed: then resvg looks for itself.
    """
    command = ["fc-list", ":weight=80:slant=0:width=100", "file"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ()
    paths = {line.rstrip().rstrip(":") for line in found.stdout.splitlines()}
    return tuple(sorted(paths, key=lambda path: ("Mono" in path or "Serif" in path, path)))


def _text(value: bytes | dict[str, Any]) -> str:
    try:
        encoded = value if isinstance(value, bytes) else orjson.dumps(value)
        if len(encoded) > MOST_BYTES:
            raise RenderError("too much data for one picture")
        return encoded.decode()
    except (TypeError, UnicodeDecodeError) as error:
        raise RenderError("the data is not JSON") from error


def _call(name: str, *arguments: str | int) -> str:
    """Call a global of the script; one picture at a time, since a V8 context has one thread."""
    if _owner_pid not in (0, os.getpid()):
        raise RenderError("V8 was started before this process was forked from its parent")
    code = f"{name}({','.join(orjson.dumps(argument).decode() for argument in arguments)})"
    result = _worker.submit(_evaluate, code).result()
    if not isinstance(result, str):
        raise RenderError("the drawing code gave no text")
    return result


def _evaluate(code: str) -> object:
    """Run a line in the worker thread: mini-racer would join the event loop of any other."""
    context = _started()
    try:
        return context.eval(code, timeout_sec=TIMEOUT_S)
    except (JSTimeoutException, JSOOMException) as error:
        _forget()  # what it was doing is half done
        what = "memory" if isinstance(error, JSOOMException) else "time"
        raise RenderError(f"the picture took too much {what}") from error
    except JSEvalException as error:
        # the first line names the mistake; the rest holds source, and may hold data
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        if "SyntaxError" in reason:  # V8 quotes the text that it could not parse
            raise RenderError("the data is not JSON") from None
        raise RenderError(f"the drawing code failed: {reason[:200]}") from error


def _started() -> MiniRacer:
    """This process's context, made when first needed: V8 hangs in a child of its process."""
    global _context, _owner_pid
    if _context is None:
        try:
            script = SCRIPT.read_text(encoding="utf-8")
        except OSError as error:
            raise RenderError("run `make static` first: the drawing script is missing") from error
        if not _owner_pid:
            atexit.register(_at_exit)
        _owner_pid = os.getpid()
        context = MiniRacer()
        context.set_hard_memory_limit(HEAP_BYTES)
        context.eval(script, timeout_sec=TIMEOUT_S * 3)
        _context = context
    return _context


def _forget() -> None:
    global _context
    context, _context = _context, None
    if context is not None:
        context.close()


def _at_exit() -> None:
    """Close V8 while its threads still live; left to the interpreter's end, it can hang there."""
    if _owner_pid == os.getpid():
        _worker.submit(_forget).result(TIMEOUT_S)
