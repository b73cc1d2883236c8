"""A heading over the cards below it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class SectionOptions(Options):
    """What stands beside the heading, and how it opens."""

    text = forms.CharField(
        label=_("Line beside the heading"), max_length=300, required=False, initial=""
    )
    collapsed = forms.BooleanField(label=_("Opens collapsed"), required=False, initial=False)


class Section(Kind):
    """A band across the grid; a reader may hide the cards between it and the next one."""

    slug = "section"
    label = _("Section")
    hint = _("A heading that hides and shows the cards below it")
    shape = Shape.ROWS
    family = Family.LAYOUT
    options = SectionOptions
    dimensions = (0, 0)
    measures = (0, 0)
    needs_query = False
    size = (24, 1)
