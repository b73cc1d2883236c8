"""How the API reads JSON."""

import re
from typing import Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from apps.core.errors import UserError

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class OrjsonParser(BaseParser):
    """JSON without NaN, without endless nesting and without NUL, which no text column takes."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The decoded body. Raises UserError, for a body that is empty or broken too."""
        return loads(stream.read())


def loads(body: bytes) -> Any:
    """Decode JSON from outside. Raises UserError with code "broken_json"."""
    if NUL.search(body):
        raise UserError(_("The body holds a NUL character."), code="broken_json")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = _("The body is not JSON: %(reason)s") % {"reason": str(error)[:120]}
        raise UserError(message, code="broken_json") from error
