"""How often each size occurs."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.datasources.adhoc import Written
from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.rows import (
    ROWS,
    Binned,
    RowsKind,
    asked,
    bins_of,
    largest,
    number_of,
    split_of,
)
from apps.widgets.view import View

if TYPE_CHECKING:
    from apps.widgets.models import Widget

MOST_GROUPS = 4  # outlines over each other; all other groups are one more


class HistogramOptions(Binned):
    """What is drawn over the bins."""

    style = forms.ChoiceField(
        label=_("Drawn as"),
        choices=[("bars", _("Bars")), ("curve", _("Smooth curve"))],
        initial="bars",
    )
    outliers = forms.BooleanField(
        label=_("Outliers in one bar"),
        required=False,
        initial=True,
        help_text=_("Where the last half per cent of the rows would take much of the width."),
    )
    share = forms.BooleanField(
        label=_("As a share of the rows of each group"), required=False, initial=False
    )
    cumulative = forms.BooleanField(
        label=_("Added up from the left"), required=False, initial=False
    )
    lines = forms.BooleanField(label=_("Mean and median"), required=False, initial=True)


class Histogram(RowsKind):
    """Rows by the size of a number, counted in the database: the bars add up to all rows."""

    slug = "histogram"
    label = _("Histogram")
    hint = _("How often each size of a number occurs")
    options = HistogramOptions

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The bins, of the groups with most rows and of all others; and what they sum up to.

        A filter of the page on its own column is marked and not asked for: a bar that was clicked
        stands among the others, so that another click takes the filter away.
        """
        name, split = number_of(options, shape), split_of(template)
        view = view.without(name)
        stats = [Written(each, name).name for each in ("avg", "median", "min", "max")]
        return {
            "main": asked(
                template,
                shape,
                view,
                measures=[ROWS],
                dimensions=[*split, bins_of(name, options)],
                top=largest(split, MOST_GROUPS, other=True),
            ),
            "stats": asked(template, shape, view, measures=[*stats, ROWS]),
        }

    def overlays(
        self, widget: "Widget", options: dict[str, Any], view: View, user: Visitor
    ) -> dict[str, Any]:
        """The page's filters, of which that on its column is marked."""
        return {"filters": dict(view.filters)} if view.filters else {}
