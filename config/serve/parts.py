"""A part is one process that must live; a Watched part is started again whenever it dies."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .log import Log

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
CALM_S = 30.0  # who lived this long is well again: the next pause is the first


@dataclass(frozen=True)
class Part:
    """What to run, and how to end it."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    hard_signal: signal.Signals = signal.SIGKILL
    patience_s: float = 10.0
    # Called before every start, also after a crash, in a thread of its own.
    prepare: Callable[[], None] = field(default=lambda: None)


class Watched:
    """Runs one part until stop(); keeps its process in `<run>/<name>.pid`."""

    def __init__(self, part: Part, run: Path, log: Log) -> None:
        self.part = part
        self.starts = 0
        self._note = run / f"{part.name}.pid"
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The living process' id."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Begin to keep the part alive."""
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.part.name}")

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            ended = await self._once()
            if self._stopping.is_set():
                return
            if time.monotonic() - began >= CALM_S:
                pause = FIRST_PAUSE_S
            self._log.say("serve", f"{self.part.name} {ended}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _once(self) -> str:
        """One life of the process, from start to the last of its children. Says how it ended."""
        self.starts += 1
        try:
            await asyncio.to_thread(self.part.prepare)
            process, pump = await spawn(self.part, self._log)
        except OSError as error:
            return f"could not start ({error.strerror})"
        if self._stopping.is_set():  # asked to stop while it was starting
            processes.end_group(process.pid)
        self._process = process
        processes.note(self._note, process.pid)
        try:
            return describe(await process.wait())
        finally:
            processes.end_group(process.pid)  # children that a killed leader left
            self._process = None
            self._note.unlink(missing_ok=True)
            await finish(pump)

    async def stop(self, hurry: asyncio.Event) -> None:
        """End the part; kill it when its patience is over or as soon as `hurry` is set."""
        self._stopping.set()
        if self._task is None:
            return
        if self._process is None:
            self._task.cancel()
        elif not hurry.is_set():
            self._signal(self.part.stop_signal)
            await first_of(self._task, hurry, self.part.patience_s)
        if not self._task.done() and self.part.hard_signal != signal.SIGKILL:
            self._signal(self.part.hard_signal)
            await asyncio.wait({self._task}, timeout=5)
        if not self._task.done() and self._process:
            processes.end_group(self._process.pid)
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _signal(self, sign: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._process:
                self._process.send_signal(sign)


async def spawn(part: Part, log: Log) -> tuple[asyncio.subprocess.Process, asyncio.Task[None]]:
    """Start the process in a session of its own, its output going to the log."""
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *part.command,
            env=part.environment,
            cwd=part.folder,
            stdin=asyncio.subprocess.DEVNULL,
            # Our own pipe: with asyncio's, wait() would wait for every child that inherits it.
            stdout=writing,
            stderr=writing,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone
        )
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return process, asyncio.create_task(log.pump(part.name, reading))


async def finish(pump: asyncio.Task[None], limit_s: float = 1.0) -> None:
    """Let the last lines arrive; a child that keeps the pipe open does not hold us up."""
    await asyncio.wait({pump}, timeout=limit_s)
    pump.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await pump


async def first_of(task: asyncio.Task[None], event: asyncio.Event, limit_s: float) -> None:
    """Wait until the task is done, the event is set or the time is over."""
    waiting = asyncio.ensure_future(event.wait())
    await asyncio.wait({task, waiting}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def describe(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    return f"ended (exit code {code})"
