"""What maps ask: areas by a dimension, points by both of their coordinates."""

import pytest

from apps.core.errors import UserError
from apps.datasources.definition import ColumnDef, Definition, MeasureDef
from apps.widgets.kinds import KINDS
from apps.widgets.kinds.map_points import MOST_POINTS
from apps.widgets.view import View

VIEW = View("now-7d", "now")
NUMBERS = ("airport_lat", "airport_lon", "lateral", "x", "y")


def shape(*columns: str) -> Definition:
    named = tuple(ColumnDef(name, name, "number", "", "") for name in columns)
    airport = ColumnDef("airport", "Airport", "text", "", "")
    flights = MeasureDef("flights", "Flights", "count", "", "", "", "", "", "")
    return Definition(1, 1, 1, 1, "store", False, "t", "", (airport, *named), (flights,))


def asked(template: dict, options: dict, *columns: str):
    kind = KINDS["map_points"]
    cleaned = kind.options.cleaned(options)
    query = kind.queries(template, cleaned, shape(*columns), VIEW)["main"]
    kind.check(query)
    return query


def test_points_are_grouped_by_the_columns_that_are_called_so():
    query = asked({"measures": ["flights"], "dimensions": ["airport"]}, {}, *NUMBERS)
    assert [each.column for each in query.dimensions] == ["airport", "airport_lat", "airport_lon"]
    assert [(each.by, each.descending) for each in query.order] == [("flights", True)]
    assert query.limit == MOST_POINTS


def test_the_options_name_other_columns_and_the_card_its_own_limit():
    options = {"latitude": "y", "longitude": "x"}
    query = asked({"measures": ["flights"], "limit": 7}, options, *NUMBERS)
    assert [each.column for each in query.dimensions] == ["y", "x"]
    assert query.limit == 7


def test_column_hiding_sees_what_the_options_name():
    options = {"latitude": "y", "longitude": "x"}
    assert KINDS["map_points"].options.named_in(options)["columns"] == ["y", "x"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"latitude": "y"}, "options.longitude"),
        ({"longitude": "x"}, "options.latitude"),
        ({"latitude": "x", "longitude": "x"}, "options.longitude"),
        ({"latitude": "x", "longitude": "y", "region": "mars"}, "options.region"),
    ],
)
def test_what_is_no_place_is_refused_with_its_field(options, field):
    with pytest.raises(UserError) as refused:
        asked({"measures": ["flights"]}, options, "lateral", "x", "y")
    assert refused.value.field == field


def test_too_many_dimensions_are_refused_without_counting_the_coordinates():
    asked({"measures": ["flights"], "dimensions": ["airport", "x"]}, {}, *NUMBERS)
    with pytest.raises(UserError) as refused:
        asked({"measures": ["flights"], "dimensions": ["airport", "x", "y"]}, {}, *NUMBERS)
    assert refused.value.field == "dimensions"
