"""Areas by value: countries, or the states of the USA."""

from django import forms
from django.utils.translation import gettext_lazy

from apps.widgets.kinds.base import Family, Kind, Options, Shape

REGIONS = [
    ("auto", gettext_lazy("Automatic: what the data needs")),
    ("world", gettext_lazy("World")),
    ("africa", gettext_lazy("Africa")),
    ("asia", gettext_lazy("Asia")),
    ("europe", gettext_lazy("Europe")),
    ("north_america", gettext_lazy("North America")),
    ("oceania", gettext_lazy("Oceania")),
    ("south_america", gettext_lazy("South America")),
    ("usa", gettext_lazy("United States, by state")),
]
SCALES = [
    ("auto", gettext_lazy("Automatic, by how the values lie")),
    ("even", gettext_lazy("Even steps")),
    ("quantiles", gettext_lazy("As many places in each")),
]


class MapOptions(Options):
    """Which part of the earth, and where the colours change."""

    region = forms.ChoiceField(label=gettext_lazy("Region"), choices=REGIONS, initial="auto")
    scale = forms.ChoiceField(label=gettext_lazy("Colours"), choices=SCALES, initial="auto")
    labels = forms.BooleanField(
        label=gettext_lazy("Codes of states, where there is room"), required=False, initial=True
    )


class Map(Kind):
    """One value for each country or state; the second measure is told beside it."""

    slug = "map"
    label = gettext_lazy("Map of areas")
    hint = gettext_lazy("Countries or US states, coloured by value")
    shape = Shape.CATEGORIES
    family = Family.MAPS
    explores = True
    options = MapOptions
    dimensions = (1, 1)
    measures = (1, 2)
    likely = "(^|_)(countr|nation|state|province)"
    slots = (gettext_lazy("Colour"), gettext_lazy("Told beside it"))
