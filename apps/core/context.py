"""What every template may use."""

from typing import Any

from django.http import HttpRequest

THEMES = ("system", "light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """`theme` from its cookie, `request_id`, and `is_htmx`."""
    theme = request.COOKIES.get("theme", "system")
    return {
        "theme": theme if theme in THEMES else "system",
        "request_id": getattr(request, "request_id", ""),
    }
