"""A dashboard with a card of every kind, on the small dataset of tests/conftest.py."""

from apps.dashboards.models import Dashboard, Placement
from apps.widgets.models import Widget

RANGE = ("2024-01-01", "2024-04-30")
CARDS = (  # title, kind, (x, y, w, h), query
    ("Revenue", "big_number", (0, 0, 6, 3), {"measures": ["revenue"]}),
    ("Orders", "big_number", (6, 0, 6, 3), {"measures": ["orders"]}),
    ("Revenue per day", "line", (0, 3, 16, 7), {"measures": ["revenue"], "grain": "day"}),
    ("By region", "bar", (16, 3, 8, 7), {"measures": ["revenue"], "dimensions": ["region"]}),
    ("Share", "pie", (0, 10, 8, 6), {"measures": ["orders"], "dimensions": ["region"]}),
    (
        "Weekdays",
        "heatmap",
        (8, 10, 8, 6),
        {
            "measures": ["revenue"],
            "dimensions": [{"column": "ordered_at", "part": "weekday"}, "region"],
        },
    ),
    ("Table", "table", (16, 10, 8, 6), {"measures": ["revenue"], "dimensions": ["region"]}),
    (
        "Cost against revenue",
        "scatter",
        (12, 0, 12, 3),
        {"measures": ["cost", "revenue"], "dimensions": ["region"]},
    ),
)


def make_board(owner, dataset, *, slug="sales", cards=CARDS, **fields):
    """A dashboard over all the days of the dataset, with a filter on region."""
    board = Dashboard.objects.create(
        workspace=dataset.workspace,
        owner=owner,
        title=fields.pop("title", "Sales"),
        slug=slug,
        time_from=RANGE[0],
        time_to=RANGE[1],
        filters=[{"name": "region", "label": "Region", "column": "region"}],
        **fields,
    )
    for title, kind, place, query in cards:
        add_card(board, dataset, title, kind, place, query)
    return board


def add_card(board, dataset, title, kind, place, query, **fields):
    """One placed widget, without asking whether anybody may."""
    widget = Widget.objects.create(
        workspace=board.workspace,
        title=title,
        kind=kind,
        dataset=dataset,
        query=query,
        **fields,
    )
    x, y, w, h = place
    return Placement.objects.create(dashboard=board, widget=widget, x=x, y=y, w=w, h=h)
