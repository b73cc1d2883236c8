"""Pages that belong to no app: preferences, the outbox, the documentation."""

import re
from base64 import b64encode
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import markdown
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core import mail
from apps.core.context import THEMES
from apps.core.errors import UserError

YEAR_S = 365 * 24 * 3600
DOCS = Path(settings.ROOT) / "docs"
PICTURE = re.compile(r"\]\(images/([\w-]+)\.png\)")
PAGE_LINK = re.compile(r"\]\(([\w-]+)\.md(#[\w-]+)?\)")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or system in a cookie, so that the first paint is right."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        raise UserError(_("A theme is light, dark or system."), field="theme")
    response = HttpResponse(status=204)
    response.set_cookie("theme", chosen, max_age=YEAR_S, samesite="Lax")
    return response


@login_required
@require_GET
def outbox(request: HttpRequest, key: str = "") -> HttpResponse:
    """Mail that an installation without a mail server would have sent; one's own only."""
    context: dict[str, Any] = {"letters": list(mail.outbox(_whose(request)))}
    if key:
        letter = _letter(request, key)
        context |= {"letter": letter, "files": _files(letter)}
        body = letter.message.get_body(("plain",))
        context["text"] = body.get_content() if body else ""
        if letter.message.get_body(("html",)):
            context["body_url"] = reverse("core:letter_body", args=[key])
    return render(request, "core/outbox.html", context)


@login_required
@require_GET
def letter_body(request: HttpRequest, key: str) -> HttpResponse:
    """A message's HTML, for a frame that runs nothing and loads nothing."""
    message = _letter(request, key).message
    body = message.get_body(("html",))
    if body is None:
        raise Http404
    response = HttpResponse(_with_pictures(body.get_content(), message))
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
    response["Content-Security-Policy"] = f"{policy}; frame-ancestors 'self'"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response._csp_exempt = True  # type: ignore[attr-defined]
    return response


@login_required
@require_GET
def letter_file(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One attachment, always as a download."""
    parts = list(_letter(request, key).message.iter_attachments())
    if number >= len(parts):
        raise Http404
    part = parts[number]
    content = part.get_payload(decode=True)
    response = HttpResponse(content, content_type=part.get_content_type())
    response.headers["Content-Disposition"] = _download(part.get_filename() or "file")
    return response


@require_GET
def docs(request: HttpRequest, slug: str = "index") -> HttpResponse:
    """One page of docs/, or its first."""
    titles = _titles()
    if slug not in titles:
        raise Http404
    pages = [
        {"title": title, "url": reverse("core:docs_page", args=[name]), "current": name == slug}
        for name, title in titles.items()
    ]
    context = {"title": titles[slug], "html": _html(slug), "pages": pages}
    return render(request, "docs/page.html", context)


@require_GET
def docs_picture(request: HttpRequest, name: str) -> FileResponse:
    """A picture of docs/images/."""
    path = DOCS / "images" / f"{name}.png"
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/png")


def _whose(request: HttpRequest) -> str | None:
    user: Any = request.user
    return None if user.is_superuser else user.email


def _letter(request: HttpRequest, key: str) -> mail.Letter:
    letter, whose = mail.letter(key), _whose(request)
    if letter is None or (whose is not None and whose.lower() not in letter.recipients):
        raise Http404
    return letter


def _files(letter: mail.Letter) -> list[dict[str, Any]]:
    return [
        {
            "name": part.get_filename() or _("file"),
            "size": len(_bytes(part)),
            "url": reverse("core:letter_file", args=[letter.key, number]),
        }
        for number, part in enumerate(letter.message.iter_attachments())
    ]


def _with_pictures(html: str, message: Any) -> str:
    """The pictures that a mail carries beside its HTML, within it: a browser knows no "cid:"."""
    for part in message.walk():
        if (name := part.get("Content-ID")) and part.get_content_maintype() == "image":
            picture = b64encode(_bytes(part)).decode()
            address = f"data:{part.get_content_type()};base64,{picture}"
            html = html.replace(f"cid:{name.strip('<> ')}", address)
    return html


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _download(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


@cache
def _titles() -> dict[str, str]:
    found = {}
    for path in sorted(DOCS.glob("*.md"), key=lambda path: (path.stem != "index", path.stem)):
        found[path.stem] = path.read_text().splitlines()[0].lstrip("# ")
    return found


@cache
def _html(slug: str) -> str:
    text = PAGE_LINK.sub(_page_link, (DOCS / f"{slug}.md").read_text().split("\n", 1)[1])
    text = PICTURE.sub(_picture, text)
    html: str = markdown.markdown(text, extensions=["fenced_code", "tables", "toc"])
    return html


def _picture(found: re.Match[str]) -> str:
    return f"]({reverse('core:docs_picture', args=[found[1]])})"


def _page_link(link: re.Match[str]) -> str:
    return f"]({reverse('core:docs_page', args=[link[1]])}{link[2] or ''})"
