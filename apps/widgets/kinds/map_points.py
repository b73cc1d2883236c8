"""Points by latitude and longitude."""

import re
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import UserError
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import ColumnChoice, Family, Kind, Options, Shape
from apps.widgets.kinds.map import REGIONS
from apps.widgets.view import View

MOST_POINTS = 2000
NAMES = {  # the columns that are meant if nobody says so
    "latitude": re.compile(r"(^|[_. ])lat(itude)?$", re.IGNORECASE),
    "longitude": re.compile(r"(^|[_. ])(lon|lng|long|longitude)$", re.IGNORECASE),
}


class MapPointsOptions(Options):
    """Where a row is, and which part of the earth."""

    latitude = ColumnChoice(label=gettext_lazy("Latitude"), types=("number",))
    longitude = ColumnChoice(label=gettext_lazy("Longitude"), types=("number",))
    region = forms.ChoiceField(label=gettext_lazy("Region"), choices=REGIONS, initial="auto")


class MapPoints(Kind):
    """A circle at each place: the measure sizes it, the second dimension colours it.

    The database groups by both coordinates, so that a circle counts all rows of its place, and a
    mean of coordinates cannot put it where nothing is (between 179° east and 179° west).
    """

    slug = "map_points"
    label = gettext_lazy("Map of points")
    hint = gettext_lazy("Places by latitude and longitude, sized by value")
    shape = Shape.CATEGORIES
    family = Family.MAPS
    options = MapPointsOptions
    dimensions = (0, 2)
    measures = (1, 2)
    slots = (gettext_lazy("Size"), gettext_lazy("Told beside it"))

    def main(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> Query:
        """The question by place, the largest first, at most MOST_POINTS of them."""
        axes = [_coordinate(name, options, shape) for name in NAMES]
        if axes[0] == axes[1]:
            message = _("Latitude and longitude are two columns.")
            raise UserError(message, field="options.longitude")
        named = [each for each in template.get("dimensions", []) if each not in axes]
        asked = {**template, "dimensions": [*named, *axes]}
        asked["limit"] = template.get("limit") or MOST_POINTS
        if measures := template.get("measures"):
            asked["order"] = template.get("order") or [{"by": measures[0], "descending": True}]
        return super().main(asked, options, shape, view)

    def check(self, query: Query) -> None:
        """As each kind does, without the two coordinates."""
        super().check(replace(query, dimensions=query.dimensions[: -len(NAMES)]))


def _coordinate(name: str, options: dict[str, Any], shape: Definition) -> str:
    """The column that the option names, else the one that is called so."""
    if options.get(name):
        return str(options[name])
    found = (column.name for column in shape.columns if column.type == "number")
    if column := next((each for each in found if NAMES[name].search(each)), None):
        return column
    label = MapPointsOptions.base_fields[name].label
    message = _("Choose the column for %(name)s: no column is called so.")
    raise UserError(message % {"name": label}, field=f"options.{name}")
