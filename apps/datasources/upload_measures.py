"""The first measures of an uploaded dataset, by what its columns are called."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.datasources.models import Column

AVERAGED = ("avg", "average", "mean", "rate", "ratio", "share", "percent", "price", "age", "score")
NOT_ADDED = ("id", "key", "code", "year", "month", "day", "zip", "lat", "lon", "latitude")


def suggested_aggregate(column: Mapping[str, Any]) -> str:
    """The first measure of a number column: what its name says that it is."""
    words = column["name"].split("_")
    if any(word in NOT_ADDED for word in words):
        return ""
    return "avg" if any(word in AVERAGED for word in words) else "sum"


def first_measures(
    columns: Sequence[Mapping[str, Any]],
    types: Mapping[str, str],
    aggregates: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The number of rows, and one measure of each number column that was given an aggregate."""
    measures: list[dict[str, Any]] = [
        {"name": "rows", "label": _("Rows"), "aggregate": "count", "format": "integer"}
    ]
    for number, column in enumerate(columns, start=1):
        aggregate = aggregates.get(column["key"], "")
        if not aggregate or types.get(column["name"]) != Column.Type.NUMBER:
            continue
        name = re.sub(r"\W+", "_", slugify(column["name"]).replace("-", "_")).strip("_")
        name = name if re.match("[a-z]", name) else f"measure_{number}"
        if name in {measure["name"] for measure in measures}:
            name = f"{name[:50]}_{number}"
        measure = {"name": name, "label": column["label"], "aggregate": aggregate}
        measures.append(measure | {"column": column["name"]})
    return measures
