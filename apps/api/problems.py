"""The one place where an error becomes JSON: RFC 9457 problem details."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.core.errors import UserError


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """problem+json for our own errors and DRF's."""
    if isinstance(error, UserError):
        body = {"detail": error.message, "code": error.code, "field": error.field}
        return Response({**body, "status": error.status}, status=error.status)
    return exception_handler(error, context)
