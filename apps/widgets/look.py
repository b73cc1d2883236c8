"""How somebody wants a picture to look: colours, size, language. The view says what it shows."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _

from apps.core.errors import UserError

THEMES: Final = ("light", "dark", "print")
WIDTHS: Final = (80, 3840)
HEIGHTS: Final = (60, 4096)
SCALES: Final = (0.5, 4.0)
NAMES: Final = ("theme", "width", "height", "scale", "title", "lang")


@dataclass(frozen=True, slots=True)
class Look:
    """Lengths in CSS pixels; 0 is what the page gives. `scale`: pixels of a PNG for each."""

    theme: str = "light"
    width: int = 0
    height: int = 0
    scale: float = 2.0
    has_title: bool = True
    language: str = "en"

    @classmethod
    def from_params(cls, params: Mapping[str, Any], language: str = "en") -> Self:
        """Read NAMES of an address. Raises UserError that names the field and what it takes."""
        theme = params.get("theme") or "light"
        if theme not in THEMES:
            message = _("The theme is one of %(known)s.") % {"known": ", ".join(THEMES)}
            raise UserError(message, field="theme", code="invalid")
        return cls(
            theme=theme,
            width=int(_number(params, "width", WIDTHS, 0)),
            height=int(_number(params, "height", HEIGHTS, 0)),
            scale=_number(params, "scale", SCALES, 2.0),
            has_title=_title(params.get("title") or "yes"),
            language=_language(params.get("lang") or language),
        )

    def as_json(self) -> dict[str, Any]:
        """For a job; Look(**data) reads it."""
        return asdict(self)


def _number(
    params: Mapping[str, Any], name: str, between: tuple[float, float], absent: float
) -> float:
    text = params.get(name)
    if text in (None, ""):
        return absent
    try:
        number = float(str(text))
    except ValueError:
        number = math.nan
    if not between[0] <= number <= between[1]:  # false for what is no number as well
        message = _("This is a number from %(least)g to %(most)g.")
        raise UserError(
            message % {"least": between[0], "most": between[1]}, field=name, code="invalid"
        )
    return number


def _title(text: str) -> bool:
    if text not in ("yes", "no"):
        raise UserError(_("The title is “yes” or “no”."), field="title", code="invalid")
    return text == "yes"


def _language(code: str) -> str:
    """One that figures and dates can be written in; words are in it as far as we have them."""
    if code.lower() not in LANG_INFO or "name" not in LANG_INFO[code.lower()]:
        message = _("There is no language “%(code)s”. Write it like “en” or “pt-br”.")
        raise UserError(message % {"code": code[:20]}, field="lang", code="invalid")
    return code.lower()
