"""What changed, in words."""

from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Shape


class Insight(Kind):
    """The newest checked sentences about the widget's metric."""

    slug = "insight"
    label = _("Insight")
    hint = _("What changed, in checked words")
    shape = Shape.ROWS
    family = Family.TEXT
    measures = (0, 0)
    dimensions = (0, 0)
    needs_query = False
    needs_metric = True
    is_personal = True
