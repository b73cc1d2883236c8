import pytest

from apps.dashboards.models import Dashboard, Placement
from apps.reports.models import Report
from apps.widgets.models import Widget
from apps.widgets.view import View
from tests.conftest import ORDERS_START

CARDS = (
    ("Revenue", "big_number", {"measures": ["revenue"]}, (0, 0, 8, 3)),
    ("Orders", "big_number", {"measures": ["orders"]}, (8, 0, 8, 3)),
    ("Cost share", "big_number", {"measures": ["cost_share"]}, (16, 0, 8, 3)),
    ("Revenue per day", "line", {"measures": ["revenue"]}, (0, 3, 16, 7)),
    ("What changed", "insight", {}, (16, 3, 8, 7)),
    (
        "Revenue by region",
        "bar",
        {"measures": ["revenue"], "dimensions": ["region"]},
        (0, 10, 12, 6),
    ),
    ("Parts", "pie", {"measures": ["revenue"], "dimensions": ["region"]}, (12, 10, 12, 6)),
    (
        "Weekdays",
        "heatmap",
        {
            "measures": ["revenue"],
            "dimensions": ["region", {"column": "ordered_at", "part": "weekday"}],
        },
        (0, 16, 12, 6),
    ),
    (
        "Cost against revenue",
        "scatter",
        {"measures": ["revenue", "cost"], "dimensions": ["region"]},
        (12, 16, 12, 6),
    ),
    (
        "Regions",
        "table",
        {"measures": ["revenue", "orders"], "dimensions": ["region"]},
        (0, 22, 24, 5),
    ),
)


def place(dashboard, dataset, title, kind, query, at, **options):
    widget = Widget.objects.create(
        workspace=dashboard.workspace,
        title=title,
        kind=kind,
        dataset=None if kind == "insight" else dataset,
        query=query,
        options=options,
    )
    x, y, w, h = at
    return Placement.objects.create(dashboard=dashboard, widget=widget, x=x, y=y, w=w, h=h)


@pytest.fixture
def empty_dashboard(workspace, editor):
    return Dashboard.objects.create(
        workspace=workspace,
        owner=editor,
        title="Sales",
        slug="sales",
        description="What was sold, where, and at what cost.",
        time_from=ORDERS_START.isoformat(),
        time_to="2024-04-30T00:00:00Z",
        filters=[{"name": "region", "label": "Region", "column": "region"}],
    )


@pytest.fixture
def dashboard(empty_dashboard, orders):
    for card in CARDS:
        place(empty_dashboard, orders, *card)
    return empty_dashboard


@pytest.fixture
def view(empty_dashboard):
    return View(empty_dashboard.time_from, empty_dashboard.time_to)


@pytest.fixture
def report(dashboard, editor, viewer):
    report = Report.objects.create(
        workspace=dashboard.workspace,
        dashboard=dashboard,
        owner=editor,
        name="Weekly sales",
        time_from=dashboard.time_from,
        time_to=dashboard.time_to,
    )
    report.recipients.set([viewer])
    return report
