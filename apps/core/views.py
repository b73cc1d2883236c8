"""Pages that belong to no app: errors, health, the outbox."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.core.errors import UserError

TEMPLATES = {400: "400.html", 403: "403.html", 404: "404.html", 429: "429.html"}


def error_page(request: HttpRequest, error: UserError) -> HttpResponse:
    """A UserError in the shape its caller reads: JSON, a fragment or a page."""
    if wants_json(request):
        body = {"title": HTTPStatus(error.status).phrase, "status": error.status}
        body |= {"detail": error.message, "code": error.code, "field": error.field}
        return JsonResponse(body, status=error.status, content_type="application/problem+json")
    if getattr(request, "htmx", False):
        context = {"message": error.message, "field": error.field}
        return render(request, "core/_error.html", context, status=error.status)
    template = TEMPLATES.get(error.status, "400.html")
    return render(request, template, {"message": error.message}, status=error.status)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program."""
    return "text/html" not in request.headers.get("Accept", "") and not request.headers.get(
        "HX-Request"
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from elsewhere, or from a page that was open too long."""
    message = _("This form is no longer valid. Reload the page and try again.")
    return render(request, "403.html", {"message": message}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 without detail: the input was not even a request."""
    return render(request, "400.html", {"message": ""}, status=400)


def forbidden(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403 in our own shell."""
    return render(request, "403.html", {"message": str(exception)}, status=403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the same whether it is missing or somebody else's."""
    return render(request, "404.html", {}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: needs neither database nor context processors."""
    from django.template.loader import render_to_string

    context: dict[str, Any] = {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("500.html", context), status=500)
