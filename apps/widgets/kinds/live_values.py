"""`{{ measure }}` in a text: which measures it names, and whether they are there."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources.definition import Definition

# the same as in static/js/charts/markdown/live.js
SLOT = re.compile(r"\{\{\s*([^{}|\s][^{}|\n]{0,79}?)\s*(?:\\?\|\s*([a-z]{1,20})\s*)?\}\}")
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
ABOUT_VIEW = ("window", "from", "to", "updated")
FILTERS = ("change", "before", "short")
OF_BEFORE = ("change", "before")
MOST = 20


@dataclass(frozen=True, slots=True)
class Slot:
    """One `{{ name | filter }}`."""

    name: str
    filter: str = ""


def slots_of(text: str) -> list[Slot]:
    """The slots of a text in order; code is left as it is."""
    return [Slot(name, wanted or "") for name, wanted in SLOT.findall(CODE.sub("", text))]


def measures_in(text: str) -> list[str]:
    """The measures that a text names, each once."""
    return list(dict.fromkeys(s.name for s in slots_of(text) if s.name not in ABOUT_VIEW))


def compares(text: str) -> bool:
    """Whether a slot asks for the period before."""
    return any(slot.filter in OF_BEFORE for slot in slots_of(text))


def check(text: str, shape: Definition | None, field: str) -> None:
    """Whether every slot can be filled. Raises UserError on `field` with what could stand there."""
    for slot in slots_of(text):
        if slot.filter and slot.filter not in FILTERS:
            message = _("“%(filter)s” cannot stand after the bar. Write one of: %(known)s.")
            values = {"filter": slot.filter, "known": ", ".join(FILTERS)}
            raise UserError(message % values, field=field)
    names = measures_in(text)
    if len(names) > MOST:
        message = _("A text shows at most %(most)s measures.") % {"most": MOST}
        raise UserError(message, field=field)
    if names and shape is None:
        message = _("Choose the dataset that has “%(name)s”.") % {"name": names[0]}
        raise UserError(message, field=field)
    known = [each.name for each in shape.measures] if shape else []
    if wrong := next((name for name in names if name not in known), ""):
        message = _("There is no measure “%(name)s”. Write one of: %(known)s.")
        values = {"name": wrong, "known": ", ".join([*known[:30], *ABOUT_VIEW])}
        raise UserError(message % values, field=field)
