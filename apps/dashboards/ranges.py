"""Time ranges in the words of people who do business, and back."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.window import Window, zone_of

# from, to, words: the order is that of the list
RANGES: tuple[tuple[str, str, str | Promise], ...] = (
    ("now-5m", "now", gettext_lazy("Last 5 minutes")),
    ("now-15m", "now", gettext_lazy("Last 15 minutes")),
    ("now-1h", "now", gettext_lazy("Last hour")),
    ("now-24h", "now", gettext_lazy("Last 24 hours")),
    ("now/d", "now", gettext_lazy("Today so far")),
    ("now-1d/d", "now-1d/d", gettext_lazy("Yesterday")),
    ("now/w", "now", gettext_lazy("Week to date")),
    ("now-7d", "now", gettext_lazy("Last 7 days")),
    ("now-30d", "now", gettext_lazy("Last 30 days")),
    ("now-90d", "now", gettext_lazy("Last 90 days")),
    ("now/M", "now", gettext_lazy("Month to date")),
    ("now-1M/M", "now-1M/M", gettext_lazy("Last full month")),
    ("now-1Q/Q", "now-1Q/Q", gettext_lazy("Last full quarter")),
    ("now/y", "now", gettext_lazy("Year to date")),
    ("now-12M", "now", gettext_lazy("Last 12 months")),
)
_WORDS = {(start, end): words for start, end, words in RANGES}


def label_of(start: str, end: str, window: Window, timezone: str) -> str:
    """What the range is called: its business words, else its dates."""
    words = _WORDS.get((start, end))
    return str(words) if words else span_of(window, timezone)


def span_of(window: Window, timezone: str) -> str:
    """The dates of a window as they are read in the zone: "1 Sep – 29 Nov 2026"."""
    zone = zone_of(timezone)
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    if window.seconds < 2 * 86_400 and not (_is_midnight(start) and _is_midnight(end)):
        day = "" if start.date() == end.date() else f"{date_format(end, 'j M')} "
        return f"{date_format(start, 'j M H:i')} – {day}{date_format(end, 'H:i')}"
    last = end if not _is_midnight(end) else datetime.fromtimestamp(end.timestamp() - 1, zone)
    form = "j M" if start.year == last.year else "j M Y"
    first_text, last_text = date_format(start, form), date_format(last, "j M Y")
    if start.date() == last.date():
        return last_text
    return _("%(first)s – %(last)s") % {"first": first_text, "last": last_text}


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second) == (0, 0, 0)
