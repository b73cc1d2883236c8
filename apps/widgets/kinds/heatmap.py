"""Two dimensions and a shade."""

from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Shape


class Heatmap(Kind):
    """One measure by two dimensions, such as weekday and hour."""

    slug = "heatmap"
    label = _("Heatmap")
    hint = _("Two dimensions, such as weekday and hour")
    shape = Shape.MATRIX
    family = Family.RELATIONS
    explores = True
    dimensions = (2, 2)
    time_axis = True
    likely_parts = ("month", "weekday")
