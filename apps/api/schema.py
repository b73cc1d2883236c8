"""The description of the API for programs (OpenAPI 3.1), and the page that shows it to people."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularAPIView

from apps.core.problems import MEDIA_TYPE

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong, as in RFC 9457. Programs go by `code`.",
    "required": ["type", "title", "status", "detail", "code", "field", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "field": {"type": ["string", "null"]},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "All of them, where the body has several.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": ["string", "null"]},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How TokenAuthentication is described."""

    target_class = "apps.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token of /auth/token/."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3.1 document. The same for everybody: it names what exists, not whose."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiJsonRenderer2]  # the second: application/json
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The API to read and try."""
    return render(request, "api/docs.html")


def add_problems(result: dict[str, Any], generator: Any, **kwargs: Any) -> dict[str, Any]:
    """Every operation may be answered by a problem."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {
                "description": "A problem: 4xx is the caller's, 5xx is ours.",
                "content": content,
            }
    return result
