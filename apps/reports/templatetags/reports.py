"""Words about reports that templates need."""

from django import template
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from apps.reports.forms import WEEKDAYS
from apps.reports.models import Report

register = template.Library()


@register.filter
def rhythm(report: Report) -> str:
    """Such as “Every Monday at 07:00, Europe/Berlin”."""
    values = {
        "at": time_format(report.at, "H:i"),
        "zone": report.timezone,
        "weekday": dict(WEEKDAYS)[report.weekday],
        "day": report.day,
    }
    texts = {
        Report.Every.DAY: _("Every day at %(at)s, %(zone)s"),
        Report.Every.WEEK: _("Every %(weekday)s at %(at)s, %(zone)s"),
        Report.Every.MONTH: _("On day %(day)s of each month at %(at)s, %(zone)s"),
    }
    return texts[Report.Every(report.every)] % values
