"""The stream of the demo: departures, replayed by `manage.py feed_flights`."""

from typing import Any

SLUG = "departures"
NAME = "Departures"
TIME = "at"
RETENTION_DAYS = 14

COLUMNS: list[dict[str, Any]] = [
    {"name": "at", "type": "time", "label": "Time"},
    {"name": "carrier", "type": "text", "label": "Carrier code"},
    {"name": "carrier_name", "type": "text", "label": "Carrier"},
    {"name": "origin", "type": "text", "label": "From"},
    {"name": "destination", "type": "text", "label": "To"},
    {"name": "distance", "type": "number", "label": "Distance", "unit": "mi"},
    {"name": "departure_delay", "type": "number", "label": "Departure delay", "unit": "min"},
    {"name": "arrival_delay", "type": "number", "label": "Arrival delay", "unit": "min"},
    {"name": "air_time", "type": "number", "label": "Time in the air", "unit": "min"},
]

MEASURES: list[dict[str, Any]] = [
    {"name": "departures", "label": "Departures", "aggregate": "count"}
    | {"unit": "flights", "format": "integer", "good": "up"},
    {"name": "mean_delay", "label": "Mean departure delay", "aggregate": "avg"}
    | {"column": "departure_delay", "unit": "min", "format": "decimal", "good": "down"},
    {"name": "worst_delay", "label": "Longest departure delay", "aggregate": "max"}
    | {"column": "departure_delay", "unit": "min", "format": "integer", "good": "down"},
    {"name": "mean_arrival_delay", "label": "Mean arrival delay", "aggregate": "avg"}
    | {"column": "arrival_delay", "unit": "min", "format": "decimal", "good": "down"},
    {"name": "miles", "label": "Miles flown", "aggregate": "sum"}
    | {"column": "distance", "unit": "mi", "format": "compact"},
    {"name": "destinations", "label": "Destinations", "aggregate": "count_distinct"}
    | {"column": "destination", "format": "integer"},
]
