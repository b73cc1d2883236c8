"""A heading over the cards below it, or the tab that shows them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class SectionOptions(Options):
    """What stands beside the heading, and how it opens."""

    text = forms.CharField(
        label=_("Line beside the heading"), max_length=300, required=False, initial=""
    )
    shown_as = forms.ChoiceField(
        label=_("Shown as"),
        choices=[("heading", _("Heading")), ("tab", _("Tab"))],
        help_text=_("Tabs stand in one bar; each shows the cards from here to the next tab."),
        required=False,
        initial="heading",
    )
    collapsed = forms.BooleanField(
        label=_("Opens collapsed"),
        help_text=_("Of a heading: a tab shows its cards while it is chosen."),
        required=False,
        initial=False,
    )


class Section(Kind):
    """A band across the grid; a reader may hide the cards between it and the next one.

    As a tab it stands in the dashboard's bar, and its cards show while it is chosen.
    """

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
