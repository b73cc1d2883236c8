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
    delta = forms.ChoiceField(
        label=_("Change"),
        choices=[("", _("In percent")), ("absolute", _("As a figure")), ("both", _("Both"))],
        required=False,
        initial="",
    )
    sparkline = forms.BooleanField(label=_("Show the course"), required=False, initial=True)
    target = forms.FloatField(
        label=_("Target"), help_text=_("Shown with how much of it is reached."), required=False
    )
    good_at = forms.FloatField(
        label=_("Good from"),
        help_text=_("The measure says whether more or less is good."),
        required=False,
    )
    bad_at = forms.FloatField(
        label=_("Bad from"), help_text=_("What lies between is to be watched."), required=False
    )
    prefix = forms.CharField(  # type: ignore[assignment]  # of the figure; Form's own is per instance
        label=_("Before the figure"), max_length=12, required=False
    )
    suffix = forms.CharField(label=_("After the figure"), max_length=24, required=False)
    decimals = forms.IntegerField(
        label=_("Decimals"),
        help_text=_("Empty: as many as matter."),
        min_value=0,
        max_value=6,
        required=False,
    )


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
