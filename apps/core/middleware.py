"""What happens around every request."""

import logging
import secrets
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.core.errors import Unavailable, UserError
from apps.core.views import error_page

logger = logging.getLogger(__name__)


class RequestIdMiddleware:
    """Give each request an id that the log, the error page and the API's errors share.

    A UserError that no view caught becomes its page here, once, with its own status.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.request_id`, and the header of the answer."""
        request.request_id = secrets.token_hex(8)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a UserError, and a database that is away; leave everything else to Django."""
        if isinstance(error, OperationalError | InterfaceError):
            message = _("The database does not answer just now. Try again in a moment.")
            logger.error("request %s: %s", request.request_id, error)  # type: ignore[attr-defined]
            return error_page(request, Unavailable(message))
        if isinstance(error, UserError):
            return error_page(request, error)
        if isinstance(error, Http404 | PermissionDenied | SuspiciousOperation | BadRequest):
            return None
        logger.error(
            "request %s failed: %s %s",
            request.request_id,  # type: ignore[attr-defined]
            request.method,
            request.path,
        )  # Django tells the traceback
        return None
