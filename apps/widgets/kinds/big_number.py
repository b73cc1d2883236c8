"""One figure, its change, and its recent course."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds.base import Family, Kind, Options, Shape, build, shifted
from apps.widgets.view import View


class BigNumberOptions(Options):
    """What stands beside the figure."""

    compare = forms.ChoiceField(
        label=_("Compare with"),
        choices=[("", _("Nothing")), ("previous", _("Previous period")), ("year", _("Last year"))],
        required=False,
        initial="previous",
    )
    sparkline = forms.BooleanField(label=_("Show the course"), required=False, initial=True)


class BigNumber(Kind):
    """The value of one measure over the whole range."""

    slug = "big_number"
    label = _("Big number")
    hint = _("One figure and its change")
    shape = Shape.VALUE
    family = Family.FIGURES
    explores = True
    options = BigNumberOptions
    dimensions = (0, 0)
    compares = True

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """The value, the one before, and the course over time."""
        main = build(template, shape, view, over_time=False)
        found = {"main": main}
        compare = view.compare or options.get("compare", "previous")
        if main.window and compare and not template.get("compare"):
            found["previous"] = shifted(main, compare)
        if main.window and options.get("sparkline", True):
            coarse = view.with_width(160)
            alone = {key: value for key, value in template.items() if key != "compare"}
            found["trend"] = build(alone, shape, coarse, over_time=True)
        return found
