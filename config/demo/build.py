"""Puts the demo together. Every step may run again: it finds what is there and changes nothing."""

from datetime import time

from django.db import transaction

from apps.accounts import services as accounts
from apps.accounts.models import User, Workspace
from apps.alerts.models import Rule, Target
from apps.dashboards.models import Dashboard, Placement
from apps.datasources import services as datasources
from apps.datasources.models import Dataset, Metric
from apps.reports import services as reports
from apps.reports.models import Report
from apps.streams import demo as departures
from apps.streams import services as streams
from apps.widgets.models import Widget
from config.demo import boards, flights, people, sales

METRICS = (  # slug, name, dataset, measure, grain
    ("weekly-sales", "Sales", "sales", "sales", "week"),
    ("daily-departure-delay", "Departure delay", "flights", "departure_delay", "day"),
    ("daily-flights", "Flights", "flights", "flights", "day"),
)


def everything() -> None:
    """The workspace, its people, three datasets, metrics, four dashboards, a rule and a report."""
    workspace, _made = Workspace.objects.get_or_create(slug="demo", defaults={"name": "Demo"})
    users = people.make(workspace)
    owner = users["ada@sightline.example"]
    make_datasets(workspace, users[people.FEEDER])
    make_policy(workspace)
    make_metrics(workspace, owner)
    for board in boards.BOARDS:
        make_board(workspace, users["ann@sightline.example"], board)
    private = Dashboard.objects.get(workspace=workspace, slug=boards.FLIGHTS.slug)
    accounts.grant("view_dashboard", users["vera@sightline.example"], private)
    make_rule(workspace, owner)
    make_report(workspace, owner, users["vera@sightline.example"])


def make_datasets(workspace: Workspace, feeder: User) -> None:
    """Two uploads and one stream, each once."""
    there = set(workspace.datasets.values_list("slug", flat=True))
    if "sales" not in there:
        sales.make(workspace)
    if "flights" not in there:
        flights.make(workspace)
    if "departures" not in there:
        stream = streams.create_stream(
            workspace,
            name=departures.NAME,
            slug=departures.SLUG,
            columns=departures.COLUMNS,
            time_column=departures.TIME,
            measures=departures.MEASURES,
        )
        accounts.grant("send_events", feeder, stream)


def make_policy(workspace: Workspace) -> None:
    """Viewers see the sales of their own regions only."""
    dataset = workspace.datasets.get(slug="sales")
    if not dataset.policies.exists():
        rows = [{"column": "region", "op": "in", "values": ["$region"]}]
        datasources.set_policy(dataset, "Own regions", "viewer", rows)


def make_metrics(workspace: Workspace, owner: User) -> None:
    """The three that are forecast, checked and told about."""
    for slug, name, dataset_slug, measure, grain in METRICS:
        dataset = workspace.datasets.get(slug=dataset_slug)
        fields = {
            "name": name,
            "dataset": dataset,
            "measure": dataset.measures.get(name=measure),
            "grain": grain,
            "owner": owner,
        }
        Metric.objects.get_or_create(workspace=workspace, slug=slug, defaults=fields)


@transaction.atomic
def make_board(workspace: Workspace, owner: User, board: boards.Board) -> None:
    """One dashboard with its cards, unless a dashboard of that address exists."""
    dashboard, made = Dashboard.objects.get_or_create(
        slug=board.slug,
        defaults={
            "workspace": workspace,
            "owner": owner,
            "title": board.title,
            "description": board.description,
            "is_private": board.is_private,
            "time_from": board.time[0],
            "time_to": board.time[1],
            "filters": [
                {"name": column, "label": label, "column": column}
                for column, label in board.filters
            ],
        },
    )
    if not made:
        return
    dataset = workspace.datasets.get(slug=board.dataset)
    for card in board.cards:
        place_card(dashboard, dataset, card)


def place_card(dashboard: Dashboard, dataset: Dataset, card: boards.Card) -> None:
    """One widget where its card stands."""
    metric = dashboard.workspace.metrics.filter(slug=card.metric).first() if card.metric else None
    widget = Widget.objects.create(
        workspace=dashboard.workspace,
        title=card.title,
        kind=card.kind,
        dataset=dataset,
        metric=metric,
        query=card.query,
        options=card.options,
    )
    x, y, w, h = card.place
    Placement.objects.create(dashboard=dashboard, widget=widget, x=x, y=y, w=w, h=h)


def make_rule(workspace: Workspace, owner: User) -> None:
    """A rule that the replay sets off now and then."""
    dataset = workspace.datasets.get(slug="departures")
    rule, made = Rule.objects.get_or_create(
        workspace=workspace,
        name="Departures run late",
        defaults={
            "dataset": dataset,
            "owner": owner,
            "query": {"measures": ["mean_delay"]},
            "window_s": 60,
            "comparison": Rule.Comparison.ABOVE,
            "threshold": 20,
        },
    )
    if made:
        Target.objects.create(rule=rule, user=owner)


def make_report(workspace: Workspace, owner: User, second: User) -> None:
    """Sales on paper, each recipient seeing their own rows."""
    if workspace.reports.exists():
        return
    report = Report(
        workspace=workspace,
        dashboard=Dashboard.objects.get(slug=boards.SALES.slug),
        owner=owner,
        name="Sales, every Monday",
        every=Report.Every.WEEK,
        weekday=0,
        at=time(7, 0),
        timezone="UTC",
    )
    reports.save_report(report, recipients=[owner, second])
