"""Which roll-ups there are: a list beside the file of the rows, looked at with each question.

Everything about the roll-ups of `abc.parquet` is in files called `abc.roll…`. Another version of
the rows is another file, which simply has none yet; those of the old one go away with it.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from apps.core import redis
from apps.datasources.definition import Definition
from apps.datasources.rollups.shapes import Rollup, Wanted

WRITE_S = 30


@dataclass(frozen=True, slots=True)
class Kept:
    """refused: what was found too large to be worth it, or could not be made."""

    rollups: tuple[Rollup, ...] = ()
    refused: tuple[Wanted, ...] = ()


def has_file(shape: Definition) -> bool:
    """Whether its rows are a file of ours, which never changes under its name."""
    return bool(shape.source_kind == "duckdb" and shape.relation and not shape.sql) and bool(
        settings.ROLLUP_MIN_ROWS
    )


def rows_in(file: str) -> int:
    """How many rows a file has; 0 if it cannot be read."""
    try:
        return _rows_in(file)
    except (OSError, pa.ArrowException):
        return 0


@lru_cache(maxsize=512)
def _rows_in(file: str) -> int:
    return int(pq.read_metadata(settings.UPLOADS / file).num_rows)


def kept(file: str) -> Kept:
    """The list beside a file, read again only when it was written anew."""
    path = _list(file)
    try:
        told = path.stat()
    except OSError:
        return Kept()
    return _read(str(path), told.st_mtime_ns, told.st_size)


def change(file: str, how: Callable[[Kept], Kept]) -> Kept:
    """Write the list anew, one writer at a time."""
    with redis.client().lock(f"sightline:rollups:{file}", timeout=WRITE_S):
        new = how(kept(file))
        path = _list(file)
        half = path.with_suffix(".part")
        half.write_bytes(orjson.dumps(asdict(new), default=sorted))
        half.replace(path)
    return new


def new_name(file: str, token: str) -> str:
    """The name of one more roll-up of a file."""
    return f"{Path(file).stem}.rollup-{token}.parquet"


def remove(names: Iterable[str]) -> None:
    """Delete roll-ups that are in no list any more. Who still reads one asks the rows instead."""
    for name in names:
        (settings.UPLOADS / name).unlink(missing_ok=True)


def remove_all(file: str) -> None:
    """Delete all roll-ups of a file, and their list."""
    for path in settings.UPLOADS.glob(f"{Path(file).stem}.roll*"):
        path.unlink(missing_ok=True)


def _list(file: str) -> Path:
    path: Path = settings.UPLOADS / f"{Path(file).stem}.rollups.json"
    return path


@lru_cache(maxsize=512)
def _read(path: str, written_ns: int, size: int) -> Kept:
    with suppress(OSError, ValueError, KeyError, TypeError):  # whatever it is, the rows are there
        told = orjson.loads(Path(path).read_bytes())
        rollups = tuple(rollup_of(each) for each in told["rollups"])
        return Kept(rollups, tuple(_wanted(each) for each in told["refused"]))
    return Kept()


def rollup_of(told: Any) -> Rollup:
    """From its JSON form."""
    types = tuple((name, type_) for name, type_ in told["types"])
    holds, parts = _wanted(told["holds"]), frozenset(told["parts"])
    return Rollup(**{**told, "holds": holds, "parts": parts, "types": types})


def _wanted(told: Any) -> Wanted:
    return Wanted(told["time"], told["bucket"], tuple(told["columns"]))
