"""How errors look: as a page, as a fragment of one, or as JSON for programs."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.core import problems
from apps.core.errors import Denied, NotFound, UserError

TEMPLATES = {400: "400.html", 403: "403.html", 404: "404.html", 429: "429.html"}


def error_page(request: HttpRequest, error: UserError) -> HttpResponse:
    """A UserError in the shape its caller reads: JSON, a fragment or a page."""
    if wants_json(request):
        return problems.answer(request, error)
    is_part = getattr(request, "htmx", False)
    template = "core/_error.html" if is_part else TEMPLATES.get(error.status, "400.html")
    context = {"message": error.message, "field": error.field}
    response = render(request, template, context, status=error.status)
    for name, value in problems.headers_of(error).items():
        response[name] = value
    return response


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program."""
    if is_api(request):
        return True
    return "text/html" not in request.headers.get("Accept", "") and not request.headers.get(
        "HX-Request"
    )


def is_api(request: HttpRequest) -> bool:
    """Whether the path is the partners' door, which speaks JSON in every case."""
    return request.path_info.startswith("/api/")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from elsewhere, or from a page that was open too long."""
    message = _("This form is no longer valid. Reload the page and try again.")
    if is_api(request):
        return problems.answer(request, Denied(message, code="csrf"))
    return render(request, "403.html", {"message": message}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 without detail: the input was not even a request."""
    if is_api(request):
        return problems.answer(request, UserError(_("This is not a request that we understand.")))
    return render(request, "400.html", {"message": ""}, status=400)


def forbidden(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403 in our own shell."""
    if is_api(request):
        return problems.answer(request, Denied(str(exception) or _("You may not do this.")))
    return render(request, "403.html", {"message": str(exception)}, status=403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the same whether it is missing or somebody else's."""
    if is_api(request):
        return problems.answer(request, NotFound(_("There is nothing here.")))
    return render(request, "404.html", {}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: needs neither database nor context processors."""
    from django.template.loader import render_to_string

    if is_api(request):
        message = _("Something broke on our side. Name the request id when you report it.")
        error = UserError(message, code="broken")
        error.status = 500
        return problems.answer(request, error)
    context: dict[str, Any] = {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("500.html", context), status=500)
