"""What single cards of a page show otherwise than the page: their own comparison, and how deep they
are drilled: {"12": {"compare": "year", "path": [[column, value, finer column]]}}. An address
has a `card-12=…` for each, which static/js/dashboard/state.js writes.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.widgets.view import View

Own = dict[str, dict[str, Any]]
PREFIX: Final = "card-"
COMPARE: Final = ("off", "previous", "year")
MOST_CARDS, MOST_STEPS, MOST_LETTERS = 100, 10, 500


def from_params(params: QueryDict) -> Own:
    """What an address says; as on the page, nonsense in it is passed over."""
    found: Own = {}
    for name in params:
        if name.startswith(PREFIX) and len(found) < MOST_CARDS:
            try:
                found |= checked({name.removeprefix(PREFIX): orjson.loads(str(params[name]))})
            except (UserError, ValueError):
                continue
    return found


def checked(data: Any) -> Own:
    """Well-formed and within bounds. Raises UserError on "cards" that names the card."""
    if not isinstance(data, Mapping) or len(data) > MOST_CARDS:
        message = _("“cards” maps at most %(most)s numbers of cards to what each shows.")
        raise UserError(message % {"most": MOST_CARDS}, field="cards")
    return {str(number): _one(str(number), own) for number, own in data.items()}


def view_of(view: View, own: Own, widget_id: int) -> View:
    """The page's view as one card shows it. Raises UserError where both together are too much."""
    mine = own.get(str(widget_id))
    if not mine:
        return view
    filters = {column: list(values) for column, values in view.filters}
    drill = dict(view.drill)
    for column, value, finer in mine.get("path", ()):
        filters[column] = [value]
        drill[next((coarse for coarse, at in drill.items() if at == column), column)] = finer
    compare = mine.get("compare", view.compare)
    return View.from_json(
        {**view.as_json(), "compare": compare, "filters": filters, "drill": drill}
    )


def words(own: Own, widget_id: int) -> str:
    """What a card on paper must say of it: the values it is narrowed to, from the first."""
    return " › ".join(
        value for _column, value, _finer in own.get(str(widget_id), {}).get("path", ())
    )


def _one(number: str, own: Any) -> dict[str, Any]:
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise UserError(_("“%s” is no number of a card.") % number[:40], field="cards")
    if not isinstance(own, Mapping):
        raise UserError(_("What card %s shows is a mapping.") % number, field="cards")
    compare, path = own.get("compare"), own.get("path") or []
    if compare not in (None, "", *COMPARE):
        message = _("Compare card %s with “previous” or “year”, or “off”.")
        raise UserError(message % number, field="cards")
    if not isinstance(path, list) or len(path) > MOST_STEPS or not all(map(_is_step, path)):
        message = _(
            "The path of card %(card)s is at most %(most)s steps: column, value, finer column."
        )
        raise UserError(message % {"card": number, "most": MOST_STEPS}, field="cards")
    return {**({"compare": compare} if compare else {}), **({"path": path} if path else {})}


def _is_step(step: Any) -> bool:
    return (
        isinstance(step, list)
        and len(step) == 3
        and all(isinstance(text, str) and 0 < len(text) <= MOST_LETTERS for text in step)
    )
