"""An error as JSON: problem details of RFC 9457. One shape for pages' data and the API."""

from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from apps.core.errors import TooMany, UserError

MEDIA_TYPE = "application/problem+json"


def problem(
    request: HttpRequest | None,
    status: int,
    detail: str,
    code: str,
    field: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """{"type", "title", "status", "detail", "code", "field", "request_id"}, and `more`.

    The type is "about:blank", which says that the title is the status' own; programs go by `code`.
    """
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "field": field,
        "request_id": getattr(request, "request_id", ""),
        **more,
    }


def answer(request: HttpRequest, error: UserError) -> HttpResponse:
    """A UserError as a response, outside the API's own views."""
    body = problem(request, error.status, error.message, error.code, error.field)
    response = HttpResponse(orjson.dumps(body), status=error.status, content_type=MEDIA_TYPE)
    for name, value in headers_of(error).items():
        response[name] = value
    return response


def headers_of(error: Exception) -> dict[str, str]:
    """Retry-After, where waiting helps."""
    return {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooMany) else {}
