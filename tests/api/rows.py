"""One row of everything in a workspace, so that tests can knock at every door."""

from datetime import UTC, datetime, timedelta

from apps.alerts.models import Incident, Rule, Silence
from apps.dashboards import services as dashboards
from apps.datasources.models import Metric, RowPolicy, Source
from apps.insights.models import Anomaly, Forecast, Insight
from apps.reports.models import Report
from apps.widgets.services import WidgetSpec

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def one_of_each(workspace, owner, dataset, stream):
    """Name of the resource -> a row of it (for streams its slug is the address)."""
    revenue = dataset.measures.get(name="revenue")
    metric = Metric.objects.create(
        workspace=workspace,
        dataset=dataset,
        name="Revenue",
        slug="revenue",
        measure=revenue,
        owner=owner,
    )
    source = Source.objects.create(
        workspace=workspace,
        name="Warehouse",
        kind="postgresql",
        settings={"host": "db.example.com", "port": 5432, "dbname": "d", "user": "u"},
    )
    source.set_password("canary-password")
    source.save()
    board = dashboards.create_dashboard(owner, workspace, title="Sales")
    spec = WidgetSpec(
        "By region", "bar", dataset.pk, None, {"measures": ["revenue"], "dimensions": ["region"]}
    )
    widget = dashboards.add_widget(board, owner, spec).widget
    board.refresh_from_db()
    rule = Rule.objects.create(
        workspace=workspace,
        dataset=dataset,
        owner=owner,
        name="Low",
        threshold=1,
        query={"measures": ["revenue"]},
    )
    incident = Incident.objects.create(rule=rule, opened_at=NOW, value=0, threshold=1, peak=0)
    silence = Silence.objects.create(
        rule=rule, starts_at=NOW, ends_at=NOW + timedelta(hours=1), created_by=owner
    )
    report = Report.objects.create(workspace=workspace, dashboard=board, owner=owner, name="Weekly")
    made_by = {"metric": metric, "method": "test", "version": "1"}
    return {
        "workspaces": workspace,
        "sources": source,
        "datasets": dataset,
        "measures": revenue,
        "policies": RowPolicy.objects.create(
            dataset=dataset, name="Own", role="editor", filters=[], is_active=False
        ),
        "metrics": metric,
        "streams": stream,
        "widgets": widget,
        "dashboards": board,
        "rules": rule,
        "incidents": incident,
        "silences": silence,
        "reports": report,
        "insights": Insight.objects.create(
            **made_by, text="t", claims=[], claims_hash="h", window_from=NOW, window_to=NOW
        ),
        "forecasts": Forecast.objects.create(**made_by, input_hash="h", points={}, record={}),
        "anomalies": Anomaly.objects.create(**made_by, at=NOW, value=1, score=9, votes=["a"]),
    }
