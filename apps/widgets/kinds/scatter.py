"""How two measures go together."""

from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Shape


class Scatter(Kind):
    """One point per value of a dimension: two measures place it, a third sizes it."""

    slug = "scatter"
    label = _("Scatter chart")
    hint = _("How two measures go together")
    shape = Shape.CATEGORIES
    family = Family.RELATIONS
    explores = True
    dimensions = (1, 2)
    measures = (2, 3)
    slots = (_("Across"), _("Up"), _("Size"))
