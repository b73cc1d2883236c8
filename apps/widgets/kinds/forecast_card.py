"""What a metric is expected to come to, and how far such forecasts were off."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.widgets.kinds.base import Family, Kind, Options, Shape


class ForecastOptions(Options):
    """Which of the steps ahead is the figure."""

    show = forms.ChoiceField(
        label=_("Figure"),
        choices=[
            ("next", _("The next step")),
            ("last", _("The last step")),
            ("total", _("All steps together (sums only)")),
        ],
        required=False,
        initial="next",
    )
    forecast = forms.BooleanField(required=False, initial=True, widget=forms.HiddenInput)


class ForecastCard(Kind):
    """The newest forecast of the card's metric: figure, interval, record and course."""

    slug = "forecast_card"
    label = _("Forecast")
    hint = _("What a metric is expected to be, and the record of its forecasts")
    shape = Shape.VALUE
    family = Family.FIGURES
    options = ForecastOptions
    dimensions = (0, 0)
    over_time = True
    needs_metric = True
