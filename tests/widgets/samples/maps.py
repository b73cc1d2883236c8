"""Maps: values by place, and points."""

from typing import Any

from tests.widgets.samples.parts import ORDERS, REVENUE, Samples, card, column, frame

STATE = column("state", "dimension", "text")
COUNTRY = column("country", "dimension", "text")
PROFIT = column("profit", "measure", unit="$", format="currency", good="up")
AIRPORT = column("airport", "dimension", "text")
KIND = column("kind", "dimension", "text")
LATITUDE = column("latitude", "dimension")
LONGITUDE = column("longitude", "dimension")

# sales and profit of the Superstore by state, in whole dollars
STATES: dict[str, tuple[int, int]] = {
    "California": (457688, 76381),
    "New York": (310876, 74039),
    "Texas": (170188, -25729),
    "Washington": (138641, 33403),
    "Pennsylvania": (116512, -15560),
    "Florida": (89474, -3399),
    "Illinois": (80166, -12608),
    "Ohio": (78258, -16971),
    "Michigan": (76270, 24463),
    "Virginia": (70637, 18598),
    "North Carolina": (55603, -7491),
    "Indiana": (53555, 18383),
    "Georgia": (49096, 16250),
    "Kentucky": (36592, 11200),
    "New Jersey": (35764, 9773),
    "Arizona": (35282, -3428),
    "Wisconsin": (32115, 8402),
    "Colorado": (32108, -6528),
    "Tennessee": (30662, -5342),
    "Minnesota": (29863, 10823),
    "Massachusetts": (28634, 6786),
    "Delaware": (27451, 9977),
    "Maryland": (23706, 7031),
    "Rhode Island": (22628, 7286),
    "Missouri": (22205, 6436),
    "Oklahoma": (19683, 4854),
    "Alabama": (19511, 5787),
    "Oregon": (17431, -1190),
    "Nevada": (16729, 3317),
    "Connecticut": (13384, 3511),
    "Arkansas": (11678, 4009),
    "Utah": (11220, 2547),
    "Mississippi": (10771, 3173),
    "Louisiana": (9217, 2196),
    "Vermont": (8929, 2245),
    "South Carolina": (8482, 1769),
    "Nebraska": (7465, 2037),
    "New Hampshire": (7293, 1707),
    "Montana": (5589, 1833),
    "New Mexico": (4784, 1157),
    "Iowa": (4580, 1184),
    "Idaho": (4382, 827),
    "Kansas": (2914, 836),
    "District of Columbia": (2865, 1060),
    "Wyoming": (1603, 100),
    "South Dakota": (1316, 395),
    "Maine": (1271, 454),
    "West Virginia": (1210, 186),
    "North Dakota": (920, 230),
}
# as people write them: names, variants, codes; and two that are none
COUNTRIES: dict[str, float | None] = {
    "United States": 5421,
    "DEU": 2310,
    "France": 1980,
    "UK": 1740,
    "Côte d'Ivoire": 88,
    "JP": 1320,
    "Brazil": 910,
    "Russian Federation": 640,
    "Korea, Republic of": 720,
    "IN": 1105,
    "China": 1890,
    "South Africa": 340,
    "Australia": 760,
    "CAN": 880,
    "Mexico": 505,
    "Argentina": 290,
    "Egypt": 150,
    "Nigeria": 210,
    "Kenya": 95,
    "Saudi Arabia": 260,
    "Turkey": 310,
    "Indonesia": 330,
    "Viet Nam": 180,
    "Singapore": 410,
    "Malta": 44,
    "Fiji": 12,
    "New Zealand": 205,
    "Spain": 980,
    "Italy": 1105,
    "Poland": 520,
    "Ukraine": 130,
    "Sweden": 450,
    "Norway": 390,
    "Finland": 240,
    "Iceland": None,
    "Greenland": 8,
    "Kazakhstan": 105,
    "Chile": 180,
    "Peru": 140,
    "Colombia": 170,
    "DR Congo": 31,
    "Atlantis": 77,
    "EMEA": 12,
}
# name, latitude, longitude, flights from New York in 2013
AIRPORTS: list[tuple[str, float, float, int]] = [
    ("Chicago Ohare Intl", 41.98, -87.9, 17283),
    ("Hartsfield Jackson Atlanta Intl", 33.64, -84.43, 17215),
    ("Los Angeles Intl", 33.94, -118.41, 16174),
    ("General Edward Lawrence Logan Intl", 42.36, -71.01, 15508),
    ("Orlando Intl", 28.43, -81.31, 14082),
    ("Charlotte Douglas Intl", 35.21, -80.94, 14064),
    ("San Francisco Intl", 37.62, -122.37, 13331),
    ("Fort Lauderdale Hollywood Intl", 26.07, -80.15, 12055),
    ("Miami Intl", 25.79, -80.29, 11728),
    ("Ronald Reagan Washington Natl", 38.85, -77.04, 9705),
    ("Detroit Metro Wayne Co", 42.21, -83.35, 9384),
    ("Dallas Fort Worth Intl", 32.9, -97.04, 8738),
    ("Raleigh Durham Intl", 35.88, -78.79, 8163),
    ("Tampa Intl", 27.98, -82.53, 7466),
    ("Denver Intl", 39.86, -104.67, 7266),
    ("George Bush Intercontinental", 29.98, -95.34, 7198),
    ("Minneapolis St Paul Intl", 44.88, -93.22, 7185),
    ("Palm Beach Intl", 26.68, -80.1, 6554),
    ("Nashville Intl", 36.12, -86.68, 6333),
    ("Mc Carran Intl", 36.08, -115.15, 5997),
    ("Washington Dulles Intl", 38.94, -77.46, 5700),
    ("Buffalo Niagara Intl", 42.94, -78.73, 4681),
    ("Phoenix Sky Harbor Intl", 33.43, -112.01, 4656),
    ("Cleveland Hopkins Intl", 41.41, -81.85, 4573),
    ("Lambert St Louis Intl", 38.75, -90.37, 4339),
    ("Chicago Midway Intl", 41.79, -87.75, 4113),
    ("Cincinnati Northern Kentucky Intl", 39.05, -84.67, 3941),
    ("Seattle Tacoma Intl", 47.45, -122.31, 3923),
    ("Louis Armstrong New Orleans Intl", 29.99, -90.26, 3799),
    ("Southwest Florida Intl", 26.54, -81.76, 3537),
    ("Port Columbus Intl", 40.0, -82.89, 3524),
    ("Charleston Afb Intl", 32.9, -80.04, 2884),
    ("Pittsburgh Intl", 40.49, -80.23, 2875),
    ("General Mitchell Intl", 42.95, -87.9, 2802),
    ("Honolulu Intl", 21.32, -157.92, 707),
    ("Ted Stevens Anchorage Intl", 61.17, -150.0, 8),
]


def _states(at: int, measure: dict[str, Any]) -> dict[str, Any]:
    return card(frame([STATE, measure], list(STATES), [each[at] for each in STATES.values()]))


def _countries(names: list[str] | None = None) -> dict[str, Any]:
    asked = names or list(COUNTRIES)
    return card(frame([COUNTRY, REVENUE], asked, [COUNTRIES[each] for each in asked]))


def _airports() -> dict[str, Any]:
    rows = [
        (name, "Hub" if n > 9000 else "Other airport", *where, n) for name, *where, n in AIRPORTS
    ]
    columns = [AIRPORT, KIND, LATITUDE, LONGITUDE, ORDERS]
    return card(frame(columns, *map(list, zip(*rows, strict=True))))


def _quakes() -> dict[str, Any]:
    rows = [
        (-17.8, 178.1, 40),
        (-21.2, -175.2, 25),
        (-14.3, -170.7, 9),
        (-9.4, 160.0, 31),
        (None, None, 3),
    ]
    columns = [LATITUDE, LONGITUDE, ORDERS]
    return card(frame(columns, *map(list, zip(*rows, strict=True))))


EUROPE = ["DEU", "France", "UK", "Spain", "Italy", "Poland", "Ukraine", "Sweden", "Malta"]

SAMPLES: Samples = {
    "map": ("map", _states(0, REVENUE), {}, (460, 260)),
    "map of profit": ("map", _states(1, PROFIT), {}, (700, 400)),
    "map of countries": ("map", _countries(), {}, (560, 300)),
    "map of europe": ("map", _countries(EUROPE), {}, (460, 300)),
    "map_points": ("map_points", _airports(), {}, (520, 300)),
    "map_points over the antimeridian": ("map_points", _quakes(), {}, (460, 260)),
}
