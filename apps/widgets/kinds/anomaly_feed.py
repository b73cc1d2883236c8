"""The newest unusual points, as a list."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.datasources.models import Metric
from apps.insights.feed import feed
from apps.widgets.kinds.base import Family, Kind, Options, Shape
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget


class AnomalyFeedOptions(Options):
    """How long the list is."""

    limit = forms.IntegerField(label=_("At most"), min_value=1, max_value=50, initial=12)


class AnomalyFeed(Kind):
    """Of one metric, or of every metric that the cards beside it show; else of the workspace."""

    slug = "anomaly_feed"
    label = _("Unusual points")
    hint = _("The newest anomalies with their votes")
    shape = Shape.ROWS
    family = Family.TEXT
    options = AnomalyFeedOptions
    dimensions = (0, 0)
    measures = (0, 0)
    needs_query = False
    needs_metric = True
    metric_optional = True
    is_personal = True
    refresh_s = 60

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """Up to the end of the page's range; findings on metrics that the reader sees whole."""
        metrics = Metric.objects.filter(workspace=widget.workspace_id)
        if widget.metric_id:
            metrics = metrics.filter(pk=widget.metric_id)
        elif widget.pk:
            page = Metric.objects.filter(
                widgets__placement__dashboard__placements__widget=widget.pk
            )
            metrics = metrics.filter(pk__in=page) if page.exists() else metrics
        return {"feed": feed(user, metrics, view.window().end, options.get("limit") or 12)}
