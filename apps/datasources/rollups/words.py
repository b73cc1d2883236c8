"""Roll-ups in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.datasources.rollups.matching import DAY, HOUR
from apps.datasources.rollups.shapes import Rollup

STEPS = {
    DAY: gettext_lazy("by day"),
    HOUR: gettext_lazy("by hour"),
    900: gettext_lazy("by quarter of an hour"),
}


def held(rollup: Rollup, labels: Mapping[str, str]) -> str:
    """What it holds: by day, Region, Product."""
    names = (labels.get(name, name) for name in rollup.holds.columns)
    return ", ".join([*_steps(rollup), *names]) or _("all rows together")


def used(rollup: Rollup) -> str:
    """What answered; it tells nothing of rows or columns that the reader does not see."""
    steps = _steps(rollup)
    return _("a roll-up %(steps)s") % {"steps": steps[0]} if steps else _("a roll-up")


def _steps(rollup: Rollup) -> list[str]:
    return [str(STEPS[rollup.holds.bucket])] if rollup.holds.time else []
