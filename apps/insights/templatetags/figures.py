"""Figures, methods and moments in templates."""

from datetime import UTC, datetime
from typing import Any

import orjson
from django import template
from django.utils.translation import gettext_lazy as _

from apps.core.figures import figure
from apps.datasources.models import Measure
from apps.insights.figures import moment_label

register = template.Library()

METHODS = {
    "seasonal_residual": _("seasonal residual"),
    "isolation_forest": _("isolation forest"),
    "prophet_band": _("Prophet"),
    "hampel": _("Hampel"),
}
OPERATIONS = {
    "value": _("the value of the period"),
    "previous": _("the value of the period before"),
    "change": _("change against the period before, relative"),
    "points": _("change against the period before, in percentage points"),
    "difference": _("change against the period before"),
    "share": _("share of the change that this part carries"),
    "highest": _("the highest value in a while"),
    "lowest": _("the lowest value in a while"),
    "count": _("how far back that holds"),
    "slope": _("slope that most pairs of points agree on, the season taken out"),
    "expected": _("what the detector expected"),
    "forecast": _("the forecast"),
    "low": _("lower end of the forecast's band"),
    "high": _("upper end of the forecast's band"),
    "level": _("share of cases that the band is made to hold"),
    "error": _("the method's mean miss in its back-tests"),
    "naive_error": _("the mean miss of seasonal naive in the same back-tests"),
    "period": _("a period"),
}


@register.filter
def as_measure(value: float | None, measure: Measure) -> str:
    """A value in the measure's format and unit."""
    return figure(value, measure.format, measure.unit)


@register.filter
def as_moment(ms: int, timezone: str) -> str:
    """Milliseconds since 1970 as a moment in a zone."""
    return moment_label(datetime.fromtimestamp(ms / 1000, UTC), timezone)


@register.filter
def as_json(value: Any) -> str:
    """Indented JSON, as plain text."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()


@register.filter
def method_name(slug: str) -> str:
    """A detector's name."""
    return str(METHODS.get(slug, slug))


@register.filter
def operation_name(slug: str) -> str:
    """What a claim's figure means."""
    return str(OPERATIONS.get(slug, slug))
