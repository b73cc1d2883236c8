"""How long ago something was, in words, with the full time for who points at it."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()
MOMENT = timedelta(minutes=1)  # shorter than that has no number


@register.filter
def ago(moment: datetime) -> SafeString:
    """`just now`, `5 minutes ago`; a day that is still to come is written as it is."""
    now = timezone.now()
    passed = now - moment
    if passed < -MOMENT:
        words = _day(moment)
    elif passed < MOMENT:
        words = _("just now")
    else:
        words = _("%(age)s ago") % {"age": timesince(moment, now, depth=1)}
    return _time(moment, words)


@register.filter
def lasting(moment: datetime, until: datetime | None = None) -> SafeString:
    """How long it has been so, or was until then: `less than a minute`, `2 hours, 5 minutes`."""
    until = until or timezone.now()
    is_short = until - moment < MOMENT
    return _time(moment, _("less than a minute") if is_short else timesince(moment, until))


@register.filter
def day(moment: datetime) -> SafeString:
    """`25 Nov 2026`, with its time for who points at it."""
    return _time(moment, _day(moment))


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y")


def _time(moment: datetime, words: str) -> SafeString:
    full = date_format(timezone.localtime(moment), "j M Y, H:i T")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), full, words)
