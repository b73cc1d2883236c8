"""The one place where an error becomes JSON: RFC 9457 problem details."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.api.renderers import OrjsonRenderer
from apps.core.errors import Denied, NotFound, TooLarge, UserError
from apps.core.problems import MEDIA_TYPE, headers_of, problem

logger = logging.getLogger("sightline.security")
CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    412: "changed_meanwhile",
    413: "too_large",
    415: "unsupported_media_type",
    428: "precondition_required",
    429: "too_many",
}


OF_ALL = ("non_field_errors", "__all__")  # how DRF and Django say that no one field is to blame


class NeedsVersion(UserError):
    """A write without If-Match, where somebody else's change could be lost."""

    status = 428
    code = "precondition_required"


class ChangedMeanwhile(UserError):
    """If-Match names a version that is no longer the newest."""

    status = 412
    code = "changed_meanwhile"


class UnsupportedMediaType(UserError):
    """The body is in a form that this address does not read."""

    status = 415
    code = "unsupported_media_type"


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """problem+json for our own errors, Django's and DRF's; None for what is our fault."""
    request = context.get("request")
    found = _known(error)
    if found is None:
        return None
    set_rollback()
    status, detail, code, field, more, headers = found
    if status in (401, 403, 429):
        logger.warning(
            "%s %s refused with %s: user %s, request %s",
            getattr(request, "method", ""),
            getattr(request, "path", ""),
            status,
            getattr(getattr(request, "_user", None), "pk", None),
            getattr(request, "request_id", ""),
        )
    body = problem(request, status, detail, code, field, **more)
    if request is not None:  # an error is JSON, though CSV or Arrow was asked for
        request.accepted_renderer = OrjsonRenderer()
        request.accepted_media_type = OrjsonRenderer.media_type
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)


Found = tuple[int, str, str, str | None, dict[str, Any], dict[str, str]]


def _known(error: Exception) -> Found | None:
    if isinstance(error, Http404):
        error = NotFound(_("There is nothing here."))
    elif isinstance(error, PermissionDenied):
        error = Denied(_("You may not do this."))
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge(_("The body is larger than this server takes."))
    elif isinstance(error, SuspiciousOperation | UnicodeDecodeError | UnreadablePostError):
        error = UserError(_("This is not a request that we understand."))
    if isinstance(error, UserError):
        return error.status, error.message, error.code, error.field, {}, headers_of(error)
    if isinstance(error, exceptions.ValidationError):
        errors = list(_leaves(error.detail))
        field, detail = errors[0] if errors else (None, _("This is not valid."))
        listed = [{"field": name, "detail": text} for name, text in errors]
        return 400, detail, "invalid", field, {"errors": listed}, {}
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return None


def _of_framework(error: exceptions.APIException) -> Found:
    status = error.status_code
    headers = {}
    if authenticate := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(int(getattr(error, "wait", None) or 1))
    detail: Any = error.detail
    if isinstance(detail, dict):  # simplejwt tells which token class failed how
        detail = detail.get("detail", "")
    return status, str(detail), CODES.get(status, "error"), None, {}, headers


def _leaves(detail: Any, path: str = "") -> Any:
    """(field, text) of every error: "columns.0.name" for nested ones, None for the whole."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = path if key in OF_ALL else f"{path}.{key}" if path else str(key)
            yield from _leaves(value, inner)
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _leaves(value, f"{path}.{index}" if nested and path else path)
    else:
        yield path or None, str(detail)
