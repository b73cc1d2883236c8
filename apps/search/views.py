"""The search page, and the same results as a fragment for the palette."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.search import documents

PALETTE_HITS = 4  # of each kind
PAGE_HITS = 30


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Everything that has these words and that this user may see."""
    text = request.GET.get("q", "").replace("\x00", "").strip()
    is_part = bool(getattr(request, "htmx", False))
    hits = documents.search(text, request.user, PALETTE_HITS if is_part else PAGE_HITS)
    template = "search/_results.html" if is_part else "search/page.html"
    return render(request, template, {"hits": hits, "text": text})
