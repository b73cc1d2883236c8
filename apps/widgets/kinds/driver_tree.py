"""What carried a change, as a tree."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.insights.feed import drivers
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget


class DriverTree(Kind):
    """The newest told change of a metric and the parts that account for it."""

    slug = "driver_tree"
    label = _("Driver tree")
    hint = _("Which parts carried a change")
    shape = Shape.FLOW
    family = Family.TEXT
    dimensions = (0, 0)
    measures = (0, 0)
    needs_query = False
    needs_metric = True
    is_personal = True
    size = (12, 7)

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """The tree, if the reader sees the metric whole and its change was told."""
        found = drivers(widget.metric_id, user) if widget.metric_id else None
        return {"drivers": found} if found else {}
